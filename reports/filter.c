#include "reports/filter.h"

#include "reports/summary.h"

#include <fnmatch.h>
#include <string.h>

static bool name_fits(const struct report_filter *filter, const char *name)
{
    for (size_t i = 0; i < filter->hostname_count; i++) {
        if (fnmatch(filter->hostnames[i], name, 0) == 0) {
            return true;
        }
    }
    return filter->hostname_count == 0;
}

static bool address_fits(const struct report_filter *filter, const char *text)
{
    struct address address;
    for (size_t i = 0; i < filter->address_count; i++) {
        if (strcmp(filter->addresses[i], text) == 0) {
            return true;
        }
    }
    if (address_parse(slice_of(text), &address) != 0) {
        return false;
    }
    for (size_t i = 0; i < filter->range_count; i++) {
        if (address_in_range(&address, &filter->ranges[i])) {
            return true;
        }
    }
    return false;
}

static bool origins_fit(const struct report_filter *filter, const struct hostname_record *hostname)
{
    if (filter->range_count + filter->address_count == 0) {
        return true;
    }
    for (size_t i = 0; i < hostname->origin_count; i++) {
        if (address_fits(filter, hostname->origins[i].address)) {
            return true;
        }
    }
    return false;
}

static bool mode_fits(unsigned wanted, enum mode mode)
{
    return wanted == 0 || (mode != MODE_NONE && (wanted >> mode & 1u) != 0);
}

static enum filter_decision decision_of(const struct hostname_record *hostname)
{
    if (hostname->status != STATUS_COMPLETE) {
        return FILTER_NO_VERDICT;
    }
    switch (hostname->decision.action) {
    case ACTION_NONE:
        return FILTER_NONE;
    case ACTION_HOLD:
        return FILTER_HOLD;
    case ACTION_UPGRADE:
        return FILTER_UPGRADE;
    }
    return FILTER_NO_VERDICT;
}

static bool codes_fit(const struct report_filter *filter, const struct hostname_record *hostname)
{
    struct code_set obstacles = summary_obstacles(hostname);
    for (int code = CODE_NONE + 1; filter->by_code && code < CODE_COUNT; code++) {
        if (filter->codes[code] && obstacles.has[code]) {
            return true;
        }
    }
    return !filter->by_code;
}

static bool hostname_fits(const struct report_filter *filter, const struct hostname_record *hostname)
{
    return mode_fits(filter->current, hostname->current_mode) &&
           mode_fits(filter->recommended, hostname->recommended_mode) &&
           (filter->decisions == 0 || (filter->decisions >> decision_of(hostname) & 1u) != 0) &&
           codes_fit(filter, hostname) && name_fits(filter, hostname->hostname) && origins_fit(filter, hostname);
}

static bool age_fits(const struct report_filter *filter, int64_t finished_s)
{
    return (filter->not_before_s < 0 || finished_s >= filter->not_before_s) &&
           (filter->not_after_s < 0 || finished_s <= filter->not_after_s);
}

bool report_filter_picks_hostnames(const struct report_filter *filter)
{
    return filter->hostname_count + filter->range_count + filter->address_count > 0 || filter->by_code ||
           (filter->current | filter->recommended | filter->decisions) != 0;
}

int report_filter_apply(const struct report_filter *filter, const struct scan_record *record, struct arena *arena,
                        struct scan_record *fitting)
{
    *fitting = *record;
    if (!age_fits(filter, record->finished_s)) {
        return 0;
    }
    if (!report_filter_picks_hostnames(filter)) {
        return 1;
    }
    fitting->hostnames = arena_alloc(arena, (record->hostname_count + 1) * sizeof *fitting->hostnames);
    if (fitting->hostnames == NULL) {
        return -1;
    }
    fitting->hostname_count = 0;
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (hostname_fits(filter, &record->hostnames[i])) {
            fitting->hostnames[fitting->hostname_count++] = record->hostnames[i];
        }
    }
    return fitting->hostname_count > 0;
}

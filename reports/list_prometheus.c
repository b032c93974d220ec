/* The totals as metrics. No label has more values than a table of ours has rows, however many zones there are; a time
 * that is not known is left out. */
#include "reports/writers.h"

#include <inttypes.h>

static void put_head(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP origintls_%s %s\n# TYPE origintls_%s gauge\n", name, help, name);
}

static void put_value(struct buf *out, const char *name, const char *help, uint64_t value)
{
    put_head(out, name, help);
    buf_printf(out, "origintls_%s %" PRIu64 "\n", name, value);
}

static void put_time(struct buf *out, const char *name, const char *help, int64_t unix_s)
{
    if (unix_s > 0) {
        put_value(out, name, help, (uint64_t)unix_s);
    }
}

static void put_decisions(struct buf *out, const struct report_totals *totals)
{
    const struct {
        const char *decision;
        uint64_t hostnames;
    } rows[] = {{"upgrade", totals->upgrade},
                {"hold", totals->hold},
                {"none", totals->none},
                {"no_verdict", totals->no_verdict}};
    put_head(out, "hostnames", "Hostnames by what is decided about them.");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_printf(out, "origintls_hostnames{decision=\"%s\"} %" PRIu64 "\n", rows[i].decision, rows[i].hostnames);
    }
}

static const char *mode_label(int row)
{
    return row == 0 ? "unknown" : mode_name((enum mode)(row - 1));
}

static void put_modes(struct buf *out, const struct report_totals *totals)
{
    put_head(out, "hostnames_by_mode", "Hostnames by the mode in use and the mode that is recommended.");
    for (int current = 0; current <= MODE_COUNT; current++) {
        for (int recommended = 0; recommended <= MODE_COUNT; recommended++) {
            if (totals->modes[current][recommended] > 0) {
                buf_printf(out, "origintls_hostnames_by_mode{current=\"%s\",recommended=\"%s\"} %" PRIu64 "\n",
                           mode_label(current), mode_label(recommended), totals->modes[current][recommended]);
            }
        }
    }
}

static void put_codes(struct buf *out, const char *name, const char *help, const uint64_t *counts)
{
    put_head(out, name, help);
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (counts[code] > 0) {
            buf_printf(out, "origintls_%s{code=\"%s\"} %" PRIu64 "\n", name, code_name((enum code)code), counts[code]);
        }
    }
}

static void put_certificates(struct buf *out, const struct report_totals *totals)
{
    put_head(out, "hostnames_by_certificate_lifetime",
             "Hostnames by the time that is left of their first certificate to end: up to so much.");
    for (int lifetime = 0; lifetime < LIFETIME_COUNT; lifetime++) {
        buf_printf(out, "origintls_hostnames_by_certificate_lifetime{left=\"%s\"} %" PRIu64 "\n",
                   lifetime_name((enum lifetime)lifetime), totals->certificates[lifetime]);
    }
}

void list_prometheus_begin(struct report_list *list)
{
    (void)list;
}

void list_prometheus_add(struct report_list *list, const struct scan_record *record)
{
    (void)list;
    (void)record;
}

void list_prometheus_end(struct report_list *list)
{
    const struct report_totals *totals = &list->totals;
    struct buf *out = list->out;
    put_value(out, "zones", "Zones that were scanned.", totals->zones);
    put_decisions(out, totals);
    put_value(out, "hostnames_upgradable", "Hostnames that could be stronger than today.", totals->stronger);
    put_modes(out, totals);
    put_codes(out, "hostnames_blocked", "Hostnames that have a blocker, by its code.", totals->by_blocker);
    put_codes(out, "hostnames_warned", "Hostnames that have a warning, by its code.", totals->by_warning);
    put_codes(out, "hostnames_without_verdict", "Hostnames without a verdict, by the reason.", totals->by_reason);
    if (list->context.now_s >= 0) {
        put_certificates(out, totals);
    }
    put_time(out, "certificate_first_expiry_timestamp_seconds", "When the first certificate ends that has not ended.",
             totals->first_not_after_s);
    put_time(out, "oldest_scan_timestamp_seconds", "When the scan finished that is the oldest of the latest.",
             totals->oldest_scan_s);
    put_time(out, "latest_scan_timestamp_seconds", "When the last scan finished.", totals->latest_scan_s);
}

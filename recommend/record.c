#include "recommend/record.h"

#include <stddef.h>

const char *scan_status_name(enum scan_status status)
{
    switch (status) {
    case STATUS_COMPLETE:
        return "complete";
    case STATUS_PARTIAL:
        return "partial";
    case STATUS_INCOMPLETE:
        return "incomplete";
    case STATUS_OPTED_OUT:
        return "opted_out";
    }
    return NULL;
}

int scan_status_parse(struct slice name, enum scan_status *status)
{
    for (int i = STATUS_COMPLETE; i <= STATUS_OPTED_OUT; i++) {
        if (slice_equal(name, slice_of(scan_status_name((enum scan_status)i)))) {
            *status = (enum scan_status)i;
            return 0;
        }
    }
    return -1;
}

const char *setting_name(enum setting setting)
{
    switch (setting) {
    case SETTING_AUTO:
        return "auto";
    case SETTING_CUSTOM:
        return "custom";
    }
    return NULL;
}

int setting_parse(struct slice name, enum setting *setting)
{
    for (int i = SETTING_AUTO; i <= SETTING_CUSTOM; i++) {
        if (slice_equal(name, slice_of(setting_name((enum setting)i)))) {
            *setting = (enum setting)i;
            return 0;
        }
    }
    return -1;
}

const char *origin_source_name(enum origin_source source)
{
    switch (source) {
    case SOURCE_INVENTORY:
        return "inventory";
    case SOURCE_OPTION:
        return "option";
    case SOURCE_DNS:
        return "dns";
    }
    return NULL;
}

int origin_source_parse(struct slice name, enum origin_source *source)
{
    for (int i = SOURCE_INVENTORY; i <= SOURCE_DNS; i++) {
        if (slice_equal(name, slice_of(origin_source_name((enum origin_source)i)))) {
            *source = (enum origin_source)i;
            return 0;
        }
    }
    return -1;
}

uint32_t pair_counts_compared(const struct pair_counts *counts)
{
    uint32_t sum = 0;

    for (int i = 0; i < PAIR_VERDICT_COUNT; i++)
        sum += counts->of[i];
    return sum;
}

uint32_t pair_counts_usable(const struct pair_counts *counts)
{
    uint32_t sum = 0;

    for (int i = 0; i < PAIR_VERDICT_COUNT; i++) {
        if (pair_verdict_is_usable((enum pair_verdict)i))
            sum += counts->of[i];
    }
    return sum;
}

const char *decision_action_name(enum decision_action action)
{
    switch (action) {
    case ACTION_NONE:
        return "none";
    case ACTION_HOLD:
        return "hold";
    case ACTION_UPGRADE:
        return "upgrade";
    }
    return NULL;
}

int decision_action_parse(struct slice name, enum decision_action *action)
{
    for (int i = ACTION_NONE; i <= ACTION_UPGRADE; i++) {
        if (slice_equal(name, slice_of(decision_action_name((enum decision_action)i)))) {
            *action = (enum decision_action)i;
            return 0;
        }
    }
    return -1;
}

const char *client_certificate_name(enum client_certificate value)
{
    switch (value) {
    case CLIENT_CERTIFICATE_UNKNOWN:
        return NULL;
    case CLIENT_CERTIFICATE_NONE:
        return "none";
    case CLIENT_CERTIFICATE_REQUESTED:
        return "requested";
    case CLIENT_CERTIFICATE_REQUIRED:
        return "required";
    }
    return NULL;
}

void scan_record_release(struct scan_record *record)
{
    struct arena arena = record->arena;

    *record = (struct scan_record){0};
    arena_release(&arena);
}

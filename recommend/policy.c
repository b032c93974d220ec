#include "recommend/policy.h"

#include "base/clock.h"

#include <math.h>
#include <stddef.h>

#define HOUR_S 3600
#define DAY_S  86400

#define AT(member) offsetof(struct rollout_policy, member)

const struct policy_field policy_fields[] = {
    {"ceiling", "ceiling", POLICY_MODE, AT(ceiling)},
    {"min_pairs", "upgrade-pairs", POLICY_COUNT, AT(min_pairs)},
    {"max_breaking_share", "breaking-share", POLICY_SHARE, AT(max_breaking_share)},
    {"agreeing_scans", "agreeing-scans", POLICY_COUNT, AT(agreeing_scans)},
    {"agreeing_apart_seconds", "agreeing-apart", POLICY_SECONDS, AT(agreeing_apart_s)},
    {"certificate_days", "certificate-days", POLICY_COUNT, AT(certificate_days)},
    {"retry_days", "retry-days", POLICY_COUNT, AT(retry_days)},
    {"upgrades_per_day", "upgrades-per-day", POLICY_COUNT, AT(upgrades_per_day)},
    {"approval", "approval", POLICY_FLAG, AT(approval)},
    {"stop", "stop", POLICY_FLAG, AT(stop)},
    {"step_seconds", "step-seconds", POLICY_SECONDS, AT(step_s)},
    {"step_requests", "step-requests", POLICY_COUNT, AT(step_requests)},
    {"warm_up_steps", "warm-up-steps", POLICY_COUNT, AT(warm_up_steps)},
    {"warm_up_seconds", "warm-up-seconds", POLICY_SECONDS, AT(warm_up_s)},
    {"warm_up_requests", "warm-up-requests", POLICY_COUNT, AT(warm_up_requests)},
    {"false_rollback", "false-rollback", POLICY_SHARE, AT(false_rollback)},
    {"harm", "harm", POLICY_SHARE, AT(harm)},
    {"power", "power", POLICY_SHARE, AT(power)},
    {"horizon_seconds", "horizon-seconds", POLICY_SECONDS, AT(horizon_s)},
};
const size_t policy_field_count = sizeof policy_fields / sizeof *policy_fields;

void rollout_policy_init(struct rollout_policy *policy)
{
    *policy = (struct rollout_policy){
        .ceiling = MODE_FULL_STRICT,
        .min_pairs = 10,
        .max_breaking_share = 0.3,
        .agreeing_scans = 1,
        .agreeing_apart_s = DAY_S,
        .certificate_days = 14,
        .retry_days = 30,
        .upgrades_per_day = 1000,
        .step_s = 6 * HOUR_S,
        .step_requests = 100,
        .warm_up_steps = 3,
        .warm_up_s = 12 * HOUR_S,
        .warm_up_requests = 1000,
        .false_rollback = 0.01,
        .harm = 0.01,
        .power = 0.999,
        .horizon_s = 14 * DAY_S,
    };
}

bool policy_frozen(const struct rollout_policy *policy, int64_t now_s)
{
    for (size_t i = 0; i < policy->window_count; i++) {
        if (now_s >= policy->windows[i].start_s && now_s < policy->windows[i].end_s) {
            return true;
        }
    }
    return false;
}

int policy_add_window(struct rollout_policy *policy, struct slice text, struct err *err)
{
    struct freeze_window window = {0, 0};
    size_t slash = slice_find_byte(text, '/');
    if (slash == text.len || time_parse(slice_trim(slice_make(text.ptr, slash)), &window.start_s) != 0 ||
        time_parse(slice_trim(slice_from(text, slash + 1)), &window.end_s) != 0) {
        return err_set(err, ERR_USAGE, "'%.*s' is no freeze window: write START/END, both as 2026-12-20T00:00:00Z",
                       SLICE_ARG(text));
    }
    if (window.end_s <= window.start_s) {
        return err_set(err, ERR_USAGE, "freeze window '%.*s' ends before it starts", SLICE_ARG(text));
    }
    if (policy->window_count == POLICY_FREEZE_WINDOWS_MAX) {
        return err_set(err, ERR_USAGE, "more than %d freeze windows", POLICY_FREEZE_WINDOWS_MAX);
    }
    policy->windows[policy->window_count++] = window;
    return 0;
}

static void write_value(struct json_writer *json, const struct rollout_policy *policy, const struct policy_field *field)
{
    const char *at = (const char *)policy + field->offset;
    switch (field->type) {
    case POLICY_COUNT:
        json_uint(json, *(const uint32_t *)(const void *)at);
        break;
    case POLICY_SECONDS:
        json_int(json, *(const int64_t *)(const void *)at);
        break;
    case POLICY_SHARE:
        json_number(json, *(const double *)(const void *)at, 9);
        break;
    case POLICY_FLAG:
        json_bool(json, *(const bool *)(const void *)at);
        break;
    case POLICY_MODE:
        json_text(json, mode_name(*(const enum mode *)(const void *)at));
        break;
    }
}

static void write_window(struct json_writer *json, const struct freeze_window *window)
{
    char start[RFC3339_BYTES];
    char end[RFC3339_BYTES];
    struct buf text = {.data = NULL};
    buf_printf(&text, "%s/%s", time_format(window->start_s, start), time_format(window->end_s, end));
    json_string(json, buf_slice(&text));
    buf_release(&text);
}

void policy_write(struct json_writer *json, const struct rollout_policy *policy)
{
    json_object_open(json);
    for (size_t i = 0; i < policy_field_count; i++) {
        json_key(json, policy_fields[i].name);
        write_value(json, policy, &policy_fields[i]);
    }
    json_key(json, "freeze");
    json_array_open(json);
    for (size_t i = 0; i < policy->window_count; i++) {
        write_window(json, &policy->windows[i]);
    }
    json_array_close(json);
    json_object_close(json);
}

static void open_named(struct json_writer *json, const char *name)
{
    json_object_open(json);
    json_key_text(json, "name", name);
    json_key(json, "value");
}

void policy_write_fields(struct json_writer *json, const struct rollout_policy *policy, policy_set fields)
{
    json_array_open(json);
    for (size_t i = 0; i < policy_field_count; i++) {
        if ((fields >> i & 1u) != 0) {
            open_named(json, policy_fields[i].name);
            write_value(json, policy, &policy_fields[i]);
            json_object_close(json);
        }
    }
    for (size_t i = 0; (fields & POLICY_WINDOWS) != 0 && i < policy->window_count; i++) {
        open_named(json, "freeze");
        write_window(json, &policy->windows[i]);
        json_object_close(json);
    }
    json_array_close(json);
}

policy_set policy_field_at(size_t offset)
{
    policy_set field = 0;
    for (size_t i = 0; i < policy_field_count; i++) {
        field |= policy_fields[i].offset == offset ? UINT32_C(1) << i : 0;
    }
    return field;
}

int policy_set_number(struct rollout_policy *policy, const struct policy_field *field, double value)
{
    char *at = (char *)policy + field->offset;
    if (!(value >= 0) || value > (field->type == POLICY_SHARE || field->type == POLICY_FLAG ? 1 : UINT32_MAX)) {
        return -1;
    }
    switch (field->type) {
    case POLICY_COUNT:
        *(uint32_t *)(void *)at = (uint32_t)value;
        return value == floor(value) ? 0 : -1;
    case POLICY_SECONDS:
        *(int64_t *)(void *)at = (int64_t)value;
        return value == floor(value) ? 0 : -1;
    case POLICY_SHARE:
        *(double *)(void *)at = value;
        return 0;
    case POLICY_FLAG:
        *(bool *)(void *)at = value > 0;
        return 0;
    case POLICY_MODE:
        break;
    }
    return -1;
}

#include "reports/rollouts.h"

#include "reports/json_parts.h"
#include "reports/text_page.h"

#include <stdio.h>

static void write_members(struct json_writer *json, const struct rollout_summary *summary)
{
    json_key_text(json, "state", rollout_state_name(summary->state));
    json_key_mode(json, "from", summary->from);
    json_key_mode(json, "to", summary->to);
    json_key_int(json, "percent", summary->percent);
    json_key_text(json, "rule", summary->rule);
    json_key_text(json, "reason", summary->reason);
    json_key_time(json, "opened_at", summary->opened_s);
    json_key_time(json, "step_since", summary->step_s);
    json_key_time(json, "ended_at", summary->ended_s);
    if (summary->power < 0) {
        json_key_null(json, "power");
    } else {
        json_key_number(json, "power", summary->power, 4);
    }
}

void json_key_rollout(struct json_writer *json, const char *key, const struct rollout_summary *summary)
{
    json_key(json, key);
    if (summary == NULL) {
        json_null(json);
        return;
    }
    json_object_open(json);
    write_members(json, summary);
    json_object_close(json);
}

void rollout_row_json(struct json_writer *json, const struct rollout_row *row)
{
    json_object_open(json);
    json_key_int(json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(json, "zone", row->zone);
    json_key_text(json, "hostname", row->hostname);
    write_members(json, &row->summary);
    json_key(json, "weight");
    json_uint(json, row->weight);
    if (row->unobserved_s < 0) {
        json_key_null(json, "unobserved_seconds");
    } else {
        json_key_int(json, "unobserved_seconds", row->unobserved_s);
    }
    json_object_close(json);
}

static enum text_color color_of(enum rollout_state state)
{
    switch (state) {
    case ROLLOUT_COMMITTED:
        return TEXT_GOOD;
    case ROLLOUT_ROLLED_BACK:
    case ROLLOUT_CANCELLED:
        return TEXT_BAD;
    case ROLLOUT_HOLDING:
    case ROLLOUT_PROPOSED:
        return TEXT_WARNING;
    case ROLLOUT_WAITING:
    case ROLLOUT_RAMPING:
        break;
    }
    return TEXT_BOLD;
}

static void put_row(struct text_page *page, const struct rollout_row *row)
{
    const struct rollout_summary *summary = &row->summary;
    text_put(page, TEXT_BOLD, row->hostname);
    text_pad(page, 32);
    text_put(page, color_of(summary->state), rollout_state_name(summary->state));
    text_pad(page, 45);
    text_printf(page, TEXT_PLAIN, "%3d %%  %s → %s", summary->percent, mode_name(summary->from),
                mode_name(summary->to));
    text_end_line(page);
    text_pad(page, 4);
    text_wrap(page, 4, TEXT_PLAIN, summary->reason);
    text_end_line(page);
    if (row->unobserved_s > 0) {
        text_pad(page, 4);
        text_printf(page, TEXT_WARNING, "Not observed: %.1f h of this step.", (double)row->unobserved_s / 3600);
        text_end_line(page);
    }
}

void rollout_rows_text(const struct rollout_row *rows, size_t count, const struct report_style *style, struct buf *out)
{
    struct text_page page;
    text_page_init(&page, style, out);
    for (size_t i = 0; i < count; i++) {
        put_row(&page, &rows[i]);
    }
    if (count == 0) {
        text_put(&page, TEXT_PLAIN, "No rollouts.");
        text_end_line(&page);
    }
}

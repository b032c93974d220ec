#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/output.h"
#include "db/address_state.h"
#include "db/fleet_store.h"

#include <inttypes.h>

struct status_arguments {
    struct global_arguments global;
    size_t failing;
    double late_hours;
    int format;
};

#define AT(member) offsetof(struct status_arguments, member)

static const struct option rows[] = {
    {.name = "failing",
     .type = OPTION_SIZE,
     .offset = AT(failing),
     .placeholder = "N",
     .help = "failing zones to list, the longest failing first, and addresses that are not asked now",
     .initial = "20",
     .min = 0,
     .max = 1000000},
    {.name = "late-hours",
     .type = OPTION_NUMBER,
     .offset = AT(late_hours),
     .placeholder = "H",
     .help = "a zone that has been due for longer is late",
     .initial = "24",
     .min = 0,
     .max = 87600},
    FORMAT_OPTION(status_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

/* The counts, in the order in which they are shown. */
struct count_line {
    const char *key;
    uint64_t value;
};
#define COUNT_LINES 17

static void list_counts(const struct fleet_counts *counts, const struct address_state_counts *addresses,
                        struct count_line lines[COUNT_LINES])
{
    const struct count_line listed[COUNT_LINES] = {
        {"zones", counts->zones},
        {"removed", counts->removed},
        {"without_origin", counts->without_origin},
        {"never_scanned", counts->never_scanned},
        {"due", counts->due},
        {"late", counts->late},
        {"running", counts->running},
        {"failing", counts->failing},
        {"deferred", counts->deferred},
        {"complete", counts->by_status[STATUS_COMPLETE]},
        {"partial", counts->by_status[STATUS_PARTIAL]},
        {"incomplete", counts->by_status[STATUS_INCOMPLETE]},
        {"opted_out", counts->by_status[STATUS_OPTED_OUT]},
        {"runs", counts->runs},
        {"addresses_open", addresses->open},
        {"addresses_half_open", addresses->half_open},
        {"addresses_resting", addresses->resting},
    };
    for (size_t i = 0; i < COUNT_LINES; i++) {
        lines[i] = listed[i];
    }
}

struct status_page {
    struct buf out;
    struct json_writer json;
    bool is_json;
    int64_t now_s;
};

static int add_reason(void *context, const char *reason, uint64_t zones, struct err *err)
{
    struct status_page *page = context;
    (void)err;
    reason = reason != NULL ? reason : "not known";
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_text(&page->json, "reason", reason);
        json_key_int(&page->json, "zones", (int64_t)zones);
        json_object_close(&page->json);
    } else {
        buf_printf(&page->out, "  %-24s %10" PRIu64 "\n", reason, zones);
    }
    return 0;
}

static int add_failure(void *context, const struct fleet_failure *failure, struct err *err)
{
    struct status_page *page = context;
    char due[RFC3339_BYTES];
    (void)err;
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_text(&page->json, "zone", failure->zone);
        json_key_text(&page->json, "status", failure->status);
        json_key_text(&page->json, "reason", failure->reason);
        json_key_text(&page->json, "deferred", failure->deferred);
        json_key_int(&page->json, "failures", failure->failures);
        json_key_time(&page->json, "last_scan_at", failure->finished_s);
        json_key_time(&page->json, "next_scan_at", failure->due_s);
        json_object_close(&page->json);
        return 0;
    }
    const char *reason = failure->deferred != NULL ? failure->deferred : failure->reason;
    buf_append_text(&page->out, "  ");
    utf8_append_visible(&page->out, slice_of(failure->zone));
    buf_printf(&page->out, ": %s, %" PRIu32 " in a row, next %s\n", reason != NULL ? reason : "not known",
               failure->failures, time_format(failure->due_s, due));
    return 0;
}

static int add_address(void *context, const char *address, const struct address_state *state, struct err *err)
{
    struct status_page *page = context;
    const char *breaker = breaker_name(address_breaker(state, page->now_s));
    int64_t rest_s = state->not_before_s > page->now_s ? state->not_before_s : -1;
    int64_t open_s = state->open_until_s > page->now_s ? state->open_until_s : -1;
    char time[RFC3339_BYTES];
    (void)err;
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_text(&page->json, "address", address);
        json_key_text(&page->json, "breaker", breaker);
        json_key_int(&page->json, "failures", state->failures);
        json_key_time(&page->json, "open_until", open_s);
        json_key_time(&page->json, "retry_after", rest_s);
        json_object_close(&page->json);
        return 0;
    }
    buf_printf(&page->out, "  %s: breaker %s, %" PRIu32 " scans in a row without an answer", address, breaker,
               state->failures);
    if (open_s >= 0) {
        buf_printf(&page->out, ", until %s", time_format(open_s, time));
    }
    if (rest_s >= 0) {
        buf_printf(&page->out, ", asked to be left alone until %s", time_format(rest_s, time));
    }
    buf_append_byte(&page->out, '\n');
    return 0;
}

static void open_list(struct status_page *page, const char *key, const char *heading)
{
    if (page->is_json) {
        json_key(&page->json, key);
        json_array_open(&page->json);
    } else {
        buf_printf(&page->out, "%s\n", heading);
    }
}

static void close_list(struct status_page *page)
{
    if (page->is_json) {
        json_array_close(&page->json);
    }
}

static void show_counts(struct status_page *page, const struct fleet_counts *counts,
                        const struct address_state_counts *addresses, int64_t now_s)
{
    struct count_line lines[COUNT_LINES];
    char time[RFC3339_BYTES];
    list_counts(counts, addresses, lines);
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_int(&page->json, "schema_version", RECORD_SCHEMA_VERSION);
        json_key_time(&page->json, "at", now_s);
        json_key_time(&page->json, "oldest_due_at", counts->oldest_due_s);
        json_key_time(&page->json, "next_due_at", counts->next_due_s);
    }
    for (size_t i = 0; i < COUNT_LINES; i++) {
        if (page->is_json) {
            json_key_int(&page->json, lines[i].key, (int64_t)lines[i].value);
        } else {
            buf_printf(&page->out, "%-26s %10" PRIu64 "\n", lines[i].key, lines[i].value);
        }
    }
    if (!page->is_json && counts->oldest_due_s >= 0) {
        buf_printf(&page->out, "due since                  %s\n", time_format(counts->oldest_due_s, time));
    }
    if (!page->is_json && counts->next_due_s >= 0) {
        buf_printf(&page->out, "next due                   %s\n", time_format(counts->next_due_s, time));
    }
}

static int fill_page(struct status_page *page, struct store *store, const struct status_arguments *arguments,
                     struct err *err)
{
    struct fleet_counts counts;
    struct address_state_counts addresses;
    int64_t now_s = clock_wall_s();
    if (fleet_count(store, now_s, (int64_t)(arguments->late_hours * 3600), &counts, err) != 0 ||
        address_state_count(store, now_s, &addresses, err) != 0) {
        return -1;
    }
    page->now_s = now_s;
    show_counts(page, &counts, &addresses, now_s);
    open_list(page, "reasons", "without a verdict, by reason");
    if (fleet_each_reason(store, add_reason, page, err) != 0) {
        return -1;
    }
    close_list(page);
    open_list(page, "failing_zones", "failing zones");
    if (fleet_each_failure(store, (int)arguments->failing, add_failure, page, err) != 0) {
        return -1;
    }
    close_list(page);
    open_list(page, "addresses", "addresses that are not asked now");
    if (address_state_each(store, now_s, (int)arguments->failing, add_address, page, err) != 0) {
        return -1;
    }
    close_list(page);
    if (page->is_json) {
        json_object_close(&page->json);
        buf_append_byte(&page->out, '\n');
    }
    return 0;
}

static int run_status(const struct invocation *invocation, struct err *err)
{
    const struct status_arguments *arguments = invocation->arguments;
    struct status_page page = {.is_json = slice_equal(slice_of(format_choices[arguments->format]), SLICE("json"))};
    int code = -1;
    struct store *store = database_open_to_read(invocation->global, err);
    if (store == NULL) {
        return -1;
    }
    json_init(&page.json, &page.out, true);
    if (fill_page(&page, store, arguments, err) == 0) {
        code = output_write_buf(&page.out, err) == 0 ? EXIT_DONE : -1;
    }
    buf_release(&page.out);
    store_close(store);
    return code;
}

const struct command command_fleet_status = {
    .name = "fleet status",
    .operands = "",
    .summary = "what is scanned, due, running, failing",
    .options = &option_table,
    .arguments_size = sizeof(struct status_arguments),
    .run = run_status,
};

#include "db/read_origin.h"
#include "db/rollout_store.h"
#include "db/row.h"

#include <string.h>

static struct decision take_decision(struct row_reader *row)
{
    struct decision decision = {0};
    decision.action = row_take_action(row);
    decision.from = row_take_mode(row);
    decision.to = row_take_mode(row);
    decision.percent = (int)row_take_count(row, 100);
    decision.reason = row_take_text(row);
    decision.rule = rule_parse(slice_of(row_take_text(row)));
    decision.numbers = row_take_text(row);
    decision.policy = row_take_text(row);
    return decision;
}

/* The columns that the zone and its hostnames share. */
struct recommendation {
    const char *hostname;
    enum scan_status status;
    enum code incomplete_reason;
    enum mode current, supported, recommended, ceiling;
};

static struct recommendation take_recommendation(struct row_reader *row)
{
    struct recommendation taken = {0};
    taken.hostname = row_take_text(row);
    taken.status = row_take_status(row);
    taken.incomplete_reason = row_take_code(row);
    taken.current = row_take_mode(row);
    taken.supported = row_take_mode(row);
    taken.recommended = row_take_mode(row);
    taken.ceiling = row_take_mode(row);
    return taken;
}

static void take_zone(struct row_reader *row, struct scan_record *record)
{
    struct recommendation taken = take_recommendation(row);
    record->status = taken.status;
    record->incomplete_reason = taken.incomplete_reason;
    record->current_mode = taken.current;
    record->supported_mode = taken.supported;
    record->recommended_mode = taken.recommended;
    /* setting, always_https, safe_modes: of hostnames alone */
    for (int i = 0; i < 3; i++) {
        row_skip_null(row);
    }
    record->confidence = row_take_confidence(row);
    row_skip_null(row);
    record->decision = take_decision(row);
}

static void take_hostname(struct row_reader *row, struct hostname_record *hostname)
{
    struct recommendation taken = take_recommendation(row);
    hostname->hostname = taken.hostname != NULL ? taken.hostname : "";
    hostname->status = taken.status;
    hostname->incomplete_reason = taken.incomplete_reason;
    hostname->current_mode = taken.current;
    hostname->supported_mode = taken.supported;
    hostname->recommended_mode = taken.recommended;
    hostname->ceiling = taken.ceiling;
    hostname->setting = row_take_setting(row);
    hostname->always_https = row_take_bool(row);
    hostname->safe_modes = row_take_mode_set(row);
    hostname->confidence = row_take_confidence(row);
    hostname->candidates = row_take_text_list(row, &hostname->candidate_count);
    hostname->decision = take_decision(row);
}

static int read_recommendations(struct store *store, int64_t scan, struct scan_record *record, struct err *err)
{
    struct row_reader row;
    row_query_by_id(&row, store, READ_RECOMMENDATIONS, scan, &record->arena, err);
    size_t capacity = 0;
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        int64_t position = row_take_int(&row);
        if (position < 0) {
            take_zone(&row, record);
            continue;
        }
        struct hostname_record *items =
            row_array_grow(&record->arena, record->hostnames, record->hostname_count, &capacity, sizeof *items);
        if (items == NULL) {
            result = err_memory(err);
            break;
        }
        record->hostnames = items;
        take_hostname(&row, &items[record->hostname_count++]);
    }
    row_reader_release(&row);
    return result;
}

/* Returns the scan's row id. */
static int64_t take_run(struct row_reader *row, struct scan_record *record)
{
    record->zone = row_take_text_always(row);
    int64_t scan = row_take_int(row);
    record->scan_id = row_take_text_always(row);
    record->program_version = row_take_text(row);
    record->started_s = row_take_known(row);
    record->finished_s = row_take_known(row);
    record->next_scan_s = row_take_known(row);
    record->seed = (uint64_t)row_take_int(row);
    record->trust = row_take_text_list(row, &record->trust_count);
    record->ceiling = row_take_mode(row);
    record->cost.requests = (uint64_t)row_take_int(row);
    record->cost.connections = (uint64_t)row_take_int(row);
    record->cost.handshakes = (uint64_t)row_take_int(row);
    record->cost.hellos = (uint64_t)row_take_int(row);
    record->cost.bytes = (uint64_t)row_take_int(row);
    record->cost.seconds = row_take_real(row);
    return scan;
}

/* The record of the run at which the cursor stands. */
static int read_record(struct store *store, struct row_reader *run, bool with_pairs, struct scan_record *record,
                       struct err *err)
{
    run->arena = &record->arena;
    int64_t scan = take_run(run, record);
    if (read_recommendations(store, scan, record, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (store_read_origins(store, scan, i, with_pairs, &record->arena, &record->hostnames[i], err) != 0) {
            return -1;
        }
    }
    return store_attach_rollouts(store, record, err);
}

/* The scan of this zone, or with this scan_id. */
static int read_one(struct store *store, enum statement which, const char *text, struct scan_record *record,
                    struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, which, err);
    row_put_text(&query, text);
    struct row_reader run;
    row_reader_init(&run, &query, &record->arena);
    int result = row_next(&run);
    if (result == 1) {
        result = read_record(store, &run, true, record, err);
        /* The next row, which is not there, tells of a fault in this one. */
        result = result == 0 && row_next(&run) == 0 ? 1 : -1;
    }
    row_reader_release(&run);
    return result;
}

static int read_alone(struct store *store, enum statement which, const char *text, struct scan_record *record,
                      struct err *err)
{
    memset(record, 0, sizeof *record);
    int result = store_begin_read(store, err);
    if (result == 0) {
        result = store_end(store, read_one(store, which, text, record, err), err);
    }
    if (result != 1) {
        scan_record_release(record);
    }
    return result;
}

int store_read_latest(struct store *store, const char *zone, struct scan_record *record, struct err *err)
{
    int result = read_alone(store, READ_LATEST_SCAN, zone, record, err);
    return result < 0 ? err_prefix(err, "reading the latest scan of %s", zone) : result;
}

int store_read_scan(struct store *store, const char *scan_id, struct scan_record *record, struct err *err)
{
    int result = read_alone(store, READ_SCAN, scan_id, record, err);
    return result < 0 ? err_prefix(err, "reading scan %s", scan_id) : result;
}

static int visit_next(struct store *store, struct row_reader *run, store_on_record *visit, void *context,
                      struct err *err)
{
    struct scan_record record = {0};
    int result = read_record(store, run, false, &record, err);
    if (result == 0 && (run->bad_column >= 0 || run->out_of_memory)) {
        result = row_next(run); /* says what is wrong */
    }
    if (result == 0) {
        result = visit(context, &record, err);
    }
    run->arena = NULL;
    scan_record_release(&record);
    return result;
}

static int each_latest(struct store *store, store_on_record *visit, void *context, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, EACH_LATEST_SCAN, err);
    struct row_reader run;
    row_reader_init(&run, &query, NULL);
    int result = 0;
    while ((result = row_next(&run)) == 1) {
        if (visit_next(store, &run, visit, context, err) != 0) {
            result = -1;
            break;
        }
    }
    row_reader_release(&run);
    return result;
}

int store_each_latest(struct store *store, store_on_record *visit, void *context, struct err *err)
{
    if (store_begin_read(store, err) != 0) {
        return -1;
    }
    return store_end(store, each_latest(store, visit, context, err), err);
}

struct change_visit {
    struct store *store;
    int64_t since_s;
    store_on_change *visit;
    void *context;
};

/* 1, 0 or -1, as store_read_latest, but inside of a transaction. */
static int read_before(struct store *store, const char *zone, int64_t since_s, struct scan_record *record,
                       struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, READ_SCAN_BEFORE, err);
    row_put_text(&query, zone);
    row_put_int(&query, since_s);
    struct row_reader run;
    row_reader_init(&run, &query, &record->arena);
    int result = row_next(&run);
    if (result == 1) {
        result = read_record(store, &run, false, record, err);
        result = result == 0 && row_next(&run) == 0 ? 1 : -1;
    }
    row_reader_release(&run);
    return result;
}

static int visit_change(void *context, const struct scan_record *after, struct err *err)
{
    const struct change_visit *change = context;
    if (after->finished_s <= change->since_s) {
        return change->visit(change->context, after, after, err);
    }
    struct scan_record before = {0};
    int found = read_before(change->store, after->zone, change->since_s, &before, err);
    int result = found < 0 ? -1 : change->visit(change->context, found > 0 ? &before : NULL, after, err);
    scan_record_release(&before);
    return result;
}

int store_each_change(struct store *store, int64_t since_s, store_on_change *visit, void *context, struct err *err)
{
    struct change_visit change = {store, since_s, visit, context};
    return store_each_latest(store, visit_change, &change, err);
}

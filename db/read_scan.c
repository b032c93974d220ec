#include "db/pair_blob.h"
#include "db/rollout_store.h"
#include "db/row.h"

#include <string.h>

static void query_by_id(struct row_reader *row, struct store *store, enum statement which, int64_t id,
                        struct arena *arena, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, which, err);
    row_put_int(&query, id);
    row_reader_init(row, &query, arena);
}

static struct confidence take_confidence(struct row_reader *row)
{
    struct confidence confidence = {0};
    confidence.pairs = row_take_count(row, UINT32_MAX);
    confidence.against = row_take_count(row, UINT32_MAX);
    confidence.upper_bound = row_take_known_real(row);
    confidence.level = row_take_real(row);
    confidence.request_coverage = row_take_known_real(row);
    return confidence;
}

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

static int read_blockers(struct store *store, int64_t evidence, struct arena *arena, struct origin_record *origin,
                         struct err *err)
{
    struct row_reader row;
    query_by_id(&row, store, READ_BLOCKERS, evidence, arena, err);
    size_t capacity = 0;
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        struct blocker *items =
            row_array_grow(arena, origin->blockers, origin->blocker_count, &capacity, sizeof *items);
        if (items == NULL) {
            result = err_memory(err);
            break;
        }
        origin->blockers = items;
        struct blocker *blocker = &items[origin->blocker_count++];
        blocker->code = row_take_code(&row);
        blocker->rules_out = row_take_mode_set(&row);
        blocker->url = row_take_text(&row);
        blocker->detail = row_take_text(&row);
        blocker->first_seen_s = row_take_int(&row);
    }
    row_reader_release(&row);
    return result;
}

static int read_warnings(struct store *store, int64_t evidence, struct arena *arena, struct origin_record *origin,
                         struct err *err)
{
    struct row_reader row;
    query_by_id(&row, store, READ_WARNINGS, evidence, arena, err);
    size_t capacity = 0;
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        struct warning *items =
            row_array_grow(arena, origin->warnings, origin->warning_count, &capacity, sizeof *items);
        if (items == NULL) {
            result = err_memory(err);
            break;
        }
        origin->warnings = items;
        struct warning *warning = &items[origin->warning_count++];
        warning->code = row_take_code(&row);
        warning->url = row_take_text(&row);
        warning->detail = row_take_text(&row);
    }
    row_reader_release(&row);
    return result;
}

static int unpack_pairs(struct store *store, struct slice blob, struct arena *arena, struct origin_record *origin,
                        struct err *err)
{
    int64_t count = pair_blob_count(blob);
    if (count < 0) {
        return store_fail_damaged(store, "pairs in a format that this version does not know", err);
    }
    origin->compared = arena_alloc(arena, (size_t)count * sizeof *origin->compared + 1);
    if (origin->compared == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < (size_t)count; i++) {
        struct packed_pair packed;
        if (pair_blob_decode(blob, i, &packed) != 0) {
            return store_fail_damaged(store, "a pair with values that do not exist", err);
        }
        origin->compared[i] = (struct pair_record){.visitor = packed.visitor,
                                                   .candidates = packed.candidates,
                                                   .verdict = packed.verdict,
                                                   .confirmed = packed.confirmed};
    }
    origin->compared_count = (size_t)count;
    return 0;
}

static int read_pair_blob(struct store *store, int64_t evidence, struct arena *arena, struct origin_record *origin,
                          struct err *err)
{
    struct row_reader row;
    query_by_id(&row, store, READ_PAIRS, evidence, arena, err);
    int result = row_next(&row);
    if (result == 1) {
        result = unpack_pairs(store, row_take_blob(&row), arena, origin, err);
    }
    row_reader_release(&row);
    return result;
}

static int read_pairs_in_full(struct store *store, int64_t evidence, struct arena *arena, struct origin_record *origin,
                              struct err *err)
{
    struct row_reader row;
    query_by_id(&row, store, READ_PAIRS_IN_FULL, evidence, arena, err);
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        int64_t position = row_take_int(&row);
        if (position < 0 || (uint64_t)position >= origin->compared_count) {
            result = store_fail_damaged(store, "a pair kept in full that was not compared", err);
            break;
        }
        struct pair_record *pair = &origin->compared[position];
        pair->path = row_take_text(&row);
        pair->detail = row_take_text(&row);
    }
    row_reader_release(&row);
    return result;
}

static void take_certificate(struct row_reader *row, struct certificate_record *certificate)
{
    certificate->seen = !row_skip_null(row);
    certificate->verdict = row_take_code(row);
    certificate->trust = row_take_text(row);
    certificate->detail = row_take_text(row);
    certificate->subject = row_take_text(row);
    certificate->issuer = row_take_text(row);
    certificate->serial = row_take_text(row);
    certificate->key = row_take_text(row);
    certificate->signature = row_take_text(row);
    certificate->spki_sha256 = row_take_text(row);
    certificate->not_before_s = row_take_known(row);
    certificate->not_after_s = row_take_known(row);
    certificate->names = row_take_text_list(row, &certificate->name_count);
}

static enum client_certificate take_client_certificate(struct row_reader *row)
{
    const char *name = row_take_text(row);
    for (int value = CLIENT_CERTIFICATE_NONE; value <= CLIENT_CERTIFICATE_REQUIRED; value++) {
        if (name != NULL && strcmp(name, client_certificate_name((enum client_certificate)value)) == 0) {
            return (enum client_certificate)value;
        }
    }
    return CLIENT_CERTIFICATE_UNKNOWN;
}

static void take_answers(struct row_reader *row, int *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answers[i] = (int)row_take_known(row);
    }
}

static void take_refusals(struct row_reader *row, struct tls_record *tls)
{
    size_t texts = 0;
    const char *const *list = row_take_text_list(row, &texts);
    size_t capacity = 0;
    for (size_t i = 0; i + 2 < texts; i += 3) {
        struct tls_refusal *grown =
            row_array_grow(row->arena, tls->refusals, tls->refusal_count, &capacity, sizeof *tls->refusals);
        if (grown == NULL) {
            row->out_of_memory = true;
            return;
        }
        const char *alert = list[i + 2];
        tls->refusals = grown;
        tls->refusals[tls->refusal_count++] =
            (struct tls_refusal){list[i], list[i + 1], alert[0] != '\0' ? alert : NULL};
    }
}

static void take_tls(struct row_reader *row, struct tls_record *tls)
{
    tls->seen = !row_skip_null(row);
    tls->versions = row_take_text_list(row, &tls->version_count);
    tls->version = row_take_text(row);
    tls->cipher = row_take_text(row);
    tls->group = row_take_text(row);
    tls->signature = row_take_text(row);
    tls->alpn = row_take_text(row);
    tls->client_certificate = take_client_certificate(row);
    tls->resumption = (int)row_take_known(row);
    tls->chain_length = (int)row_take_int(row);
    tls->post_quantum = row_take_text(row);
    tls->sni = row_take_text(row);
    tls->ocsp_stapled = (int)row_take_known(row);
    tls->completed = row_take_known(row) > 0;
    tls->detail = row_take_text(row);
    tls->client_certificate_accepted = (int)row_take_known(row);
    tls->resumption_id = (int)row_take_known(row);
    tls->resumption_ticket = (int)row_take_known(row);
    tls->resumption_psk = (int)row_take_known(row);
    tls->round_trips = (int)row_take_known(row);
    take_answers(row, tls->groups, TLS_RECORD_GROUPS);
    take_answers(row, tls->legacy, TLS_RECORD_LEGACY);
    take_answers(row, tls->faults, TLS_RECORD_FAULTS);
    take_refusals(row, tls);
    tls->handshake_bytes_read = row_take_known(row);
    tls->handshake_bytes_written = row_take_known(row);
}

static void take_origin(struct row_reader *row, struct origin_record *origin)
{
    origin->address = row_take_text_always(row);
    origin->http_port = (uint16_t)row_take_count(row, UINT16_MAX);
    origin->https_port = (uint16_t)row_take_count(row, UINT16_MAX);
    origin->source = row_take_source(row);
    origin->status = row_take_status(row);
    origin->incomplete_reason = row_take_code(row);
    origin->incomplete_detail = row_take_text(row);
    origin->supported_mode = row_take_mode(row);
    origin->safe_modes = row_take_mode_set(row);
    for (size_t i = 0; i < PAIR_VERDICT_COUNT; i++) {
        origin->pairs.of[i] = row_take_count(row, UINT32_MAX);
    }
    origin->confidence = take_confidence(row);
    take_certificate(row, &origin->certificate);
    take_tls(row, &origin->tls);
}

static int read_origin_details(struct store *store, int64_t evidence, bool with_pairs, struct arena *arena,
                               struct origin_record *origin, struct err *err)
{
    if (read_blockers(store, evidence, arena, origin, err) != 0 ||
        read_warnings(store, evidence, arena, origin, err) != 0) {
        return -1;
    }
    if (!with_pairs) {
        return 0;
    }
    return read_pair_blob(store, evidence, arena, origin, err) != 0 ||
                   read_pairs_in_full(store, evidence, arena, origin, err) != 0
               ? -1
               : 0;
}

static int read_origins(struct store *store, int64_t scan, size_t position, bool with_pairs, struct arena *arena,
                        struct hostname_record *hostname, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, READ_EVIDENCE, err);
    row_put_int(&query, scan);
    row_put_int(&query, (int64_t)position);
    struct row_reader row;
    row_reader_init(&row, &query, arena);
    size_t capacity = 0;
    int result = 0;
    while ((result = row_next(&row)) == 1) {
        struct origin_record *items =
            row_array_grow(arena, hostname->origins, hostname->origin_count, &capacity, sizeof *items);
        if (items == NULL) {
            result = err_memory(err);
            break;
        }
        hostname->origins = items;
        struct origin_record *origin = &items[hostname->origin_count++];
        int64_t evidence = row_take_int(&row);
        take_origin(&row, origin);
        if (read_origin_details(store, evidence, with_pairs, arena, origin, err) != 0) {
            result = -1;
            break;
        }
    }
    row_reader_release(&row);
    return result;
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
    record->confidence = take_confidence(row);
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
    hostname->confidence = take_confidence(row);
    hostname->candidates = row_take_text_list(row, &hostname->candidate_count);
    hostname->decision = take_decision(row);
}

static int read_recommendations(struct store *store, int64_t scan, struct scan_record *record, struct err *err)
{
    struct row_reader row;
    query_by_id(&row, store, READ_RECOMMENDATIONS, scan, &record->arena, err);
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
        if (read_origins(store, scan, i, with_pairs, &record->arena, &record->hostnames[i], err) != 0) {
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

#include "base/limits.h"
#include "db/pair_blob.h"
#include "db/row.h"

static void put_confidence(struct row_writer *row, const struct confidence *confidence)
{
    row_put_int(row, confidence->pairs);
    row_put_int(row, confidence->against);
    row_put_known_real(row, confidence->upper_bound);
    row_put_real(row, confidence->level);
    row_put_known_real(row, confidence->request_coverage);
}

/* Counts of 64 bits are kept in 63: none of them gets there. */
static void put_count(struct row_writer *row, uint64_t value)
{
    row_put_int(row, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static int64_t write_run(struct store *store, const struct scan_record *record, int64_t zone, struct err *err)
{
    struct buf trust;
    buf_init(&trust, LIMIT_STORE_VALUE_BYTES);
    text_list_append(&trust, record->trust, record->trust_count);
    struct row_writer row;
    row_writer_init(&row, store, ADD_SCAN, err);
    row_put_int(&row, zone);
    row_put_text(&row, record->scan_id);
    row_put_text(&row, record->program_version);
    row_put_known(&row, record->started_s);
    row_put_known(&row, record->finished_s);
    row_put_known(&row, record->next_scan_s);
    row_put_int(&row, (int64_t)record->seed);
    row_put_blob(&row, buf_slice(&trust));
    row_put_mode(&row, record->ceiling);
    put_count(&row, record->cost.requests);
    put_count(&row, record->cost.connections);
    put_count(&row, record->cost.handshakes);
    put_count(&row, record->cost.hellos);
    put_count(&row, record->cost.bytes);
    row_put_real(&row, record->cost.seconds);
    int result = trust.failed ? err_memory(err) : row_write(&row);
    buf_release(&trust);
    return result == 0 ? sqlite3_last_insert_rowid(store->db) : -1;
}

/* *id stays where there is no text. */
static int put_shared_text(struct store *store, const char *text, int64_t *id, struct err *err)
{
    if (text != NULL) {
        *id = store_text_id(store, text, err);
    }
    return text != NULL && *id < 0 ? -1 : 0;
}

static int write_decision(struct store *store, int64_t scan, int64_t position, const struct decision *decision,
                          struct err *err)
{
    struct row_writer row;
    int64_t reason = -1;
    int64_t numbers = -1;
    int64_t policy = -1;
    if (put_shared_text(store, decision->reason, &reason, err) != 0 ||
        put_shared_text(store, decision->numbers, &numbers, err) != 0 ||
        put_shared_text(store, decision->policy, &policy, err) != 0) {
        return -1;
    }
    row_writer_init(&row, store, ADD_DECISION, err);
    row_put_int(&row, scan);
    row_put_int(&row, position);
    row_put_text(&row, decision_action_name(decision->action));
    row_put_mode(&row, decision->from);
    row_put_mode(&row, decision->to);
    row_put_int(&row, decision->percent);
    row_put_known(&row, reason);
    row_put_text(&row, decision->rule == RULE_NONE ? NULL : rule_name(decision->rule));
    row_put_known(&row, numbers);
    row_put_known(&row, policy);
    return row_write(&row);
}

static int write_zone_recommendation(struct store *store, const struct scan_record *record, int64_t scan,
                                     struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, ADD_RECOMMENDATION, err);
    row_put_int(&row, scan);
    row_put_int(&row, -1);
    row_put_null(&row);
    row_put_text(&row, scan_status_name(record->status));
    row_put_code(&row, record->incomplete_reason);
    row_put_mode(&row, record->current_mode);
    row_put_mode(&row, record->supported_mode);
    row_put_mode(&row, record->recommended_mode);
    row_put_mode(&row, record->ceiling);
    row_put_null(&row);
    row_put_int(&row, 0);
    row_put_int(&row, 0);
    put_confidence(&row, &record->confidence);
    row_put_blob(&row, SLICE_EMPTY);
    return row_write(&row) == 0 ? write_decision(store, scan, -1, &record->decision, err) : -1;
}

static int write_hostname_recommendation(struct store *store, const struct hostname_record *hostname,
                                         const struct evidence_ids *ids, struct err *err)
{
    struct buf candidates;
    buf_init(&candidates, LIMIT_STORE_VALUE_BYTES);
    text_list_append(&candidates, hostname->candidates, hostname->candidate_count);
    struct row_writer row;
    row_writer_init(&row, store, ADD_RECOMMENDATION, err);
    row_put_int(&row, ids->scan);
    row_put_int(&row, ids->hostname_position);
    row_put_int(&row, ids->hostname);
    row_put_text(&row, scan_status_name(hostname->status));
    row_put_code(&row, hostname->incomplete_reason);
    row_put_mode(&row, hostname->current_mode);
    row_put_mode(&row, hostname->supported_mode);
    row_put_mode(&row, hostname->recommended_mode);
    row_put_mode(&row, hostname->ceiling);
    row_put_text(&row, setting_name(hostname->setting));
    row_put_int(&row, hostname->always_https);
    row_put_int(&row, hostname->safe_modes);
    put_confidence(&row, &hostname->confidence);
    row_put_blob(&row, buf_slice(&candidates));
    int result = candidates.failed ? err_memory(err) : row_write(&row);
    buf_release(&candidates);
    return result == 0 ? write_decision(store, ids->scan, ids->hostname_position, &hostname->decision, err) : -1;
}

/* NULL where nothing was seen. */
static int put_facts(struct row_writer *row, const struct origin_record *origin, int64_t certificate, int64_t tls)
{
    row_put_known(row, certificate);
    row_put_code(row, origin->certificate.verdict);
    row_put_text(row, origin->certificate.trust);
    row_put_text(row, origin->certificate.detail);
    row_put_known(row, tls);
    row_put_known(row, origin->tls.seen ? origin->tls.handshake_bytes_read : -1);
    row_put_known(row, origin->tls.seen ? origin->tls.handshake_bytes_written : -1);
    return row_write(row);
}

static int64_t write_evidence(struct store *store, const struct origin_record *origin, const struct evidence_ids *ids,
                              struct err *err)
{
    int64_t certificate = -1;
    int64_t tls = -1;
    if (origin->certificate.seen && (certificate = store_certificate_id(store, &origin->certificate, err)) < 0) {
        return -1;
    }
    if (origin->tls.seen && (tls = store_tls_facts_id(store, &origin->tls, err)) < 0) {
        return -1;
    }
    struct row_writer row;
    row_writer_init(&row, store, ADD_EVIDENCE, err);
    row_put_int(&row, ids->scan);
    row_put_int(&row, ids->hostname_position);
    row_put_int(&row, ids->position);
    row_put_int(&row, ids->hostname);
    row_put_int(&row, ids->origin);
    row_put_text(&row, origin_source_name(origin->source));
    row_put_text(&row, scan_status_name(origin->status));
    row_put_code(&row, origin->incomplete_reason);
    row_put_text(&row, origin->incomplete_detail);
    row_put_mode(&row, origin->supported_mode);
    row_put_int(&row, origin->safe_modes);
    for (size_t i = 0; i < PAIR_VERDICT_COUNT; i++) {
        row_put_int(&row, origin->pairs.of[i]);
    }
    put_confidence(&row, &origin->confidence);
    return put_facts(&row, origin, certificate, tls) == 0 ? sqlite3_last_insert_rowid(store->db) : -1;
}

static int write_blockers(struct store *store, const struct origin_record *origin, const struct evidence_ids *ids,
                          struct err *err)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        struct row_writer row;
        row_writer_init(&row, store, ADD_BLOCKER, err);
        row_put_int(&row, ids->evidence);
        row_put_int(&row, (int64_t)i);
        row_put_code(&row, blocker->code);
        row_put_int(&row, blocker->rules_out);
        row_put_text(&row, blocker->url);
        row_put_text(&row, blocker->detail);
        row_put_int(&row, blocker->first_seen_s);
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_warnings(struct store *store, const struct origin_record *origin, int64_t evidence, struct err *err)
{
    for (size_t i = 0; i < origin->warning_count; i++) {
        const struct warning *warning = &origin->warnings[i];
        struct row_writer row;
        row_writer_init(&row, store, ADD_WARNING, err);
        row_put_int(&row, evidence);
        row_put_int(&row, (int64_t)i);
        row_put_code(&row, warning->code);
        row_put_text(&row, warning->url);
        row_put_text(&row, warning->detail);
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_kept_in_full(const struct pair_record *pair)
{
    switch (pair->verdict) {
    case PAIR_DIFFERENT:
    case PAIR_UNAVAILABLE:
    case PAIR_INTERFERENCE:
    case PAIR_UNSTABLE:
        return pair->path != NULL;
    case PAIR_SAME:
    case PAIR_EQUIVALENT:
    case PAIR_IMPROVED:
    case PAIR_WEAK:
    case PAIR_UNUSABLE:
        return false;
    }
    return false;
}

static int write_pair_blob(struct store *store, const struct origin_record *origin, int64_t evidence, struct err *err)
{
    struct buf blob;
    buf_init(&blob, LIMIT_STORE_VALUE_BYTES);
    pair_blob_encode(origin->compared, origin->compared_count, &blob);
    struct row_writer row;
    row_writer_init(&row, store, ADD_PAIRS, err);
    row_put_int(&row, evidence);
    row_put_blob(&row, buf_slice(&blob));
    int result = blob.failed ? err_memory(err) : row_write(&row);
    buf_release(&blob);
    return result;
}

static int write_pairs(struct store *store, const struct origin_record *origin, int64_t evidence, struct err *err)
{
    if (origin->compared_count == 0) {
        return 0;
    }
    if (write_pair_blob(store, origin, evidence, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < origin->compared_count; i++) {
        const struct pair_record *pair = &origin->compared[i];
        if (!is_kept_in_full(pair)) {
            continue;
        }
        struct row_writer row;
        row_writer_init(&row, store, ADD_PAIR_IN_FULL, err);
        row_put_int(&row, evidence);
        row_put_int(&row, (int64_t)i);
        row_put_text(&row, pair->path);
        row_put_text(&row, pair->detail);
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_origin(struct store *store, const struct origin_record *origin, struct evidence_ids *ids,
                        int64_t finished_s, struct err *err)
{
    ids->origin = store_origin_id(store, origin->address, origin->http_port, origin->https_port, err);
    if (ids->origin < 0) {
        return -1;
    }
    if (origin->blocker_count > 0 && store_date_blockers(store, origin, ids, finished_s, err) != 0) {
        return -1;
    }
    ids->evidence = write_evidence(store, origin, ids, err);
    if (ids->evidence < 0 || write_blockers(store, origin, ids, err) != 0 ||
        write_warnings(store, origin, ids->evidence, err) != 0) {
        return -1;
    }
    return write_pairs(store, origin, ids->evidence, err);
}

static int write_hostname(struct store *store, const struct hostname_record *hostname, int64_t zone,
                          struct evidence_ids *ids, int64_t finished_s, struct err *err)
{
    ids->hostname = store_hostname_id(store, zone, hostname->hostname, err);
    if (ids->hostname < 0 || write_hostname_recommendation(store, hostname, ids, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < hostname->origin_count; i++) {
        ids->position = (int64_t)i;
        if (write_origin(store, &hostname->origins[i], ids, finished_s, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int set_latest(struct store *store, int64_t zone, int64_t scan, struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, SET_LATEST_SCAN, err);
    row_put_int(&row, scan);
    row_put_int(&row, zone);
    return row_write(&row);
}

static int write_record(struct store *store, const struct scan_record *record, struct err *err)
{
    int64_t zone = store_zone_id(store, record->zone, err);
    struct evidence_ids ids = {.scan = zone < 0 ? -1 : write_run(store, record, zone, err)};
    if (ids.scan < 0 || write_zone_recommendation(store, record, ids.scan, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        ids.hostname_position = (int64_t)i;
        if (write_hostname(store, &record->hostnames[i], zone, &ids, record->finished_s, err) != 0) {
            return -1;
        }
    }
    return set_latest(store, zone, ids.scan, err);
}

int store_write_scan(struct store *store, struct scan_record *record, const struct inventory_zone *inventory,
                     struct err *err)
{
    if (record->zone == NULL || record->scan_id == NULL) {
        return err_set(err, ERR_INTERNAL, "a scan without zone or id cannot be kept");
    }
    if (store_begin_write(store, err) != 0) {
        return err_prefix(err, "keeping the scan of %s", record->zone);
    }
    int result = write_record(store, record, err);
    if (result == 0 && inventory != NULL) {
        result = store_put_inventory(store, inventory, err);
    }
    result = store_end(store, result, err);
    return result == 0 ? 0 : err_prefix(err, "keeping the scan of %s", record->zone);
}

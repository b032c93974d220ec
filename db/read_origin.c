#include "db/read_origin.h"

#include "db/pair_blob.h"
#include "db/row.h"

#include <string.h>

static int read_blockers(struct store *store, int64_t evidence, struct arena *arena, struct origin_record *origin,
                         struct err *err)
{
    struct row_reader row;
    row_query_by_id(&row, store, READ_BLOCKERS, evidence, arena, err);
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
    row_query_by_id(&row, store, READ_WARNINGS, evidence, arena, err);
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
    row_query_by_id(&row, store, READ_PAIRS, evidence, arena, err);
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
    row_query_by_id(&row, store, READ_PAIRS_IN_FULL, evidence, arena, err);
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
    origin->confidence = row_take_confidence(row);
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

int store_read_origins(struct store *store, int64_t scan, size_t position, bool with_pairs, struct arena *arena,
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

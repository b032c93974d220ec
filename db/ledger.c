#include "base/digest.h"
#include "db/rollout_store.h"
#include "db/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Every field with its length before it, so that no two rows are written the same. */
static void append_field(struct buf *out, const char *text)
{
    if (text == NULL) {
        buf_append_text(out, "-,");
        return;
    }
    buf_printf(out, "%zu:", strlen(text));
    buf_append_text(out, text);
    buf_append_byte(out, ',');
}

static int digest_row(const struct ledger_row *row, char digest[DIGEST_TEXT_BYTES], struct err *err)
{
    const char *const fields[] = {row->previous,        row->kind,    row->zone, row->hostname, row->body, row->policy,
                                  row->program_version, row->evidence};
    struct buf text = {.data = NULL};
    buf_printf(&text, "%" PRId64 ",%" PRId64 ",", row->id, row->at_s);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        append_field(&text, fields[i]);
    }
    int result = text.failed ? err_memory(err) : digest_sha256(buf_slice(&text), digest, err);
    buf_release(&text);
    return result;
}

struct head {
    int64_t count;
    char digest[DIGEST_TEXT_BYTES];
};

static int read_head(struct store *store, struct head *head, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct row_writer query;
    struct row_reader row;
    row_writer_init(&query, store, READ_LEDGER_HEAD, err);
    row_reader_init(&row, &query, &arena);
    int result = row_next(&row);
    if (result == 1) {
        head->count = row_take_int(&row);
        snprintf(head->digest, sizeof head->digest, "%s", row_take_text_always(&row));
    } else if (result == 0) {
        result = store_fail_damaged(store, "the head of the ledger is missing", err);
    }
    row_reader_release(&row);
    arena_release(&arena);
    return result < 0 ? -1 : 0;
}

/* `bytes` is room for them until the row is written. */
static void put_digest(struct row_writer *row, const char *text, unsigned char bytes[DIGEST_BYTES])
{
    if (text == NULL || digest_parse(text, bytes) != 0) {
        row_put_null(row);
    } else {
        row_put_blob(row, slice_make((const char *)bytes, DIGEST_BYTES));
    }
}

static int write_row(struct store *store, const struct ledger_row *row, struct err *err)
{
    unsigned char evidence[DIGEST_BYTES], previous[DIGEST_BYTES], digest[DIGEST_BYTES];
    struct row_writer writer;
    int64_t policy = -1;
    if (row->policy != NULL && (policy = store_text_id(store, row->policy, err)) < 0) {
        return -1;
    }
    row_writer_init(&writer, store, ADD_LEDGER_ROW, err);
    row_put_int(&writer, row->id);
    row_put_int(&writer, row->at_s);
    row_put_text(&writer, row->kind);
    row_put_text(&writer, row->zone);
    row_put_text(&writer, row->hostname);
    row_put_text(&writer, row->body);
    row_put_known(&writer, policy);
    row_put_text(&writer, row->program_version);
    put_digest(&writer, row->evidence, evidence);
    put_digest(&writer, row->previous, previous);
    put_digest(&writer, row->digest, digest);
    if (row_write(&writer) != 0) {
        return -1;
    }
    row_writer_init(&writer, store, SET_LEDGER_HEAD, err);
    row_put_int(&writer, row->id);
    row_put_text(&writer, row->digest);
    return row_write(&writer);
}

static int append(struct store *store, void *context, struct err *err)
{
    struct ledger_row row = *(const struct ledger_row *)context;
    struct head head;
    char digest[DIGEST_TEXT_BYTES];
    if (read_head(store, &head, err) != 0) {
        return -1;
    }
    row.id = head.count + 1;
    row.previous = head.digest;
    if (digest_row(&row, digest, err) != 0) {
        return -1;
    }
    row.digest = digest;
    return write_row(store, &row, err);
}

int store_append_ledger(struct store *store, const struct ledger_row *row, struct err *err)
{
    struct ledger_row copy = *row;
    return store_transaction(store, append, &copy, err);
}

static void take_row(struct row_reader *reader, struct ledger_row *row)
{
    row->id = row_take_int(reader);
    row->at_s = row_take_int(reader);
    row->kind = row_take_text_always(reader);
    row->zone = row_take_text(reader);
    row->hostname = row_take_text(reader);
    row->body = row_take_text_always(reader);
    row->policy = row_take_text(reader);
    row->program_version = row_take_text_always(reader);
    row->evidence = row_take_text(reader);
    row->previous = row_take_text_always(reader);
    row->digest = row_take_text_always(reader);
}

int store_each_chain_row(struct store *store, int64_t chain, const char *zone, store_on_ledger_row *visit,
                         void *context, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct row_writer query;
    struct row_reader reader;
    int result = 0;
    row_writer_init(&query, store, chain == 0 ? EACH_LEDGER_ROW : EACH_MERGED_LEDGER_ROW, err);
    row_put_text(&query, zone);
    if (chain != 0) {
        row_put_int(&query, chain);
    }
    row_reader_init(&reader, &query, &arena);
    while ((result = row_next(&reader)) == 1) {
        struct ledger_row row;
        take_row(&reader, &row);
        result = reader.out_of_memory ? err_memory(err) : visit(context, &row, err);
        arena_release(&arena);
        if (result != 0) {
            break;
        }
    }
    row_reader_release(&reader);
    arena_release(&arena);
    return result == 0 ? 0 : -1;
}

int store_each_ledger_row(struct store *store, const char *zone, store_on_ledger_row *visit, void *context,
                          struct err *err)
{
    return store_each_chain_row(store, 0, zone, visit, context, err);
}

static int visit_own_chain(struct store *store, store_on_ledger_chain *visit, void *context, struct err *err)
{
    struct ledger_chain own = {.id = 0};
    struct head head;
    if (read_head(store, &head, err) != 0) {
        return -1;
    }
    own.count = head.count;
    snprintf(own.digest, sizeof own.digest, "%s", head.digest);
    return visit(context, &own, err);
}

/* All of them at once: the statement must be free while one of them is looked at. */
static int read_chains(struct store *store, struct arena *arena, struct ledger_chain **chains, size_t *count,
                       struct err *err)
{
    struct row_writer query;
    struct row_reader row;
    size_t capacity = 0;
    int result = 0;
    row_writer_init(&query, store, EACH_LEDGER_CHAIN, err);
    row_reader_init(&row, &query, arena);
    while ((result = row_next(&row)) == 1) {
        struct ledger_chain *grown = row_array_grow(arena, *chains, *count, &capacity, sizeof **chains);
        if (grown == NULL) {
            result = err_memory(err);
            break;
        }
        *chains = grown;
        struct ledger_chain *chain = &grown[(*count)++];
        *chain = (struct ledger_chain){.id = row_take_int(&row)};
        snprintf(chain->name, sizeof chain->name, "%s", row_take_text_always(&row));
        chain->count = row_take_int(&row);
        snprintf(chain->digest, sizeof chain->digest, "%s", row_take_text_always(&row));
    }
    row_reader_release(&row);
    return result;
}

int store_each_ledger_chain(struct store *store, store_on_ledger_chain *visit, void *context, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct ledger_chain *chains = NULL;
    size_t count = 0;
    int result = read_chains(store, &arena, &chains, &count, err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = visit(context, &chains[i], err);
    }
    arena_release(&arena);
    return result == 0 ? visit_own_chain(store, visit, context, err) : -1;
}

int store_find_chain_rollout(struct store *store, int64_t chain, int64_t source, int64_t *rollout, struct err *err)
{
    struct row_writer query;
    if (chain == 0) {
        *rollout = source;
        return 1;
    }
    row_writer_init(&query, store, FIND_MERGED_ROLLOUT, err);
    row_put_int(&query, chain);
    row_put_int(&query, source);
    return row_find(&query, rollout);
}

struct verification {
    const struct ledger_chain *chain;
    struct ledger_fault *fault;
    int64_t next, rows;
    char previous[DIGEST_TEXT_BYTES];
};

static void report(const struct verification *verification, int64_t row, const char *what)
{
    struct ledger_fault *fault = verification->fault;
    if (fault->row == 0) {
        fault->row = row;
        snprintf(fault->what, sizeof fault->what, "%s", what);
        snprintf(fault->chain, sizeof fault->chain, "%s", verification->chain->name);
    }
}

static int verify_row(void *context, const struct ledger_row *row, struct err *err)
{
    struct verification *verification = context;
    char digest[DIGEST_TEXT_BYTES];
    if (digest_row(row, digest, err) != 0) {
        return -1;
    }
    verification->rows++;
    if (row->id != verification->next) {
        report(verification, verification->next, "the row is missing");
    } else if (strcmp(row->digest, digest) != 0) {
        report(verification, row->id, "the row is not what was written");
    } else if (strcmp(row->previous, verification->previous) != 0) {
        report(verification, row->id, "the row does not follow from the one before");
    }
    verification->next = row->id + 1;
    snprintf(verification->previous, sizeof verification->previous, "%s", row->digest);
    return 0;
}

int store_verify_chain(struct store *store, const struct ledger_chain *chain, struct ledger_fault *fault,
                       struct err *err)
{
    struct verification verification = {.chain = chain, .fault = fault, .next = 1};
    memset(verification.previous, '0', DIGEST_TEXT_BYTES - 1);
    if (store_each_chain_row(store, chain->id, NULL, verify_row, &verification, err) != 0) {
        return -1;
    }
    if (chain->count >= verification.next) {
        report(&verification, verification.next, "the row and all behind it are missing");
    } else if (chain->count != verification.next - 1) {
        report(&verification, chain->count + 1, "the row was added by somebody else");
    } else if (strcmp(chain->digest, verification.previous) != 0) {
        report(&verification, chain->count, "the row is not the one that was written last");
    }
    if (chain->id == 0) {
        fault->rows = verification.rows;
        snprintf(fault->head, sizeof fault->head, "%s", verification.previous);
    } else {
        fault->chains++;
        fault->merged_rows += verification.rows;
    }
    return 0;
}

struct verifying {
    struct store *store;
    struct ledger_fault *fault;
};

static int verify_chain(void *context, const struct ledger_chain *chain, struct err *err)
{
    const struct verifying *verifying = context;
    return store_verify_chain(verifying->store, chain, verifying->fault, err);
}

static int verify(struct store *store, void *context, struct err *err)
{
    struct verifying verifying = {store, context};
    return store_each_ledger_chain(store, verify_chain, &verifying, err);
}

int store_verify_ledger(struct store *store, struct ledger_fault *fault, struct err *err)
{
    memset(fault, 0, sizeof *fault);
    return store_snapshot(store, verify, fault, err);
}

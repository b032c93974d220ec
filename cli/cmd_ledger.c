/* The ledger: list, verify, replay. */
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/scan_arguments.h"
#include "cli/version.h"
#include "recommend/record.h"
#include "scan/ledger_replay.h"

#include <inttypes.h>
#include <string.h>

#define FLUSH_BYTES (256u << 10)

struct ledger_arguments {
    struct global_arguments global;
    const char *zone, *head;
    int format;
};

#define AT(member) offsetof(struct ledger_arguments, member)

static const struct option list_rows[] = {
    {.name = "zone",
     .type = OPTION_TEXT,
     .offset = AT(zone),
     .placeholder = "ZONE",
     .help = "this zone only",
     .initial_text = "every row"},
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = AT(format),
     .choices = format_choices_with_ndjson,
     .help = "what to print; json is one object a line too",
     .initial = "text"},
};
static const struct option_table list_table = OPTION_TABLE(list_rows);
static const struct option verify_rows[] = {
    {.name = "head",
     .type = OPTION_TEXT,
     .offset = AT(head),
     .placeholder = "DIGEST",
     .help = "that the ledger must contain: the last one that was noted elsewhere"},
    FORMAT_OPTION(ledger_arguments),
};
static const struct option_table verify_table = OPTION_TABLE(verify_rows);
static const struct option replay_rows[] = {FORMAT_OPTION(ledger_arguments)};
static const struct option_table replay_table = OPTION_TABLE(replay_rows);

struct listing {
    bool json;
    struct buf out;
    struct store *store;
    const char *zone;                 /* NULL: all */
    const struct ledger_chain *chain; /* whose rows come now */
};

/* NULL: this database's own. */
static const char *chain_name(const char *name)
{
    return name[0] == '\0' ? NULL : name;
}

static void append_json(struct buf *out, const char *chain, const struct ledger_row *row)
{
    struct json_writer json;
    json_init(&json, out, false);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "chain", chain);
    json_key_int(&json, "row", row->id);
    json_key_time(&json, "at", row->at_s);
    json_key_text(&json, "kind", row->kind);
    json_key_text(&json, "zone", row->zone);
    json_key_text(&json, "hostname", row->hostname);
    json_key_text(&json, "body", row->body);
    json_key_text(&json, "policy", row->policy);
    json_key_text(&json, "program_version", row->program_version);
    json_key_text(&json, "evidence", row->evidence);
    json_key_text(&json, "previous", row->previous);
    json_key_text(&json, "digest", row->digest);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(struct buf *out, const char *chain, const struct ledger_row *row)
{
    char at[RFC3339_BYTES];
    if (chain != NULL) {
        buf_printf(out, "%.8s:", chain);
    }
    buf_printf(out, "%" PRId64 " %s %s ", row->id, time_format(row->at_s, at), row->kind);
    utf8_append_visible(out, slice_of(row->hostname));
    buf_append_byte(out, ' ');
    utf8_append_visible(out, slice_of(row->body));
    buf_append_byte(out, '\n');
}

static int list_row(void *context, const struct ledger_row *row, struct err *err)
{
    struct listing *listing = context;
    if (listing->json) {
        append_json(&listing->out, chain_name(listing->chain->name), row);
    } else {
        append_text(&listing->out, chain_name(listing->chain->name), row);
    }
    return listing->out.len < FLUSH_BYTES ? 0 : output_write_buf(&listing->out, err);
}

static int list_chain(void *context, const struct ledger_chain *chain, struct err *err)
{
    struct listing *listing = context;
    listing->chain = chain;
    return store_each_chain_row(listing->store, chain->id, listing->zone, list_row, listing, err);
}

static int run_list(const struct invocation *invocation, struct err *err)
{
    const struct ledger_arguments *arguments = invocation->arguments;
    struct listing listing = {.json = arguments->format != FORMAT_TEXT};
    struct arena arena = {.head = NULL};
    int code = -1;
    listing.zone = arguments->zone == NULL ? NULL : zone_normalise(arguments->zone, &arena, err);
    if (arguments->zone == NULL || listing.zone != NULL) {
        listing.store = database_open_to_read(invocation->global, err);
    }
    if (listing.store != NULL && store_each_ledger_chain(listing.store, list_chain, &listing, err) == 0 &&
        output_write_buf(&listing.out, err) == 0) {
        code = EXIT_DONE;
    }
    buf_release(&listing.out);
    store_close(listing.store);
    arena_release(&arena);
    return code;
}

struct search {
    const char *digest;
    bool found;
    struct store *store;
};

static int look_for_head(void *context, const struct ledger_row *row, struct err *err)
{
    struct search *search = context;
    (void)err;
    search->found |= strcmp(search->digest, row->digest) == 0;
    return 0;
}

static int look_in_chain(void *context, const struct ledger_chain *chain, struct err *err)
{
    struct search *search = context;
    return store_each_chain_row(search->store, chain->id, NULL, look_for_head, search, err);
}

static void append_verdict(struct buf *out, const struct ledger_fault *fault, bool head_found, bool as_json)
{
    bool whole = fault->row == 0 && head_found;
    const char *what = fault->row != 0 ? fault->what : head_found ? NULL : "the digest of --head is not in it";
    if (as_json) {
        struct json_writer json;
        json_init(&json, out, true);
        json_object_open(&json);
        json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
        json_key_bool(&json, "whole", whole);
        json_key_int(&json, "rows", fault->rows);
        json_key_text(&json, "head", fault->head);
        json_key_int(&json, "chains", fault->chains);
        json_key_int(&json, "merged_rows", fault->merged_rows);
        json_key_text(&json, "chain", chain_name(fault->chain));
        json_key(&json, "row");
        if (fault->row == 0) {
            json_null(&json);
        } else {
            json_int(&json, fault->row);
        }
        json_key_text(&json, "fault", what);
        json_object_close(&json);
        buf_append_byte(out, '\n');
    } else if (whole) {
        buf_printf(out, "The ledger is whole: %" PRId64 " rows, the last with digest %s\n", fault->rows, fault->head);
        if (fault->chains > 0) {
            buf_printf(out, "So are %" PRId64 " merged ones with %" PRId64 " rows\n", fault->chains,
                       fault->merged_rows);
        }
    } else if (fault->row != 0 && fault->chain[0] != '\0') {
        buf_printf(out, "The merged ledger %s was changed: row %" PRId64 ": %s\n", fault->chain, fault->row, what);
    } else if (fault->row != 0) {
        buf_printf(out, "The ledger was changed: row %" PRId64 ": %s\n", fault->row, what);
    } else {
        buf_printf(out, "The ledger was changed: %s\n", what);
    }
}

static int run_verify(const struct invocation *invocation, struct err *err)
{
    const struct ledger_arguments *arguments = invocation->arguments;
    struct ledger_fault fault;
    struct search search = {.digest = arguments->head, .found = arguments->head == NULL};
    struct buf out = {.data = NULL};
    struct store *store = database_open_to_read(invocation->global, err);
    int code = -1;
    search.store = store;
    if (store != NULL && store_verify_ledger(store, &fault, err) == 0 &&
        (search.found || store_each_ledger_chain(store, look_in_chain, &search, err) == 0)) {
        append_verdict(&out, &fault, search.found, arguments->format == FORMAT_JSON);
        if (output_write_buf(&out, err) == 0) {
            code = fault.row == 0 && search.found ? EXIT_DONE : EXIT_ANSWER_IS_NO;
        }
    }
    buf_release(&out);
    store_close(store);
    return code;
}

static void append_replay(struct buf *out, const struct ledger_replay *replay, bool as_json)
{
    struct json_writer json;
    if (!as_json) {
        buf_printf(out,
                   "%" PRIu64 " rows: %" PRIu64 " decisions and %" PRIu64 " steps come out the same, %" PRIu64
                   " differ, of %" PRIu64 " the scan is no longer kept\n",
                   replay->rows, replay->decisions, replay->steps, replay->differences, replay->evidence_gone);
        if (replay->first_row != 0) {
            buf_printf(out, "The first that differs is row %" PRId64 "%s%s: %s\n", replay->first_row,
                       replay->chain[0] != '\0' ? " of the merged ledger " : "", replay->chain, replay->what);
        }
        return;
    }
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_int(&json, "rows", (int64_t)replay->rows);
    json_key_int(&json, "decisions", (int64_t)replay->decisions);
    json_key_int(&json, "steps", (int64_t)replay->steps);
    json_key_int(&json, "differences", (int64_t)replay->differences);
    json_key_int(&json, "evidence_gone", (int64_t)replay->evidence_gone);
    json_key_text(&json, "chain", chain_name(replay->chain));
    json_key(&json, "row");
    if (replay->first_row == 0) {
        json_null(&json);
    } else {
        json_int(&json, replay->first_row);
    }
    json_key_text(&json, "fault", replay->first_row == 0 ? NULL : replay->what);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static int run_replay(const struct invocation *invocation, struct err *err)
{
    const struct ledger_arguments *arguments = invocation->arguments;
    struct ledger_replay replay;
    struct buf out = {.data = NULL};
    struct store *store = database_open_to_read(invocation->global, err);
    int code = -1;
    if (store != NULL && ledger_replay(store, version_text(), &replay, err) == 0) {
        append_replay(&out, &replay, arguments->format == FORMAT_JSON);
        if (output_write_buf(&out, err) == 0) {
            code = replay.differences == 0 ? EXIT_DONE : EXIT_ANSWER_IS_NO;
        }
    }
    buf_release(&out);
    store_close(store);
    return code;
}

const struct command command_ledger_list = {
    .name = "ledger list",
    .operands = "",
    .summary = "everything that was recommended, decided, approved and done",
    .options = &list_table,
    .arguments_size = sizeof(struct ledger_arguments),
    .run = run_list,
};

const struct command command_ledger_verify = {
    .name = "ledger verify",
    .operands = "",
    .summary = "was the ledger changed?",
    .description = "Recomputes the chain of digests over all rows. Exit code 4: a row was changed, deleted or moved; "
                   "the first is named.",
    .options = &verify_table,
    .arguments_size = sizeof(struct ledger_arguments),
    .run = run_verify,
};

const struct command command_ledger_replay = {
    .name = "ledger replay",
    .operands = "",
    .summary = "does every decision come out the same?",
    .description = "Decides once more, from the evidence and the policy that were stored. Exit code 4: some decision "
                   "differs; the first is named.",
    .options = &replay_table,
    .arguments_size = sizeof(struct ledger_arguments),
    .run = run_replay,
};

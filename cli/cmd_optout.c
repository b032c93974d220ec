/* The opt-outs that the database keeps: add, remove, list, import, check. */
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/policy_arguments.h"
#include "cli/version.h"
#include "crawler/hostname.h"
#include "recommend/record.h"
#include "scan/rollouts.h"

#include <stdio.h>

#define DATE_BYTES      10
#define SECONDS_PER_DAY 86400
#define FLUSH_BYTES     (256u << 10)
#define COMMAND_LINE    "command line"

struct optout_arguments {
    struct global_arguments global;
    const char *expires, *reason, *source;
    struct option_list files;
    struct policy_arguments policy; /* what is in force: the ledger's rows say so */
    int format;
};

#define AT(member) offsetof(struct optout_arguments, member)

static const struct option add_rows[] = {
    {.name = "expires",
     .type = OPTION_TEXT,
     .offset = AT(expires),
     .placeholder = "DATE",
     .help = "the last day on which it holds, such as 2027-06-30",
     .initial_text = "it never ends"},
    {.name = "reason", .type = OPTION_TEXT, .offset = AT(reason), .placeholder = "TEXT", .help = "why, for people"},
    {.name = "source",
     .type = OPTION_TEXT,
     .offset = AT(source),
     .placeholder = "TEXT",
     .help = "who said so, for people",
     .initial = COMMAND_LINE},
    POLICY_OPTIONS(optout_arguments),
};
static const struct option_table add_table = OPTION_TABLE(add_rows);
static const struct option policy_rows[] = {POLICY_OPTIONS(optout_arguments)};
static const struct option_table policy_table = OPTION_TABLE(policy_rows);
static const struct option list_rows[] = {FORMAT_OPTION(optout_arguments)};
static const struct option_table list_table = OPTION_TABLE(list_rows);
static const struct option check_rows[] = {
    {.name = "opt-out",
     .type = OPTION_FILES,
     .offset = AT(files),
     .placeholder = "FILE",
     .help = "opt-out list to look at besides the one in the database"},
    FORMAT_OPTION(optout_arguments),
};
static const struct option_table check_table = OPTION_TABLE(check_rows);

static struct store *open_to_write(const struct invocation *invocation, struct err *err)
{
    struct arena arena = {.head = NULL};
    const char *path = database_path(invocation->global, &arena, err);
    struct store *store = path == NULL ? NULL : store_open(path, STORE_READ_WRITE, err);
    arena_release(&arena);
    return store;
}

/* What the store keeps of a list's entry. The value's text comes from `arena`. */
static int stored_form(const struct opt_out_match *entry, struct arena *arena, struct store_opt_out *stored,
                       struct err *err)
{
    struct opt_out_entry parsed;
    const char *fault = opt_out_parse_entry(slice_of(entry->entry), &parsed);
    if (fault != NULL) {
        return err_set(err, ERR_INTERNAL, "'%s': %s", entry->entry, fault);
    }
    *stored = (struct store_opt_out){
        .kind = parsed.kind,
        .value = parsed.kind == OPT_OUT_HOST ? arena_text(arena, parsed.name) : entry->entry,
        .reason = entry->reason,
        .source = entry->source,
        .expires_s = entry->expires_s == OPT_OUT_NEVER_EXPIRES ? -1 : entry->expires_s,
    };
    return stored->value != NULL ? 0 : err_memory(err);
}

static struct rollout_run run_with(struct store *store, const struct rollout_policy *policy, const struct opt_out *list)
{
    return (struct rollout_run){
        .store = store, .policy = policy, .opt_out = list, .now_s = clock_wall_s(), .program_version = version_text()};
}

static int policy_in_force(const struct invocation *invocation, struct rollout_policy *policy, struct err *err)
{
    const struct optout_arguments *arguments = invocation->arguments;
    return policy_from_arguments(&arguments->policy, policy, err);
}

/* Who has opted out gets the old mode back at once. */
static int end_rollouts(struct store *store, const struct rollout_policy *policy, struct err *err)
{
    const struct option_list no_files = {NULL, 0};
    struct opt_out *list = opt_out_sources_load(store, &no_files, err);
    const struct rollout_run run = run_with(store, policy, list);
    size_t ended = 0;
    int result = list == NULL ? -1 : rollouts_honour_opt_outs(&run, &ended, err);
    opt_out_free(list);
    return result;
}

/* All entries of the list, or none. */
static int write_list(const struct invocation *invocation, const struct opt_out *list, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct store *store = NULL;
    struct rollout_policy policy;
    size_t count = opt_out_count(list);
    int result = -1;
    struct store_opt_out *entries = arena_alloc(&arena, (count + 1) * sizeof *entries);
    if (entries == NULL) {
        err_memory(err);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        struct opt_out_match entry;
        opt_out_entry(list, i, &entry);
        if (stored_form(&entry, &arena, &entries[i], err) != 0) {
            goto out;
        }
    }
    if (policy_in_force(invocation, &policy, err) != 0) {
        goto out;
    }
    store = open_to_write(invocation, err);
    if (store != NULL) {
        const struct rollout_run run = run_with(store, &policy, NULL);
        result = rollouts_add_opt_outs(&run, entries, count, err);
        result = result == 0 ? end_rollouts(store, &policy, err) : result;
    }
out:
    store_close(store);
    arena_release(&arena);
    return result;
}

/* A list can hold it again: no quotation mark, and nothing that moves a cursor. */
static int check_text(const char *option, const char *text, struct err *err)
{
    struct slice rest = slice_of(text);
    uint32_t code = 0;
    while (rest.len > 0) {
        rest = slice_from(rest, utf8_decode(rest, &code));
        if (code == '"' || utf8_is_unsafe(code) || code == UTF8_REPLACEMENT) {
            return err_set(err, ERR_USAGE, "option --%s: no quotation marks and no control characters, in UTF-8",
                           option);
        }
    }
    return 0;
}

static int run_add(const struct invocation *invocation, struct err *err)
{
    const struct optout_arguments *arguments = invocation->arguments;
    int64_t expires_s = OPT_OUT_NEVER_EXPIRES;
    if (arguments->expires != NULL && opt_out_parse_expiry(slice_of(arguments->expires), &expires_s) != 0) {
        return err_set(err, ERR_USAGE, "option --expires: '%s' is not a date such as 2027-06-30", arguments->expires);
    }
    if (check_text("reason", arguments->reason, err) != 0 || check_text("source", arguments->source, err) != 0) {
        return -1;
    }
    struct opt_out *list = opt_out_new(err);
    int result = list == NULL ? -1
                              : opt_out_add(list, slice_of(invocation->operands[0]), expires_s, arguments->reason,
                                            arguments->source, err);
    if (result == 0) {
        result = write_list(invocation, list, err);
    }
    opt_out_free(list);
    return result == 0 ? EXIT_DONE : -1;
}

static int run_import(const struct invocation *invocation, struct err *err)
{
    struct opt_out *list = opt_out_new(err);
    int result = list == NULL ? -1 : opt_out_load(list, invocation->operands[0], err);
    if (result == 0) {
        result = write_list(invocation, list, err);
    }
    opt_out_free(list);
    return result == 0 ? EXIT_DONE : -1;
}

static int remove_entry(struct store *store, const struct rollout_policy *policy, const char *text, struct err *err)
{
    struct opt_out *list = opt_out_new(err);
    struct arena arena = {.head = NULL};
    struct opt_out_match entry;
    struct store_opt_out stored;
    int removed = -1;
    if (list != NULL && opt_out_add(list, slice_of(text), OPT_OUT_NEVER_EXPIRES, NULL, "", err) == 0) {
        opt_out_entry(list, 0, &entry);
        const struct rollout_run run = run_with(store, policy, NULL);
        removed = stored_form(&entry, &arena, &stored, err) == 0
                      ? rollouts_remove_opt_out(&run, stored.kind, stored.value, err)
                      : -1;
    }
    arena_release(&arena);
    opt_out_free(list);
    return removed;
}

static int run_remove(const struct invocation *invocation, struct err *err)
{
    const char *text = invocation->operands[0];
    struct rollout_policy policy;
    struct store *store = policy_in_force(invocation, &policy, err) == 0 ? open_to_write(invocation, err) : NULL;
    int removed = store == NULL ? -1 : remove_entry(store, &policy, text, err);
    store_close(store);
    if (removed == 0) {
        return err_set(err, ERR_USAGE, "'%s' is not among the opt-outs; see 'origintls optout list'", text);
    }
    return removed > 0 ? EXIT_DONE : -1;
}

struct listing {
    bool json_format;
    struct json_writer json;
    struct buf out;
};

static void append_entry_json(struct json_writer *json, const struct store_opt_out *entry, const char *text)
{
    json_object_open(json);
    json_key_text(json, "entry", text);
    json_key_text(json, "reason", entry->reason);
    json_key_text(json, "source", entry->source);
    json_key_time(json, "expires_at", entry->expires_s);
    json_object_close(json);
}

/* A line that an opt-out list can hold: what is listed can be imported again. */
static void append_entry_text(struct buf *out, const struct store_opt_out *entry, const char *text)
{
    char date[RFC3339_BYTES];
    buf_append_text(out, text);
    if (entry->expires_s >= 0) {
        buf_printf(out, " expires=%.*s", DATE_BYTES, time_format(entry->expires_s - SECONDS_PER_DAY, date));
    }
    if (entry->reason != NULL) {
        buf_append_text(out, " reason=\"");
        utf8_append_visible(out, slice_of(entry->reason));
        buf_append_byte(out, '"');
    }
    if (entry->source != NULL) {
        buf_append_text(out, " # ");
        utf8_append_visible(out, slice_of(entry->source));
    }
    buf_append_byte(out, '\n');
}

static int list_entry(void *context, const struct store_opt_out *entry, struct err *err)
{
    struct listing *listing = context;
    char text[OPT_OUT_TEXT_BYTES];
    snprintf(text, sizeof text, "%s%s", entry->kind == OPT_OUT_HOST ? "host:" : "", entry->value);
    if (listing->json_format) {
        append_entry_json(&listing->json, entry, text);
    } else {
        append_entry_text(&listing->out, entry, text);
    }
    return listing->out.len < FLUSH_BYTES ? 0 : output_write_buf(&listing->out, err);
}

static void begin_listing(struct listing *listing)
{
    if (listing->json_format) {
        json_init(&listing->json, &listing->out, true);
        json_object_open(&listing->json);
        json_key_int(&listing->json, "schema_version", RECORD_SCHEMA_VERSION);
        json_key(&listing->json, "opt_outs");
        json_array_open(&listing->json);
    }
}

static void end_listing(struct listing *listing)
{
    if (listing->json_format) {
        json_array_close(&listing->json);
        json_object_close(&listing->json);
        buf_append_byte(&listing->out, '\n');
    }
}

static int run_list(const struct invocation *invocation, struct err *err)
{
    const struct optout_arguments *arguments = invocation->arguments;
    struct listing listing = {.json_format = arguments->format == FORMAT_JSON};
    struct store *store = database_open_to_read(invocation->global, err);
    int result = -1;
    if (store != NULL) {
        begin_listing(&listing);
        result = store_each_opt_out(store, list_entry, &listing, err);
        end_listing(&listing);
    }
    if (result == 0) {
        result = output_write_buf(&listing.out, err);
    }
    buf_release(&listing.out);
    store_close(store);
    return result == 0 ? EXIT_DONE : -1;
}

/* 1 if it is opted out now, 0 if not, -1 when it is neither a name nor an address. */
static int match_subject(const struct opt_out *list, const char *text, struct opt_out_match *match, struct err *err)
{
    char name[HOSTNAME_BYTES];
    struct address address;
    if (address_parse(slice_of(text), &address) == 0) {
        return opt_out_match_address(list, &address, clock_wall_s(), match);
    }
    enum hostname_fault fault = hostname_normalise(slice_of(text), name);
    if (fault != HOSTNAME_OK) {
        return err_set(err, ERR_USAGE, "'%s' is neither an address nor a name: %s", text, hostname_fault_text(fault));
    }
    return opt_out_match_name(list, slice_of(name), clock_wall_s(), match);
}

static void append_check_json(struct buf *out, const char *subject, bool found, const struct opt_out_match *match)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "subject", subject);
    json_key_bool(&json, "opted_out", found);
    json_key_text(&json, "entry", match->entry);
    json_key_text(&json, "reason", match->reason);
    json_key_text(&json, "source", match->source);
    json_key_time(&json, "expires_at", match->expires_s == OPT_OUT_NEVER_EXPIRES ? -1 : match->expires_s);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_check_text(struct buf *out, const char *subject, bool found, const struct opt_out_match *match)
{
    char date[RFC3339_BYTES];
    utf8_append_visible(out, slice_of(subject));
    if (!found) {
        buf_append_text(out, " is not opted out\n");
        return;
    }
    buf_printf(out, " is opted out by %s", match->entry);
    if (match->expires_s != OPT_OUT_NEVER_EXPIRES) {
        buf_printf(out, " until %.*s", DATE_BYTES, time_format(match->expires_s - SECONDS_PER_DAY, date));
    }
    buf_append_text(out, " (");
    utf8_append_visible(out, slice_of(match->source));
    buf_append_text(out, match->reason != NULL ? "): " : ")");
    utf8_append_visible(out, slice_of(match->reason));
    buf_append_byte(out, '\n');
}

/* Without a database yet, the lists of the command line count alone. */
static struct opt_out *load_known(const struct invocation *invocation, struct err *err)
{
    const struct optout_arguments *arguments = invocation->arguments;
    struct arena arena = {.head = NULL};
    struct opt_out *list = NULL;
    struct store *store = NULL;
    const char *path = database_path(invocation->global, &arena, err);
    bool there = path != NULL && store_exists(path);
    if (there) {
        store = database_open_file_to_read(path, invocation->global, err);
    }
    if (path != NULL && (store != NULL || !there)) {
        list = opt_out_sources_load(store, &arguments->files, err);
    }
    store_close(store);
    arena_release(&arena);
    return list;
}

static int run_check(const struct invocation *invocation, struct err *err)
{
    const struct optout_arguments *arguments = invocation->arguments;
    const char *subject = invocation->operands[0];
    struct opt_out_match match = {.expires_s = OPT_OUT_NEVER_EXPIRES};
    struct buf out = {.data = NULL};
    struct opt_out *list = load_known(invocation, err);
    int found = list == NULL ? -1 : match_subject(list, subject, &match, err);
    if (found >= 0 && arguments->format == FORMAT_JSON) {
        append_check_json(&out, subject, found > 0, &match);
    } else if (found >= 0) {
        append_check_text(&out, subject, found > 0, &match);
    }
    int written = output_write_buf(&out, err);
    buf_release(&out);
    opt_out_free(list);
    return found < 0 || written != 0 ? -1 : found > 0 ? EXIT_DONE : EXIT_ANSWER_IS_NO;
}

#define ENTRY_FORMS                                                                                                    \
    "ENTRY is a zone with every name below it (example.com), one name alone (host:www.example.com), an address, or a " \
    "range of addresses (192.0.2.0/24)."

const struct command command_optout_add = {
    .name = "optout add",
    .operands = "ENTRY",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "an entry",
    .summary = "never scan this, from now on",
    .description = ENTRY_FORMS " What is there already gets the new reason, source and expiry.",
    .options = &add_table,
    .arguments_size = sizeof(struct optout_arguments),
    .run = run_add,
};

const struct command command_optout_remove = {
    .name = "optout remove",
    .operands = "ENTRY",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "an entry",
    .summary = "let it be scanned again",
    .description = ENTRY_FORMS,
    .options = &policy_table,
    .arguments_size = sizeof(struct optout_arguments),
    .run = run_remove,
};

const struct command command_optout_list = {
    .name = "optout list",
    .operands = "",
    .summary = "who must not be scanned",
    .description = "The text is an opt-out list that can be imported again. Expired entries are shown too.",
    .options = &list_table,
    .arguments_size = sizeof(struct optout_arguments),
    .run = run_list,
};

const struct command command_optout_import = {
    .name = "optout import",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a file",
    .summary = "add every entry of an opt-out list",
    .description = "All of them, or none: a malformed line is named and nothing is added. \"-\" is standard input.",
    .options = &policy_table,
    .arguments_size = sizeof(struct optout_arguments),
    .run = run_import,
};

const struct command command_optout_check = {
    .name = "optout check",
    .operands = "NAME|ADDRESS",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a name or an address",
    .summary = "is this name or address opted out?",
    .description = "Exit code 0: it is opted out; 4: it is not.",
    .options = &check_table,
    .arguments_size = sizeof(struct optout_arguments),
    .run = run_check,
};

#include "base/clock.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/version.h"
#include "db/prune.h"
#include "recommend/record.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

struct prune_arguments {
    struct global_arguments global;
    const char *keep;
    bool dry_run, vacuum;
    int format;
};

#define AT(member) offsetof(struct prune_arguments, member)

static const struct option rows[] = {
    {.name = "keep",
     .type = OPTION_TEXT,
     .offset = AT(keep),
     .placeholder = "AGE",
     .help = "remove scans that finished longer ago: days, or a number with s, m (minutes), h, d, w or y behind it",
     .initial_text = "it must be given",
     .command_line_only = true},
    {.name = "dry-run", .type = OPTION_FLAG, .offset = AT(dry_run), .help = "only say how many would be removed"},
    {.name = "vacuum",
     .type = OPTION_FLAG,
     .offset = AT(vacuum),
     .help = "rewrite the file as a whole; it needs as much room again, and nobody else can write meanwhile",
     .command_line_only = true},
    FORMAT_OPTION(prune_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

static const struct {
    const char *suffix;
    double seconds;
} units[] = {{"", 86400}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}, {"y", 365 * 86400.0}};

#define AGE_YEARS_MAX 1000

static int parse_age(const char *text, int64_t *age_s, struct err *err)
{
    char *end = NULL;
    if (text == NULL) {
        return err_set(err, ERR_USAGE, "option --keep is missing: the age from which scans are removed, such as 90d");
    }
    double number = ascii_is_digit(text[0]) ? strtod(text, &end) : -1;
    for (size_t i = 0; end != NULL && i < sizeof units / sizeof *units; i++) {
        if (slice_equal(slice_of(end), slice_of(units[i].suffix)) &&
            number * units[i].seconds <= AGE_YEARS_MAX * 365 * 86400.0) {
            *age_s = (int64_t)(number * units[i].seconds);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "option --keep: '%s' is no age; write 90d, 12h, 26w or 2y", text);
}

static volatile sig_atomic_t stopping;

static void stop(void)
{
    stopping = 1;
}

static bool on_progress(void *context, const struct prune_counts *counts)
{
    char text[160];
    (void)context;
    snprintf(text, sizeof text, "%" PRIu64 " old scans looked at, %" PRIu64 " removed", counts->old, counts->removed);
    progress_text(text);
    return stopping != 0;
}

static void append_json(const struct prune_counts *counts, const struct prune_options *options, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_bool(&json, "dry_run", options->trial);
    json_key_bool(&json, "stopped", stopping != 0);
    json_key_time(&json, "before", options->before_s);
    json_key_int(&json, "scans", (int64_t)counts->scans);
    json_key_int(&json, "old", (int64_t)counts->old);
    json_key_int(&json, "removed", (int64_t)counts->removed);
    json_key(&json, "kept");
    json_object_open(&json);
    json_key_int(&json, "latest", (int64_t)counts->latest);
    json_key_int(&json, "rollout", (int64_t)counts->rollouts);
    json_key_int(&json, "decision", (int64_t)counts->decisions);
    json_key_int(&json, "first_seen", (int64_t)counts->sightings);
    json_object_close(&json);
    json_key_int(&json, "facts", (int64_t)counts->facts);
    json_key_int(&json, "bytes_before", counts->bytes_before);
    json_key_int(&json, "bytes_after", counts->bytes_after);
    json_key_int(&json, "bytes_free", counts->bytes_free);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(const struct prune_counts *counts, const struct prune_options *options, struct buf *out)
{
    char before[RFC3339_BYTES];
    buf_printf(out, "%" PRIu64 " scans, %" PRIu64 " finished before %s: %" PRIu64 " %s\n", counts->scans, counts->old,
               time_format(options->before_s, before), counts->removed,
               options->trial ? "would be removed" : "removed");
    buf_printf(out,
               "old ones that stay: %" PRIu64 " latest of their zone, %" PRIu64 " of a rollout, %" PRIu64
               " that a decision stands on, %" PRIu64 " that tell since when something is wrong\n",
               counts->latest, counts->rollouts, counts->decisions, counts->sightings);
    if (!options->trial) {
        buf_printf(out, "%.1f MB, before %.1f MB; %.1f MB of it free for what comes\n",
                   (double)counts->bytes_after / 1e6, (double)counts->bytes_before / 1e6,
                   (double)counts->bytes_free / 1e6);
    }
}

static int report(const struct prune_counts *counts, const struct prune_options *options, int format, struct err *err)
{
    struct buf out = {.data = NULL};
    if (format == FORMAT_JSON) {
        append_json(counts, options, &out);
    } else {
        append_text(counts, options, &out);
    }
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result;
}

static struct store *open_store(const struct invocation *invocation, bool trial, struct err *err)
{
    struct arena arena = {.head = NULL};
    const char *path = database_path(invocation->global, &arena, err);
    struct store *store = NULL;
    if (path != NULL) {
        /* Nothing to prune: no database is made for it. */
        store = trial || !store_exists(path) ? database_open_to_read(invocation->global, err)
                                             : store_open(path, STORE_READ_WRITE, err);
    }
    arena_release(&arena);
    return store;
}

static int run_prune(const struct invocation *invocation, struct err *err)
{
    const struct prune_arguments *arguments = invocation->arguments;
    struct prune_options options = {.now_s = clock_wall_s(),
                                    .trial = arguments->dry_run,
                                    .vacuum = arguments->vacuum,
                                    .program_version = version_text(),
                                    .on_progress = on_progress};
    struct prune_counts counts;
    int64_t age_s = 0;
    int code = -1;
    if (parse_age(arguments->keep, &age_s, err) != 0) {
        return -1;
    }
    options.before_s = options.now_s - age_s;
    struct store *store = open_store(invocation, options.trial, err);
    if (store == NULL) {
        return -1;
    }
    interrupt_gently(stop);
    if (store_prune(store, &options, &counts, err) == 0) {
        progress_clear();
        code = report(&counts, &options, arguments->format, err);
    }
    store_close(store);
    return code == 0 && interrupt_signal() != 0 ? EXIT_SIGNAL_BASE + interrupt_signal() : code;
}

const struct command command_db_prune = {
    .name = "db prune",
    .operands = "",
    .summary = "remove old scans from the database, and give their space back",
    .description =
        "Removes scans that finished longer ago than --keep says, except the latest of each zone and those that "
        "something still stands on: a rollout, a decision of the ledger about starting one, the date since when "
        "something is wrong. Rollouts, observations, opt-outs, the inventory and the ledger stay as they are; "
        "'ledger verify' and 'ledger replay' agree as before.\n"
        "Works in short transactions, so that a fleet run on the same database goes on, and may be stopped at any "
        "time. Space that a database from before this command cannot give back is used again for new scans; "
        "--vacuum gives it back once and for all.",
    .options = &option_table,
    .arguments_size = sizeof(struct prune_arguments),
    .run = run_prune,
};

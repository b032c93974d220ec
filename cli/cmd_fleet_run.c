#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/fleet_metrics.h"
#include "cli/fleet_progress.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/log_format.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/process_limits.h"
#include "cli/progress.h"
#include "cli/scan_shared_options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_EVERY_S     10
#define METRICS_EVERY_S 5
#define DAYS_MAX        3650
#define DAY_S           86400
/* Descriptors that a run needs beside those of connections: the database, a loop with its resolver. */
#define FILES_OF_RUN  32
#define FILES_OF_LOOP 8
/* Shares of a loop's descriptors. A zone has a connection for its probe beside those of the fetcher. */
#define FILES_PER_ZONE     4
#define FILES_PER_TRANSFER 2

struct run_arguments {
    struct scan_arguments scan; /* the shared options */
    size_t limit, loops, zones_per_loop;
    const char *pattern, *shard, *metrics;
    double total_rate, total_bytes, total_connections;
    double max_age_days, verdict_days, incomplete_days, rollout_days, jitter;
    bool watch;
    int log_format, format;
};

#define AT(member) offsetof(struct run_arguments, member)

static const struct option rows[] = {
    {.name = "limit",
     .type = OPTION_SIZE,
     .offset = AT(limit),
     .placeholder = "N",
     .help = "end after so many zones",
     .initial_text = "all that are due",
     .min = 1,
     .max = 1e12,
     .command_line_only = true},
    {.name = "zone",
     .type = OPTION_TEXT,
     .offset = AT(pattern),
     .placeholder = "PATTERN",
     .help = "only zones in whose name this regular expression (PCRE2) is found",
     .command_line_only = true},
    {.name = "max-age",
     .type = OPTION_NUMBER,
     .offset = AT(max_age_days),
     .placeholder = "DAYS",
     .help = "zones whose last scan is older are due too",
     .initial_text = "by their due times alone",
     .min = 0,
     .max = DAYS_MAX},
    {.name = "shard",
     .type = OPTION_TEXT,
     .offset = AT(shard),
     .placeholder = "I/N",
     .help = "the I-th of N parts of the fleet; an address stays in one part. Just N takes I from the number of the "
             "task in an array job (SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX)"},
    {.name = "watch", .type = OPTION_FLAG, .offset = AT(watch), .help = "go on when nothing is due"},
    {.name = "loops",
     .type = OPTION_SIZE,
     .offset = AT(loops),
     .placeholder = "N",
     .help = "event loops, each a thread",
     .initial_text = "one for each processor",
     .min = 1,
     .max = LIMIT_FLEET_LOOPS},
    {.name = "zones-per-loop",
     .type = OPTION_SIZE,
     .offset = AT(zones_per_loop),
     .placeholder = "N",
     .help = "zones in flight on each loop",
     .initial = "100",
     .min = 1,
     .max = LIMIT_FLEET_ZONES_PER_LOOP},
    {.name = "total-rate",
     .type = OPTION_NUMBER,
     .offset = AT(total_rate),
     .placeholder = "R",
     .help = "requests a second over all addresses, shared by the runs on one database",
     .initial_text = "no bound",
     .min = 0.01,
     .max = 1e6},
    {.name = "total-connections",
     .type = OPTION_NUMBER,
     .offset = AT(total_connections),
     .placeholder = "N",
     .help = "connections opened a second over all addresses, shared in the same way",
     .initial_text = "no bound",
     .min = 0.01,
     .max = 1e6},
    {.name = "total-bytes",
     .type = OPTION_NUMBER,
     .offset = AT(total_bytes),
     .placeholder = "N",
     .help = "bytes a second, both ways, over all addresses, shared in the same way; on average: what is under way "
             "when the bound is reached still comes, and is made up for by a pause",
     .initial_text = "no bound",
     .min = 100,
     .max = 1e12},
    {.name = "verdict-days",
     .type = OPTION_NUMBER,
     .offset = AT(verdict_days),
     .placeholder = "DAYS",
     .help = "until the next scan after a verdict",
     .initial = "30",
     .min = 0.001,
     .max = DAYS_MAX},
    {.name = "incomplete-days",
     .type = OPTION_NUMBER,
     .offset = AT(incomplete_days),
     .placeholder = "DAYS",
     .help = "until the next scan after one without a verdict; doubled each further time",
     .initial = "2",
     .min = 0.001,
     .max = DAYS_MAX},
    {.name = "rollout-days",
     .type = OPTION_NUMBER,
     .offset = AT(rollout_days),
     .placeholder = "DAYS",
     .help = "until the next scan while a rollout is in progress",
     .initial = "1",
     .min = 0.001,
     .max = DAYS_MAX},
    {.name = "jitter",
     .type = OPTION_NUMBER,
     .offset = AT(jitter),
     .placeholder = "SHARE",
     .help = "at most this share is added to a wait at random",
     .initial = "0.1",
     .min = 0,
     .max = 1},
    {.name = "metrics",
     .type = OPTION_FILE,
     .offset = AT(metrics),
     .placeholder = "FILE",
     .help = "write a textfile for Prometheus, again and again during the run"},
    {.name = "log-format",
     .type = OPTION_CHOICE,
     .offset = AT(log_format),
     .choices = log_format_choices,
     .help = "of the lines on standard error",
     .initial = "text"},
    FORMAT_OPTION(run_arguments),
    SCAN_SHARED_OPTIONS,
};
static const struct option_table option_table = OPTION_TABLE(rows);

struct fleet_command {
    const struct run_arguments *arguments;
    struct arena arena;
    struct trust *trust;
    struct pattern *pattern;
    struct rollout_policy policy;
    struct fleet_options options;
    int64_t last_line_s, last_metrics_s;
    uint64_t last_requests;
    bool metrics_fail; /* and it was said */
};

/* The number of this task in an array job, from 1; 0: in none. */
static unsigned task_number(void)
{
    const char *slurm = getenv("SLURM_ARRAY_TASK_ID");
    const char *first = getenv("SLURM_ARRAY_TASK_MIN");
    const char *job = getenv("JOB_COMPLETION_INDEX");
    if (slurm != NULL) {
        unsigned long least = first != NULL ? strtoul(first, NULL, 10) : 1;
        return (unsigned)(strtoul(slurm, NULL, 10) - least + 1);
    }
    return job != NULL ? (unsigned)strtoul(job, NULL, 10) + 1 : 0;
}

static int fill_shard(struct fleet_command *command, struct err *err)
{
    const char *text = command->arguments->shard;
    char *end = NULL;
    command->options.shards = 1;
    if (text == NULL) {
        return 0;
    }
    unsigned long first = ascii_is_digit(text[0]) ? strtoul(text, &end, 10) : 0;
    unsigned long shards = end != NULL && *end == '/' && ascii_is_digit(end[1]) ? strtoul(end + 1, &end, 10) : first;
    unsigned long shard =
        end != NULL && slice_find_byte(slice_of(text), '/') < slice_of(text).len ? first : task_number();
    if (end == NULL || *end != '\0' || shards < 1 || shards > 100000 || shard < 1 || shard > shards) {
        return err_set(err, ERR_USAGE,
                       "option --shard: '%s' is not I/N with I from 1 to N; N alone needs SLURM_ARRAY_TASK_ID or "
                       "JOB_COMPLETION_INDEX",
                       text);
    }
    command->options.shards = (unsigned)shards;
    command->options.shard = (unsigned)shard - 1;
    command->options.shard_name = arena_printf(&command->arena, "%lu/%lu", shard, shards);
    return 0;
}

/* One line that replaces itself, or lines. A program that reads fields is never shown the former. */
static bool has_status_line(const struct fleet_command *command)
{
    return progress_is_shown() && command->arguments->log_format == LOG_TEXT;
}

static void show_progress(struct fleet_command *command, const struct fleet_progress *progress, int64_t since_s)
{
    char text[FLEET_PROGRESS_BYTES];
    struct log_field fields[FLEET_PROGRESS_FIELDS];
    enum log_format format = (enum log_format)command->arguments->log_format;
    double rate = (double)(progress->requests - command->last_requests) / (since_s > 0 ? (double)since_s : 1);
    if (has_status_line(command)) {
        progress_text(fleet_progress_line(progress, rate, text));
    } else if (command->arguments->scan.global.quiet) {
        return;
    } else if (format == LOG_TEXT) {
        message_error(fleet_progress_line(progress, rate, text));
    } else {
        log_format_fields(format, "progress", fields, fleet_progress_fields(progress, rate, fields));
    }
    command->last_requests = progress->requests;
}

static void on_progress(void *context, const struct fleet_progress *progress)
{
    struct fleet_command *command = context;
    struct err err = ERR_INIT;
    int64_t now_s = (int64_t)progress->seconds;
    int64_t every_s = has_status_line(command) ? 1 : LOG_EVERY_S;
    if (now_s - command->last_line_s >= every_s) {
        show_progress(command, progress, now_s - command->last_line_s);
        command->last_line_s = now_s;
    }
    const char *metrics = command->arguments->metrics;
    if (metrics != NULL && now_s - command->last_metrics_s >= METRICS_EVERY_S) {
        command->last_metrics_s = now_s;
        bool written = fleet_metrics_write(metrics, progress, clock_wall_s(), &err) == 0;
        if (!written && !command->metrics_fail) {
            log_line(LOG_WARNING, "%s; the run goes on", err.message);
        }
        command->metrics_fail = !written;
    }
}

static struct opt_out *load_opt_out(void *context, struct store *store, struct err *err)
{
    const struct fleet_command *command = context;
    return opt_out_sources_load(store, &command->arguments->scan.opt_outs, err);
}

/* A scan for which no descriptor is left says nothing of the origin: rather fewer zones at once. */
static int fit_into_files(struct fleet_options *options, struct err *err)
{
    size_t files = process_limits_files();
    size_t room = files > FILES_OF_RUN ? files - FILES_OF_RUN : 0;
    unsigned wanted = options->loops * options->zones_per_loop;
    while (options->loops > 1 && room / options->loops < FILES_OF_LOOP + 4 * FILES_PER_ZONE) {
        options->loops--;
    }
    room = room / options->loops > FILES_OF_LOOP ? room / options->loops - FILES_OF_LOOP : 0;
    if (room < 2 * FILES_PER_ZONE) {
        return err_set(err, ERR_INTERNAL,
                       "only %zu files may be open at once, too few to scan: raise that with 'ulimit -n 4096', or with "
                       "LimitNOFILE=4096 in the unit",
                       files);
    }
    options->connections = (unsigned)(room - room / FILES_PER_ZONE);
    options->transfers = (unsigned)(room / FILES_PER_TRANSFER);
    if (options->zones_per_loop > room / FILES_PER_ZONE) {
        options->zones_per_loop = (unsigned)(room / FILES_PER_ZONE);
    }
    if (options->loops * options->zones_per_loop < wanted) {
        log_line(LOG_WARNING,
                 "%u zones are scanned at once instead of %u, for only %zu files may be open: raise that with 'ulimit "
                 "-n', or with LimitNOFILE= in the unit",
                 options->loops * options->zones_per_loop, wanted, files);
    }
    return 0;
}

static int opt_outs_mark(void *context, struct store *store, uint64_t *mark, struct err *err)
{
    const struct fleet_command *command = context;
    return opt_out_sources_mark(store, &command->arguments->scan.opt_outs, mark, err);
}

static int fill_options(struct fleet_command *command, struct err *err)
{
    const struct run_arguments *arguments = command->arguments;
    struct fleet_options *options = &command->options;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (scan_options_from_arguments(&arguments->scan, command->trust, &command->arena, &options->scan, err) != 0 ||
        policy_from_arguments(&arguments->scan.policy, &command->policy, err) != 0 || fill_shard(command, err) != 0) {
        return -1;
    }
    options->scan.certificate_time_s = -1;
    options->policy = &command->policy;
    options->loops = arguments->loops > 0 ? (unsigned)arguments->loops : processors > 0 ? (unsigned)processors : 1;
    options->loops = options->loops > LIMIT_FLEET_LOOPS ? LIMIT_FLEET_LOOPS : options->loops;
    options->zones_per_loop = (unsigned)arguments->zones_per_loop;
    options->limit = arguments->limit;
    options->total = (struct limiter_total_bounds){.requests_per_second = arguments->total_rate,
                                                   .connections_per_second = arguments->total_connections,
                                                   .bytes_per_second = arguments->total_bytes};
    options->max_age_s = arguments->max_age_days > 0 ? (int64_t)(arguments->max_age_days * DAY_S) : -1;
    options->watch = arguments->watch;
    options->schedule = (struct schedule_policy){(int64_t)(arguments->verdict_days * DAY_S),
                                                 (int64_t)(arguments->incomplete_days * DAY_S),
                                                 (int64_t)(arguments->rollout_days * DAY_S), arguments->jitter};
    options->load_opt_out = load_opt_out;
    options->opt_outs_mark = opt_outs_mark;
    options->on_progress = on_progress;
    options->context = command;
    if (arguments->pattern != NULL && (command->pattern = pattern_new(arguments->pattern, err)) == NULL) {
        return err_prefix(err, "option --zone");
    }
    options->pattern = command->pattern;
    return fit_into_files(options, err);
}

static void append_text(const struct fleet_progress *progress, struct buf *out)
{
    buf_printf(out,
               "%" PRIu64 " zones scanned in %.1f s: %" PRIu64 " complete, %" PRIu64 " partial, %" PRIu64
               " incomplete, %" PRIu64 " opted out\n",
               progress->done, progress->seconds, progress->by_status[STATUS_COMPLETE],
               progress->by_status[STATUS_PARTIAL], progress->by_status[STATUS_INCOMPLETE],
               progress->by_status[STATUS_OPTED_OUT]);
}

static void append_json(const struct fleet_progress *progress, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_bool(&json, "stopped", interrupt_signal() != 0);
    json_key_int(&json, "due", (int64_t)progress->total);
    json_key_int(&json, "zones", (int64_t)progress->done);
    for (enum scan_status status = STATUS_COMPLETE; status <= STATUS_OPTED_OUT; status++) {
        json_key_int(&json, scan_status_name(status), (int64_t)progress->by_status[status]);
    }
    json_key_int(&json, "lost", (int64_t)progress->lost);
    json_key_int(&json, "failed", (int64_t)progress->failed);
    json_key_int(&json, "upgrades", (int64_t)progress->upgrades);
    json_key_int(&json, "requests", (int64_t)progress->requests);
    json_key_int(&json, "connections", (int64_t)progress->connections);
    json_key_int(&json, "bytes", (int64_t)progress->bytes);
    json_key(&json, "seconds");
    json_number(&json, progress->seconds, 3);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static int report(const struct fleet_progress *progress, int format, struct err *err)
{
    struct buf out = {.data = NULL};
    if (format == FORMAT_JSON) {
        append_json(progress, &out);
    } else {
        append_text(progress, &out);
    }
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result;
}

static int scan_fleet(struct fleet_command *command, struct err *err)
{
    struct fleet_progress progress;
    const char *metrics = command->arguments->metrics;
    command->options.database = database_path(&command->arguments->scan.global, &command->arena, err);
    if (command->options.database == NULL) {
        return -1;
    }
    progress = (struct fleet_progress){0};
    if (metrics != NULL && fleet_metrics_write(metrics, &progress, clock_wall_s(), err) != 0) {
        return err_prefix(err, "option --metrics");
    }
    interrupt_gently(fleet_interrupt);
    int result = fleet_run(&command->options, &progress, err);
    progress_clear();
    struct err unwritten = ERR_INIT;
    bool told = metrics == NULL || fleet_metrics_write(metrics, &progress, clock_wall_s(), &unwritten) == 0;
    if (result != 0 || report(&progress, command->arguments->format, err) != 0) {
        return -1;
    }
    if (progress.failed > 0) {
        return err_set(err, ERR_INTERNAL,
                       "%" PRIu64 " zones could not be scanned for faults of this machine; they are due again "
                       "in ten minutes",
                       progress.failed);
    }
    if (!told) {
        return err_set(err, ERR_INTERNAL, "the zones are recorded, but not the metrics: %s", unwritten.message);
    }
    return interrupt_signal() != 0 ? EXIT_SIGNAL_BASE + interrupt_signal() : EXIT_DONE;
}

static int run_fleet(const struct invocation *invocation, struct err *err)
{
    struct fleet_command command = {.arguments = invocation->arguments};
    int code = -1;
    log_format_use((enum log_format)command.arguments->log_format, invocation->global);
    command.trust = trust_arguments_load(&command.arguments->scan.trust, err);
    if (command.trust != NULL && fill_options(&command, err) == 0) {
        code = scan_fleet(&command, err);
    }
    trust_free(command.trust);
    pattern_free(command.pattern);
    arena_release(&command.arena);
    return code;
}

const struct command command_fleet_run = {
    .name = "fleet run",
    .operands = "",
    .summary = "scan every zone that is due, many at once; resumable",
    .description = "Scans the zones of the inventory that are due, the heaviest first, and ends. It may be stopped or "
                   "killed at any "
                   "moment and started again: what was recorded stays, what was in flight is scanned again. Several "
                   "runs may share "
                   "one database; they share the budget of every address too.\n"
                   "The first SIGINT or SIGTERM begins no more zones and lets those in flight end for ten seconds; the "
                   "second ends "
                   "at once. Exit code 0 also where zones got no verdict: 'fleet status' tells which.",
    .options = &option_table,
    .arguments_size = sizeof(struct run_arguments),
    .run = run_fleet,
};

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/interrupt.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/output_file.h"
#include "cli/report_arguments.h"
#include "cli/scan_arguments.h"
#include "reports/digest.h"
#include "reports/report.h"
#include "scan/rollouts.h"

#include <string.h>

#define FLUSH_BYTES (256u << 10)

struct report_run {
    const struct report_arguments *arguments;
    const char *scope; /* what the filters leave; NULL: everything */
    struct arena arena;
    const char **zones; /* normalised */
    struct report_filter filter;
    struct store *store;
    struct opt_out *opt_out; /* of today: also over what was found before */
    int64_t now_s;
    struct report_list list;
    struct digest digest;
    struct buf out;
    struct output_file output;
};

static int add_record(void *context, const struct scan_record *record, struct err *err)
{
    struct report_run *run = context;
    struct scan_record shown;
    struct scan_record fitting;
    struct arena arena = {.head = NULL};
    if (interrupt_signal() != 0) {
        return err_set(err, ERR_INTERRUPTED, "interrupted; nothing was written");
    }
    int fits = opt_out_masked(run->opt_out, run->now_s, record, &arena, &shown);
    fits = fits < 0 ? -1 : report_filter_apply(&run->filter, &shown, &arena, &fitting);
    if (fits > 0) {
        report_list_add(&run->list, &fitting);
    }
    arena_release(&arena);
    if (fits < 0) {
        return err_memory(err);
    }
    return run->out.len < FLUSH_BYTES ? 0 : output_file_write_buf(&run->output, &run->out, err);
}

static int add_zone(struct report_run *run, const char *zone, struct err *err)
{
    struct scan_record record;
    int found = store_read_latest(run->store, zone, &record, err);
    if (found < 0) {
        return -1;
    }
    int result = found > 0 ? add_record(run, &record, err) : err_set(err, ERR_USAGE, "zone %s was never scanned", zone);
    scan_record_release(&record);
    return result;
}

static int add_zones(struct report_run *run, struct err *err)
{
    const struct option_list *zones = &run->arguments->zones;
    if (zones->count == 0) {
        return store_each_latest(run->store, add_record, run, err);
    }
    for (size_t i = 0; i < zones->count; i++) {
        if (add_zone(run, run->zones[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A file in the making must not stay behind. */
static void notice_signal(void)
{
}

static int write_report(struct report_run *run, int64_t now_s, struct err *err)
{
    const struct report_arguments *arguments = run->arguments;
    const struct report_writer *writer = report_writer_find(report_list_formats[arguments->format]);
    const struct report_style style = {!run->output.is_file && output_wants_color(&arguments->global),
                                       run->output.is_file ? 0 : output_columns()};
    const struct report_context context = {.now_s = now_s,
                                           .require = (enum mode)arguments->require,
                                           .scope = run->scope,
                                           .page_hostnames = arguments->page_hostnames};
    report_list_begin_in(&run->list, writer, &style, &context, &run->out);
    if (add_zones(run, err) != 0) {
        return -1;
    }
    report_list_end(&run->list);
    return output_file_write_buf(&run->output, &run->out, err) != 0 ? -1 : output_file_commit(&run->output, err);
}

static bool zone_is_wanted(const struct report_run *run, const char *zone)
{
    const struct option_list *zones = &run->arguments->zones;
    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(run->zones[i], zone) == 0) {
            return true;
        }
    }
    return zones->count == 0;
}

static int add_change(void *context, const struct scan_record *before, const struct scan_record *after, struct err *err)
{
    struct report_run *run = context;
    struct arena arena = {.head = NULL};
    struct scan_record fitting;
    if (interrupt_signal() != 0) {
        return err_set(err, ERR_INTERRUPTED, "interrupted; nothing was written");
    }
    int fits = zone_is_wanted(run, after->zone) ? report_filter_apply(&run->filter, after, &arena, &fitting) : 0;
    if (fits > 0) {
        digest_add(&run->digest, before, &fitting);
    }
    arena_release(&arena);
    if (fits < 0) {
        return err_memory(err);
    }
    return run->out.len < FLUSH_BYTES ? 0 : output_file_write_buf(&run->output, &run->out, err);
}

static int write_digest(struct report_run *run, int64_t now_s, struct err *err)
{
    const struct report_arguments *arguments = run->arguments;
    const char *format = report_list_formats[arguments->format];
    const struct digest_writer *writer = digest_writer_find(format);
    const struct digest_window window = {arguments->since_s, now_s + (int64_t)(arguments->expires_within_days * 86400)};
    if (writer == NULL) {
        return err_set(err, ERR_USAGE, "--since tells changes as text, markdown, json or ndjson, not as %s", format);
    }
    digest_begin(&run->digest, writer, &window, &run->out);
    int result = store_each_change(run->store, arguments->since_s, add_change, run, err);
    if (result == 0) {
        digest_end(&run->digest);
        result = output_file_write_buf(&run->output, &run->out, err);
    }
    digest_release(&run->digest);
    return result != 0 ? -1 : output_file_commit(&run->output, err);
}

static int answer(const struct report_run *run)
{
    if (run->arguments->require == MODE_NONE) {
        return EXIT_DONE;
    }
    const struct report_totals *totals = &run->list.totals;
    return totals->short_of_require > 0 ? EXIT_ANSWER_IS_NO : totals->no_verdict > 0 ? EXIT_NO_VERDICT : EXIT_DONE;
}

static int run_report(const struct invocation *invocation, struct err *err)
{
    struct report_run run = {.arguments = invocation->arguments, .output = OUTPUT_FILE_INIT};
    const struct option_list no_files = {NULL, 0};
    int64_t now_s = run.arguments->at_s >= 0 ? run.arguments->at_s : clock_wall_s();
    int code = -1;
    run.zones = zones_normalise(&run.arguments->zones, &run.arena, err);
    if (run.zones == NULL || report_arguments_filter(run.arguments, now_s, &run.arena, &run.filter, err) != 0 ||
        report_arguments_scope(invocation->line, &run.arena, &run.scope, err) != 0) {
        goto out;
    }
    run.store = database_open_to_read(invocation->global, err);
    run.now_s = now_s;
    run.opt_out = run.store == NULL ? NULL : opt_out_sources_load(run.store, &no_files, err);
    if (run.opt_out == NULL || output_file_open(&run.output, run.arguments->output, err) != 0) {
        goto out;
    }
    if (run.output.is_file) {
        interrupt_gently(notice_signal);
    }
    if (run.arguments->since_s >= 0) {
        code = write_digest(&run, now_s, err) == 0 ? EXIT_DONE : -1;
    } else {
        code = write_report(&run, now_s, err) == 0 ? answer(&run) : -1;
    }
out:
    output_file_release(&run.output);
    buf_release(&run.out);
    opt_out_free(run.opt_out);
    store_close(run.store);
    arena_release(&run.arena);
    return code;
}

const struct command command_report = {
    .name = "report",
    .operands = "",
    .summary = "export what is known: the latest scan of every zone",
    .description = "Filters narrow the report to the hostnames that fit all of them. The html format is one file that "
                   "needs no network; prometheus is for the textfile collector of the node exporter; junit has a test "
                   "case for each hostname, which fails where --require is not met.",
    .options = &report_option_table,
    .arguments_size = sizeof(struct report_arguments),
    .run = run_report,
};

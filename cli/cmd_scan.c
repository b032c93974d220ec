#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scan_arguments.h"
#include "cli/version.h"
#include "db/address_state.h"
#include "reports/report.h"
#include "scan/rests.h"
#include "scan/rollouts.h"

#include <inttypes.h>

/* Everything that one run of the command holds. */
struct scan_run {
    const struct scan_arguments *arguments;
    struct arena arena;
    const char *zone;
    struct store *store; /* NULL: a dry run without a database */
    struct opt_out *opt_out;
    struct trust *trust;
    struct inventory_zone plan;
    struct scan_record record;
    struct rollout_policy policy;
    struct rests rests; /* of its addresses */
};

static void release(struct scan_run *run)
{
    scan_record_release(&run->record);
    inventory_zone_release(&run->plan);
    trust_free(run->trust);
    opt_out_free(run->opt_out);
    store_close(run->store);
    arena_release(&run->arena);
}

/* Before anything is asked of an origin: a scan whose result cannot be kept is a burden for nothing. */
static int open_store(struct scan_run *run, struct err *err)
{
    const char *path = database_path(&run->arguments->global, &run->arena, err);
    if (path == NULL) {
        return -1;
    }
    if (run->arguments->dry_run && !store_exists(path)) {
        return 0;
    }
    run->store = run->arguments->dry_run ? database_open_file_to_read(path, &run->arguments->global, err)
                                         : store_open(path, STORE_READ_WRITE, err);
    if (run->store == NULL) {
        return -1;
    }
    return run->arguments->dry_run ? 0 : store_check_writable(run->store, err);
}

static bool has_address(const struct inventory_zone *plan, const char *text)
{
    for (size_t i = 0; i < plan->hostname_count; i++) {
        for (size_t j = 0; j < plan->hostnames[i].origin_count; j++) {
            const struct inventory_origin *origin = &plan->hostnames[i].origins[j];
            if (origin->is_name || slice_equal(slice_of(origin->address), slice_of(text))) {
                return true; /* a name may lead to any */
            }
        }
    }
    return false;
}

/* Of the addresses of this zone alone: there is room for those. */
static int take_rest(void *context, const char *text, const struct address_state *state, struct err *err)
{
    struct scan_run *run = context;
    struct address address;
    (void)err;
    if (address_parse(slice_of(text), &address) == 0 && has_address(&run->plan, text)) {
        rests_add(&run->rests, &address, state->not_before_s);
    }
    return 0;
}

static int store_rests(struct store *store, void *context, struct err *err)
{
    const struct scan_run *run = context;
    for (size_t i = 0; i < run->rests.count; i++) {
        char text[ADDRESS_TEXT_BYTES];
        address_format(&run->rests.items[i].address, text);
        if (address_state_rest(store, text, run->rests.items[i].until_s, clock_wall_s(), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int fill_options(struct scan_run *run, struct scan_options *options, struct err *err)
{
    if (scan_options_from_arguments(run->arguments, run->trust, &run->arena, options, err) != 0) {
        return -1;
    }
    options->inventory = &run->plan;
    options->opt_out = run->opt_out;
    options->rests = &run->rests;
    if (run->store != NULL && address_state_each_resting(run->store, clock_wall_s(), take_rest, run, err) != 0) {
        return -1;
    }
    return scan_plan_pins(run->arguments, &run->plan, &run->arena, options, err);
}

/* Everything that can be wrong on our side is found here, before the first packet. */
static int prepare(struct scan_run *run, const char *zone, struct scan_options *options, struct err *err)
{
    const struct scan_arguments *arguments = run->arguments;
    run->zone = zone_normalise(zone, &run->arena, err);
    if (run->zone == NULL || policy_from_arguments(&arguments->policy, &run->policy, err) != 0 ||
        open_store(run, err) != 0 || scan_plan_build(arguments, run->zone, run->store, &run->plan, err) != 0 ||
        (run->store != NULL && arguments->mode < 0 && rollouts_note_modes(run->store, &run->plan, err) != 0)) {
        return -1;
    }
    run->opt_out = opt_out_sources_load(run->store, &arguments->opt_outs, err);
    if (run->opt_out == NULL) {
        return -1;
    }
    run->trust = trust_arguments_load(&arguments->trust, err);
    return run->trust != NULL ? fill_options(run, options, err) : -1;
}

static void on_progress(void *context, const struct scan_progress *progress)
{
    const char *zone = context;
    char text[512];
    snprintf(text, sizeof text, "%s: %s, %zu of %zu pairs, %zu against, %" PRIu64 " requests, %.0f s", zone,
             scan_phase_name(progress->phase), progress->pairs_done, progress->pairs_planned, progress->against,
             progress->requests, progress->seconds);
    progress_text(text);
}

static int print(const struct scan_run *run, struct err *err)
{
    struct buf out = {.data = NULL};
    const struct report_style style = {output_wants_color(&run->arguments->global), output_columns()};
    report_writer_find(format_choices[run->arguments->format])->scan(&run->record, &style, &out);
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result == 0 ? output_finish(err) : -1;
}

static int exit_code(const struct scan_run *run)
{
    if (interrupt_signal() != 0) {
        return EXIT_SIGNAL_BASE + interrupt_signal();
    }
    if (run->record.status != STATUS_COMPLETE) {
        return EXIT_NO_VERDICT;
    }
    int required = run->arguments->require;
    return required != MODE_NONE && (int)run->record.recommended_mode < required ? EXIT_ANSWER_IS_NO : EXIT_DONE;
}

static void warn_of_contradictions(const struct scan_arguments *arguments)
{
    if (arguments->ceiling != MODE_NONE && arguments->mode > arguments->ceiling) {
        log_line(LOG_WARNING, "--ceiling %s is below --mode %s: nothing stronger is looked for, and nothing is lowered",
                 mode_name((enum mode)arguments->ceiling), mode_name((enum mode)arguments->mode));
    }
    if (arguments->min_pairs > arguments->pairs) {
        log_line(LOG_WARNING, "--min-pairs %zu is above --pairs %zu: only a site with fewer links gets a verdict",
                 arguments->min_pairs, arguments->pairs);
    }
}

/* What follows from the scan for the rollouts of its hostnames; written, or in a dry run only told. */
static int conclude(struct scan_run *run, struct err *err)
{
    const struct rollout_run rollouts = {
        .store = run->store,
        .policy = &run->policy,
        .opt_out = run->opt_out,
        .now_s = clock_wall_s(),
        .program_version = version_text(),
    };
    run->policy.ceiling = run->record.ceiling;
    return run->arguments->dry_run ? rollouts_would_follow(&rollouts, &run->record, err)
                                   : rollouts_after_scan(&rollouts, &run->record, &run->plan, err);
}

static int run_scan(const struct invocation *invocation, struct err *err)
{
    struct scan_run run = {.arguments = invocation->arguments};
    struct scan_options options;
    int code = -1;
    if (prepare(&run, invocation->operands[0], &options, err) != 0) {
        goto out;
    }
    warn_of_contradictions(run.arguments);
    interrupt_gently(scan_interrupt);
    if (scan_zone(&options, on_progress, arena_text(&run.arena, run.zone), &run.record, err) != 0) {
        goto out;
    }
    progress_clear();
    if ((!run.arguments->dry_run && store_transaction(run.store, store_rests, &run, err) != 0) ||
        conclude(&run, err) != 0) {
        goto out;
    }
    code = print(&run, err) == 0 ? exit_code(&run) : -1;
out:
    release(&run);
    return code;
}

const struct command command_scan = {
    .name = "scan",
    .operands = "ZONE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a zone",
    .summary = "scan one zone now and write its recommendation and decision",
    .description =
        "Samples the links of each hostname of the zone, fetches them from its origins over HTTP and HTTPS as the edge "
        "would, compares the answers, judges the certificates, and says which is the strongest mode that would break "
        "nothing. Only GET requests are made, to the addresses of the origins and to nobody else.\n"
        "Exit code 3: some hostname has no verdict. The result is printed all the same.",
    .options = &scan_option_table,
    .arguments_size = sizeof(struct scan_arguments),
    .run = run_scan,
};

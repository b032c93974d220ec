/* Rollouts: list, observe, approve, hold, rollback. Their export to the edge is in cmd_upgrade_export.c. */
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/rollout_command.h"
#include "cli/scan_arguments.h"
#include "crawler/hostname.h"
#include "scan/observation_reader.h"

#include <string.h>

#define AT(member) offsetof(struct rollout_arguments, member)

/* clang-format off */
#define AT_OPTION                                                                                                      \
    {.name = "at", .type = OPTION_TIME, .offset = AT(at_s), .placeholder = "TIME",                                    \
     .help = "act as if it were this RFC 3339 time", .initial_text = "now"}
#define OPT_OUT_OPTION                                                                                                 \
    {.name = "opt-out", .type = OPTION_FILES, .offset = AT(opt_outs), .placeholder = "FILE",                          \
     .help = "opt-out list to honour besides the one in the database"}
#define LIST_FORMAT_OPTION                                                                                             \
    {.name = "format", .type = OPTION_CHOICE, .offset = AT(format), .choices = format_choices_with_ndjson,            \
     .help = "what to print", .initial = "text"}
/* clang-format on */

static const struct option list_rows[] = {
    {.name = "zone",
     .type = OPTION_LIST,
     .offset = AT(zones),
     .placeholder = "ZONE",
     .help = "this zone only",
     .initial_text = "every zone"},
    AT_OPTION,
    LIST_FORMAT_OPTION,
};
static const struct option_table list_table = OPTION_TABLE(list_rows);

static const struct option change_rows[] = {
    POLICY_OPTIONS(rollout_arguments),
    OPT_OUT_OPTION,
    AT_OPTION,
    LIST_FORMAT_OPTION,
};
static const struct option_table change_table = OPTION_TABLE(change_rows);

struct zone_filter {
    const char *const *names;
    size_t count;
};

static bool is_in_zones(const void *context, const struct stored_rollout *rollout)
{
    const struct zone_filter *filter = context;
    bool found = filter->count == 0;
    for (size_t i = 0; i < filter->count && !found; i++) {
        found = strcmp(filter->names[i], rollout->zone) == 0;
    }
    return found;
}

static int run_list(const struct invocation *invocation, struct err *err)
{
    struct rollout_command command;
    int code = -1;
    if (rollout_command_open(&command, invocation, STORE_READ_ONLY, err) == 0) {
        struct zone_filter filter = {zones_normalise(&command.arguments->zones, &command.arena, err),
                                     command.arguments->zones.count};
        if (filter.names != NULL && rollout_command_print(&command, NULL, is_in_zones, &filter, err) == 0) {
            code = EXIT_DONE;
        }
    }
    rollout_command_release(&command);
    return code;
}

static bool was_reported(const void *context, const struct stored_rollout *rollout)
{
    const struct reported_observations *reported = context;
    for (size_t i = 0; i < reported->count; i++) {
        if (strcmp(reported->items[i].hostname, rollout->hostname) == 0) {
            return true;
        }
    }
    return false;
}

static int run_observe(const struct invocation *invocation, struct err *err)
{
    struct rollout_command command;
    struct reported_observations reported;
    struct rollouts_observed observed;
    const char *path = invocation->operands[0];
    int code = -1;
    if (rollout_command_open(&command, invocation, STORE_READ_WRITE, err) == 0 &&
        observations_read(path, &command.arena, &reported, err) == 0 &&
        rollouts_observe(&command.run, reported.items, reported.count, path, &observed, err) == 0 &&
        rollout_command_print(&command, NULL, was_reported, &reported, err) == 0) {
        code = EXIT_DONE;
    }
    rollout_command_release(&command);
    return code;
}

static bool is_the_hostname(const void *context, const struct stored_rollout *rollout)
{
    return context == NULL || strcmp(context, rollout->hostname) == 0;
}

static int change(const struct invocation *invocation, enum rollout_event event, struct err *err)
{
    struct rollout_command command;
    char hostname[HOSTNAME_BYTES];
    const char *only = NULL;
    size_t changed = 0;
    int code = -1;
    if (rollout_command_open(&command, invocation, STORE_READ_WRITE, err) != 0) {
        goto out;
    }
    const char *zone = zone_normalise(invocation->operands[0], &command.arena, err);
    if (zone == NULL) {
        goto out;
    }
    if (invocation->operand_count > 1) {
        enum hostname_fault fault = hostname_normalise(slice_of(invocation->operands[1]), hostname);
        if (fault != HOSTNAME_OK) {
            err_set(err, ERR_USAGE, "hostname '%s': %s", invocation->operands[1], hostname_fault_text(fault));
            goto out;
        }
        only = hostname;
    }
    if (rollouts_by_hand(&command.run, zone, only, event, &changed, err) == 0 &&
        rollout_command_print(&command, zone, is_the_hostname, only, err) == 0) {
        code = EXIT_DONE;
    }
out:
    rollout_command_release(&command);
    return code;
}

static int run_approve(const struct invocation *invocation, struct err *err)
{
    return change(invocation, EVENT_APPROVE, err);
}

static int run_hold(const struct invocation *invocation, struct err *err)
{
    return change(invocation, EVENT_HOLD, err);
}

static int run_rollback(const struct invocation *invocation, struct err *err)
{
    return change(invocation, EVENT_ROLL_BACK, err);
}

const struct command command_upgrade_list = {
    .name = "upgrade list",
    .operands = "",
    .summary = "rollouts and their state",
    .description = "Prints the latest rollout of every hostname that has one: state, percent of visitors with the new "
                   "mode, and the reason for what was done last.",
    .options = &list_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_list,
};

const struct command command_upgrade_observe = {
    .name = "upgrade observe",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a file of observations, or '-'",
    .summary = "feed results from the edge; advance or roll back",
    .description =
        "Reads what the edge counted, one JSON object a line for each hostname and interval, and lets every rollout "
        "that it speaks of wait, advance by one step, be committed, or be taken back. Intervals may come in any order; "
        "one that was reported before is passed over. Then starts what waits for its turn.",
    .options = &change_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_observe,
};

const struct command command_upgrade_approve = {
    .name = "upgrade approve",
    .operands = "ZONE [HOSTNAME]",
    .operands_min = 1,
    .operands_max = 2,
    .missing = "a zone",
    .summary = "let a rollout start that waits for it, or go on that is held",
    .options = &change_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_approve,
};

const struct command command_upgrade_hold = {
    .name = "upgrade hold",
    .operands = "ZONE [HOSTNAME]",
    .operands_min = 1,
    .operands_max = 2,
    .missing = "a zone",
    .summary = "let a rollout stay where it is until it is approved",
    .options = &change_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_hold,
};

const struct command command_upgrade_rollback = {
    .name = "upgrade rollback",
    .operands = "ZONE [HOSTNAME]",
    .operands_min = 1,
    .operands_max = 2,
    .missing = "a zone",
    .summary = "give every visitor the old mode again",
    .options = &change_table,
    .arguments_size = sizeof(struct rollout_arguments),
    .run = run_rollback,
};

/* What the commands about rollouts have in common: options, the database, the policy, and the lists they print. */
#ifndef ORIGINTLS_CLI_ROLLOUT_COMMAND_H
#define ORIGINTLS_CLI_ROLLOUT_COMMAND_H

#include "cli/command.h"
#include "cli/policy_arguments.h"
#include "reports/rollouts.h"
#include "scan/rollouts.h"

struct rollout_arguments {
    struct global_arguments global;
    struct policy_arguments policy;
    struct option_list opt_outs, zones;
    int64_t at_s;
    const char *ca_file;
    int format;
};

/* Everything that one run of such a command holds. */
struct rollout_command {
    const struct rollout_arguments *arguments;
    struct arena arena;
    struct store *store;
    struct opt_out *opt_out;
    struct rollout_policy policy;
    struct rollout_run run; /* borrows all of these */
};
/* Policy, database and opt-outs. Release it in any case. */
int rollout_command_open(struct rollout_command *command, const struct invocation *invocation, enum store_mode mode,
                         struct err *err);
void rollout_command_release(struct rollout_command *command);

/* Prints the latest rollout of the hostnames that `wanted` (NULL: all) says yes to. */
typedef bool rollout_wanted(const void *context, const struct stored_rollout *rollout);
int rollout_command_print(struct rollout_command *command, const char *zone, rollout_wanted *wanted,
                          const void *context, struct err *err);

#endif

#include "cli/commands.h"

/* clang-format off */
static const struct command *const commands[] = {
    &command_scan,
    &command_fleet_import,
    &command_fleet_run,
    &command_fleet_status,
    &command_report,
    &command_explain,
    &command_probe,
    &command_cert,
    &command_compare,
    &command_links,
    &command_upgrade_list,
    &command_upgrade_observe,
    &command_upgrade_approve,
    &command_upgrade_hold,
    &command_upgrade_rollback,
    &command_upgrade_export,
    &command_ledger_list,
    &command_ledger_verify,
    &command_ledger_replay,
    &command_optout_add,
    &command_optout_remove,
    &command_optout_list,
    &command_optout_import,
    &command_optout_check,
    &command_db_merge,
    &command_db_prune,
    &command_demo,
    &command_doctor,
    &command_config,
    &command_completion,
    &command_version,
    &command_help,
    NULL,
};
/* clang-format on */

const struct command *const *commands_all(void)
{
    return commands;
}

const struct command *command_find(struct slice name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (slice_equal(name, slice_of(commands[i]->name))) {
            return commands[i];
        }
    }
    return NULL;
}

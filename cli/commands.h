/* The commands, one file each: cmd_NAME.c. */
#ifndef ORIGINTLS_CLI_COMMANDS_H
#define ORIGINTLS_CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_cert;
extern const struct command command_compare;
extern const struct command command_completion;
extern const struct command command_config;
extern const struct command command_db_merge;
extern const struct command command_db_prune;
extern const struct command command_demo;
extern const struct command command_doctor;
extern const struct command command_explain;
extern const struct command command_fleet_import;
extern const struct command command_fleet_run;
extern const struct command command_fleet_status;
extern const struct command command_help;
extern const struct command command_ledger_list;
extern const struct command command_ledger_replay;
extern const struct command command_ledger_verify;
extern const struct command command_links;
extern const struct command command_optout_add;
extern const struct command command_optout_check;
extern const struct command command_optout_import;
extern const struct command command_optout_list;
extern const struct command command_optout_remove;
extern const struct command command_probe;
extern const struct command command_report;
extern const struct command command_scan;
extern const struct command command_upgrade_approve;
extern const struct command command_upgrade_export;
extern const struct command command_upgrade_hold;
extern const struct command command_upgrade_list;
extern const struct command command_upgrade_observe;
extern const struct command command_upgrade_rollback;
extern const struct command command_version;

#endif

/* Help texts, written from the tables. */
#ifndef ORIGINTLS_CLI_HELP_H
#define ORIGINTLS_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/* The whole program: commands, global options, exit codes. */
void help_program(struct buf *out);
/* One command with every option of its table. */
void help_command(const struct command *command, struct buf *out);
/* The commands of a group: "optout". */
void help_group(const char *group, struct buf *out);

/* "--min-pairs N", "-v, --verbose": how an option is written. */
void help_option_form(const struct option *option, struct buf *out);

#endif

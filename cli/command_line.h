/* The command line, taken apart and checked against the tables; then merged with environment and configuration file. */
#ifndef ORIGINTLS_CLI_COMMAND_LINE_H
#define ORIGINTLS_CLI_COMMAND_LINE_H

#include "cli/command.h"

/* The environment as the parser sees it: NULL for a variable that is not set. */
typedef const char *environment_lookup(const char *name);

/* An option as it was given on the command line. */
struct given_option {
    const struct option *option;
    const char *value; /* NULL for flags */
};

/* Where a value may come from; a higher one replaces what a lower one set. */
enum value_rank { RANK_UNSET, RANK_DEFAULT, RANK_FILE, RANK_ENVIRONMENT, RANK_COMMAND_LINE };

struct command_line {
    struct arena arena;            /* owns everything that is not argv's */
    const struct command *command; /* NULL: none was named */
    const char *group;             /* the first word of a command of two words, while the second is missing; or NULL */
    struct given_option *given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
    /* After command_line_resolve: by an option's place in its table, where its value came from; and the file. */
    unsigned char *ranks_global, *ranks_own;
    const char *config_file; /* NULL: none was read */
    void *arguments; /* after command_line_resolve; of the command's type, or struct global_arguments without one */
};

/* GNU style: --option=value, --option value, -v, -qv, "--" ends the options, "-" is an operand. Global options may
 * stand before the command's name, the others only behind it. -1 with ERR_USAGE. Release it in any case. */
int command_line_parse(struct command_line *line, int argc, char *const *argv, struct err *err);

/* -1 with ERR_USAGE: there is no such command, and which one may have been meant. */
int command_line_unknown_command(const char *name, struct err *err);

/* Fills `arguments`: default, then configuration file, then environment (ORIGINTLS_ and the option's name in capitals),
 * then the command line. The file is --config, else ORIGINTLS_CONFIG, else those of config_default_path() that exist.
 * Nothing of this is done for --help and --version. */
int command_line_resolve(struct command_line *line, environment_lookup *environment, struct err *err);

/* Where the value of an option of the command, or of a global one, came from. After command_line_resolve. */
enum value_rank command_line_rank(const struct command_line *line, const struct option *option);
/* The name of an option's variable in the environment: "ORIGINTLS_MIN_PAIRS". */
#define VARIABLE_BYTES 64
void command_line_variable(const struct option *option, char name[VARIABLE_BYTES]);

/* How many operands there may be. -1 with ERR_USAGE. */
int command_line_check_operands(const struct command_line *line, struct err *err);

bool command_line_has(const struct command_line *line, const char *option_name);
void command_line_release(struct command_line *line);

#endif

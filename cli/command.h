/* A command of the program, and what it is called with. */
#ifndef ORIGINTLS_CLI_COMMAND_H
#define ORIGINTLS_CLI_COMMAND_H

#include "cli/option.h"

#include <stdio.h>

/* Contract: exit codes. 130 and 143 are 128 + the signal. */
enum exit_code { EXIT_DONE = 0, EXIT_OUR_FAILURE = 1, EXIT_USAGE = 2, EXIT_NO_VERDICT = 3, EXIT_ANSWER_IS_NO = 4 };
#define EXIT_SIGNAL_BASE 128

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Options that every command takes, before its name or behind it. The first member of each command's arguments. */
struct global_arguments {
    const char *database; /* --db; NULL: database_path() */
    const char *config;
    int verbose;
    bool quiet;
    int color; /* enum color_choice */
    bool no_progress;
    bool help, version;
};

struct command_line;

struct invocation {
    const struct global_arguments *global;
    const void *arguments; /* of the command's own type */
    const char *const *operands;
    size_t operand_count;
    const struct command_line *line; /* as it was given */
};

struct command {
    const char *name;     /* "scan", or two words: "optout add" */
    const char *operands; /* "ZONE [HOSTNAME]"; "" for none */
    size_t operands_min, operands_max;
    const char *missing;     /* what to call the operands that must be there: "a zone"; NULL where none must */
    const char *summary;     /* of one line, without a full stop */
    const char *description; /* paragraphs separated by line feeds; NULL: the summary says it all */
    const struct option_table *options;
    size_t arguments_size;
    /* The exit code, or -1 with *err set. */
    int (*run)(const struct invocation *invocation, struct err *err);
};

/* Every command, in the order of the help text; ends with NULL. */
const struct command *const *commands_all(void);
/* By its whole name, or NULL. */
const struct command *command_find(struct slice name);
/* The global options. */
const struct option_table *options_global(void);

#endif

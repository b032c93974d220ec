/* One row for every option: parser, --help, configuration file, environment and the checks of the manual all read it.
 *
 * A row binds the option to a member of the command's struct of arguments by its offset. The value is set from four
 * places, the later ones winning: the row's default, the configuration file, the environment, the command line.
 * Whatever the place, text becomes a value in option_set() alone.
 */
#ifndef ORIGINTLS_CLI_OPTION_H
#define ORIGINTLS_CLI_OPTION_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_FLAG,    /* bool; no value on the command line */
    OPTION_COUNT,   /* int; one more each time, no value on the command line */
    OPTION_TEXT,    /* const char * */
    OPTION_FILE,    /* const char *; the name of a file, "-" for standard input where it is read */
    OPTION_LIST,    /* struct option_list; repeatable, each time one more text */
    OPTION_FILES,   /* struct option_list of names of files */
    OPTION_SIZE,    /* size_t within min .. max */
    OPTION_NUMBER,  /* double within min .. max */
    OPTION_UINT64,  /* uint64_t */
    OPTION_CHOICE,  /* int: the position in `choices`; -1 while nothing was chosen */
    OPTION_CHOICES, /* unsigned: a bit for each position in `choices`; on the command line separated by commas */
    OPTION_TIME     /* int64_t: seconds since 1970 from an RFC 3339 time; -1 while none was given */
};

struct option_list {
    const char **items;
    size_t count;
};

struct option {
    const char *name; /* without the dashes */
    char letter;      /* the short form, or 0 */
    enum option_type type;
    size_t offset;            /* of the value in the command's struct of arguments */
    const char *placeholder;  /* "FILE"; NULL for flags and counts */
    const char *help;         /* a sentence without its full stop */
    const char *initial;      /* the default, as it would be written on the command line; NULL: the zero of the type */
    const char *initial_text; /* how help tells the default; NULL: `initial` */
    double min, max;          /* OPTION_SIZE, OPTION_NUMBER */
    const char *const *choices; /* ends with NULL */
    bool secret;                /* what stands behind the first ':' of a value is never shown */
    bool command_line_only;     /* has no place in a configuration file or the environment */
};

/* Rows of one command: its own table, or the global one. */
struct option_table {
    const struct option *rows;
    size_t count;
};
#define OPTION_TABLE(rows)                                                                                             \
    {                                                                                                                  \
        rows, sizeof(rows) / sizeof(rows)[0]                                                                           \
    }

bool option_takes_value(const struct option *option);
/* The row with this name, or NULL. */
const struct option *option_find(const struct option_table *table, struct slice name);
const struct option *option_find_letter(const struct option_table *table, char letter);

/* Zero, empty, not chosen. */
void option_clear(const struct option *option, void *arguments);
/* Sets the value from a text; repeatable options get one more. `value` is NULL for a flag or count on the command line.
 * Lists grow in `arena`; texts are borrowed. -1 with ERR_USAGE and what is wrong with the value, without the option's
 * name. */
int option_set(const struct option *option, const char *value, void *arguments, struct arena *arena, struct err *err);

#endif

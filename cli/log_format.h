/* Log lines as fields, for programs that collect them: time, level, message. */
#ifndef ORIGINTLS_CLI_LOG_FORMAT_H
#define ORIGINTLS_CLI_LOG_FORMAT_H

#include "cli/command.h"

enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };
/* "text", "logfmt", "json"; ends with NULL. */
extern const char *const log_format_choices[];

/* A number beside the message. A negative one is not known: null in JSON, left out of logfmt. */
struct log_field {
    const char *name;
    double value;
};

/* A line of its own with fields, at level info. Not for LOG_TEXT. */
void log_format_fields(enum log_format format, const char *message, const struct log_field *fields, size_t count);

/* Sends log lines to standard error in this format, as -v and -q want it, and the error at the end of the program too;
 * LOG_TEXT leaves everything as it is. */
void log_format_use(enum log_format format, const struct global_arguments *global);

#endif

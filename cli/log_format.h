/* Log lines as fields, for programs that collect them: time, level, message. */
#ifndef ORIGINTLS_CLI_LOG_FORMAT_H
#define ORIGINTLS_CLI_LOG_FORMAT_H

#include "cli/command.h"

enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };
/* "text", "logfmt", "json"; ends with NULL. */
extern const char *const log_format_choices[];

/* Sends log lines to standard error in this format, as -v and -q want it; LOG_TEXT leaves everything as it is. */
void log_format_use(enum log_format format, const struct global_arguments *global);

#endif

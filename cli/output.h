/* Standard output, where data goes, and standard error, where everything else goes. */
#ifndef ORIGINTLS_CLI_OUTPUT_H
#define ORIGINTLS_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/command.h"

/* Makes sure that 0, 1 and 2 are open, so that no database ever gets the number of standard output; writing to one that
 * was closed fails. A closed pipe becomes an error instead of a signal. To be called first. */
void output_prepare(void);

/* -1 with ERR_INTERNAL when standard output does not take it. */
int output_write(struct slice data, struct err *err);
/* The same, empties the buffer, and fails too where the buffer has failed. */
int output_write_buf(struct buf *buf, struct err *err);
/* Everything out. -1 like output_write. */
int output_finish(struct err *err);

/* "origintls: MESSAGE" on standard error, safe for a terminal; or however message_use() wants it. */
void message_error(const char *message);
/* From now on `write` writes the messages of message_error. */
typedef void message_writer(const char *message);
void message_use(message_writer *write);
/* Sends log lines to standard error, as -v and -q want it. `global` outlives the program's logging. */
void message_log_to_stderr(const struct global_arguments *global);

/* Colours on standard output? --color, then NO_COLOR, then whether it is a terminal. */
bool output_wants_color(const struct global_arguments *global);
/* Columns of the terminal, or 0 where it is none. */
int output_columns(void);

#endif

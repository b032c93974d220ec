/* Log lines to whoever wants them. The library never prints: cli/ installs a sink and decides what is shown.
 *
 * Nothing secret is ever passed here: no header value that the operator gave, no key, no body.
 */
#ifndef ORIGINTLS_BASE_LOG_H
#define ORIGINTLS_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

typedef void log_sink(void *context, enum log_level level, const char *line);

/* Replaces the sink; NULL drops everything (the default). Not to be called while other threads log. */
void log_set_sink(log_sink *sink, void *context, enum log_level most_verbose);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

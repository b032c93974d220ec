#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static log_sink *current_sink;
static void *current_context;
static enum log_level current_level;

void log_set_sink(log_sink *sink, void *context, enum log_level most_verbose)
{
    current_sink = sink;
    current_context = context;
    current_level = most_verbose;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (current_sink == NULL || level > current_level) {
        return;
    }
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    current_sink(current_context, level, line);
}

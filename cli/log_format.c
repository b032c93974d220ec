#include "cli/log_format.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/progress.h"

const char *const log_format_choices[] = {"text", "logfmt", "json", NULL};

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARNING:
        return "warning";
    case LOG_INFO:
        return "info";
    case LOG_DEBUG:
        return "debug";
    }
    return "error";
}

static void write_fields(struct buf *out, enum log_format format, enum log_level level, const char *line)
{
    char time[RFC3339_BYTES];
    struct buf quoted = {.data = NULL};
    struct json_writer json;
    time_format(clock_wall_s(), time);
    if (format == LOG_JSON) {
        json_init(&json, out, false);
        json_object_open(&json);
        json_key_text(&json, "time", time);
        json_key_text(&json, "level", level_name(level));
        json_key_text(&json, "message", line);
        json_object_close(&json);
    } else {
        json_init(&json, &quoted, false);
        json_text(&json, line);
        buf_printf(out, "time=%s level=%s message=%s", time, level_name(level), buf_text(&quoted));
    }
    buf_append_byte(out, '\n');
    buf_release(&quoted);
}

static void show(enum log_format format, enum log_level level, const char *line)
{
    struct buf out = {.data = NULL};
    write_fields(&out, format, level, line);
    progress_clear();
    fputs(buf_text(&out), stderr);
    buf_release(&out);
}

static void show_logfmt(void *context, enum log_level level, const char *line)
{
    (void)context;
    show(LOG_LOGFMT, level, line);
}

static void show_json(void *context, enum log_level level, const char *line)
{
    (void)context;
    show(LOG_JSON, level, line);
}

void log_format_use(enum log_format format, const struct global_arguments *global)
{
    enum log_level most_verbose = global->quiet ? LOG_ERROR : global->verbose > 1 ? LOG_DEBUG : LOG_INFO;
    if (format != LOG_TEXT) {
        log_set_sink(format == LOG_JSON ? show_json : show_logfmt, NULL, most_verbose);
    }
}

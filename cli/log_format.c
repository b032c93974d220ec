#include "cli/log_format.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/output.h"
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

struct fields {
    const struct log_field *items;
    size_t count;
};

static void write_json(struct buf *out, const char *time, enum log_level level, const char *line,
                       const struct fields *fields)
{
    struct json_writer json;
    json_init(&json, out, false);
    json_object_open(&json);
    json_key_text(&json, "time", time);
    json_key_text(&json, "level", level_name(level));
    json_key_text(&json, "message", line);
    for (size_t i = 0; i < fields->count; i++) {
        json_key(&json, fields->items[i].name);
        if (fields->items[i].value < 0) {
            json_null(&json);
        } else {
            json_number(&json, fields->items[i].value, 3);
        }
    }
    json_object_close(&json);
}

static void write_logfmt(struct buf *out, const char *time, enum log_level level, const char *line,
                         const struct fields *fields)
{
    struct buf quoted = {.data = NULL};
    struct json_writer json;
    json_init(&json, &quoted, false);
    json_text(&json, line);
    buf_printf(out, "time=%s level=%s message=%s", time, level_name(level), buf_text(&quoted));
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->items[i].value >= 0) {
            buf_printf(out, " %s=%.12g", fields->items[i].name, fields->items[i].value);
        }
    }
    buf_release(&quoted);
}

static void show_with(enum log_format format, enum log_level level, const char *line, const struct fields *fields)
{
    char time[RFC3339_BYTES];
    struct buf out = {.data = NULL};
    time_format(clock_wall_s(), time);
    if (format == LOG_JSON) {
        write_json(&out, time, level, line, fields);
    } else {
        write_logfmt(&out, time, level, line, fields);
    }
    buf_append_byte(&out, '\n');
    progress_clear();
    fputs(buf_text(&out), stderr);
    buf_release(&out);
}

static void show(enum log_format format, enum log_level level, const char *line)
{
    const struct fields none = {NULL, 0};
    show_with(format, level, line, &none);
}

void log_format_fields(enum log_format format, const char *message, const struct log_field *fields, size_t count)
{
    const struct fields all = {fields, count};
    show_with(format, LOG_INFO, message, &all);
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

static void show_error_as_logfmt(const char *message)
{
    show(LOG_LOGFMT, LOG_ERROR, message);
}

static void show_error_as_json(const char *message)
{
    show(LOG_JSON, LOG_ERROR, message);
}

void log_format_use(enum log_format format, const struct global_arguments *global)
{
    enum log_level most_verbose = global->quiet ? LOG_ERROR : global->verbose > 1 ? LOG_DEBUG : LOG_INFO;
    if (format != LOG_TEXT) {
        log_set_sink(format == LOG_JSON ? show_json : show_logfmt, NULL, most_verbose);
        message_use(format == LOG_JSON ? show_error_as_json : show_error_as_logfmt);
    }
}

#include "base/json_writer.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void json_init(struct json_writer *json, struct buf *out, bool pretty)
{
    *json = (struct json_writer){.out = out, .pretty = pretty};
}

static void new_line(struct json_writer *json)
{
    if (!json->pretty) {
        return;
    }
    char line[1 + 2 * JSON_DEPTH_MAX];
    memset(line, ' ', sizeof line);
    line[0] = '\n';
    buf_append(json->out, line, 1 + 2 * (size_t)json->depth);
}

/* What must stand before a value or key at this place. */
static void separate(struct json_writer *json)
{
    if (json->depth == 0) {
        return;
    }
    if (!json->empty[json->depth - 1]) {
        buf_append_byte(json->out, ',');
    }
    json->empty[json->depth - 1] = false;
    new_line(json);
}

static void before_value(struct json_writer *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth > 0 && json->kind[json->depth - 1] == '{') {
        json->out->failed = true;
        return;
    }
    separate(json);
}

static void open_level(struct json_writer *json, char kind)
{
    before_value(json);
    if (json->depth >= JSON_DEPTH_MAX) {
        json->out->failed = true;
        return;
    }
    buf_append_byte(json->out, kind);
    json->kind[json->depth] = kind;
    json->empty[json->depth] = true;
    json->depth++;
}

static void close_level(struct json_writer *json, char kind)
{
    if (json->depth == 0 || json->kind[json->depth - 1] != kind || json->after_key) {
        json->out->failed = true;
        return;
    }
    json->depth--;
    if (!json->empty[json->depth]) {
        new_line(json);
    }
    buf_append_byte(json->out, kind == '{' ? '}' : ']');
}

void json_object_open(struct json_writer *json)
{
    open_level(json, '{');
}

void json_object_close(struct json_writer *json)
{
    close_level(json, '{');
}

void json_array_open(struct json_writer *json)
{
    open_level(json, '[');
}

void json_array_close(struct json_writer *json)
{
    close_level(json, '[');
}

static void write_escape(struct buf *out, uint32_t code)
{
    if (code > 0xffff) {
        code -= 0x10000;
        buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
        return;
    }
    buf_printf(out, "\\u%04x", code);
}

/* How many bytes from `at` on stand in JSON as they are. */
static size_t plain_run(struct slice value, size_t at)
{
    size_t end = at;
    while (end < value.len && value.ptr[end] >= 0x20 && value.ptr[end] < 0x7f && value.ptr[end] != '"' &&
           value.ptr[end] != '\\') {
        end++;
    }
    return end - at;
}

static void write_quoted(struct buf *out, struct slice value)
{
    buf_append_byte(out, '"');
    for (size_t i = 0; i < value.len;) {
        size_t plain = plain_run(value, i);
        if (plain > 0) {
            buf_append(out, value.ptr + i, plain);
            i += plain;
            continue;
        }
        uint32_t code;
        size_t len = utf8_decode(slice_from(value, i), &code);
        if (code == '"' || code == '\\') {
            buf_append_byte(out, '\\');
            buf_append_byte(out, (char)code);
        } else if (code == '\n') {
            buf_append_text(out, "\\n");
        } else if (code == '\t') {
            buf_append_text(out, "\\t");
        } else if (utf8_is_unsafe(code)) {
            write_escape(out, code);
        } else if (code == UTF8_REPLACEMENT) {
            buf_append_text(out, "\xef\xbf\xbd");
        } else {
            buf_append(out, value.ptr + i, len);
        }
        i += len;
    }
    buf_append_byte(out, '"');
}

void json_key(struct json_writer *json, const char *key)
{
    if (json->depth == 0 || json->kind[json->depth - 1] != '{' || json->after_key) {
        json->out->failed = true;
        return;
    }
    separate(json);
    write_quoted(json->out, slice_of(key));
    buf_append_text(json->out, json->pretty ? ": " : ":");
    json->after_key = true;
}

void json_string(struct json_writer *json, struct slice value)
{
    before_value(json);
    write_quoted(json->out, value);
}

void json_text(struct json_writer *json, const char *value)
{
    if (value == NULL) {
        json_null(json);
        return;
    }
    json_string(json, slice_of(value));
}

/* By hand: a report of a million zones has some hundred million of them. */
static void write_number(struct buf *out, bool negative, uint64_t value)
{
    char text[24];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    if (negative) {
        text[--at] = '-';
    }
    buf_append(out, text + at, sizeof text - at);
}

void json_int(struct json_writer *json, int64_t value)
{
    before_value(json);
    write_number(json->out, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_uint(struct json_writer *json, uint64_t value)
{
    before_value(json);
    write_number(json->out, false, value);
}

void json_number(struct json_writer *json, double value, int decimals)
{
    if (!isfinite(value)) {
        json_null(json);
        return;
    }
    before_value(json);
    char text[400];
    int len = snprintf(text, sizeof text, "%.*f", decimals, value);
    while (decimals > 0 && len > 1 && text[len - 1] == '0') {
        len--;
    }
    if (decimals > 0 && len > 0 && text[len - 1] == '.') {
        len--;
    }
    text[len] = '\0';
    buf_append_text(json->out, strcmp(text, "-0") == 0 ? "0" : text);
}

void json_bool(struct json_writer *json, bool value)
{
    before_value(json);
    buf_append_text(json->out, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
    before_value(json);
    buf_append_text(json->out, "null");
}

void json_raw(struct json_writer *json, struct slice value)
{
    before_value(json);
    buf_append_slice(json->out, value);
}

void json_key_text(struct json_writer *json, const char *key, const char *value)
{
    json_key(json, key);
    json_text(json, value);
}

void json_key_int(struct json_writer *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_int(json, value);
}

void json_key_bool(struct json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

void json_key_number(struct json_writer *json, const char *key, double value, int decimals)
{
    json_key(json, key);
    json_number(json, value, decimals);
}

void json_key_null(struct json_writer *json, const char *key)
{
    json_key(json, key);
    json_null(json);
}

void json_key_time(struct json_writer *json, const char *key, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    json_key(json, key);
    if (unix_s < 0) {
        json_null(json);
        return;
    }
    json_text(json, time_format(unix_s, text));
}

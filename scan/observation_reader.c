#include "scan/observation_reader.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json_reader.h"
#include "base/limits.h"
#include "crawler/hostname.h"

#include <string.h>

struct line_reader {
    struct arena *arena;
    const struct json_value *object;
    struct reported_observation *out;
};

static int read_name(const struct line_reader *reader, const char *key, const char **out, struct err *err)
{
    char name[HOSTNAME_BYTES];
    struct slice text;
    if (json_get_text(json_member(reader->object, key), &text) != 0) {
        return err_set(err, ERR_USAGE, "%s is missing, or no text", key);
    }
    enum hostname_fault fault = hostname_normalise(text, name);
    if (fault != HOSTNAME_OK) {
        return err_set(err, ERR_USAGE, "%s '%.*s': %s", key, SLICE_ARG(text), hostname_fault_text(fault));
    }
    *out = arena_text(reader->arena, name);
    return *out == NULL ? err_memory(err) : 0;
}

static int read_mode(const struct line_reader *reader, const char *key, enum mode *out, struct err *err)
{
    struct slice text;
    if (json_get_text(json_member(reader->object, key), &text) != 0 || mode_parse(text, out) != 0) {
        return err_set(err, ERR_USAGE, "%s is missing, or no mode", key);
    }
    return 0;
}

static int read_time(const struct line_reader *reader, const char *key, int64_t *out, struct err *err)
{
    struct slice text;
    if (json_get_text(json_member(reader->object, key), &text) != 0 || time_parse(text, out) != 0) {
        return err_set(err, ERR_USAGE, "%s is missing, or no time as 2026-11-23T17:45:00Z", key);
    }
    return 0;
}

struct known_keys {
    const char *const *keys;
    size_t count;
    const char *side; /* NULL: the object itself */
    struct err *err;
};

static bool is_known(void *context, const char *key, const struct json_value *value)
{
    const struct known_keys *known = context;
    (void)value;
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(key, known->keys[i]) == 0) {
            return true;
        }
    }
    err_set(known->err, ERR_USAGE, "unknown key '%s%s%.100s'", known->side == NULL ? "" : known->side,
            known->side == NULL ? "" : ".", key);
    return false;
}

static int check_keys(const struct json_value *object, const char *side, const char *const *keys, size_t count,
                      struct err *err)
{
    struct known_keys known = {keys, count, side, err};
    return json_each_member(object, is_known, &known) ? 0 : -1;
}

static int check_arm_keys(const struct json_value *arm, const char *side, struct err *err)
{
    const char *keys[1 + FAILURE_CLASS_COUNT] = {"requests"};
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        keys[1 + i] = failure_class_key((enum failure_class)i);
    }
    return check_keys(arm, side, keys, 1 + FAILURE_CLASS_COUNT, err);
}

static int read_count(const struct json_value *arm, const char *side, const char *key, uint64_t *out, struct err *err)
{
    int64_t count = 0;
    if (json_get_int(json_member(arm, key), &count) != 0) {
        return err_set(err, ERR_USAGE, "%s.%s is missing, or no whole number", side, key);
    }
    if (count < 0) {
        return err_set(err, ERR_USAGE, "%s.%s is negative", side, key);
    }
    *out = (uint64_t)count;
    return 0;
}

static int read_arm(const struct line_reader *reader, const char *side, struct arm_counts *out, struct err *err)
{
    const struct json_value *arm = json_member(reader->object, side);
    if (!json_value_is_object(arm)) {
        return err_set(err, ERR_USAGE, "%s is missing, or no object", side);
    }
    if (read_count(arm, side, "requests", &out->requests, err) != 0) {
        return -1;
    }
    for (int i = 0; i < FAILURE_CLASS_COUNT; i++) {
        const char *key = failure_class_key((enum failure_class)i);
        bool optional = i == FAILURE_3XX || i == FAILURE_4XX;
        if (optional && json_member(arm, key) == NULL) {
            continue;
        }
        if (read_count(arm, side, key, &out->failures[i], err) != 0) {
            return -1;
        }
        out->given[i] = true;
    }
    return check_arm_keys(arm, side, err);
}

static const char *const object_keys[] = {"zone",  "hostname", "from",      "to",     "percent",
                                          "start", "end",      "candidate", "control"};

static int read_object(const struct line_reader *reader, struct err *err)
{
    struct observation *observation = &reader->out->observation;
    int64_t percent = 0;
    if (!json_value_is_object(reader->object)) {
        return err_set(err, ERR_USAGE, "the line is no JSON object");
    }
    if (read_name(reader, "zone", &reader->out->zone, err) != 0 ||
        read_name(reader, "hostname", &reader->out->hostname, err) != 0 ||
        read_mode(reader, "from", &observation->from, err) != 0 ||
        read_mode(reader, "to", &observation->to, err) != 0) {
        return -1;
    }
    if (json_get_int(json_member(reader->object, "percent"), &percent) != 0 || percent < 1 || percent > 100) {
        return err_set(err, ERR_USAGE, "percent is missing, or no whole number from 1 to 100");
    }
    observation->percent = (int)percent;
    if (read_time(reader, "start", &observation->start_s, err) != 0 ||
        read_time(reader, "end", &observation->end_s, err) != 0 ||
        read_arm(reader, "candidate", &observation->candidate, err) != 0 ||
        read_arm(reader, "control", &observation->control, err) != 0) {
        return -1;
    }
    return check_keys(reader->object, NULL, object_keys, sizeof object_keys / sizeof *object_keys, err);
}

static int read_line(struct slice line, struct arena *arena, struct reported_observation *out, struct err *err)
{
    struct json_value *document = json_read(line, err);
    struct line_reader reader = {arena, document, out};
    int result = document == NULL ? -1 : read_object(&reader, err);
    json_free(document);
    return result;
}

static size_t count_lines(struct slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\n';
    }
    return count;
}

int observations_parse(const char *name, struct slice text, struct arena *arena,
                       struct reported_observations *observations, struct err *err)
{
    struct slice line;
    size_t number = 0;
    size_t lines = count_lines(text);
    *observations = (struct reported_observations){NULL, 0};
    if (lines > LIMIT_ROLLOUT_OBSERVATIONS) {
        return err_set(err, ERR_USAGE, "%s: more than %d lines", name, LIMIT_ROLLOUT_OBSERVATIONS);
    }
    observations->items = arena_alloc(arena, lines * sizeof *observations->items);
    if (observations->items == NULL) {
        return err_memory(err);
    }
    while (slice_next(&text, '\n', &line)) {
        number++;
        if (slice_trim(line).len == 0) {
            continue;
        }
        observations->items[observations->count].line = number;
        if (read_line(line, arena, &observations->items[observations->count], err) != 0) {
            return err_prefix(err, "%s:%zu", name, number);
        }
        observations->count++;
    }
    return 0;
}

int observations_read(const char *path, struct arena *arena, struct reported_observations *observations,
                      struct err *err)
{
    struct buf text;
    *observations = (struct reported_observations){NULL, 0};
    int result = file_read(path, LIMIT_INPUT_FILE_BYTES, &text, err);
    if (result == 0) {
        result = observations_parse(path, buf_slice(&text), arena, observations, err);
    }
    buf_release(&text);
    return result;
}

#include "recommend/sentence.h"

#include "base/clock.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct sentence_value *next_value(struct sentence_values *values, const char *name)
{
    struct sentence_value *value =
        &values->of[values->count < SENTENCE_VALUES_MAX ? values->count++ : values->count - 1];
    *value = (struct sentence_value){.name = name};
    return value;
}

/* The longest beginning of at most `max` bytes that does not end within a character. */
static size_t whole_characters(const char *text, size_t len, size_t max)
{
    if (len <= max) {
        return len;
    }
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80) {
        max--;
    }
    return max;
}

void sentence_put_text(struct sentence_values *values, const char *name, const char *text)
{
    sentence_put_excerpt(values, name, text, SIZE_MAX);
}

void sentence_put_excerpt(struct sentence_values *values, const char *name, const char *text, size_t max)
{
    if (text != NULL) {
        next_value(values, name)->text = slice_make(text, whole_characters(text, strlen(text), max));
    }
}

void sentence_put_count(struct sentence_values *values, const char *name, uint64_t count)
{
    struct sentence_value *value = next_value(values, name);
    snprintf(value->shown, sizeof value->shown, "%" PRIu64, count);
    snprintf(value->json, sizeof value->json, "%" PRIu64, count);
}

static struct sentence_value *put_share(struct sentence_values *values, const char *name, double share)
{
    struct sentence_value *value = next_value(values, name);
    snprintf(value->json, sizeof value->json, "%.6g", share);
    return value;
}

void sentence_put_share(struct sentence_values *values, const char *name, double share)
{
    struct sentence_value *value = put_share(values, name, share);
    snprintf(value->shown, sizeof value->shown, "%.4g %%", 100 * share);
}

void sentence_put_bound(struct sentence_values *values, const char *name, double share)
{
    struct sentence_value *value = put_share(values, name, share);
    snprintf(value->shown, sizeof value->shown, "%.1f %%", 100 * share);
}

void sentence_put_probability(struct sentence_values *values, const char *name, double probability)
{
    struct sentence_value *value = put_share(values, name, probability);
    if (probability > 0.9999) {
        snprintf(value->shown, sizeof value->shown, "above 99.99 %%");
    } else if (probability < 0.0001) {
        snprintf(value->shown, sizeof value->shown, "below 0.01 %%");
    } else {
        snprintf(value->shown, sizeof value->shown, "%.4g %%", 100 * probability);
    }
}

void sentence_put_time(struct sentence_values *values, const char *name, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    snprintf(next_value(values, name)->shown, sizeof values->of[0].shown, "%s", time_format(unix_s, text));
}

void sentence_put_day(struct sentence_values *values, const char *name, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    snprintf(next_value(values, name)->shown, sizeof values->of[0].shown, "%.10s", time_format(unix_s, text));
}

void sentence_put_span(struct sentence_values *values, const char *name, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {0, "s"}};
    struct sentence_value *value = next_value(values, name);
    size_t i = 0;
    seconds = seconds > 0 ? seconds : 0; /* less than nothing, where the clock has gone back */
    while (seconds < 2 * units[i].seconds) {
        i++;
    }
    double unit = units[i].seconds > 0 ? (double)units[i].seconds : 1;
    snprintf(value->shown, sizeof value->shown, "%.3g %s", (double)seconds / unit, units[i].unit);
    snprintf(value->json, sizeof value->json, "%" PRId64, seconds);
}

static struct slice shown(const struct sentence_value *value)
{
    return value->text.ptr != NULL ? value->text : slice_of(value->shown);
}

static const struct sentence_value *find_value(const struct sentence_values *values, struct slice name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (slice_equal(name, slice_of(values->of[i].name))) {
            return &values->of[i];
        }
    }
    return NULL;
}

struct filling {
    const struct sentence_values *values;
    char *out;
    size_t used;
};

static void append(struct filling *filling, struct slice text)
{
    size_t len = whole_characters(text.ptr, text.len, SENTENCE_BYTES - 1 - filling->used);
    if (len > 0) {
        memcpy(filling->out + filling->used, text.ptr, len);
        filling->used += len;
    }
}

/* The place at the beginning of the text, "{name}"; empty where there is none. */
static struct slice place_at(struct slice text)
{
    size_t end = text.len > 0 && text.ptr[0] == '{' ? slice_find_byte(text, '}') : text.len;
    return end < text.len ? slice_make(text.ptr, end + 1) : SLICE_EMPTY;
}

static const struct sentence_value *value_of(const struct filling *filling, struct slice place)
{
    return place.len < 2 ? NULL : find_value(filling->values, slice_make(place.ptr + 1, place.len - 2));
}

static bool is_complete(const struct filling *filling, struct slice clause)
{
    for (size_t i = 0; i < clause.len; i++) {
        struct slice place = place_at(slice_from(clause, i));
        if (place.len > 0 && value_of(filling, place) == NULL) {
            return false;
        }
    }
    return true;
}

static void fill_clause(struct filling *filling, struct slice clause)
{
    for (size_t i = 0; i < clause.len;) {
        struct slice place = place_at(slice_from(clause, i));
        const struct sentence_value *value = value_of(filling, place);
        append(filling, value != NULL ? shown(value) : slice_make(clause.ptr + i, 1));
        i += value != NULL ? place.len : 1;
    }
}

char *sentence_fill(const char *sentence, const struct sentence_values *values, char *out)
{
    struct filling filling = {values, out, 0};
    struct slice rest = slice_of(sentence);
    while (rest.len > 0) {
        size_t open = slice_find_byte(rest, '[');
        fill_clause(&filling, slice_make(rest.ptr, open));
        rest = slice_from(rest, open);
        size_t close = slice_find_byte(rest, ']');
        if (close < rest.len) {
            struct slice clause = slice_make(rest.ptr + 1, close - 1);
            if (is_complete(&filling, clause)) {
                fill_clause(&filling, clause);
            }
            rest = slice_from(rest, close + 1);
        } else {
            fill_clause(&filling, rest);
            rest = SLICE_EMPTY;
        }
    }
    out[filling.used] = '\0';
    return out;
}

void sentence_write_values(struct json_writer *json, const struct sentence_values *values)
{
    json_array_open(json);
    for (size_t i = 0; i < values->count; i++) {
        const struct sentence_value *value = &values->of[i];
        json_object_open(json);
        json_key_text(json, "name", value->name);
        json_key(json, "value");
        if (value->json[0] != '\0') {
            json_raw(json, slice_of(value->json));
        } else {
            json_string(json, shown(value));
        }
        json_object_close(json);
    }
    json_array_close(json);
}

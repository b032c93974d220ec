/* Sentences with places for values: what a rule says in general, and the numbers of one case. Pure.
 *
 * A place is written {name}. A clause in square brackets is left out unless every place in it has a value:
 * "{from} stays: {code}[ at {url}] rules out {mode}."
 */
#ifndef ORIGINTLS_RECOMMEND_SENTENCE_H
#define ORIGINTLS_RECOMMEND_SENTENCE_H

#include "base/slice.h"

#include <stdint.h>

struct json_writer;

#define SENTENCE_VALUES_MAX 14
#define SENTENCE_BYTES      1024

/* The values of one sentence, in the order in which they were put. */
struct sentence_values {
    size_t count;
    struct sentence_value {
        const char *name;
        struct slice text; /* borrowed; of a number: NULL, and it stands in `shown` */
        char shown[48];
        char json[32]; /* of a number; else empty */
    } of[SENTENCE_VALUES_MAX];
};

/* The text is borrowed until the sentence is filled. NULL: no value. */
void sentence_put_text(struct sentence_values *values, const char *name, const char *text);
/* The same, cut after `max` bytes, between two characters. */
void sentence_put_excerpt(struct sentence_values *values, const char *name, const char *text, size_t max);
void sentence_put_count(struct sentence_values *values, const char *name, uint64_t count);
void sentence_put_share(struct sentence_values *values, const char *name, double share); /* "4.872 %" */
void sentence_put_bound(struct sentence_values *values, const char *name, double share); /* "4.9 %" */
/* "99.9 %", "above 99.99 %", "below 0.01 %": nothing is certain. */
void sentence_put_probability(struct sentence_values *values, const char *name, double probability);
void sentence_put_time(struct sentence_values *values, const char *name, int64_t unix_s);  /* "2026-11-24T06:00:00Z" */
void sentence_put_day(struct sentence_values *values, const char *name, int64_t unix_s);   /* "2026-11-24" */
void sentence_put_span(struct sentence_values *values, const char *name, int64_t seconds); /* "6 h", "2.5 days" */

/* Fills the places; one without a value, outside brackets, stays as it is written. `out` holds SENTENCE_BYTES; what is
 * longer is cut between two characters. Returns out. */
char *sentence_fill(const char *sentence, const struct sentence_values *values, char *out);

/* [{"name": "pairs", "value": 60}]: counts, seconds and shares (0 to 1) as numbers, all else as text. */
void sentence_write_values(struct json_writer *json, const struct sentence_values *values);

#endif

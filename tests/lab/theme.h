/* What a made-up site is about: its name and the parts from which its sentences are put together. */
#ifndef ORIGINTLS_TESTS_LAB_THEME_H
#define ORIGINTLS_TESTS_LAB_THEME_H

#include "base/buf.h"
#include "base/rng.h"

enum theme_id { THEME_HARBOUR, THEME_WORKSHOP, THEME_CHINESE_LIBRARY, THEME_CHINESE_TEA };

struct theme {
    const char *language; /* of <html lang> */
    const char *name;     /* of the organisation */
    const char *slogan;
    const char *const *subjects; /* each list ends with NULL */
    const char *const *verbs;
    const char *const *objects;
    const char *const *circumstances;
    const char *between; /* between the parts of a sentence */
    const char *stop;    /* at its end, with what separates it from the next */
};

const struct theme *theme_get(enum theme_id id);

/* Appends one sentence. */
void theme_sentence(const struct theme *theme, struct rng *rng, struct buf *out);
/* Appends a heading of a few words, unlike those of other seeds. */
void theme_heading(const struct theme *theme, struct rng *rng, struct buf *out);

#endif

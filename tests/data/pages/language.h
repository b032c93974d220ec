/* Sentences in ten languages, made of word lists: enough for pages whose text is as long and as varied as that of real
 * ones. */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_LANGUAGE_H
#define ORIGINTLS_TESTS_DATA_PAGES_LANGUAGE_H

#include "base/buf.h"
#include "base/rng.h"

enum language {
    LANGUAGE_ENGLISH,
    LANGUAGE_GERMAN,
    LANGUAGE_FRENCH,
    LANGUAGE_SPANISH,
    LANGUAGE_RUSSIAN,
    LANGUAGE_ARABIC,
    LANGUAGE_KOREAN,
    LANGUAGE_CHINESE,
    LANGUAGE_JAPANESE,
    LANGUAGE_THAI
};
#define LANGUAGE_COUNT 10

const char *language_code(enum language language); /* "en", ... */
bool language_has_spaces(enum language language);
/* Appends one word, a phrase of `words` words, or a sentence with its full stop and a space behind. */
void language_word(enum language language, struct rng *rng, struct buf *out);
void language_phrase(enum language language, struct rng *rng, unsigned words, struct buf *out);
void language_sentence(enum language language, struct rng *rng, struct buf *out);

#endif

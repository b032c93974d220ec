/* The words of a URL, in small letters: "/addToCart-now?x=1" is " add to cart now ".
 *
 * Words end at anything that is no letter or digit, where a small letter meets a capital, and where letters meet
 * digits. Percent-encoding is decoded first; bytes outside ASCII belong to words. For tables of words against which
 * URLs are held.
 */
#ifndef ORIGINTLS_CRAWLER_URL_WORDS_H
#define ORIGINTLS_CRAWLER_URL_WORDS_H

#include "base/buf.h"

/* Appends the text with percent-encoding (and "+" if `in_query`) decoded. */
void url_decode(struct buf *out, struct slice text, bool in_query);
/* Appends the words of decoded text, each with a space before it, and one space at the end; nothing if there are none.
 */
void url_words(struct buf *out, struct slice decoded);
/* One or more words of a table: "add to cart". The tables are sorted by bytes (strcmp); a test looks after that. */
struct url_phrase {
    const char *text;
    size_t len;
};
#define URL_PHRASE(literal)                                                                                            \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }
#define URL_PHRASE_COUNT(table) (sizeof(table) / sizeof *(table))

/* The first phrase of the table that `words` (from url_words) hold word by word, or NULL. */
const char *url_words_find(struct slice words, const struct url_phrase *phrases, size_t count);
/* The phrase that they are, and nothing else, or NULL. */
const char *url_words_are_one_of(struct slice words, const struct url_phrase *phrases, size_t count);
/* False if a table is not sorted, or holds something twice. */
bool url_phrases_are_sorted(const struct url_phrase *phrases, size_t count);

#endif

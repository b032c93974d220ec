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
/* True if `words` (from url_words) holds `phrase` ("add to cart") word by word. */
bool url_words_have(struct slice words, const char *phrase);
/* True if they are `phrase` and nothing else. */
bool url_words_are(struct slice words, const char *phrase);

#endif

#include "crawler/url_words.h"

#include <string.h>

void url_decode(struct buf *out, struct slice text, bool in_query)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool encoded = c == '%' && i + 2 < text.len && ascii_hex_value(text.ptr[i + 1]) >= 0 &&
                       ascii_hex_value(text.ptr[i + 2]) >= 0;
        if (!encoded && (c != '+' || !in_query))
            continue;
        buf_append(out, text.ptr + run, i - run);
        if (encoded) {
            c = (char)(ascii_hex_value(text.ptr[i + 1]) * 16 + ascii_hex_value(text.ptr[i + 2]));
            i += 2;
        } else {
            c = ' ';
        }
        buf_append_byte(out, c);
        run = i + 1;
    }
    if (run < text.len)
        buf_append(out, text.ptr + run, text.len - run);
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
    return ascii_is_alpha(c) || (unsigned char)c >= 0x80;
}

/* Whether a new word begins between two characters of words. */
static bool splits(char before, char c)
{
    if (is_letter(before) != is_letter(c))
        return true;
    return is_upper(c) && is_letter(before) && !is_upper(before);
}

/* Gathers bytes, so that the buffer is not asked for each. */
struct gatherer {
    struct buf *out;
    char bytes[128];
    size_t len;
};

static void gather(struct gatherer *gatherer, char c)
{
    if (gatherer->len == sizeof gatherer->bytes) {
        buf_append(gatherer->out, gatherer->bytes, gatherer->len);
        gatherer->len = 0;
    }
    gatherer->bytes[gatherer->len++] = c;
}

void url_words(struct buf *out, struct slice decoded)
{
    struct gatherer gatherer;
    gatherer.out = out;
    gatherer.len = 0;
    bool in_word = false;
    bool any = false;
    for (size_t i = 0; i < decoded.len; i++) {
        char c = decoded.ptr[i];
        if (!is_letter(c) && !ascii_is_digit(c)) {
            in_word = false;
            continue;
        }
        if (!in_word || splits(decoded.ptr[i - 1], c))
            gather(&gatherer, ' ');
        gather(&gatherer, ascii_lower(c));
        in_word = true;
        any = true;
    }
    if (any)
        gather(&gatherer, ' ');
    buf_append(out, gatherer.bytes, gatherer.len);
}

static int compare(struct slice a, const struct url_phrase *phrase)
{
    int order = memcmp(a.ptr, phrase->text, a.len < phrase->len ? a.len : phrase->len);
    return order != 0 ? order : (a.len > phrase->len) - (a.len < phrase->len);
}

/* Position of the first phrase that is not less than the text. */
static size_t lower_bound(struct slice text, const struct url_phrase *phrases, size_t count)
{
    size_t low = 0;
    while (count > 0) {
        size_t half = count / 2;
        if (compare(text, &phrases[low + half]) > 0) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

/* Whether the phrase stands at the start of `rest`, as whole words. */
static bool stands_at(struct slice rest, const struct url_phrase *phrase)
{
    return rest.len > phrase->len && rest.ptr[phrase->len] == ' ' && memcmp(rest.ptr, phrase->text, phrase->len) == 0;
}

/* Phrases that begin with the same word stand together in the table. */
static const char *find_at(struct slice rest, struct slice word, const struct url_phrase *phrases, size_t count)
{
    for (size_t i = lower_bound(word, phrases, count); i < count; i++) {
        if (phrases[i].len < word.len || memcmp(phrases[i].text, word.ptr, word.len) != 0)
            break;
        if (stands_at(rest, &phrases[i]))
            return phrases[i].text;
    }
    return NULL;
}

const char *url_words_find(struct slice words, const struct url_phrase *phrases, size_t count)
{
    for (struct slice rest = slice_from(words, 1); rest.len > 0;) {
        struct slice word = slice_make(rest.ptr, slice_find_byte(rest, ' '));
        const char *found = find_at(rest, word, phrases, count);
        if (found != NULL)
            return found;
        rest = slice_from(rest, word.len + 1);
    }
    return NULL;
}

const char *url_words_are_one_of(struct slice words, const struct url_phrase *phrases, size_t count)
{
    if (words.len < 3)
        return NULL;
    struct slice text = slice_make(words.ptr + 1, words.len - 2);
    size_t at = lower_bound(text, phrases, count);
    return at < count && compare(text, &phrases[at]) == 0 ? phrases[at].text : NULL;
}

bool url_phrases_are_sorted(const struct url_phrase *phrases, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(phrases[i - 1].text, phrases[i].text) >= 0)
            return false;
    }
    return true;
}

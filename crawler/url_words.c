#include "crawler/url_words.h"

#include <string.h>

static int hex_value(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void url_decode(struct buf *out, struct slice text, bool in_query)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%' && i + 2 < text.len && hex_value(text.ptr[i + 1]) >= 0 && hex_value(text.ptr[i + 2]) >= 0) {
            c = (char)(hex_value(text.ptr[i + 1]) * 16 + hex_value(text.ptr[i + 2]));
            i += 2;
        } else if (c == '+' && in_query) {
            c = ' ';
        }
        buf_append_byte(out, c);
    }
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

void url_words(struct buf *out, struct slice decoded)
{
    bool in_word = false;
    bool any = false;
    for (size_t i = 0; i < decoded.len; i++) {
        char c = decoded.ptr[i];
        if (!is_letter(c) && !ascii_is_digit(c)) {
            in_word = false;
            continue;
        }
        if (!in_word || splits(decoded.ptr[i - 1], c))
            buf_append_byte(out, ' ');
        buf_append_byte(out, ascii_lower(c));
        in_word = true;
        any = true;
    }
    if (any)
        buf_append_byte(out, ' ');
}

bool url_words_have(struct slice words, const char *phrase)
{
    size_t len = strlen(phrase);
    while (words.len >= len + 2) {
        const char *found = memmem(words.ptr, words.len, phrase, len);
        if (found == NULL)
            return false;
        size_t at = (size_t)(found - words.ptr);
        if (at > 0 && at + len < words.len && found[-1] == ' ' && found[len] == ' ')
            return true;
        words = slice_from(words, at + 1);
    }
    return false;
}

bool url_words_are(struct slice words, const char *phrase)
{
    return words.len == strlen(phrase) + 2 && url_words_have(words, phrase);
}

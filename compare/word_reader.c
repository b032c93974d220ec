#include "compare/word_reader.h"

#include "base/utf8.h"
#include "compare/constants.h"
#include "compare/letters.h"

#define WORD_FACTOR 0x9e3779b97f4a7c15u

static inline uint64_t extend(uint64_t hash, uint32_t code)
{
    return (hash ^ code) * WORD_FACTOR;
}

/* Never SHINGLE_BREAK. */
static uint64_t finish(uint64_t hash)
{
    hash ^= hash >> 29;
    return hash != SHINGLE_BREAK ? hash : 1;
}

static uint64_t hash_ascii(const char *word)
{
    uint64_t hash = 0;
    for (; *word != '\0'; word++) {
        hash = extend(hash, (unsigned char)*word);
    }
    return hash;
}

static void end_word(struct word_reader *r)
{
    if (r->length == 0) {
        return;
    }
    if (r->has_digit && r->numbers != NULL) {
        if (r->length >= NUMBER_CHARACTERS) {
            hash_list_push(r->numbers, finish(r->hash));
        }
    } else {
        uint64_t hash = r->length == 5 && r->hash == hash_ascii("https") ? hash_ascii("http") : r->hash;
        hash_list_push(r->words, finish(hash));
        r->word_count++;
    }
    r->hash = 0;
    r->length = 0;
    r->has_digit = false;
    r->at_separator = false;
}

/* What follows a point or comma decides whether the number goes on. */
static bool separates(const struct word_reader *r, uint32_t code)
{
    return r->has_digit && r->numbers != NULL && !r->at_separator && (code == '.' || code == ',');
}

static void take(struct word_reader *r, uint32_t code)
{
    enum letter letter = letter_of(code);
    if (r->at_separator && letter != LETTER_DIGIT) {
        end_word(r);
    }
    r->at_separator = separates(r, code);
    if (r->at_separator) {
        return;
    }
    switch (letter) {
    case LETTER_GAP:
        end_word(r);
        return;
    case LETTER_ALONE:
        end_word(r);
        r->hash = extend(0, code);
        r->length = 1;
        end_word(r);
        return;
    case LETTER_NOTHING:
        return;
    case LETTER_DIGIT:
        r->has_digit = true;
        break;
    case LETTER_WORD:
        break;
    }
    r->hash = extend(r->hash, letter_fold(code));
    r->length++;
}

void word_reader_feed(struct word_reader *reader, struct slice text)
{
    if (text.len == 0) {
        return;
    }
    const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
    while (p < end) {
        unsigned char c = *p | 0x20;
        if (c >= 'a' && c <= 'z' && *p < 0x80 && !reader->at_separator) {
            reader->hash = extend(reader->hash, c);
            reader->length++;
            p++;
        } else if (*p < 0x80) {
            take(reader, *p++);
        } else {
            uint32_t code;
            p += utf8_decode(slice_make((const char *)p, (size_t)(end - p)), &code);
            take(reader, code);
        }
    }
}

void word_reader_break(struct word_reader *reader)
{
    end_word(reader);
    struct hash_list *words = reader->words;
    if (words->count > 0 && words->values[words->count - 1] != SHINGLE_BREAK) {
        hash_list_push(words, SHINGLE_BREAK);
    }
}

/* Text to hashed words, fed in pieces. */
#ifndef ORIGINTLS_COMPARE_WORD_READER_H
#define ORIGINTLS_COMPARE_WORD_READER_H

#include "base/slice.h"
#include "compare/shingle.h"

/* Case, punctuation and white space do not matter; "https" and "http" are one word. A letter of a script without spaces
 * is a word by itself. What holds a digit is a number: it goes to `numbers` where that is not NULL (only if it has at
 * least three characters: minutes and small counters come and go), else it is a word like any other. A point or comma
 * between two digits does not end a number. */
struct word_reader {
    struct hash_list *words;   /* borrowed */
    struct hash_list *numbers; /* borrowed; may be NULL */
    uint64_t hash;             /* of the word that is being read */
    size_t length;             /* its characters */
    bool has_digit;
    bool at_separator; /* a point or comma came behind a number: "19.99" is one */
    size_t word_count; /* words, breaks not counted */
};

/* Pieces must not split a UTF-8 sequence. */
void word_reader_feed(struct word_reader *reader, struct slice text);
/* Ends the word and the block. */
void word_reader_break(struct word_reader *reader);

#endif

/* What a code point is to a comparison of texts: a letter of a word, a word by itself, a digit, nothing, or a gap. */
#ifndef ORIGINTLS_COMPARE_LETTERS_H
#define ORIGINTLS_COMPARE_LETTERS_H

#include <stdint.h>

enum letter {
    LETTER_GAP,    /* white space, punctuation, symbols: ends a word */
    LETTER_WORD,   /* part of a word */
    LETTER_ALONE,  /* of a script that writes no spaces (Han, Kana, Thai, Lao, Khmer, Myanmar): a word of one letter */
    LETTER_DIGIT,  /* of any script */
    LETTER_NOTHING /* zero width, soft hyphen, variation selectors: as if it were not there */
};

enum letter letter_of(uint32_t code);
/* Lower case of Latin, Greek, Cyrillic and Armenian letters; full-width forms become ASCII. Independent of the locale.
 */
uint32_t letter_fold(uint32_t code);

#endif

/* UTF-8 (RFC 3629) decoding that never fails, and text that is safe to show. */
#ifndef ORIGINTLS_BASE_UTF8_H
#define ORIGINTLS_BASE_UTF8_H

#include "base/buf.h"

#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu

/* The first code point of `s` (not empty) and how many bytes it takes, at least 1. A byte that begins no shortest-form
 * sequence of a scalar value is one U+FFFD of length 1. */
size_t utf8_decode(struct slice s, uint32_t *code);
/* How many bytes at the end of `s` begin a sequence that would go on behind it, 0 to 3. */
size_t utf8_incomplete_tail(struct slice s);
/* How many bytes the sequence that `first` begins takes, by that byte alone; 1 for what begins none. */
size_t utf8_sequence_length(char first);
/* Appends the encoding of a scalar value; others as U+FFFD. */
void utf8_append(struct buf *out, uint32_t code);
/* Control (C0, DEL, C1), line and paragraph separators, bidirectional controls, zero-width and other format characters
 * by which text could lie to a reader or move a cursor. */
bool utf8_is_unsafe(uint32_t code);
/* Appends `s` fit for a terminal: every unsafe character as \xHH or \u{H..}, bytes that are not UTF-8 as U+FFFD. */
void utf8_append_visible(struct buf *out, struct slice s);

#endif

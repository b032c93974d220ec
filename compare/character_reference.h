/* Character references of HTML (13.2.5.72 and following): &amp; &#233; &#xe9; */
#ifndef ORIGINTLS_COMPARE_CHARACTER_REFERENCE_H
#define ORIGINTLS_COMPARE_CHARACTER_REFERENCE_H

#include "base/slice.h"

#include <stdint.h>

/* The longest name in the table, without & and ; */
#define CHARACTER_REFERENCE_NAME_BYTES 16

/* `name` stands between & and what follows it. The longest known prefix wins, as the standard says: with `semicolon`
 * the whole name may be any known one; a shorter prefix must be one of those that HTML takes without a semicolon.
 * Returns how many bytes of `name` it takes and sets *code; 0: no reference. */
size_t character_reference_named(struct slice name, bool semicolon, uint32_t *code);

/* What &#number; stands for: windows-1252 for 0x80..0x9f, U+FFFD for zero, surrogates and what lies beyond Unicode. */
uint32_t character_reference_numeric(uint32_t number);

#endif

/* SHA-256 (FIPS 180-4), as lower-case hexadecimal text: for what must not be changed unnoticed. */
#ifndef ORIGINTLS_BASE_DIGEST_H
#define ORIGINTLS_BASE_DIGEST_H

#include "base/err.h"
#include "base/slice.h"

#define DIGEST_BYTES      32
#define DIGEST_TEXT_BYTES 65 /* 64 digits and the NUL */

/* 0, or -1 with ERR_INTERNAL when the library fails. */
int digest_sha256(struct slice bytes, char text[DIGEST_TEXT_BYTES], struct err *err);

/* The bytes that such a text stands for. 0, or -1 where it is none. */
int digest_parse(const char *text, unsigned char bytes[DIGEST_BYTES]);

#endif

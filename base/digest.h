/* SHA-256 (FIPS 180-4), as lower-case hexadecimal text: for what must not be changed unnoticed. */
#ifndef ORIGINTLS_BASE_DIGEST_H
#define ORIGINTLS_BASE_DIGEST_H

#include "base/err.h"
#include "base/slice.h"

#define DIGEST_TEXT_BYTES 65 /* 64 digits and the NUL */

/* 0, or -1 with ERR_INTERNAL when the library fails. */
int digest_sha256(struct slice bytes, char text[DIGEST_TEXT_BYTES], struct err *err);

#endif

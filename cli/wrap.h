/* Text in lines of a bounded width. */
#ifndef ORIGINTLS_CLI_WRAP_H
#define ORIGINTLS_CLI_WRAP_H

#include "base/buf.h"

struct wrap {
    size_t at;     /* the column where the cursor is */
    size_t column; /* where the text begins, and every further line of it */
    size_t width;  /* of a whole line, in characters; a longer word stands alone */
};

/* Appends the words of the text (UTF-8, separated by single spaces) and a line feed. */
void wrap_append(struct buf *out, struct slice text, const struct wrap *wrap);

#endif

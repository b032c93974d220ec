#include "tests/support/golden.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN_FILE_BYTES (4u << 20)

static void write_golden(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        fail_msg("%s cannot be written", path);
    fputs(text, file);
    if (fclose(file) != 0)
        fail_msg("%s cannot be written", path);
}

static void name_first_difference(const char *path, struct slice expected, struct slice actual)
{
    size_t line = 1;

    while (expected.len > 0 || actual.len > 0) {
        struct slice a = SLICE_EMPTY;
        struct slice b = SLICE_EMPTY;
        bool has_a = slice_next(&expected, '\n', &a);
        bool has_b = slice_next(&actual, '\n', &b);
        if (has_a != has_b || !slice_equal(a, b))
            fail_msg("%s:%zu differs\n  golden: %.*s\n  now:    %.*s", path, line, SLICE_ARG(a), SLICE_ARG(b));
        line++;
    }
    fail_msg("%s differs in its last newline", path);
}

void golden_assert(const char *path, const char *text)
{
    struct buf expected;
    struct err err = ERR_INIT;

    if (getenv("ORIGINTLS_UPDATE_GOLDEN") != NULL) {
        write_golden(path, text);
        return;
    }
    if (file_read(path, GOLDEN_FILE_BYTES, &expected, &err) != 0) {
        buf_release(&expected);
        fail_msg("%s", err.message);
    }
    if (!slice_equal(buf_slice(&expected), slice_of(text)))
        name_first_difference(path, buf_slice(&expected), slice_of(text));
    buf_release(&expected);
}

/* Hand-made pairs, read from one text file.
 *
 * A pair begins with a line "### same|different training|held-out SENTENCE". Bodies follow, each under a line "--- a",
 * "--- b",
 * "--- again-a" or "--- again-b", with the content type behind it if it is not HTML. Without second fetches the first
 * ones are repeated: nothing varies. */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_FIXTURES_H
#define ORIGINTLS_TESTS_DATA_PAGES_FIXTURES_H

#include "base/err.h"
#include "base/limits.h"
#include "tests/data/pages/pairs.h"

#define FIXTURES_PATH "tests/data/pages/fixtures.txt"

/* Called for every pair in the order of the file. */
typedef void fixture_visit(void *context, const char *sentence, bool same, enum half half, struct page_pair *pair);

/* ERR_USAGE, with the line, where the file is malformed. */
int fixtures_read(const char *path, fixture_visit *visit, void *context, struct err *err);

#endif

/* Golden files: what the program says, kept as text, so that a change of a rule shows up as a diff of sentences.
 *
 * After a change that is meant: ORIGINTLS_UPDATE_GOLDEN=1 ctest --preset dev -R NAME, and read `git diff tests/golden`.
 */
#ifndef ORIGINTLS_TESTS_SUPPORT_GOLDEN_H
#define ORIGINTLS_TESTS_SUPPORT_GOLDEN_H

/* Fails the running cmocka test, naming the first line that differs, unless the file at `path` (from the root of the
 * sources) holds exactly `text`. With ORIGINTLS_UPDATE_GOLDEN set in the environment it writes the file instead. */
void golden_assert(const char *path, const char *text);

#endif

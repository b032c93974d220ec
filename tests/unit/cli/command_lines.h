/* A command line from a text, with an environment of the test's own. */
#ifndef ORIGINTLS_TESTS_UNIT_CLI_COMMAND_LINES_H
#define ORIGINTLS_TESTS_UNIT_CLI_COMMAND_LINES_H

#include "cli/command_line.h"

/* Sets a variable that environment_of_test() tells; value NULL forgets every variable. */
void set_test_variable(const char *name, const char *value);
const char *environment_of_test(const char *name);

/* Splits at single spaces, parses and resolves. The result of the first that fails, else 0. Release the line in any
 * case; it borrows the words until the next call. */
int resolve_text(struct command_line *line, const char *text, struct err *err);

#endif

/* An option's value as text: the inverse of option_set(). */
#ifndef ORIGINTLS_CLI_OPTION_TEXT_H
#define ORIGINTLS_CLI_OPTION_TEXT_H

#include "base/buf.h"
#include "cli/option.h"

/* How many texts the value is: 0 where nothing was set, more than 1 for a repeatable option alone. */
size_t option_text_count(const struct option *option, const void *arguments);
/* Appends the index-th as it would be written in a configuration file; of a secret only its
 * name. */
void option_text_append(const struct option *option, const void *arguments, size_t index, struct buf *out);

#endif

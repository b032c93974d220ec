/* Which origintls this is. */
#ifndef ORIGINTLS_CLI_VERSION_H
#define ORIGINTLS_CLI_VERSION_H

#include "base/err.h"

/* "0.1.0" */
const char *version_text(void);
/* "origintls 0.1.0" and a line feed on standard output. */
int version_print(struct err *err);

#endif

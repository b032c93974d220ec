/* Whole files in, whole files out. */
#ifndef ORIGINTLS_BASE_FILE_H
#define ORIGINTLS_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Reads a regular file, a pipe or, for "-", standard input, up to `max_bytes`. A directory, an unreadable or a larger
 * file is ERR_USAGE and names the path. `out` is initialised here; release it in any case. */
int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *err);

#endif

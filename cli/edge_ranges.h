/* A list of address ranges in a file, one a line; "#" begins a comment. */
#ifndef ORIGINTLS_CLI_EDGE_RANGES_H
#define ORIGINTLS_CLI_EDGE_RANGES_H

#include "base/address.h"
#include "base/arena.h"
#include "base/err.h"

/* From `arena`. -1 with ERR_USAGE and "FILE:LINE: ..." for a line that is no range, or for a file without any. */
int edge_ranges_read(const char *path, struct arena *arena, struct address_range **ranges, size_t *count,
                     struct err *err);

#endif

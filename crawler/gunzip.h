/* gzip (RFC 1952) in memory, bounded. */
#ifndef ORIGINTLS_CRAWLER_GUNZIP_H
#define ORIGINTLS_CRAWLER_GUNZIP_H

#include "base/buf.h"
#include "base/err.h"

/* True if the bytes begin as gzip does. */
bool is_gzip(struct slice bytes);
/* Appends what is packed, up to `max_bytes`. *truncated tells that there was more, or that the input is cut off or
 * broken: what came before is there. Fails only for memory. */
int gunzip(struct slice packed, size_t max_bytes, struct buf *out, bool *truncated, struct err *err);

#endif

#include "crawler/gunzip.h"

#include <stdint.h>
#include <string.h>
/* Input that zlib promises not to write to. */
#define ZLIB_CONST
#include <zlib.h>

#define BLOCK_BYTES (32u << 10)
/* zlib's own words for "expect a gzip header, with the largest window". */
#define GZIP_WINDOW (16 + MAX_WBITS)

bool is_gzip(struct slice bytes)
{
    return slice_starts_with(bytes, SLICE("\x1f\x8b\x08"));
}

/* Unpacks until the end, a fault, or the ceiling. True when the whole was unpacked. */
static bool unpack(z_stream *stream, size_t max_bytes, struct buf *out)
{
    unsigned char block[BLOCK_BYTES];
    size_t total = 0;
    for (;;) {
        stream->next_out = block;
        stream->avail_out = sizeof block;
        int code = inflate(stream, Z_NO_FLUSH);
        size_t len = sizeof block - stream->avail_out;
        bool enough = len > max_bytes - total;
        len = enough ? max_bytes - total : len;
        total += len;
        if (buf_append(out, block, len) != 0 || enough)
            return false;
        if (code == Z_STREAM_END)
            return true;
        if (code != Z_OK)
            return false;
    }
}

int gunzip(struct slice packed, size_t max_bytes, struct buf *out, bool *truncated, struct err *err)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    *truncated = true;
    if (packed.len == 0 || packed.len > UINT32_MAX)
        return 0;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return err_memory(err);
    stream.next_in = (const Bytef *)packed.ptr;
    stream.avail_in = (uInt)packed.len;
    *truncated = !unpack(&stream, max_bytes, out);
    inflateEnd(&stream);
    return out->failed ? err_memory(err) : 0;
}

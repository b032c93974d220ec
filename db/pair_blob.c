#include "db/pair_blob.h"

#include "base/hash.h"

#define VERDICT_BITS    0x0f
#define VISITOR_BIT     0x10
#define CONFIRMED_BIT   0x20
#define KNOWN_BITS      (VERDICT_BITS | VISITOR_BIT | CONFIRMED_BIT)
#define KNOWN_MODE_BITS ((1u << MODE_COUNT) - 1)

uint64_t pair_blob_path_hash(const char *path)
{
    return hash_slice(slice_of(path)) & ((UINT64_C(1) << (8 * PAIR_BLOB_HASH_BYTES)) - 1);
}

static void encode_pair(const struct pair_record *pair, struct buf *out)
{
    unsigned char bytes[PAIR_BLOB_PAIR_BYTES];
    uint64_t hash = pair_blob_path_hash(pair->path);
    for (int i = 0; i < PAIR_BLOB_HASH_BYTES; i++) {
        bytes[i] = (unsigned char)(hash >> (8 * i));
    }
    unsigned flags = (unsigned)pair->verdict & VERDICT_BITS;
    flags |= pair->visitor == SCHEME_HTTPS ? VISITOR_BIT : 0;
    flags |= pair->confirmed ? CONFIRMED_BIT : 0;
    bytes[PAIR_BLOB_HASH_BYTES] = (unsigned char)flags;
    bytes[PAIR_BLOB_HASH_BYTES + 1] = (unsigned char)(pair->candidates & KNOWN_MODE_BITS);
    buf_append(out, bytes, sizeof bytes);
}

void pair_blob_encode(const struct pair_record *pairs, size_t count, struct buf *out)
{
    buf_append_byte(out, PAIR_BLOB_FORMAT);
    for (size_t i = 0; i < count; i++) {
        encode_pair(&pairs[i], out);
    }
}

/* 0: there is no such format. */
static size_t hash_bytes_of(struct slice blob)
{
    return blob.len == 0 ? 0 : blob.ptr[0] == PAIR_BLOB_FORMAT ? PAIR_BLOB_HASH_BYTES : blob.ptr[0] == 1 ? 8 : 0;
}

int64_t pair_blob_count(struct slice blob)
{
    size_t hash_len = hash_bytes_of(blob);
    if (hash_len == 0 || (blob.len - 1) % (hash_len + 2) != 0) {
        return -1;
    }
    return (int64_t)((blob.len - 1) / (hash_len + 2));
}

int pair_blob_decode(struct slice blob, size_t index, struct packed_pair *pair)
{
    size_t hash_len = hash_bytes_of(blob);
    const unsigned char *bytes = (const unsigned char *)blob.ptr + 1 + index * (hash_len + 2);
    unsigned flags = bytes[hash_len];
    unsigned candidates = bytes[hash_len + 1];
    if ((flags & ~(unsigned)KNOWN_BITS) != 0 || (flags & VERDICT_BITS) >= PAIR_VERDICT_COUNT ||
        (candidates & ~KNOWN_MODE_BITS) != 0) {
        return -1;
    }
    *pair = (struct packed_pair){.visitor = (flags & VISITOR_BIT) != 0 ? SCHEME_HTTPS : SCHEME_HTTP,
                                 .candidates = (mode_set)candidates,
                                 .verdict = (enum pair_verdict)(flags & VERDICT_BITS),
                                 .confirmed = (flags & CONFIRMED_BIT) != 0};
    for (size_t i = 0; i < hash_len; i++) {
        pair->path_hash |= (uint64_t)bytes[i] << (8 * i);
    }
    return 0;
}

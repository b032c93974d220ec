/* All pairs of one piece of evidence in few bytes.
 *
 *   byte 0      format: 2
 *   then, for each pair, 7 bytes
 *     0..4      the low 40 bits of the XXH3 of the path, little endian: enough to tell the pairs of one evidence apart
 *     5         bits 0-3 the verdict's number (the order of enum pair_verdict), bit 4 visitor over https, bit 5
 * confirmed 6         the candidate modes, a bit mask by rank
 *
 * Format 1, which is still read, has all 64 bits of the hash, and so 10 bytes a pair.
 *
 * A blob comes from a file that anybody may have changed: whatever it holds, decoding fails or gives valid values.
 */
#ifndef ORIGINTLS_DB_PAIR_BLOB_H
#define ORIGINTLS_DB_PAIR_BLOB_H

#include "base/buf.h"
#include "recommend/record.h"

#define PAIR_BLOB_FORMAT     2
#define PAIR_BLOB_PAIR_BYTES 7
#define PAIR_BLOB_HASH_BYTES 5

struct packed_pair {
    uint64_t path_hash; /* of format 2: 40 bits */
    enum scheme visitor;
    mode_set candidates;
    enum pair_verdict verdict;
    bool confirmed;
};

uint64_t pair_blob_path_hash(const char *path); /* as format 2 has it */
/* Appends the blob of all pairs. */
void pair_blob_encode(const struct pair_record *pairs, size_t count, struct buf *out);
/* How many pairs the blob holds, or -1 where it is malformed or of another format. */
int64_t pair_blob_count(struct slice blob);
/* The pair at `index`, below pair_blob_count. 0, or -1 where it holds values that do not exist. */
int pair_blob_decode(struct slice blob, size_t index, struct packed_pair *pair);

#endif

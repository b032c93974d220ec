/* A blob of pairs is refused, or holds only values that exist and packs again to the same bytes. */
#include "db/pair_blob.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice blob = slice_make((const char *)data, size);
    int64_t count = pair_blob_count(blob);
    size_t pair_bytes = size > 0 && data[0] == 1 ? 10 : PAIR_BLOB_PAIR_BYTES;
    require(count >= -1 && (count < 0 || (uint64_t)count * pair_bytes + 1 == size));
    for (int64_t i = 0; i < count; i++) {
        struct packed_pair pair;
        if (pair_blob_decode(blob, (size_t)i, &pair) != 0) {
            continue;
        }
        require(pair.verdict < PAIR_VERDICT_COUNT && pair_verdict_name(pair.verdict) != NULL);
        require(pair.candidates < 1u << MODE_COUNT);
        struct pair_record record = {"/", pair.visitor, pair.candidates, pair.verdict, pair.confirmed, NULL};
        struct buf again;
        buf_init(&again, 0);
        pair_blob_encode(&record, 1, &again);
        const uint8_t *flags = data + 1 + ((size_t)i + 1) * pair_bytes - 2;
        require(again.len == 1 + PAIR_BLOB_PAIR_BYTES);
        require((uint8_t)again.data[again.len - 2] == flags[0] && (uint8_t)again.data[again.len - 1] == flags[1]);
        buf_release(&again);
    }
    return 0;
}

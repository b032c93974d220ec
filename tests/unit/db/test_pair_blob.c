#include "db/pair_blob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The format on disk, byte by byte: a change of it must raise PAIR_BLOB_FORMAT. */
static void the_format_is_fixed(void **state)
{
    const struct pair_record pairs[] = {
        {"/", SCHEME_HTTP, 0, PAIR_SAME, false, NULL},
        {"/a?b=1", SCHEME_HTTPS, 0x1f, PAIR_UNUSABLE, true, "said elsewhere"},
    };
    /* The hashes are what XXH3_64bits gives in a program of its own. */
    static const unsigned char expected[] = {2,    0x2e, 0x56, 0x85, 0x32, 0x95, 0x00, 0x00,
                                             0xec, 0x09, 0xeb, 0xdc, 0x77, 0x38, 0x1f};
    struct buf blob;
    (void)state;
    buf_init(&blob, 0);
    pair_blob_encode(pairs, 2, &blob);
    assert_int_equal(blob.len, sizeof expected);
    assert_memory_equal(blob.data, expected, sizeof expected);
    buf_release(&blob);
}

static void blobs_come_back(void **state)
{
    struct pair_record pairs[PAIR_VERDICT_COUNT];
    struct buf blob;
    (void)state;
    for (int i = 0; i < PAIR_VERDICT_COUNT; i++) {
        pairs[i] = (struct pair_record){"/path",           i % 2 == 0 ? SCHEME_HTTP : SCHEME_HTTPS,
                                        (mode_set)(i * 3), (enum pair_verdict)i,
                                        i % 3 == 0,        NULL};
    }
    buf_init(&blob, 0);
    pair_blob_encode(pairs, PAIR_VERDICT_COUNT, &blob);
    assert_int_equal(pair_blob_count(buf_slice(&blob)), PAIR_VERDICT_COUNT);
    for (size_t i = 0; i < PAIR_VERDICT_COUNT; i++) {
        struct packed_pair packed;
        assert_int_equal(pair_blob_decode(buf_slice(&blob), i, &packed), 0);
        assert_true(packed.path_hash == pair_blob_path_hash("/path"));
        assert_int_equal(packed.visitor, pairs[i].visitor);
        assert_int_equal(packed.candidates, pairs[i].candidates);
        assert_int_equal(packed.verdict, pairs[i].verdict);
        assert_int_equal(packed.confirmed, pairs[i].confirmed);
    }
    buf_release(&blob);
}

/* The bytes that format 1 was fixed to. */
static void blobs_of_format_1_are_read(void **state)
{
    static const char blob[] = "\x01\x2e\x56\x85\x32\x95\x92\x42\x47\x00\x00"
                               "\xec\x09\xeb\xdc\x77\x88\x3f\xa8\x38\x1f";
    const struct slice slice = slice_make(blob, sizeof blob - 1);
    struct packed_pair pair;
    (void)state;
    assert_int_equal(pair_blob_count(slice), 2);
    assert_int_equal(pair_blob_decode(slice, 0, &pair), 0);
    assert_int_equal(pair.verdict, PAIR_SAME);
    assert_int_equal(pair.visitor, SCHEME_HTTP);
    assert_int_equal(pair_blob_decode(slice, 1, &pair), 0);
    assert_true(pair.path_hash == UINT64_C(0xa83f8877dceb09ec));
    assert_int_equal(pair.verdict, PAIR_UNUSABLE);
    assert_int_equal(pair.candidates, 0x1f);
    assert_true(pair.confirmed);
}

static const struct malformed {
    const char *sentence;
    struct slice blob;
    int64_t count; /* -1: refused at once */
} malformed[] = {
    {"nothing", {NULL, 0}, -1},
    {"another format", {"\x03", 1}, -1},
    {"half a pair", {"\x02\0\0\0\0\0", 6}, -1},
    {"half a pair of format 1", {"\x01\0\0\0\0\0\0\0", 8}, -1},
    {"no pair is fine", {"\x02", 1}, 0},
    {"a verdict beyond the last", {"\x02\0\0\0\0\0\x09\0", 8}, 1},
    {"a flag that has no meaning", {"\x02\0\0\0\0\0\x40\0", 8}, 1},
    {"a mode beyond the last", {"\x02\0\0\0\0\0\0\x20", 8}, 1},
    {"a mode beyond the last in format 1", {"\x01\0\0\0\0\0\0\0\0\0\x20", 11}, 1},
};

static void malformed_blobs_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        const struct malformed *row = &malformed[i];
        if (pair_blob_count(row->blob) != row->count) {
            fail_msg("%s", row->sentence);
        }
        struct packed_pair packed;
        if (row->count == 1 && pair_blob_decode(row->blob, 0, &packed) != -1) {
            fail_msg("%s: decoded", row->sentence);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_format_is_fixed),
        cmocka_unit_test(blobs_come_back),
        cmocka_unit_test(blobs_of_format_1_are_read),
        cmocka_unit_test(malformed_blobs_are_refused),
    };
    return cmocka_run_group_tests_name("packed pairs", tests, NULL, NULL);
}

/* Shingles and sets against published and hand-computed values. */
#include "base/rng.h"
#include "compare/shingle.h"
#include "compare/word_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static struct hash_list words_of(const char *text)
{
    struct hash_list words = {.max = 100000};
    struct word_reader reader = {.words = &words};
    word_reader_feed(&reader, slice_of(text));
    word_reader_break(&reader);
    return words;
}

static struct hash_list shingles_of(const char *text, unsigned width)
{
    struct hash_list words = words_of(text), shingles = {.max = 100000};
    shingle_words(&words, width, &shingles);
    assert_int_equal(hash_list_to_set(&shingles), 0);
    hash_list_release(&words);
    return shingles;
}

static double similarity(const char *a, const char *b, unsigned width)
{
    struct hash_list x = shingles_of(a, width), y = shingles_of(b, width);
    double result = set_similarity(&x, &y);
    hash_list_release(&x);
    hash_list_release(&y);
    return result;
}

static bool is_about(double x, double y)
{
    return x > y - 1e-9 && x < y + 1e-9;
}

/* Broder, "On the resemblance and containment of documents" (1997): 60 %, 50 %, 42.85 %. */
static void resembles_broders_roses(void **state)
{
    (void)state;
    const char *a = "a rose is a rose is a rose", *b = "a rose is a flower which is a rose";
    assert_true(is_about(similarity(a, b, 1), 3.0 / 5.0));
    assert_true(is_about(similarity(a, b, 2), 3.0 / 6.0));
    assert_true(is_about(similarity(a, b, 3), 3.0 / 7.0));
}

struct row {
    const char *sentence;
    const char *a, *b;
    unsigned width;
    double similarity;
};

static void texts_are_compared_by_words(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"two empty texts are the same", "", " ,.; ", 5, 1.0},
        {"an empty one and another are not", "", "word", 5, 0.0},
        {"case and punctuation do not matter", "Hello, WORLD!", "hello world", 5, 1.0},
        {"nor does the case of other scripts", "\xc3\x84\xc3\x96 \xd0\x9f\xd0\xa0 \xce\xa9",
         "\xc3\xa4\xc3\xb6 \xd0\xbf\xd1\x80 \xcf\x89", 5, 1.0},
        {"nor the scheme of an address", "see https://example.com/x", "see http://example.com/x", 5, 1.0},
        {"nor soft hyphens",
         "Donau\xc2\xad"
         "dampf",
         "donaudampf", 5, 1.0},
        {"a short text is one shingle", "one two", "one three", 5, 0.0},
        {"Chinese is read by letters", "\xe4\xbd\xa0\xe5\xa5\xbd", "\xe4\xbd\xa0\xe4\xbb\xac", 1, 1.0 / 3.0},
        {"Japanese too", "\xe3\x81\x82\xe3\x81\x84", "\xe3\x81\x82\xe3\x80\x81\xe3\x81\x84", 5, 1.0},
        {"and Thai", "\xe0\xb8\x81\xe0\xb8\x82", "\xe0\xb8\x81\xe0\xb8\x83", 1, 1.0 / 3.0},
        {"Korean is read by words", "\xed\x95\x9c\xea\xb5\xad \xec\x96\xb4", "\xed\x95\x9c\xea\xb5\xad", 1, 0.5},
        {"full-width letters are letters", "\xef\xbc\xa1\xef\xbd\x82", "ab", 5, 1.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double got = similarity(rows[i].a, rows[i].b, rows[i].width);
        if (!is_about(got, rows[i].similarity)) {
            fail_msg("%s: %f", rows[i].sentence, got);
        }
    }
}

/* Blocks that change places leave no trace; words that do, do. */
static void shingles_do_not_span_blocks(void **state)
{
    (void)state;
    const uint64_t first[] = {11, 12, SHINGLE_BREAK, 21, 22, 23, SHINGLE_BREAK};
    const uint64_t second[] = {21, 22, 23, SHINGLE_BREAK, 11, 12};
    const uint64_t third[] = {21, 23, 22, SHINGLE_BREAK, 11, 12};
    struct hash_list lists[] = {{(uint64_t *)(uintptr_t)first, 7, 7, 7, false},
                                {(uint64_t *)(uintptr_t)second, 6, 6, 6, false},
                                {(uint64_t *)(uintptr_t)third, 6, 6, 6, false}};
    struct hash_list sets[3] = {{.max = 10}, {.max = 10}, {.max = 10}};
    for (size_t i = 0; i < 3; i++) {
        shingle_words(&lists[i], 5, &sets[i]);
        assert_int_equal(hash_list_to_set(&sets[i]), 0);
        assert_int_equal(sets[i].count, 2);
    }
    assert_true(is_about(set_similarity(&sets[0], &sets[1]), 1.0));
    assert_true(is_about(set_similarity(&sets[0], &sets[2]), 1.0 / 3.0));
    for (size_t i = 0; i < 3; i++) {
        hash_list_release(&sets[i]);
    }
}

static int ascending(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* Against qsort, on sizes around every switch of method and on values that share most of their digits. */
static void sorts_whatever_comes(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 47, 48, 49, 50, 255, 256, 257, 5000};
    struct rng rng;
    rng_init(&rng, 3);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] * 4; i++) {
        size_t count = sizes[i / 4], kept = 0;
        struct hash_list list = {.max = count};
        uint64_t *expected = calloc(count + 1, sizeof *expected);
        assert_non_null(expected);
        uint64_t mask = i % 4 == 0 ? UINT64_MAX : i % 4 == 1 ? 0xff : i % 4 == 2 ? 0xff00000000000000u : 0x30000;
        for (size_t k = 0; k < count; k++) {
            expected[k] = rng_next(&rng) & mask;
            hash_list_push(&list, expected[k]);
        }
        qsort(expected, count, sizeof *expected, ascending);
        for (size_t k = 0; k < count; k++) {
            if (kept == 0 || expected[k] != expected[kept - 1]) {
                expected[kept++] = expected[k];
            }
        }
        assert_int_equal(hash_list_to_set(&list), 0);
        assert_int_equal(list.count, kept);
        for (size_t k = 0; k < kept; k++) {
            assert_true(list.values[k] == expected[k]);
            assert_true(set_has(&list, expected[k]));
        }
        assert_false(set_has(&list, 0x123456789));
        free(expected);
        hash_list_release(&list);
    }
}

static void keeps_its_ceiling(void **state)
{
    (void)state;
    struct hash_list list = {.max = 300};
    for (uint64_t i = 0; i < 1000; i++) {
        hash_list_push(&list, i);
    }
    assert_int_equal(list.count, 300);
    assert_false(list.failed);
    hash_list_release(&list);
}

static void numbers_go_apart(void **state)
{
    (void)state;
    struct hash_list words = {.max = 100}, numbers = {.max = 100};
    struct word_reader reader = {.words = &words, .numbers = &numbers};
    word_reader_feed(&reader, slice_of("room 5 seats 2024 model X1"));
    word_reader_feed(&reader, slice_of("00 12:30 end"));
    word_reader_break(&reader);
    assert_int_equal(reader.word_count, 4);
    assert_int_equal(words.count, 5);
    assert_int_equal(numbers.count, 2);
    hash_list_release(&words);
    hash_list_release(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resembles_broders_roses),     cmocka_unit_test(texts_are_compared_by_words),
        cmocka_unit_test(shingles_do_not_span_blocks), cmocka_unit_test(sorts_whatever_comes),
        cmocka_unit_test(keeps_its_ceiling),           cmocka_unit_test(numbers_go_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

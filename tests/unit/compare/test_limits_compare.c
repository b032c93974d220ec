/* Every ceiling of the comparison is reached, and kept. */
#include "base/buf.h"
#include "base/limits.h"
#include "compare/compare.h"
#include "compare/page.h"
#include "tests/unit/compare/responses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct compare_response page_of(const struct buf *body)
{
    struct compare_response response = html_page("");
    response.body = buf_slice(body);
    return response;
}

static void read_many(const char *format, unsigned count, struct buf *body, struct page *page)
{
    buf_init(body, 0);
    for (unsigned i = 0; i < count; i++) {
        buf_append_text(body, format);
        buf_printf(body, "%u>", i);
    }
    struct compare_response response = page_of(body);
    page_read(page, &response, MEDIA_HTML);
}

static void words_are_bounded(void **state)
{
    (void)state;
    struct buf body;
    struct page page;
    read_many("word and word <p id=", LIMIT_SHINGLES_PER_PAGE, &body, &page);
    assert_int_equal(page.words.count, 2 * LIMIT_SHINGLES_PER_PAGE);
    assert_int_equal(page.tags.count, LIMIT_SHINGLES_PER_PAGE);
    assert_false(page.out_of_memory);
    page_release(&page);
    buf_release(&body);
}

static void resources_are_bounded(void **state)
{
    (void)state;
    struct buf body;
    struct page page;
    read_many("<script src=http://a.test/x></script><img src=http://a.test/", LIMIT_RESOURCES_PER_PAGE + 500, &body,
              &page);
    assert_true(page.resources.count <= LIMIT_RESOURCES_PER_PAGE);
    assert_int_equal(page.mixed.active, 1);
    assert_int_equal(page.mixed.passive, LIMIT_RESOURCES_PER_PAGE);
    page_release(&page);
    buf_release(&body);
}

static void noise_is_bounded(void **state)
{
    (void)state;
    struct noise_memory noise;
    noise_memory_init(&noise);
    for (uint64_t i = 1; i < 2 * LIMIT_NOISE_ELEMENTS; i++) {
        hash_set_add(&noise.elements, i);
    }
    assert_int_equal(noise.elements.count, LIMIT_NOISE_ELEMENTS);
    struct compare_response a = html_page("<p>one two three four five six red"),
                            b = html_page("<p>one two three four five six blue");
    struct compare_result result;
    compare_bodies_with_noise(&a, &b, &b, &a, &noise, &result);
    assert_int_equal(noise.elements.count, LIMIT_NOISE_ELEMENTS);
    noise_memory_release(&noise);
}

static void details_are_bounded(void **state)
{
    (void)state;
    struct buf body = {0};
    buf_append_text(&body, "<p>text<script src=http://www.example.com/");
    for (int i = 0; i < 5000; i++) {
        buf_append_byte(&body, 'x');
    }
    buf_append_text(&body, "></script>");
    struct compare_response b = page_of(&body), a = b;
    char *safe = slice_dup(b.body);
    assert_non_null(safe);
    memcpy(strstr(safe, "http:"), "/http", 5);
    a.body.ptr = safe;
    struct compare_result result;
    compare_bodies(&a, &b, NULL, NULL, &result);
    assert_true(strlen(result.reason) <= LIMIT_DETAIL_BYTES);
    assert_true(strlen(result.mixed_b.active_example) == MIXED_CONTENT_EXAMPLE_BYTES - 1);
    free(safe);
    buf_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_bounded),
        cmocka_unit_test(resources_are_bounded),
        cmocka_unit_test(noise_is_bounded),
        cmocka_unit_test(details_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

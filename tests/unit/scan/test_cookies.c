#include "scan/cookies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *sentence;
    const char *set[4]; /* Set-Cookie values from www.example.com, in order */
    const char *hostname;
    enum scheme visitor;
    const char *header;
};

static const struct row rows[] = {
    {"A cookie comes back to the hostname that set it.", {"a=1"}, "www.example.com", SCHEME_HTTPS, "a=1"},
    {"It goes to no other hostname.", {"a=1"}, "example.com", SCHEME_HTTPS, ""},
    {"Attributes are not sent.", {"a=1; Path=/; HttpOnly; SameSite=Lax"}, "www.example.com", SCHEME_HTTP, "a=1"},
    {"A secure cookie stays away from http visitors.", {"a=1; Secure", "b=2"}, "www.example.com", SCHEME_HTTP, "b=2"},
    {"A secure cookie goes to https visitors.", {"a=1; secure"}, "www.example.com", SCHEME_HTTPS, "a=1"},
    {"A cookie of the same name replaces the older one.", {"a=1", "a=2"}, "www.example.com", SCHEME_HTTP, "a=2"},
    {"Max-Age=0 deletes.", {"a=1", "b=2", "a=; Max-Age=0"}, "www.example.com", SCHEME_HTTP, "b=2"},
    {"A negative age deletes too.", {"a=1", "a=; max-age=-5"}, "www.example.com", SCHEME_HTTP, ""},
    {"Without a name it is no cookie.", {"=1", "plain", ""}, "www.example.com", SCHEME_HTTP, ""},
    {"A value with a line feed is refused.", {"a=1\nX-Evil: 1"}, "www.example.com", SCHEME_HTTP, ""},
    {"White space around name and value is dropped.", {"  a = 1 ; x"}, "www.example.com", SCHEME_HTTP, "a=1"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct cookie_jar jar = {.count = 0};
        struct buf header;
        buf_init(&header, 0);
        for (size_t j = 0; j < 4 && row->set[j] != NULL; j++) {
            cookie_jar_set(&jar, "www.example.com", slice_of(row->set[j]));
        }
        cookie_jar_append_header(&jar, row->hostname, row->visitor, &header);
        print_message("%s\n", row->sentence);
        assert_string_equal(buf_text(&header), row->header);
        buf_release(&header);
        cookie_jar_release(&jar);
    }
}

static void test_state_names_the_jar(void **state)
{
    (void)state;
    struct cookie_jar a = {.count = 0}, b = {.count = 0};
    assert_int_equal(cookie_jar_state(&a), 0);
    cookie_jar_set(&a, "h", SLICE("x=1"));
    cookie_jar_set(&a, "h", SLICE("y=2"));
    cookie_jar_set(&b, "h", SLICE("y=2"));
    assert_true(cookie_jar_state(&a) != cookie_jar_state(&b));
    cookie_jar_set(&b, "h", SLICE("x=1"));
    assert_true(cookie_jar_state(&a) == cookie_jar_state(&b));
    cookie_jar_release(&a);
    assert_int_equal(cookie_jar_copy(&b, &a), 0);
    assert_true(cookie_jar_state(&a) == cookie_jar_state(&b));
    cookie_jar_release(&a);
    cookie_jar_release(&b);
}

static void test_the_jar_has_a_ceiling(void **state)
{
    (void)state;
    struct cookie_jar jar = {.count = 0};
    struct buf text;
    buf_init(&text, 0);
    for (int i = 0; i < 10 * COOKIES_MAX; i++) {
        buf_reset(&text);
        buf_printf(&text, "name%d=value", i);
        cookie_jar_set(&jar, "h", buf_slice(&text));
    }
    assert_int_equal(jar.count, COOKIES_MAX);
    buf_release(&text);
    cookie_jar_release(&jar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_state_names_the_jar),
        cmocka_unit_test(test_the_jar_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

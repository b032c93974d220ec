#include "crawler/url.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the URLs become agrees with the URL class of Node.js 20 (fragment and user info removed), save for the final dot
 * of a host and port zero. */
static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *text;
        enum url_fault fault;
        const char *normal;
    } rows[] = {
        {"a plain URL stays", "http://example.com/a?b", URL_OK, "http://example.com/a?b"},
        {"an empty path becomes a slash", "http://example.com", URL_OK, "http://example.com/"},
        {"also before a query", "http://example.com?x", URL_OK, "http://example.com/?x"},
        {"scheme and host are lower case", "HTTPS://EXAMPLE.com/A", URL_OK, "https://example.com/A"},
        {"the default port goes", "http://example.com:80/", URL_OK, "http://example.com/"},
        {"the default port of the other scheme stays", "https://example.com:80/", URL_OK, "https://example.com:80/"},
        {"leading zeros of a port go", "http://example.com:0080/", URL_OK, "http://example.com/"},
        {"an empty port goes", "http://example.com:/", URL_OK, "http://example.com/"},
        {"a port too large", "http://example.com:65536/", URL_MALFORMED, NULL},
        {"port zero leads nowhere", "http://example.com:0/", URL_MALFORMED, NULL},
        {"a port that is none", "http://example.com:8a/", URL_MALFORMED, NULL},
        {"the fragment goes", "http://example.com/a#b", URL_OK, "http://example.com/a"},
        {"a question mark in the fragment is none", "http://example.com/a#b?c", URL_OK, "http://example.com/a"},
        {"user info goes", "http://user:pass@example.com/", URL_OK, "http://example.com/"},
        {"the last @ counts", "http://a@b@example.com/", URL_OK, "http://example.com/"},
        {"an @ in the path is none of it", "http://example.com/@a", URL_OK, "http://example.com/@a"},
        {"a host in the user info is none", "http://example.com@evil.test/", URL_OK, "http://evil.test/"},
        {"a backslash ends the host", "http://example.com\\@evil.test/", URL_OK, "http://example.com/@evil.test/"},
        {"an umlaut becomes an A-label",
         "http://b\xc3\xbc"
         "cher.example/",
         URL_OK, "http://xn--bcher-kva.example/"},
        {"an umlaut in the path is encoded", "http://example.com/\xc3\xbc", URL_OK, "http://example.com/%C3%BC"},
        {"a final dot of the host goes", "http://example.com./", URL_OK, "http://example.com/"},
        {"a percent-encoded host is decoded", "http://ex%61mple.com/", URL_OK, "http://example.com/"},
        {"an encoded slash in a host is refused", "http://a%2fb.com/", URL_BAD_HOST, NULL},
        {"a host with a space", "http://a b.com/", URL_BAD_HOST, NULL},
        {"no host", "http:///", URL_BAD_HOST, NULL},
        {"no host at all", "http://", URL_BAD_HOST, NULL},
        {"slashes too many are skipped", "http:////example.com/", URL_OK, "http://example.com/"},
        {"slashes too few are forgiven", "http:example.com/", URL_OK, "http://example.com/"},
        {"backslashes are slashes", "http:\\\\example.com\\a\\b?c\\d", URL_OK, "http://example.com/a/b?c\\d"},
        {"dot segments are resolved", "http://example.com/a/./b/../c", URL_OK, "http://example.com/a/c"},
        {"those at the end leave a slash", "http://example.com/a/b/..", URL_OK, "http://example.com/a/"},
        {"those spelt %2e too", "http://example.com/a/%2e/b/%2E%2e/c", URL_OK, "http://example.com/a/c"},
        {"three dots are a name", "http://example.com/a/.../c", URL_OK, "http://example.com/a/.../c"},
        {"none leads above the root", "http://example.com/../../a", URL_OK, "http://example.com/a"},
        {"dots in the query stay", "http://example.com/a?b/../c", URL_OK, "http://example.com/a?b/../c"},
        {"an empty segment counts", "http://example.com//a//b", URL_OK, "http://example.com//a//b"},
        {"an empty query is kept", "http://example.com/a?", URL_OK, "http://example.com/a?"},
        {"percent-encoding stays as written", "http://example.com/%2f%7e~%zz", URL_OK, "http://example.com/%2f%7e~%zz"},
        {"a space in the path", "http://example.com/a b", URL_OK, "http://example.com/a%20b"},
        {"a space in the query", "http://example.com/?a b", URL_OK, "http://example.com/?a%20b"},
        {"quotes", "http://example.com/\"'?\"'", URL_OK, "http://example.com/%22'?%22%27"},
        {"braces", "http://example.com/{a}?{a}", URL_OK, "http://example.com/%7Ba%7D?{a}"},
        {"white space around goes", " \t\n http://example.com/ \r\n", URL_OK, "http://example.com/"},
        {"line breaks inside go", "ht\ntp://exa\rmple.com/a\tb", URL_OK, "http://example.com/ab"},
        {"an IPv4 address", "http://192.0.2.1/", URL_OK, "http://192.0.2.1/"},
        {"an IPv4 address in disguise", "http://0xc0.0.0x201/", URL_OK, "http://192.0.2.1/"},
        {"an IPv4 address as a number", "http://3221225985/", URL_OK, "http://192.0.2.1/"},
        {"a number too large for one", "http://300.0.2.1/", URL_BAD_HOST, NULL},
        {"an IPv6 address is made canonical", "http://[2001:DB8:0::1]:8080/", URL_OK, "http://[2001:db8::1]:8080/"},
        {"an IPv6 address with a zone", "http://[fe80::1%25eth0]/", URL_BAD_HOST, NULL},
        {"an IPv6 address without its bracket", "http://[2001:db8::1/", URL_MALFORMED, NULL},
        {"mail", "mailto:a@example.com", URL_OTHER_SCHEME, NULL},
        {"script", "javascript:alert(1)", URL_OTHER_SCHEME, NULL},
        {"script spelt with a line break", "java\nscript:alert(1)", URL_OTHER_SCHEME, NULL},
        {"ftp", "ftp://example.com/", URL_OTHER_SCHEME, NULL},
        {"a relative reference without a base", "/a", URL_MALFORMED, NULL},
        {"nothing", "  ", URL_EMPTY, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        enum url_fault fault = url_parse(slice_of(rows[i].text), &url);
        if (fault != rows[i].fault || (fault == URL_OK && strcmp(url.text, rows[i].normal) != 0))
            fail_msg("%s: %s gave %s (%s)", rows[i].sentence, rows[i].text, url.text, url_fault_text(fault));
        url_release(&url);
    }
}

/* RFC 3986 §5.4, with the readings of browsers where they differ. */
static void test_resolve(void **state)
{
    (void)state;
    static const struct {
        const char *reference;
        const char *normal; /* NULL: refused */
    } rows[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"\\\\g\\h", "http://g/h"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"", "http://a/b/c/d;p?q"},
        {"  ", "http://a/b/c/d;p?q"},
        {"?", "http://a/b/c/d;p?"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"%2e%2E/g", "http://a/b/g"},
        {"/./g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"..g", "http://a/b/c/..g"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"http:g", "http://a/b/c/g"},
        {"http:/g", "http://a/g"},
        {"https:g", "https://g/"},
        {"https://h:444/x", "https://h:444/x"},
        {"///g", "http://g/"},
        {"a:b", NULL},
        {"1:b", "http://a/b/c/1:b"},
        {"./a:b", "http://a/b/c/a:b"},
        {"data:text/html,x", NULL},
        {" g h ", "http://a/b/c/g%20h"},
    };
    struct url base;
    assert_int_equal(url_parse(SLICE("http://a/b/c/d;p?q"), &base), URL_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        enum url_fault fault = url_resolve(&base, slice_of(rows[i].reference), &url);
        bool right =
            rows[i].normal == NULL ? fault != URL_OK : fault == URL_OK && strcmp(url.text, rows[i].normal) == 0;
        if (!right)
            fail_msg("\"%s\" gave %s (%s)", rows[i].reference, url.text, url_fault_text(fault));
        url_release(&url);
    }
    url_release(&base);
}

static void test_parts(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse(SLICE("https://Example.com:8443/a/b?c=d#e"), &url), URL_OK);
    assert_int_equal(url.scheme, URL_HTTPS);
    assert_int_equal(url.port, 8443);
    assert_string_equal(url.host, "example.com");
    assert_string_equal(url.path_query, "/a/b?c=d");
    assert_false(url_has_default_port(&url));
    assert_true(slice_equal(url_path(slice_of(url.path_query)), SLICE("/a/b")));
    assert_true(slice_equal(url_query(slice_of(url.path_query)), SLICE("c=d")));

    struct url copy;
    assert_int_equal(url_copy(&url, &copy), URL_OK);
    assert_true(url_equal(&url, &copy));
    assert_int_equal(copy.port, 8443);
    url_release(&copy);
    url_release(&url);

    assert_int_equal(url_make(URL_HTTP, SLICE("example.com"), 80, SLICE("/x?"), &url), URL_OK);
    assert_string_equal(url.text, "http://example.com/x?");
    assert_int_equal(url.port, 80);
    url_release(&url);
}

static void test_equal_but_scheme(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } rows[] = {
        {"http://e.com/a", "https://e.com/a", true},       {"http://e.com/a", "http://e.com/a", true},
        {"http://e.com:81/a", "https://e.com:81/a", true}, {"http://e.com/a", "https://e.com:8443/a", false},
        {"http://e.com/a", "https://e.com/b", false},      {"http://e.com/a", "https://www.e.com/a", false},
        {"http://e.com:443/", "https://e.com/", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url a;
        struct url b;
        assert_int_equal(url_parse(slice_of(rows[i].a), &a), URL_OK);
        assert_int_equal(url_parse(slice_of(rows[i].b), &b), URL_OK);
        if (url_equal_but_scheme(&a, &b) != rows[i].equal)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        url_release(&a);
        url_release(&b);
    }
}

static void test_length_is_bounded_as_given_and_as_encoded(void **state)
{
    (void)state;
    char text[LIMIT_URL_BYTES + 2];
    struct url url;
    memcpy(text, "http://e.com/", 13);
    memset(text + 13, 'a', sizeof text - 13);
    assert_int_equal(url_parse(slice_make(text, LIMIT_URL_BYTES), &url), URL_OK);
    assert_int_equal(strlen(url.text), LIMIT_URL_BYTES);
    url_release(&url);
    assert_int_equal(url_parse(slice_make(text, LIMIT_URL_BYTES + 1), &url), URL_TOO_LONG);
    memset(text + 13, ' ', sizeof text - 13);
    text[LIMIT_URL_BYTES - 1] = 'a';
    assert_int_equal(url_parse(slice_make(text, LIMIT_URL_BYTES), &url), URL_TOO_LONG);
    assert_null(url.text);
}

static void test_a_nul_byte_is_encoded(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse(SLICE("http://e.com/a\0b"), &url), URL_OK);
    assert_string_equal(url.text, "http://e.com/a%00b");
    url_release(&url);
    assert_int_equal(url_parse(SLICE("http://e.com\0.evil.test/"), &url), URL_BAD_HOST);
}

static void test_resolver_remembers_and_goes_on_when_full(void **state)
{
    (void)state;
    struct url base;
    enum url_fault fault = URL_OK;
    assert_int_equal(url_parse(SLICE("http://e.com/a/"), &base), URL_OK);
    struct url_resolver *resolver = url_resolver_new(&base);
    url_release(&base);
    assert_non_null(resolver);

    const struct url *first = url_resolver_get(resolver, SLICE("b"), NULL);
    assert_string_equal(first->text, "http://e.com/a/b");
    const char *text = first->text;
    for (int i = 0; i < LIMIT_LINKS_PER_PAGE + 10; i++) {
        char reference[16];
        int len = snprintf(reference, sizeof reference, "p%d", i);
        char expected[40];
        snprintf(expected, sizeof expected, "http://e.com/a/p%d", i);
        assert_string_equal(url_resolver_get(resolver, slice_make(reference, (size_t)len), &fault)->text, expected);
    }
    assert_ptr_equal(url_resolver_get(resolver, SLICE("b"), NULL)->text, text);
    assert_null(url_resolver_get(resolver, SLICE("mailto:x"), &fault));
    assert_int_equal(fault, URL_OTHER_SCHEME);
    url_resolver_free(resolver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_equal_but_scheme),
        cmocka_unit_test(test_length_is_bounded_as_given_and_as_encoded),
        cmocka_unit_test(test_a_nul_byte_is_encoded),
        cmocka_unit_test(test_resolver_remembers_and_goes_on_when_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

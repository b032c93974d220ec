/* References in pages. Expected values after RFC 3986, 5.4. */
#include "compare/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct row {
    const char *reference;
    const char *folded;
    enum reference_scheme scheme;
};

static void folds_references(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"http://a/b/c/g", "//a/b/c/g", REFERENCE_HTTP},
        {"https://a/b/c/g", "//a/b/c/g", REFERENCE_HTTPS},
        {"HTTPS://A:443/b", "//a/b", REFERENCE_HTTPS},
        {"http://a:80", "//a/", REFERENCE_HTTP},
        {"http://a:8080/", "//a:8080/", REFERENCE_HTTP},
        {"http://user@a./", "//a/", REFERENCE_HTTP},
        {"//other/x", "//other/x", REFERENCE_INHERITED},
        {"g", "//a/b/c/g", REFERENCE_INHERITED},
        {"./g", "//a/b/c/g", REFERENCE_INHERITED},
        {"g/", "//a/b/c/g/", REFERENCE_INHERITED},
        {"/g", "//a/g", REFERENCE_INHERITED},
        {"?y", "//a/b/c/d;p?y", REFERENCE_INHERITED},
        {"g?y#s", "//a/b/c/g?y", REFERENCE_INHERITED},
        {"#s", "//a/b/c/d;p?q", REFERENCE_INHERITED},
        {"", "//a/b/c/d;p?q", REFERENCE_INHERITED},
        {".", "//a/b/c/", REFERENCE_INHERITED},
        {"..", "//a/b/", REFERENCE_INHERITED},
        {"../g", "//a/b/g", REFERENCE_INHERITED},
        {"../..", "//a/", REFERENCE_INHERITED},
        {"../../../../g", "//a/g", REFERENCE_INHERITED},
        {"/./g/../h", "//a/h", REFERENCE_INHERITED},
        {"g.", "//a/b/c/g.", REFERENCE_INHERITED},
        {"..g", "//a/b/c/..g", REFERENCE_INHERITED},
        {" \n/g\t ", "//a/g", REFERENCE_INHERITED},
        {"http:\\\\a\\g", "//a/g", REFERENCE_HTTP},
        {"data:text/plain,x", "", REFERENCE_OTHER},
        {"javascript:void(0)", "", REFERENCE_OTHER},
        {"mailto:a@b", "", REFERENCE_OTHER},
    };
    const struct reference_base base = {SLICE("a"), SLICE("/b/c/d;p?q"), REFERENCE_INHERITED};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum reference_scheme scheme = reference_fold(slice_of(rows[i].reference), &base, &out);
        if (scheme != rows[i].scheme || !slice_equal(buf_slice(&out), slice_of(rows[i].folded))) {
            fail_msg("%s: %.*s", rows[i].reference, SLICE_ARG(buf_slice(&out)));
        }
    }
    buf_release(&out);
}

static void without_a_host_only_paths_count(void **state)
{
    (void)state;
    const struct reference_base base = {SLICE_EMPTY, SLICE("/b/c"), REFERENCE_INHERITED};
    struct buf out = {0};
    assert_int_equal(reference_fold(SLICE("https://www.example.com/x"), &base, &out), REFERENCE_HTTPS);
    assert_true(slice_equal(buf_slice(&out), SLICE("///x")));
    assert_int_equal(reference_fold(SLICE("/x"), &base, &out), REFERENCE_INHERITED);
    assert_true(slice_equal(buf_slice(&out), SLICE("///x")));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_references),
        cmocka_unit_test(without_a_host_only_paths_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

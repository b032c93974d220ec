#include "base/digest.h"
#include "base/json_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* FIPS 180-4, examples of NIST. */
static void test_sha_256(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char digest[DIGEST_TEXT_BYTES];
        struct err err = ERR_INIT;
        assert_int_equal(digest_sha256(slice_of(rows[i].text), digest, &err), 0);
        assert_string_equal(digest, rows[i].digest);
    }
}

static void test_json_that_is_read(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct json_value *document = json_read(SLICE("{\"a\":[1,2.5,\"x\",true,null],\"b\":{\"c\":-3},\"n\":null}"), &err);
    int64_t whole = 0;
    double number = 0;
    bool flag = false;
    struct slice text = SLICE_EMPTY;
    assert_true(json_value_is_object(document));
    const struct json_value *array = json_member(document, "a");
    assert_true(json_value_is_array(array));
    assert_int_equal(json_count(array), 5);
    assert_int_equal(json_get_int(json_item(array, 0), &whole), 0);
    assert_int_equal(whole, 1);
    assert_int_equal(json_get_int(json_item(array, 1), &whole), -1);
    assert_int_equal(json_get_number(json_item(array, 1), &number), 0);
    assert_true(number > 2.4 && number < 2.6);
    assert_int_equal(json_get_text(json_item(array, 2), &text), 0);
    assert_true(slice_equal(text, SLICE("x")));
    assert_int_equal(json_get_bool(json_item(array, 3), &flag), 0);
    assert_true(flag);
    assert_null(json_item(array, 4));
    assert_null(json_item(array, 5));
    assert_null(json_member(document, "n"));
    assert_null(json_member(document, "missing"));
    assert_null(json_member(array, "a"));
    assert_int_equal(json_get_int(json_member(json_member(document, "b"), "c"), &whole), 0);
    assert_int_equal(whole, -3);
    assert_int_equal(json_get_int(NULL, &whole), -1);
    assert_false(json_value_is_object(NULL));
    json_free(document);
    json_free(NULL);
}

static void test_json_that_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "{",
        "{\"a\":1",
        "{\"a\":1}x",
        "{\"a\":1,\"a\":2}",
        "{'a':1}",
        "[1,]",
        "[01]",
        "[\"\\u0000\"]",
        "[99999999999999999999]",
        "[1e999]",
        "[\"\xff\"]",
        "[nul]",
        "1", /* neither object nor array */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        if (json_read(slice_of(rows[i]), &err) != NULL) {
            fail_msg("'%s' is read", rows[i]);
        }
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.message, "no JSON"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha_256),
        cmocka_unit_test(test_json_that_is_read),
        cmocka_unit_test(test_json_that_is_refused),
    };
    return cmocka_run_group_tests_name("digest and JSON", tests, NULL, NULL);
}

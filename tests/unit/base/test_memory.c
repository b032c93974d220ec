/* Buffers, slices, arenas, sets, errors: what everything else is made of. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/rng.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_buffer_keeps_its_ceiling(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_int_equal(buf_append_text(&buf, "12345"), 0);
    assert_int_equal(buf_printf(&buf, "%s", "67890"), 0);
    assert_int_equal(buf_append_byte(&buf, 'x'), -1);
    assert_true(buf.failed);
    assert_string_equal(buf_text(&buf), "1234567890");
    assert_int_equal(buf_append(&buf, "", 0), -1); /* a failure sticks */
    buf_reset(&buf);
    assert_int_equal(buf_append_byte(&buf, 'y'), 0);
    char *taken = buf_take(&buf);
    assert_string_equal(taken, "y");
    free(taken);
    assert_string_equal(buf_text(&buf), "");
    buf_release(&buf);
}

static void test_slices(void **state)
{
    (void)state;
    struct slice rest = SLICE("a,,b"), part;
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("a")));
    assert_true(slice_next(&rest, ',', &part) && part.len == 0);
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("b")));
    assert_false(slice_next(&rest, ',', &part));
    assert_true(slice_equal(slice_trim(SLICE(" \t\r\n x y \f")), SLICE("x y")));
    assert_true(slice_equal_nocase(SLICE("HoSt"), SLICE("hOsT")));
    assert_false(slice_equal_nocase(SLICE("\xc3\x84"), SLICE("\xc3\xa4"))); /* ASCII letters alone */
    assert_int_equal(slice_find_nocase(SLICE("x-ABC"), SLICE("abc")), 2);
    assert_int_equal(slice_find_nocase(SLICE("aAbabAbC"), SLICE("aBc")), 5);
    assert_int_equal(slice_find_nocase(SLICE("--->"), SLICE("-->")), 1);
    assert_int_equal(slice_find_nocase(SLICE("ab"), SLICE("abc")), 2);
    assert_int_equal(slice_find_nocase(SLICE("ab"), SLICE("")), 0);
    assert_int_equal(slice_find(SLICE("abc"), SLICE("abcd")), 3);
    assert_int_equal(slice_find(SLICE_EMPTY, SLICE("a")), 0);
    assert_true(slice_ends_with(SLICE("a.example"), SLICE(".example")));
    assert_int_equal(slice_from(SLICE("abc"), 9).len, 0);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *texts[1000];
    for (int i = 0; i < 1000; i++) {
        texts[i] = arena_printf(&arena, "text number %d", i);
    }
    unsigned char *large = arena_alloc(&arena, 100000);
    assert_non_null(large);
    assert_int_equal(large[99999], 0);
    assert_int_equal((uintptr_t)large % 16, 0);
    assert_string_equal(texts[0], "text number 0");
    assert_string_equal(texts[999], "text number 999");
    assert_null(arena_text(&arena, NULL));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    arena_release(&arena);
    arena_release(&arena);
}

static void test_set(void **state)
{
    (void)state;
    struct hash_set set;
    hash_set_init(&set, 5000);
    assert_false(hash_set_has(&set, 0));
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(hash_set_add(&set, i * 0x100000000u), 1);
    }
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(hash_set_add(&set, i * 0x100000000u), 0);
        assert_false(hash_set_has(&set, i * 0x100000000u + 1));
    }
    assert_int_equal(hash_set_add(&set, 1), -1); /* full */
    assert_int_equal(set.count, 5000);
    hash_set_release(&set);
}

static void test_generator_is_fair_and_repeatable(void **state)
{
    (void)state;
    struct rng a, b;
    unsigned seen[6] = {0};
    rng_init(&a, 42);
    rng_init(&b, 42);
    for (int i = 0; i < 60000; i++) {
        uint64_t x = rng_below(&a, 6);
        assert_true(x == rng_below(&b, 6));
        seen[x]++;
    }
    for (int i = 0; i < 6; i++) {
        assert_in_range(seen[i], 9500, 10500);
    }
    assert_int_equal(rng_below(&a, 0), 0);
}

static void test_errors(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_set(&err, ERR_USAGE, "%s: bad \x1b[31m line\n", "file"), -1);
    assert_string_equal(err.message, "file: bad ?[31m line?");
    assert_int_equal(err_prefix(&err, "reading %d", 1), -1);
    assert_string_equal(err.message, "reading 1: file: bad ?[31m line?");
    assert_int_equal(err.kind, ERR_USAGE);
    errno = ENOENT;
    err_set_errno(&err, ERR_INTERNAL, "x");
    assert_string_equal(err.message, "x: No such file or directory");
    for (int i = 0; i < 5000; i++) {
        err_prefix(&err, "again");
    }
    assert_true(strlen(err.message) < sizeof err.message);
    assert_int_equal(err_memory(NULL), -1);
}

static void test_files(void **state)
{
    (void)state;
    struct buf content;
    struct err err = ERR_INIT;
    char path[] = "/tmp/origintls-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "hello", 5), 5);
    close(fd);
    assert_int_equal(file_read(path, 5, &content, &err), 0);
    assert_string_equal(buf_text(&content), "hello");
    buf_release(&content);
    assert_int_equal(file_read(path, 4, &content, &err), -1);
    assert_non_null(strstr(err.message, path));
    buf_release(&content);
    unlink(path);
    assert_int_equal(file_read(path, 5, &content, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    buf_release(&content);
    assert_int_equal(file_read("/", 5, &content, &err), -1);
    assert_non_null(strstr(err.message, "directory"));
    buf_release(&content);
}

static void write_sample(struct json_writer *json)
{
    json_object_open(json);
    json_key_text(json, "text",
                  "a\"b\\c\n\x1b\xe2\x80\xa8\xff"
                  "d");
    json_key_null(json, "nothing");
    json_key_number(json, "share", 0.04870, 4);
    json_key_number(json, "nan", NAN, 4);
    json_key_time(json, "at", 1795455900);
    json_key_time(json, "never", -1);
    json_key(json, "list");
    json_array_open(json);
    json_int(json, -3);
    json_uint(json, UINT64_MAX);
    json_bool(json, true);
    json_array_open(json);
    json_array_close(json);
    json_array_close(json);
    json_object_close(json);
}

static void test_json(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer json;
    buf_init(&out, 0);
    json_init(&json, &out, false);
    write_sample(&json);
    assert_string_equal(buf_text(&out), "{\"text\":\"a\\\"b\\\\c\\n\\u001b\\u2028\xef\xbf\xbd"
                                        "d\",\"nothing\":null,\"share\":0.0487,"
                                        "\"nan\":null,\"at\":\"2026-11-23T17:45:00Z\",\"never\":null,"
                                        "\"list\":[-3,18446744073709551615,true,[]]}");
    assert_false(out.failed);
    buf_reset(&out);
    json_init(&json, &out, true);
    json_object_open(&json);
    json_key_int(&json, "a", 1);
    json_object_close(&json);
    assert_string_equal(buf_text(&out), "{\n  \"a\": 1\n}");
    buf_release(&out);
}

static void test_json_refuses_nonsense(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer json;
    buf_init(&out, 0);
    json_init(&json, &out, false);
    json_object_open(&json);
    json_int(&json, 1); /* a value without a key */
    assert_true(out.failed);
    buf_reset(&out);
    json_init(&json, &out, false);
    json_array_open(&json);
    json_object_close(&json);
    assert_true(out.failed);
    buf_reset(&out);
    json_init(&json, &out, false);
    for (int i = 0; i <= JSON_DEPTH_MAX; i++) {
        json_array_open(&json);
    }
    assert_true(out.failed);
    buf_release(&out);
}

static void remember(void *context, enum log_level level, const char *line)
{
    (void)level;
    snprintf(context, 100, "%s", line);
}

static void test_log(void **state)
{
    (void)state;
    char seen[100] = "";
    log_line(LOG_ERROR, "nobody listens");
    log_set_sink(remember, seen, LOG_INFO);
    log_line(LOG_DEBUG, "too much");
    assert_string_equal(seen, "");
    log_line(LOG_INFO, "zone %s\x1b", "a");
    assert_string_equal(seen, "zone a?");
    log_set_sink(NULL, NULL, LOG_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_keeps_its_ceiling),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_generator_is_fair_and_repeatable),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_refuses_nonsense),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

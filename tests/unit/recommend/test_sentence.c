#include "recommend/sentence.h"

#include "base/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void put_everything(struct sentence_values *values)
{
    sentence_put_text(values, "text", "plain \"text\"");
    sentence_put_text(values, "nothing", NULL);
    sentence_put_excerpt(values, "cut", "gr\xc3\xbc\xc3\x9f", 3);
    sentence_put_count(values, "count", 12);
    sentence_put_share(values, "share", 0.04872);
    sentence_put_bound(values, "bound", 0.04872);
    sentence_put_probability(values, "certain", 0.999999);
    sentence_put_day(values, "day", 1767225600);
    sentence_put_time(values, "time", 1767225600);
    sentence_put_span(values, "hours", 6 * 3600);
    sentence_put_span(values, "none", 0);
    sentence_put_span(values, "back", -1);
}

static const struct {
    const char *title, *sentence, *expected;
} rows[] = {
    {"no place", "As it is.", "As it is."},
    {"values of all kinds", "{text}, {count}, {share}, {bound}, {certain}, {day}, {time}, {hours}",
     "plain \"text\", 12, 4.872 %, 4.9 %, above 99.99 %, 2026-01-01, 2026-01-01T00:00:00Z, 6 h"},
    {"a place without a value stays", "{nothing} and {whatever}.", "{nothing} and {whatever}."},
    {"a clause without a value goes", "A[ {nothing}] b[ {count}][ {count} of {nothing}].", "A b 12."},
    {"text is cut between two characters", "{cut}", "gr"},
    {"no time, and less than none", "{none}, {back}", "0 s, 0 s"},
    {"brackets and braces that do not end", "{count} {count [{count}", "12 {count [12"},
    {"nothing at all", "", ""},
};

static void places_are_filled(void **state)
{
    (void)state;
    struct sentence_values values = {.count = 0};
    put_everything(&values);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[SENTENCE_BYTES];
        if (strcmp(sentence_fill(rows[i].sentence, &values, out), rows[i].expected) != 0) {
            fail_msg("%s: '%s' instead of '%s'", rows[i].title, out, rows[i].expected);
        }
    }
}

static void a_sentence_has_its_bound(void **state)
{
    (void)state;
    char lengthy[3 * SENTENCE_BYTES];
    char out[SENTENCE_BYTES];
    struct sentence_values values = {.count = 0};
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    memcpy(lengthy + SENTENCE_BYTES - 2, "\xc3\xbc", 2);
    sentence_put_text(&values, "lengthy", lengthy);
    assert_int_equal(strlen(sentence_fill("{lengthy}", &values, out)), SENTENCE_BYTES - 2);
    values.count = 0;
    for (int i = 0; i < 2 * SENTENCE_VALUES_MAX; i++) {
        sentence_put_count(&values, "n", (uint64_t)i);
    }
    assert_int_equal(values.count, SENTENCE_VALUES_MAX);
}

static void values_are_told_as_json(void **state)
{
    (void)state;
    struct sentence_values values = {.count = 0};
    struct buf out = {.data = NULL};
    struct json_writer json;
    sentence_put_text(&values, "text", "a \"b\"");
    sentence_put_count(&values, "count", 12);
    sentence_put_share(&values, "share", 0.5);
    sentence_put_span(&values, "span", 3600);
    sentence_put_day(&values, "day", 1767225600);
    json_init(&json, &out, false);
    sentence_write_values(&json, &values);
    assert_string_equal(buf_text(&out),
                        "[{\"name\":\"text\",\"value\":\"a \\\"b\\\"\"},{\"name\":\"count\",\"value\":12},"
                        "{\"name\":\"share\",\"value\":0.5},{\"name\":\"span\",\"value\":3600},"
                        "{\"name\":\"day\",\"value\":\"2026-01-01\"}]");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled),
        cmocka_unit_test(a_sentence_has_its_bound),
        cmocka_unit_test(values_are_told_as_json),
    };
    return cmocka_run_group_tests_name("sentences", tests, NULL, NULL);
}

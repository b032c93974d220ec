#include "reports/ladder.h"
#include "reports/phrases.h"
#include "reports/text_page.h"
#include "tests/support/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sizes_are_rounded_for_people(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *phrase;
    } rows[] = {
        {0, "0 bytes"},      {1, "1 byte"},          {999, "999 bytes"},
        {1000, "1.0 kB"},    {999949, "999.9 kB"},   {999950, "1.0 MB"},
        {2311845, "2.3 MB"}, {7000000000, "7.0 GB"}, {UINT64_MAX, "18446744.1 TB"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 0);
        phrase_bytes(&out, rows[i].bytes);
        assert_string_equal(buf_text(&out), rows[i].phrase);
        buf_release(&out);
    }
}

static void lifetimes_are_told_in_days(void **state)
{
    static const struct {
        int64_t not_after_s, now_s;
        const char *phrase;
    } rows[] = {
        {86400 * 10, 86400 * 9, "valid, until 1970-01-11 (1 day left)"},
        {86400 * 10, 86400 * 10, "valid, until 1970-01-11 (0 days left)"},
        {86400 * 10, 86400 * 12 + 5, "valid, until 1970-01-11 (2 days ago)"},
        {86400 * 10, -1, "valid, until 1970-01-11"},
        {-1, 86400, "valid"},
        {INT64_MAX, 0, "valid, until 9999-12-31 (106751991167300 days left)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate_record certificate = {.seen = true, .not_after_s = rows[i].not_after_s};
        struct buf out;
        buf_init(&out, 0);
        phrase_certificate(&out, &certificate, rows[i].now_s);
        assert_string_equal(buf_text(&out), rows[i].phrase);
        buf_release(&out);
    }
}

static void text_is_wrapped_between_words_and_inside_long_ones(void **state)
{
    static const struct {
        const char *sentence;
        int indent;
        const char *text;
        const char *page;
    } rows[] = {
        {"a short text stays", 2, "one two", "one two"},
        {"words that do not fit go on the next line, indented", 4,
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbb ccccc",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    bbbbb ccccc"},
        {"a word longer than the page is cut", 0, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyyy",
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nyyy"},
        {"several blanks are one", 0, "a   b", "a b"},
        {"a control character is shown", 0, "a\nb\x1b", "a\\x0ab\\x1b"},
        {"wide characters take two columns", 0, "漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢",
         "漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢\n漢"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_style style = {false, 60};
        struct text_page page;
        struct buf out;
        buf_init(&out, 0);
        text_page_init(&page, &style, &out);
        text_wrap(&page, rows[i].indent, TEXT_PLAIN, rows[i].text);
        if (strcmp(buf_text(&out), rows[i].page) != 0) {
            fail_msg("%s: \"%s\"", rows[i].sentence, buf_text(&out));
        }
        buf_release(&out);
    }
}

static void each_mode_has_its_rung(void **state)
{
    static const struct {
        const char *sentence;
        size_t hostname; /* of the mixed sample */
        enum rung_state states[MODE_COUNT];
    } rows[] = {
        {"two stronger modes are ruled out",
         0,
         {RUNG_WEAKER, RUNG_TODAY, RUNG_RULED_OUT, RUNG_RULED_OUT, RUNG_NOT_ASKED}},
        {"without a verdict nothing is known",
         1,
         {RUNG_WEAKER, RUNG_TODAY, RUNG_UNKNOWN, RUNG_UNKNOWN, RUNG_NOT_ASKED}},
        {"today's mode no longer works",
         2,
         {RUNG_WEAKER, RUNG_WEAKER, RUNG_TODAY_BROKEN, RUNG_RULED_OUT, RUNG_NOT_ASKED}},
        {"held at the bottom, everything is safe", 3, {RUNG_TODAY, RUNG_SAFE, RUNG_SAFE, RUNG_SAFE, RUNG_HELD}},
    };
    struct scan_record record;
    (void)state;
    sample_mixed(&record);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ladder ladder = ladder_of(&record.hostnames[rows[i].hostname]);
        for (int mode = 0; mode < MODE_COUNT; mode++) {
            if (ladder.states[mode] != rows[i].states[mode]) {
                fail_msg("%s: %s is %s", rows[i].sentence, mode_name((enum mode)mode),
                         rung_state_name(ladder.states[mode]));
            }
        }
    }
    scan_record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_rounded_for_people),
        cmocka_unit_test(lifetimes_are_told_in_days),
        cmocka_unit_test(text_is_wrapped_between_words_and_inside_long_ones),
        cmocka_unit_test(each_mode_has_its_rung),
    };
    return cmocka_run_group_tests_name("phrases", tests, NULL, NULL);
}

/* Whatever an origin puts into a name, a detail or a certificate: text stays text, JSON stays JSON. */
#include "base/utf8.h"
#include "reports/report.h"
#include "reports/text_page.h"
#include "tests/support/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* Every report of one format over the hostile zone. */
static void write_all(const struct report_writer *writer, struct report_style style, struct buf *out)
{
    struct scan_record record;
    struct report_list list;
    sample_hostile(&record);
    buf_init(out, 0);
    if (writer->scan != NULL) {
        writer->scan(&record, &style, out);
        writer->explain(&record, &style, out);
    }
    report_list_begin(&list, writer, &style, out);
    report_list_add(&list, &record);
    report_list_end(&list);
    assert_false(out->failed);
    scan_record_release(&record);
}

/* Lines end with a line feed, those of CSV with a carriage return before it. */
static void assert_safe_for_a_terminal(struct slice text)
{
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        size_t len = utf8_decode(slice_from(text, i), &code);
        bool ends_line = code == '\n' || slice_starts_with(slice_from(text, i), SLICE("\r\n"));
        if (!ends_line && utf8_is_unsafe(code)) {
            fail_msg("U+%04X at byte %zu", code, i);
        }
        /* A byte that is not UTF-8 decodes to the replacement in one byte; the real one takes three. */
        assert_false(code == UTF8_REPLACEMENT && len == 1);
        i += len;
    }
}

static void no_format_lets_a_control_character_through(void **state)
{
    (void)state;
    for (size_t i = 0; report_writer_at(i) != NULL; i++) {
        struct buf out;
        write_all(report_writer_at(i), (struct report_style){false, 80}, &out);
        assert_safe_for_a_terminal(buf_slice(&out));
        buf_release(&out);
    }
}

static bool skip_own_color(struct slice *text)
{
    static const char *const own[] = {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (slice_starts_with(*text, slice_of(own[i]))) {
            *text = slice_from(*text, strlen(own[i]));
            return true;
        }
    }
    return false;
}

static void in_color_only_our_own_escapes_are_there(void **state)
{
    struct buf out;
    struct buf rest;
    (void)state;
    write_all(report_writer_find("text"), (struct report_style){true, 80}, &out);
    buf_init(&rest, 0);
    for (struct slice text = buf_slice(&out); text.len > 0;) {
        if (!skip_own_color(&text)) {
            buf_append_byte(&rest, text.ptr[0]);
            text = slice_from(text, 1);
        }
    }
    assert_true(rest.len < out.len);
    assert_safe_for_a_terminal(buf_slice(&rest));
    buf_release(&out);
    buf_release(&rest);
}

static void no_line_of_text_is_wider_than_the_page(void **state)
{
    static const int widths[] = {60, 80, 120};
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct scan_record record;
        struct buf out;
        struct report_style style = {false, widths[i]};
        struct slice line;
        sample_hostile(&record);
        /* A hostname is never broken; every other text is. */
        record.hostnames[0].hostname = "short.example";
        record.hostnames[0].origins[0].address = "192.0.2.1";
        buf_init(&out, 0);
        report_writer_find("text")->scan(&record, &style, &out);
        report_writer_find("text")->explain(&record, &style, &out);
        for (struct slice text = buf_slice(&out); slice_next(&text, '\n', &line);) {
            if (text_width(line) > widths[i]) {
                fail_msg("%d columns of %d: %.*s", text_width(line), widths[i], SLICE_ARG(line));
            }
        }
        buf_release(&out);
        scan_record_release(&record);
    }
}

/* An independent reader gets the texts back. */
static void json_is_read_back_by_another_library(void **state)
{
    struct scan_record record;
    struct buf out;
    struct report_style style = {0};
    json_error_t error;
    (void)state;
    sample_hostile(&record);
    record.hostnames[0].origins[0].blockers[0].detail = "\x1b[2J\"\\</script>\xe2\x80\xae\xf0\x9f\xa6\x8a\n\t";
    buf_init(&out, 0);
    report_writer_find("json")->scan(&record, &style, &out);
    json_t *root = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("%s at line %d", error.text, error.line);
    }
    json_t *hostname = json_array_get(json_object_get(root, "hostnames"), 0);
    json_t *origin = json_array_get(json_object_get(hostname, "origins"), 0);
    json_t *blocker = json_array_get(json_object_get(origin, "blockers"), 0);
    assert_string_equal(json_string_value(json_object_get(blocker, "detail")),
                        record.hostnames[0].origins[0].blockers[0].detail);
    assert_int_equal(json_string_length(json_object_get(hostname, "hostname")), 10000);
    json_t *names = json_object_get(json_object_get(origin, "certificate"), "names");
    assert_int_equal(json_array_size(names), 3);
    assert_string_equal(json_string_value(json_array_get(names, 1)), "");
    json_decref(root);
    buf_release(&out);
    scan_record_release(&record);
}

static void a_full_buffer_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; report_writer_at(i) != NULL; i++) {
        struct scan_record record;
        struct buf out;
        struct report_style style = {0};
        struct report_list list;
        sample_mixed(&record);
        buf_init(&out, 100);
        report_list_begin(&list, report_writer_at(i), &style, &out);
        report_list_add(&list, &record);
        report_list_end(&list);
        assert_true(out.failed);
        assert_true(out.len <= 100);
        buf_release(&out);
        scan_record_release(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_format_lets_a_control_character_through),
        cmocka_unit_test(in_color_only_our_own_escapes_are_there),
        cmocka_unit_test(no_line_of_text_is_wider_than_the_page),
        cmocka_unit_test(json_is_read_back_by_another_library),
        cmocka_unit_test(a_full_buffer_is_noticed),
    };
    return cmocka_run_group_tests_name("hostile records", tests, NULL, NULL);
}

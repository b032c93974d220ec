/* What people and programs read, word for word. */
#include "base/clock.h"
#include "base/file.h"
#include "reports/report.h"
#include "tests/support/golden.h"
#include "tests/support/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef void make_sample(struct scan_record *record);

enum report_kind { SCAN, EXPLAIN };

static const struct golden_row {
    const char *name; /* of the file */
    make_sample *make;
    enum report_kind kind;
    const char *format;
    struct report_style style;
} rows[] = {
    {"scan_upgrade.txt", sample_upgrade, SCAN, "text", {false, 0}},
    {"scan_upgrade_color.txt", sample_upgrade, SCAN, "text", {true, 0}},
    {"scan_upgrade.json", sample_upgrade, SCAN, "json", {false, 0}},
    {"scan_mixed.txt", sample_mixed, SCAN, "text", {false, 0}},
    {"scan_mixed_80_columns.txt", sample_mixed, SCAN, "text", {false, 80}},
    {"scan_mixed.json", sample_mixed, SCAN, "json", {false, 0}},
    {"explain_upgrade.txt", sample_upgrade, EXPLAIN, "text", {false, 0}},
    {"explain_mixed.txt", sample_mixed, EXPLAIN, "text", {false, 0}},
    {"explain_mixed.json", sample_mixed, EXPLAIN, "json", {false, 0}},
};

static void reports_read_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct golden_row *row = &rows[i];
        const struct report_writer *writer = report_writer_find(row->format);
        struct scan_record record;
        struct buf out;
        char path[128];
        buf_init(&out, 0);
        row->make(&record);
        (row->kind == SCAN ? writer->scan : writer->explain)(&record, &row->style, &out);
        assert_false(out.failed);
        snprintf(path, sizeof path, "tests/golden/reports/%s", row->name);
        golden_assert(path, buf_text(&out));
        buf_release(&out);
        scan_record_release(&record);
    }
}

static void write_list_in(int columns, const char *format, make_sample *const *samples, size_t count, struct buf *out)
{
    struct report_style style = {false, columns};
    const struct report_context context = {.now_s = time_from_civil(2026, 11, 24, 6, 0, 0), .require = MODE_FULL};
    struct report_list list;
    buf_init(out, 0);
    report_list_begin_in(&list, report_writer_find(format), &style, &context, out);
    for (size_t i = 0; i < count; i++) {
        struct scan_record record;
        samples[i](&record);
        report_list_add(&list, &record);
        scan_record_release(&record);
    }
    report_list_end(&list);
}

static void write_list(const char *format, make_sample *const *samples, size_t count, struct buf *out)
{
    write_list_in(110, format, samples, count, out);
}

static void a_narrow_terminal_has_the_blockers_below_the_row(void **state)
{
    make_sample *const samples[] = {sample_upgrade, sample_mixed};
    struct buf out;
    (void)state;
    write_list_in(80, "text", samples, 2, &out);
    golden_assert("tests/golden/reports/list_80_columns.txt", buf_text(&out));
    buf_release(&out);
}

/* html is looked at in a browser, by another test. */
static void lists_read_as_they_should(void **state)
{
    static const struct {
        const char *format, *file;
    } lists[] = {{"text", "list.txt"},    {"json", "list.json"},       {"ndjson", "list.ndjson"},  {"csv", "list.csv"},
                 {"markdown", "list.md"}, {"junit", "list_junit.xml"}, {"prometheus", "list.prom"}};
    make_sample *const samples[] = {sample_upgrade, sample_mixed};
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct buf out;
        char path[128];
        write_list(lists[i].format, samples, 2, &out);
        snprintf(path, sizeof path, "tests/golden/reports/%s", lists[i].file);
        golden_assert(path, buf_text(&out));
        buf_release(&out);
    }
}

static void empty_lists_are_whole(void **state)
{
    struct buf out;
    (void)state;
    write_list("json", NULL, 0, &out);
    assert_string_equal(buf_text(&out), "[]\n");
    buf_release(&out);
    write_list("ndjson", NULL, 0, &out);
    assert_string_equal(buf_text(&out), "");
    buf_release(&out);
    write_list("text", NULL, 0, &out);
    golden_assert("tests/golden/reports/list_empty.txt", buf_text(&out));
    buf_release(&out);
}

/* A caller that empties the buffer after every piece writes the same bytes. */
static void lists_can_be_written_piece_by_piece(void **state)
{
    make_sample *const samples[] = {sample_upgrade, sample_mixed, sample_upgrade};
    const struct report_style style = {false, 110};
    const struct report_context context = {.now_s = time_from_civil(2026, 11, 24, 6, 0, 0), .require = MODE_FULL};
    (void)state;
    for (size_t f = 0; report_writer_at(f) != NULL; f++) {
        struct buf whole;
        struct buf piece;
        struct buf joined;
        struct report_list list;
        write_list(report_writer_at(f)->name, samples, 3, &whole);
        buf_init(&piece, 0);
        buf_init(&joined, 0);
        report_list_begin_in(&list, report_writer_at(f), &style, &context, &piece);
        for (size_t i = 0; i < 3; i++) {
            struct scan_record record;
            samples[i](&record);
            report_list_add(&list, &record);
            scan_record_release(&record);
            buf_append_slice(&joined, buf_slice(&piece));
            buf_reset(&piece);
        }
        report_list_end(&list);
        buf_append_slice(&joined, buf_slice(&piece));
        assert_string_equal(buf_text(&joined), buf_text(&whole));
        buf_release(&whole);
        buf_release(&piece);
        buf_release(&joined);
    }
}

static void writers_are_found_by_name(void **state)
{
    (void)state;
    assert_string_equal(report_writer_find("text")->name, "text");
    assert_null(report_writer_find("xml"));
    assert_null(report_writer_find(""));
    size_t count = 0;
    for (; report_writer_at(count) != NULL; count++) {
        assert_string_equal(report_writer_at(count)->name, report_list_formats[count]);
        assert_ptr_equal(report_writer_find(report_list_formats[count]), report_writer_at(count));
    }
    assert_null(report_list_formats[count]);
}

/* A code that is new in the table is new in the schema, too. */
static void every_code_is_in_the_schema(void **state)
{
    struct buf schema;
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(file_read("docs/schema/common.schema.json", 1u << 20, &schema, &err), 0);
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, "\"%s\"", code_name((enum code)code));
        if (strstr(buf_text(&schema), quoted) == NULL) {
            fail_msg("%s is missing", quoted);
        }
    }
    buf_release(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_read_as_they_should), cmocka_unit_test(lists_read_as_they_should),
        cmocka_unit_test(a_narrow_terminal_has_the_blockers_below_the_row),
        cmocka_unit_test(empty_lists_are_whole),       cmocka_unit_test(lists_can_be_written_piece_by_piece),
        cmocka_unit_test(writers_are_found_by_name),   cmocka_unit_test(every_code_is_in_the_schema),
    };
    return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}

/* How much a page holds: what a browser bears, and no zone more. The figures count the rest, too. */
#include "base/limits.h"
#include "reports/report.h"
#include "tests/support/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Adds the record until nothing more is told of it; how often it was told. */
static size_t fill_page(struct report_list *list, const struct scan_record *record, size_t most)
{
    size_t told = 0;
    for (size_t i = 0; i < most; i++) {
        buf_reset(list->out);
        report_list_add(list, record);
        told += list->out->len > 0;
    }
    return told;
}

static void the_table_ends_behind_the_zone_that_reaches_its_number(void **state)
{
    struct scan_record record;
    struct report_list list;
    struct buf out;
    const struct report_context context = {.page_hostnames = 7};
    (void)state;
    sample_upgrade(&record);
    buf_init(&out, 0);
    report_list_begin_in(&list, report_writer_find("html"), &(struct report_style){false, 0}, &context, &out);
    assert_int_equal(fill_page(&list, &record, 20), (7 + record.hostname_count - 1) / record.hostname_count);
    assert_int_equal(list.totals.hostnames, 20 * record.hostname_count);
    buf_release(&out);
    scan_record_release(&record);
}

static void the_table_ends_where_a_browser_would_not_read_on(void **state)
{
    enum { NAME_BYTES = 4 << 20 };
    struct scan_record record;
    struct report_list list;
    struct buf out;
    char *name = malloc(NAME_BYTES + 1);
    (void)state;
    assert_non_null(name);
    memset(name, 'a', NAME_BYTES);
    name[NAME_BYTES] = '\0';
    sample_upgrade(&record);
    record.zone = name;
    buf_init(&out, 0);
    report_list_begin(&list, report_writer_find("html"), &(struct report_style){false, 0}, &out);
    assert_int_equal(fill_page(&list, &record, 100), LIMIT_PAGE_BYTES / NAME_BYTES);
    assert_int_equal(list.totals.zones, 100);
    buf_release(&out);
    scan_record_release(&record);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_ends_behind_the_zone_that_reaches_its_number),
        cmocka_unit_test(the_table_ends_where_a_browser_would_not_read_on),
    };
    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}

/* How far a fleet run is, word for word. */
#include "cli/fleet_progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *sentence;
    struct fleet_progress progress;
    double requests;
    const char *line;
} rows[] = {
    {"at the beginning nobody can tell the end",
     {.total = 3000, .in_flight = 200, .seconds = 0},
     0,
     "0/3000 zones (0.0/s), 0 requests/s, 200 in flight, ETA unknown"},
    {"what matters most stands first, and counts of nothing are left out",
     {.total = 3000, .done = 1200, .by_status = {1100, 0, 100, 0}, .in_flight = 39, .seconds = 24},
     507.4,
     "1200/3000 zones (50.0/s), 507 requests/s, 39 in flight, ETA 36 s, 1100 complete, 100 incomplete"},
    {"every status and our own failures",
     {.total = 10, .done = 9, .by_status = {2, 3, 3, 1}, .failed = 1, .in_flight = 1, .seconds = 9},
     1,
     "9/10 zones (1.0/s), 1 requests/s, 1 in flight, ETA 1 s, 2 complete, 3 partial, 3 incomplete, 1 opted out, 1 "
     "failed"},
    {"minutes",
     {.total = 1300, .done = 100, .seconds = 100},
     0,
     "100/1300 zones (1.0/s), 0 requests/s, 0 in flight, "
     "ETA 20 min"},
    {"hours",
     {.total = 1000000, .done = 1000, .seconds = 10},
     2000,
     "1000/1000000 zones (100.0/s), 2000 requests/s, 0 in flight, ETA 2.8 h"},
    {"a run whose zones a pattern chooses knows no total",
     {.done = 5, .seconds = 5},
     4,
     "5 zones (1.0/s), 4 requests/s, 0 in flight, ETA unknown"},
    {"a run that goes on does more than was due when it began",
     {.total = 5, .done = 7, .seconds = 7},
     4,
     "7 zones (1.0/s), 4 requests/s, 0 in flight, ETA unknown"},
    {"nobody asks when a run that is stopped would have ended",
     {.total = 10, .done = 5, .in_flight = 2, .seconds = 5, .stopping = true},
     0,
     "5/10 zones (1.0/s), 0 requests/s, 2 in flight, stopping"},
};

static void reads_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[FLEET_PROGRESS_BYTES];
        if (strcmp(fleet_progress_line(&rows[i].progress, rows[i].requests, text), rows[i].line) != 0) {
            fail_msg("%s: %s", rows[i].sentence, text);
        }
    }
}

static void largest_numbers_fit(void **state)
{
    (void)state;
    const struct fleet_progress progress = {
        .total = UINT64_MAX,
        .done = UINT64_MAX,
        .by_status = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
        .failed = UINT64_MAX,
        .in_flight = UINT32_MAX,
        .seconds = 1,
    };
    char text[FLEET_PROGRESS_BYTES];
    fleet_progress_line(&progress, 1e9, text);
    assert_non_null(strstr(text, "18446744073709551615 failed"));
}

static void fields_say_the_same(void **state)
{
    (void)state;
    const struct fleet_progress progress = {.total = 0, .done = 4, .by_status = {4, 0, 0, 0}, .seconds = 2};
    struct log_field fields[FLEET_PROGRESS_FIELDS];
    size_t count = fleet_progress_fields(&progress, 12, fields);
    assert_int_equal(count, 11);
    assert_string_equal(fields[0].name, "done");
    assert_true(fields[0].value == 4.0);
    assert_string_equal(fields[1].name, "total");
    assert_true(fields[1].value < 0); /* not known */
    assert_string_equal(fields[2].name, "zones_per_second");
    assert_true(fields[2].value == 2.0);
    assert_string_equal(fields[5].name, "eta_seconds");
    assert_true(fields[5].value < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_it_should),
        cmocka_unit_test(largest_numbers_fit),
        cmocka_unit_test(fields_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What changes between two scans of a zone, as the digest tells it. */
#include "base/clock.h"
#include "reports/digest.h"
#include "tests/support/golden.h"
#include "tests/support/sample_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct digest_window window(void)
{
    return (struct digest_window){time_from_civil(2026, 11, 22, 6, 0, 0), time_from_civil(2027, 2, 1, 0, 0, 0)};
}

/* Two days later www is mended, the shop is blocked, and a rollout of the blog was taken back. */
static void make_later(struct scan_record *record, struct rollout_summary *rollout)
{
    sample_mixed(record);
    struct hostname_record *www = &record->hostnames[0];
    www->origins[1].blocker_count = 0;
    www->recommended_mode = www->supported_mode = MODE_FULL_STRICT;
    www->decision.reason = "60 of 60 pairs give the same.";
    struct hostname_record *shop = &record->hostnames[2];
    shop->status = shop->origins[0].status = STATUS_INCOMPLETE;
    shop->recommended_mode = MODE_NONE;
    shop->incomplete_reason = CODE_UNREACHABLE;
    struct hostname_record *blog = &record->hostnames[3];
    *rollout = (struct rollout_summary){.state = ROLLOUT_ROLLED_BACK,
                                        .from = MODE_OFF,
                                        .to = MODE_STRICT,
                                        .opened_s = time_from_civil(2026, 11, 20, 0, 0, 0),
                                        .ended_s = time_from_civil(2026, 11, 23, 3, 0, 0),
                                        .reason = "9 of 100 requests failed in TLS"};
    blog->rollout = rollout;
    blog->recommended_mode = MODE_FULL;
}

static void write_digest(const char *format, struct buf *out)
{
    struct scan_record before, after, first;
    struct rollout_summary rollout;
    struct digest digest;
    const struct digest_window since = window();
    sample_mixed(&before);
    make_later(&after, &rollout);
    sample_upgrade(&first);
    buf_init(out, 0);
    digest_begin(&digest, digest_writer_find(format), &since, out);
    digest_add(&digest, NULL, &first);
    digest_add(&digest, &before, &after);
    digest_end(&digest);
    assert_false(out->failed);
    digest_release(&digest);
    scan_record_release(&before);
    scan_record_release(&after);
    scan_record_release(&first);
}

static void digests_read_as_they_should(void **state)
{
    static const char *const formats[][2] = {
        {"text", "digest.txt"}, {"markdown", "digest.md"}, {"ndjson", "digest.ndjson"}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct buf out;
        char path[128];
        write_digest(formats[i][0], &out);
        snprintf(path, sizeof path, "tests/golden/reports/%s", formats[i][1]);
        golden_assert(path, buf_text(&out));
        buf_release(&out);
    }
}

static void count(void *context, const struct change *change)
{
    (void)change;
    ++*(size_t *)context;
}

static void nothing_changes_without_a_scan(void **state)
{
    struct scan_record record;
    size_t changes = 0;
    const struct digest_window since = {time_from_civil(2026, 11, 25, 0, 0, 0), time_from_civil(2026, 11, 26, 0, 0, 0)};
    (void)state;
    sample_mixed(&record);
    digest_compare(&record, &record, &since, count, &changes);
    assert_int_equal(changes, 0);
    scan_record_release(&record);
}

static void people_get_no_endless_sections(void **state)
{
    struct digest digest;
    struct buf out;
    const struct digest_window since = window();
    (void)state;
    buf_init(&out, 0);
    digest_begin(&digest, digest_writer_find("text"), &since, &out);
    for (unsigned i = 0; i < 205; i++) {
        struct scan_record record;
        sample_upgrade(&record);
        record.hostnames[0].origins[0].certificate.seen = false;
        digest_add(&digest, NULL, &record);
        scan_record_release(&record);
    }
    digest_end(&digest);
    assert_non_null(strstr(buf_text(&out), "New recommendations: 205\n"));
    assert_non_null(strstr(buf_text(&out), "  and 5 more\n"));
    digest_release(&digest);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_read_as_they_should),
        cmocka_unit_test(nothing_changes_without_a_scan),
        cmocka_unit_test(people_get_no_endless_sections),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}

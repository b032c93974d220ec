#include "base/limits.h"
#include "db/pair_blob.h"
#include "reports/report.h"
#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <stdio.h>
#include <string.h>

typedef void make_sample(struct scan_record *record);

static void to_json(const struct scan_record *record, struct buf *out)
{
    struct report_style style = {0};
    buf_init(out, 0);
    report_writer_find("json")->scan(record, &style, out);
    assert_false(out->failed);
}

static void write_scan(struct store *store, struct scan_record *record)
{
    struct err err = ERR_INIT;
    if (store_write_scan(store, record, NULL, &err) != 0) {
        fail_msg("%s", err.message);
    }
}

static void read_scan(struct store *store, const char *zone, struct scan_record *record)
{
    struct err err = ERR_INIT;
    if (store_read_latest(store, zone, record, &err) != 1) {
        fail_msg("%s: %s", zone, err.message);
    }
}

static void assert_same_json(const struct scan_record *expected, const struct scan_record *actual)
{
    struct buf left;
    struct buf right;
    to_json(expected, &left);
    to_json(actual, &right);
    assert_string_equal(buf_text(&left), buf_text(&right));
    buf_release(&left);
    buf_release(&right);
}

static bool is_notable(enum pair_verdict verdict)
{
    return verdict == PAIR_DIFFERENT || verdict == PAIR_UNAVAILABLE || verdict == PAIR_INTERFERENCE ||
           verdict == PAIR_UNSTABLE;
}

static void assert_same_pair(const struct pair_record *expected, const struct pair_record *actual)
{
    assert_int_equal(expected->verdict, actual->verdict);
    assert_int_equal(expected->visitor, actual->visitor);
    assert_int_equal(expected->candidates, actual->candidates);
    assert_int_equal(expected->confirmed, actual->confirmed);
    if (!is_notable(expected->verdict)) {
        assert_null(actual->path);
        assert_null(actual->detail);
        return;
    }
    assert_string_equal(expected->path, actual->path);
    assert_string_equal(expected->detail, actual->detail);
}

static void assert_same_beyond_json(const struct scan_record *expected, const struct scan_record *actual)
{
    for (size_t i = 0; i < expected->hostname_count; i++) {
        const struct hostname_record *left = &expected->hostnames[i];
        const struct hostname_record *right = &actual->hostnames[i];
        for (size_t k = 0; k < left->origin_count; k++) {
            const struct origin_record *a = &left->origins[k];
            const struct origin_record *b = &right->origins[k];
            assert_int_equal(a->confidence.pairs, b->confidence.pairs);
            assert_int_equal(a->confidence.against, b->confidence.against);
            assert_int_equal(a->compared_count, b->compared_count);
            for (size_t p = 0; p < a->compared_count; p++) {
                assert_same_pair(&a->compared[p], &b->compared[p]);
            }
        }
    }
}

static void scans_come_back_as_they_were_written(void **state)
{
    const struct store_test *test = *state;
    static make_sample *const samples[] = {sample_upgrade, sample_mixed, sample_hostile};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct scan_record written;
        struct scan_record read;
        samples[i](&written);
        struct store *store = store_test_open(test, STORE_READ_WRITE);
        write_scan(store, &written);
        store_close(store);
        store = store_test_open(test, STORE_READ_ONLY);
        read_scan(store, written.zone, &read);
        assert_same_json(&written, &read);
        assert_same_beyond_json(&written, &read);
        store_close(store);
        scan_record_release(&written);
        scan_record_release(&read);
    }
}

static void a_zone_that_was_never_scanned_has_no_record(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    assert_int_equal(store_read_latest(store, "nowhere.example", &record, &err), 0);
    assert_int_equal(record.hostname_count, 0);
    assert_null(record.zone);
    store_close(store);
}

static void history_is_kept_and_the_latest_is_read(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record first;
    struct scan_record second;
    struct scan_record read;
    sample_upgrade(&first);
    sample_upgrade(&second);
    second.scan_id = "second";
    write_scan(store, &first);
    write_scan(store, &second);
    read_scan(store, "example.com", &read);
    assert_string_equal(read.scan_id, "second");
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), 2);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM recommendations"), 4);
    scan_record_release(&first);
    scan_record_release(&second);
    scan_record_release(&read);
    store_close(store);
}

static void a_scan_is_kept_once(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    write_scan(store, &record);
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "scan_id"));
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM evidence"), 1);
    record.scan_id = "another";
    write_scan(store, &record);
    scan_record_release(&record);
    store_close(store);
}

static void a_scan_without_a_name_is_refused(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    record.scan_id = NULL;
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    scan_record_release(&record);
    store_close(store);
}

static void equal_certificates_are_kept_once(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    for (unsigned i = 0; i < 3; i++) {
        struct scan_record record;
        char scan_id[16];
        snprintf(scan_id, sizeof scan_id, "scan-%u", i);
        sample_upgrade(&record);
        record.scan_id = scan_id;
        /* The last one differs in a field that finds nothing by itself. */
        record.hostnames[0].origins[0].certificate.subject = i == 2 ? "CN=other" : "CN=same";
        write_scan(store, &record);
        scan_record_release(&record);
    }
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM certificates"), 2);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM tls_facts"), 1);
    store_close(store);
}

/* One scan after another of the same hostname and origin, all with one blocker. */
static const struct sighting {
    const char *sentence;
    enum code code;
    const char *url;
    enum scan_status status;
    int64_t record_says; /* -1: leaves it to the store */
    int64_t expected;    /* first seen */
} sightings[] = {
    {"the first sighting is when the record says", CODE_CONTENT_DIFFERS, "/a", STATUS_COMPLETE, 1000, 1000},
    {"the same blocker keeps its age", CODE_CONTENT_DIFFERS, "/a", STATUS_COMPLETE, 2000, 1000},
    {"another URL is another blocker", CODE_CONTENT_DIFFERS, "/b", STATUS_COMPLETE, 3000, 3000},
    {"a blocker that was lifted in between is new again", CODE_CONTENT_DIFFERS, "/a", STATUS_COMPLETE, 4000, 4000},
    {"a scan without a verdict lifts nothing", CODE_BLOCKED, NULL, STATUS_INCOMPLETE, 5000, 5000},
    {"so the age goes on after it", CODE_CONTENT_DIFFERS, "/a", STATUS_COMPLETE, 6000, 4000},
    {"another code is another blocker", CODE_HTTPS_UNAVAILABLE, "/a", STATUS_COMPLETE, 7000, 7000},
    {"no URL equals no URL", CODE_HTTPS_REFUSED, NULL, STATUS_COMPLETE, 8000, 8000},
    {"and is carried over, too", CODE_HTTPS_REFUSED, NULL, STATUS_COMPLETE, 9000, 8000},
    {"without a time the scan's end is taken", CODE_CONTENT_DIFFERS, "/c", STATUS_COMPLETE, -1, 1795455913},
    {"a record that knows of an older sighting is believed", CODE_CONTENT_DIFFERS, "/c", STATUS_COMPLETE, 500, 500},
};

static void blockers_are_as_old_as_their_first_sighting(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    for (size_t i = 0; i < sizeof sightings / sizeof *sightings; i++) {
        const struct sighting *row = &sightings[i];
        struct scan_record record;
        char scan_id[16];
        snprintf(scan_id, sizeof scan_id, "scan-%zu", i);
        sample_upgrade(&record);
        record.scan_id = scan_id;
        struct blocker blocker = {row->code, mode_set_of(MODE_FULL), row->url, NULL, row->record_says};
        record.hostnames[0].origins[0].blockers = &blocker;
        record.hostnames[0].origins[0].blocker_count = 1;
        record.hostnames[0].origins[0].status = row->status;
        write_scan(store, &record);
        struct scan_record read;
        read_scan(store, "example.com", &read);
        if (blocker.first_seen_s != row->expected ||
            read.hostnames[0].origins[0].blockers[0].first_seen_s != row->expected) {
            fail_msg("%s: %lld", row->sentence, (long long)blocker.first_seen_s);
        }
        scan_record_release(&read);
        scan_record_release(&record);
    }
    store_close(store);
}

static void write_with_one_blocker(struct store *store, int number, enum scan_status status, enum code code,
                                   struct blocker *blocker)
{
    struct scan_record record;
    char scan_id[16];
    snprintf(scan_id, sizeof scan_id, "scan-%d", number);
    sample_upgrade(&record);
    record.scan_id = scan_id;
    *blocker = (struct blocker){code, mode_set_of(MODE_FULL), NULL, NULL, 1000 + number};
    record.hostnames[0].origins[0].blockers = blocker;
    record.hostnames[0].origins[0].blocker_count = 1;
    record.hostnames[0].origins[0].status = status;
    write_scan(store, &record);
    scan_record_release(&record);
}

/* Looking back has an end: an origin may be scanned for years without a verdict. */
static void the_age_of_a_blocker_is_looked_for_in_a_bounded_past(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct blocker blocker;
    int number = 0;
    write_with_one_blocker(store, number++, STATUS_COMPLETE, CODE_HTTPS_REFUSED, &blocker);
    while (number < LIMIT_EARLIER_EVIDENCE) {
        write_with_one_blocker(store, number++, STATUS_INCOMPLETE, CODE_BLOCKED, &blocker);
    }
    write_with_one_blocker(store, number++, STATUS_INCOMPLETE, CODE_HTTPS_REFUSED, &blocker);
    assert_int_equal(blocker.first_seen_s, 1000);
    while (number < 2 * LIMIT_EARLIER_EVIDENCE + 1) {
        write_with_one_blocker(store, number++, STATUS_INCOMPLETE, CODE_BLOCKED, &blocker);
    }
    write_with_one_blocker(store, number, STATUS_COMPLETE, CODE_HTTPS_REFUSED, &blocker);
    assert_int_equal(blocker.first_seen_s, 1000 + number);
    store_close(store);
}

static void another_origin_s_blockers_are_not_taken_over(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    for (int i = 0; i < 2; i++) {
        struct scan_record record;
        sample_upgrade(&record);
        struct blocker blocker = {CODE_HTTPS_REFUSED, mode_set_of(MODE_FULL), NULL, NULL, 1000 * (i + 1)};
        record.scan_id = i == 0 ? "a" : "b";
        record.hostnames[0].origins[0].https_port = (uint16_t)(443 + i);
        record.hostnames[0].origins[0].blockers = &blocker;
        record.hostnames[0].origins[0].blocker_count = 1;
        write_scan(store, &record);
        assert_int_equal(blocker.first_seen_s, 1000 * (i + 1));
        scan_record_release(&record);
    }
    store_close(store);
}

struct visited {
    char zones[256];
    int stop_after;
    int count;
};

static int visit(void *context, const struct scan_record *record, struct err *err)
{
    struct visited *visited = context;
    strncat(visited->zones, record->zone, sizeof visited->zones - strlen(visited->zones) - 1);
    strncat(visited->zones, " ", sizeof visited->zones - strlen(visited->zones) - 1);
    assert_true(record->hostname_count > 0);
    assert_int_equal(record->hostnames[0].origins[0].compared_count, 0);
    if (++visited->count == visited->stop_after) {
        return err_set(err, ERR_INTERNAL, "that is enough");
    }
    return 0;
}

static void latest_scans_come_in_the_order_of_zones(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    make_sample *const samples[] = {sample_mixed, sample_hostile, sample_upgrade};
    for (size_t i = 0; i < 3; i++) {
        struct scan_record record;
        samples[i](&record);
        write_scan(store, &record);
        scan_record_release(&record);
    }
    struct visited visited = {0};
    struct err err = ERR_INIT;
    assert_int_equal(store_each_latest(store, visit, &visited, &err), 0);
    assert_string_equal(visited.zones, "example.com example.org hostile.example ");

    struct visited stopped = {.stop_after = 2};
    assert_int_equal(store_each_latest(store, visit, &stopped, &err), -1);
    assert_string_equal(err.message, "that is enough");
    assert_string_equal(stopped.zones, "example.com example.org ");
    /* The store is whole after it. */
    struct scan_record record;
    read_scan(store, "example.org", &record);
    scan_record_release(&record);
    store_close(store);
}

static void a_scan_of_the_largest_zone_fits(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct scan_record read;
    sample_numbered(&record, 7, LIMIT_PAIRS_PER_HOSTNAME);
    write_scan(store, &record);
    read_scan(store, record.zone, &read);
    assert_same_json(&record, &read);
    assert_same_beyond_json(&record, &read);
    assert_int_equal(read.hostnames[0].origins[0].compared_count, LIMIT_PAIRS_PER_HOSTNAME);
    scan_record_release(&record);
    scan_record_release(&read);
    store_close(store);
}

static void a_value_beyond_the_limit_is_refused_as_a_whole(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    struct err err = ERR_INIT;
    sample_upgrade(&record);
    char *huge = arena_alloc(&record.arena, LIMIT_STORE_VALUE_BYTES + 2);
    memset(huge, 'x', LIMIT_STORE_VALUE_BYTES + 1);
    record.hostnames[0].origins[0].certificate.subject = huge;
    assert_int_equal(store_write_scan(store, &record, NULL, &err), -1);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM zones"), 0);
    scan_record_release(&record);
    store_close(store);
}

/* A database that somebody has tampered with: reading says so, and does not fall over. */
static const struct tampering {
    const char *sentence;
    const char *sql;
    const char *message;
} tamperings[] = {
    {"an unknown mode", "UPDATE recommendations SET current_mode = 'fuller'", "current_mode"},
    {"an unknown status of the zone", "UPDATE recommendations SET status = 'great' WHERE position < 0", "status"},
    {"an unknown code", "UPDATE blockers SET code = 'gremlins'", "code"},
    {"a mode set with a bit too many", "UPDATE evidence SET safe_modes = 255", "safe_modes"},
    {"a port beyond ports", "PRAGMA ignore_check_constraints = 1; UPDATE origins SET https_port = 70000", "https_port"},
    {"a negative count", "UPDATE evidence SET same = -1", "same"},
    {"a list without its end", "UPDATE scans SET trust = x'61'", "trust"},
    {"pairs of another format", "UPDATE pairs SET compared = x'03'", "pairs"},
    {"pairs cut off", "UPDATE pairs SET compared = substr(compared, 1, 16)", "pairs"},
    {"no pairs at all", "UPDATE pairs SET compared = x''", "pairs"},
    {"a pair with a verdict that is none", "UPDATE pairs SET compared = x'0200000000000f00'", "pair"},
    {"a pair in full that was never compared", "UPDATE pairs_in_full SET position = position + 9999", "pair"},
    {"more than a hundred percent", "UPDATE decisions SET percent = 101", "percent"},
};

static void tampering_is_named(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct scan_record record;
    sample_mixed(&record);
    write_scan(store, &record);
    scan_record_release(&record);
    for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
        struct err err = ERR_INIT;
        struct scan_record read;
        store_test_sql(store, "SAVEPOINT whole");
        store_test_sql(store, tamperings[i].sql);
        store_test_sql(store, "RELEASE whole");
        int result = store_read_latest(store, "example.org", &read, &err);
        if (result != -1 || strstr(err.message, "damaged") == NULL ||
            strstr(err.message, tamperings[i].message) == NULL) {
            fail_msg("%s: %d %s", tamperings[i].sentence, result, err.message);
        }
        assert_null(read.zone);
        /* Mend it: write it anew. */
        store_test_sql(store, "PRAGMA ignore_check_constraints = 0; PRAGMA foreign_keys = 0; DELETE FROM zones; "
                              "DELETE FROM hostnames; DELETE FROM origins; DELETE FROM scans; "
                              "DELETE FROM recommendations; DELETE FROM decisions; DELETE FROM evidence; "
                              "DELETE FROM blockers; DELETE FROM warnings; DELETE FROM pairs; "
                              "DELETE FROM pairs_in_full; PRAGMA foreign_keys = 1");
        sample_mixed(&record);
        write_scan(store, &record);
        scan_record_release(&record);
    }
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(scans_come_back_as_they_were_written),
        STORE_TEST(a_zone_that_was_never_scanned_has_no_record),
        STORE_TEST(history_is_kept_and_the_latest_is_read),
        STORE_TEST(a_scan_is_kept_once),
        STORE_TEST(a_scan_without_a_name_is_refused),
        STORE_TEST(equal_certificates_are_kept_once),
        STORE_TEST(blockers_are_as_old_as_their_first_sighting),
        STORE_TEST(the_age_of_a_blocker_is_looked_for_in_a_bounded_past),
        STORE_TEST(another_origin_s_blockers_are_not_taken_over),
        STORE_TEST(latest_scans_come_in_the_order_of_zones),
        STORE_TEST(a_scan_of_the_largest_zone_fits),
        STORE_TEST(a_value_beyond_the_limit_is_refused_as_a_whole),
        STORE_TEST(tampering_is_named),
    };
    return cmocka_run_group_tests_name("scans in the store", tests, NULL, NULL);
}

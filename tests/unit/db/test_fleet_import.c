/* Inventories as rows, and what the store makes of them. */
#include "base/buf.h"
#include "db/fleet_import.h"
#include "tests/unit/db/store_test.h"

#include <stdio.h>
#include <string.h>

#define NOW 1767225600

/* "ZONE HOSTNAME ADDRESS [key=value]..."; HOSTNAME "-": the zone is only listed. A line each, counted from 1. */
static void add_row(struct fleet_import *import, const char *text, uint64_t line)
{
    struct err err = ERR_INIT;
    char words[8][80] = {{0}};
    int count =
        sscanf(text, "%79s %79s %79s %79s %79s %79s", words[0], words[1], words[2], words[3], words[4], words[5]);
    if (strcmp(words[1], "-") == 0) {
        assert_int_equal(fleet_import_add_zone(import, words[0], line, &err), 0);
        return;
    }
    struct fleet_row row = {.line = line,
                            .zone = words[0],
                            .hostname = words[1],
                            .address = words[2],
                            .http_port = 80,
                            .https_port = 443,
                            .mode = MODE_FLEXIBLE,
                            .ceiling = MODE_FULL_STRICT};
    if (address_parse(slice_of(words[2]), &row.literal) != 0) {
        row.literal.family = 0;
    }
    for (int i = 3; i < count; i++) {
        unsigned number = 0;
        if (sscanf(words[i], "http_port=%u", &number) == 1) {
            row.http_port = (uint16_t)number;
        } else if (sscanf(words[i], "weight=%u", &number) == 1) {
            row.weight = number;
        } else if (strncmp(words[i], "mode=", 5) == 0) {
            assert_int_equal(mode_parse(slice_of(words[i] + 5), &row.mode), 0);
        } else if (strncmp(words[i], "ceiling=", 8) == 0) {
            assert_int_equal(mode_parse(slice_of(words[i] + 8), &row.ceiling), 0);
        } else if (strcmp(words[i], "custom") == 0) {
            row.setting = SETTING_CUSTOM;
        } else if (strcmp(words[i], "always_https") == 0) {
            row.always_https = true;
        } else {
            fail_msg("%s", words[i]);
        }
    }
    assert_int_equal(fleet_import_add(import, &row, &err), 0);
}

static int note_bad(void *context, uint64_t line, const char *reason, struct err *err)
{
    struct buf *out = context;
    (void)err;
    return buf_printf(out, "%u %s;", (unsigned)line, reason);
}

/* Rows separated by ';'. What was bad is in *bad. */
static struct fleet_import_counts import(struct store *store, const char *rows, bool whole, int64_t now_s,
                                         struct buf *bad)
{
    struct err err = ERR_INIT;
    struct fleet_import_counts counts;
    struct fleet_import *import = fleet_import_new(store, &err);
    struct slice rest = slice_of(rows);
    struct slice row = SLICE_EMPTY;
    uint64_t line = 0;
    char text[400];
    assert_non_null(import);
    while (slice_next(&rest, ';', &row)) {
        snprintf(text, sizeof text, "%.*s", SLICE_ARG(row));
        if (slice_trim(row).len > 0) {
            add_row(import, text, ++line);
        }
    }
    assert_int_equal(fleet_import_check(import, whole, note_bad, bad, &err), 0);
    if (fleet_import_finish(import, whole, now_s, &counts, &err) != 0) {
        fail_msg("%s", err.message);
    }
    fleet_import_free(import);
    return counts;
}

static void read_text(struct store *store, const char *sql, char *text, size_t size)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const char *value = (const char *)sqlite3_column_text(stmt, 0);
    snprintf(text, size, "%s", value != NULL ? value : "");
    sqlite3_finalize(stmt);
}

#define INVENTORY                                                                                                      \
    "SELECT group_concat(line, ', ') FROM (SELECT h.name || ' ' || o.address || ':' || o.http_port || ' ' || i.mode "  \
    "AS line FROM inventory i JOIN hostnames h ON h.id = i.hostname JOIN zones z ON z.id = h.zone JOIN "               \
    "inventory_origins n ON n.hostname = h.id JOIN origins o ON o.id = n.origin ORDER BY z.name, i.position, "         \
    "n.position)"

struct row {
    const char *sentence, *before, *rows;
    bool whole;
    const char *bad, *counts, *inventory;
};

static const struct row table[] = {
    {"rows become hostnames and origins, in their order", "",
     "b b 192.0.2.1;a www.a 192.0.2.2;a a 192.0.2.3;a www.a 192.0.2.1", true, "",
     "4 rows 0 bad 0 duplicate 2 zones 2 new 0 changed 0 removed 0 without",
     "www.a 192.0.2.2:80 flexible, www.a 192.0.2.1:80 flexible, a 192.0.2.3:80 flexible, b 192.0.2.1:80 flexible"},
    {"the same once more changes nothing", "a a 192.0.2.1;b b 192.0.2.2", "b b 192.0.2.2;a a 192.0.2.1", true, "",
     "2 rows 0 bad 0 duplicate 2 zones 0 new 0 changed 0 removed 0 without",
     "a 192.0.2.1:80 flexible, b 192.0.2.2:80 flexible"},
    {"a row twice is taken once, without a word", "", "a a 192.0.2.1;a a 192.0.2.1", true, "",
     "1 rows 0 bad 1 duplicate 1 zones 1 new 0 changed 0 removed 0 without", "a 192.0.2.1:80 flexible"},
    {"another port is another origin", "", "a a 192.0.2.1;a a 192.0.2.1 http_port=8080", true, "",
     "2 rows 0 bad 0 duplicate 1 zones 1 new 0 changed 0 removed 0 without",
     "a 192.0.2.1:80 flexible, a 192.0.2.1:8080 flexible"},
    {"rows of a hostname agree in everything that is the hostname's", "",
     "a a 192.0.2.1;a a 192.0.2.2 mode=full;a a 192.0.2.3 ceiling=full;a a 192.0.2.4 custom;a a 192.0.2.5 always_https",
     true,
     "2 mode differs from that in line 1 for the same hostname a;3 ceiling differs from that in line 1 for the same "
     "hostname a;4 setting differs from that in line 1 for the same hostname a;5 always_https differs from that in "
     "line 1 "
     "for the same hostname a;",
     "1 rows 4 bad 0 duplicate 1 zones 1 new 0 changed 0 removed 0 without", "a 192.0.2.1:80 flexible"},
    {"a name is that of one zone: the first that claims it", "",
     "a.z x.b.a.z 192.0.2.1;b.a.z x.b.a.z 192.0.2.2;b.a.z y.b.a.z 192.0.2.2", true,
     "2 hostname x.b.a.z is claimed by the zone a.z too;",
     "2 rows 1 bad 0 duplicate 2 zones 2 new 0 changed 0 removed 0 without",
     "x.b.a.z 192.0.2.1:80 flexible, y.b.a.z 192.0.2.2:80 flexible"},
    {"what the store knows counts where rows are added", "a.z x.b.a.z 192.0.2.1",
     "b.a.z x.b.a.z 192.0.2.2;b.a.z b.a.z 192.0.2.3", false, "1 hostname x.b.a.z is claimed by the zone a.z too;",
     "1 rows 1 bad 0 duplicate 1 zones 1 new 0 changed 0 removed 0 without",
     "x.b.a.z 192.0.2.1:80 flexible, b.a.z 192.0.2.3:80 flexible"},
    {"a zone may hand a name over in one inventory", "a.z x.b.a.z 192.0.2.1",
     "b.a.z x.b.a.z 192.0.2.2;a.z a.z 192.0.2.1", false, "",
     "2 rows 0 bad 0 duplicate 2 zones 1 new 1 changed 0 removed 0 without",
     "a.z 192.0.2.1:80 flexible, x.b.a.z 192.0.2.2:80 flexible"},
    {"eight origins, and no ninth", "",
     "a a 192.0.2.1;a a 192.0.2.2;a a 192.0.2.3;a a 192.0.2.4;a a 192.0.2.5;a a 192.0.2.6;a a 192.0.2.7;a a "
     "192.0.2.8;a a "
     "192.0.2.9",
     true, "9 more origins than a hostname may have;",
     "8 rows 1 bad 0 duplicate 1 zones 1 new 0 changed 0 removed 0 without",
     "a 192.0.2.1:80 flexible, a 192.0.2.2:80 flexible, a 192.0.2.3:80 flexible, a 192.0.2.4:80 flexible, a "
     "192.0.2.5:80 "
     "flexible, a 192.0.2.6:80 flexible, a 192.0.2.7:80 flexible, a 192.0.2.8:80 flexible"},
    {"a zone may be listed only", "", "a -;b b 192.0.2.1;b -", true, "",
     "1 rows 0 bad 0 duplicate 2 zones 2 new 0 changed 0 removed 1 without", "b 192.0.2.1:80 flexible"},
    {"zones that the whole inventory no longer names are removed", "a a 192.0.2.1;b b 192.0.2.2", "b b 192.0.2.2", true,
     "", "1 rows 0 bad 0 duplicate 1 zones 0 new 0 changed 1 removed 0 without",
     "a 192.0.2.1:80 flexible, b 192.0.2.2:80 flexible"},
    {"but not where rows are added", "a a 192.0.2.1;b b 192.0.2.2", "c c 192.0.2.3", false, "",
     "1 rows 0 bad 0 duplicate 1 zones 1 new 0 changed 0 removed 0 without",
     "a 192.0.2.1:80 flexible, b 192.0.2.2:80 flexible, c 192.0.2.3:80 flexible"},
    {"nor where nothing good is in it", "a a 192.0.2.1", "", true, "",
     "0 rows 0 bad 0 duplicate 0 zones 0 new 0 changed 0 removed 0 without", "a 192.0.2.1:80 flexible"},
    {"a hostname that is gone leaves the inventory", "a a 192.0.2.1;a www.a 192.0.2.1", "a www.a 192.0.2.1 mode=full",
     true, "", "1 rows 0 bad 0 duplicate 1 zones 0 new 1 changed 0 removed 0 without", "www.a 192.0.2.1:80 full"},
};

static void every_row(void **state)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct row *row = &table[i];
        struct buf bad = {.data = NULL};
        struct buf told = {.data = NULL};
        char inventory[2000];
        store_test_teardown(state);
        store_test_setup(state);
        struct store *store = store_test_open(*state, STORE_READ_WRITE);
        if (row->before[0] != '\0') {
            import(store, row->before, true, NOW - 1000, &bad);
        }
        buf_reset(&bad);
        struct fleet_import_counts counts = import(store, row->rows, row->whole, NOW, &bad);
        buf_printf(&told, "%u rows %u bad %u duplicate %u zones %u new %u changed %u removed %u without",
                   (unsigned)counts.rows, (unsigned)counts.bad_rows, (unsigned)counts.duplicate_rows,
                   (unsigned)counts.zones, (unsigned)counts.new_zones, (unsigned)counts.changed_zones,
                   (unsigned)counts.removed_zones, (unsigned)counts.zones_without_origin);
        read_text(store, INVENTORY, inventory, sizeof inventory);
        if (strcmp(buf_text(&bad), row->bad) != 0 || strcmp(buf_text(&told), row->counts) != 0 ||
            strcmp(inventory, row->inventory) != 0) {
            fail_msg("%s:\n%s\n%s\n%s", row->sentence, buf_text(&bad), buf_text(&told), inventory);
        }
        assert_int_equal(store_test_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        buf_release(&bad);
        buf_release(&told);
        store_close(store);
    }
}

/* What an import makes of the due time (2000 before it), the failures and the mark of removal. */
static const struct {
    const char *sentence, *rows, *expected;
} changes[] = {
    {"the same: as it was", "a a 192.0.2.1", "2000 later, 3 failures, no_route, there"},
    {"a weight alone is no reason to scan", "a a 192.0.2.1 weight=7", "2000 later, 3 failures, no_route, there"},
    {"another address: due at once, and failures are forgotten", "a a 192.0.2.2", "0 later, 0 failures, -, there"},
    {"another mode: the same", "a a 192.0.2.1 mode=full", "0 later, 0 failures, -, there"},
    {"one hostname more: the same", "a a 192.0.2.1;a www.a 192.0.2.1", "0 later, 0 failures, -, there"},
    {"removed: as it was, but not there", "b b 192.0.2.1", "2000 later, 3 failures, no_route, removed"},
};

static void changed_zones_are_due(void **state)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct buf bad = {.data = NULL};
        char text[200];
        store_test_teardown(state);
        store_test_setup(state);
        struct store *store = store_test_open(*state, STORE_READ_WRITE);
        import(store, "a a 192.0.2.1", true, NOW - 1000, &bad);
        store_test_sql(store,
                       "UPDATE fleet SET due_at = 1767225600 + 2000, failures = 3, deferred = 'no_route', run = 9");
        import(store, changes[i].rows, true, NOW, &bad);
        read_text(
            store,
            "SELECT (due_at - 1767225600) || ' later, ' || failures || ' failures, ' || coalesce(deferred, '-') || "
            "iif(removed_at IS NULL, ', there', ', removed') FROM fleet f JOIN zones z ON z.id = f.zone WHERE "
            "z.name = 'a'",
            text, sizeof text);
        if (strcmp(text, changes[i].expected) != 0) {
            fail_msg("%s: %s", changes[i].sentence, text);
        }
        /* A removed zone is taken from its run; any other stays with it. */
        assert_int_equal(store_test_number(store, "SELECT run IS NULL FROM fleet f JOIN zones z ON z.id = f.zone WHERE "
                                                  "z.name = 'a'"),
                         strstr(changes[i].expected, "removed") != NULL);
        buf_release(&bad);
        store_close(store);
    }
}

static void a_removed_zone_comes_back_and_is_due(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct buf bad = {.data = NULL};
    import(store, "a a 192.0.2.1;b b 192.0.2.2", true, NOW - 1000, &bad);
    store_test_sql(store, "UPDATE fleet SET due_at = 1767225600 + 2000");
    import(store, "b b 192.0.2.2", true, NOW - 500, &bad);
    assert_int_equal(import(store, "a a 192.0.2.1;b b 192.0.2.2", true, NOW, &bad).changed_zones, 1);
    assert_int_equal(
        store_test_number(store, "SELECT due_at FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name = 'a'"), NOW);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE removed_at IS NULL"), 2);
    buf_release(&bad);
    store_close(store);
}

/* By the lowest address, families apart: so that an address stays in one shard, whoever else the zone has. */
static void the_lowest_address_chooses_the_shard(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct buf bad = {.data = NULL};
    import(store,
           "a a 192.0.2.9;a a 192.0.2.10;b b 192.0.2.9;c c 192.0.2.10;c c 192.0.2.9;d d 2001:db8::1;d d 192.0.2.9;e e "
           "10.0.0.1;f f lb.example;g g lb.example;h -;i -",
           true, NOW, &bad);
    assert_int_equal(store_test_number(store, "SELECT count(DISTINCT address_hash) FROM fleet f JOIN zones z ON z.id = "
                                              "f.zone WHERE z.name IN ('a', 'b', 'c', 'd')"),
                     1);
    assert_int_equal(store_test_number(store, "SELECT count(DISTINCT address_hash) FROM fleet f JOIN zones z ON z.id = "
                                              "f.zone WHERE z.name IN ('f', 'g')"),
                     1);
    assert_int_equal(store_test_number(store, "SELECT count(DISTINCT address_hash) FROM fleet"), 5);
    buf_release(&bad);
    store_close(store);
}

static void weights_add_up_and_are_bounded(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct buf bad = {.data = NULL};
    import(store, "a a 192.0.2.1 weight=5;a www.a 192.0.2.1 weight=7;b b 192.0.2.1", true, NOW, &bad);
    assert_int_equal(
        store_test_number(store, "SELECT weight FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name = 'a'"), 12);
    assert_int_equal(
        store_test_number(store, "SELECT -rank FROM fleet f JOIN zones z ON z.id = f.zone WHERE z.name = 'b'"), 0);
    buf_release(&bad);
    store_close(store);
}

static void what_is_not_finished_is_forgotten(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    struct fleet_import *unfinished = fleet_import_new(store, &err);
    struct buf bad = {.data = NULL};
    assert_non_null(unfinished);
    add_row(unfinished, "a a 192.0.2.1", 1);
    fleet_import_free(unfinished);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM zones"), 0);
    assert_int_equal(import(store, "b b 192.0.2.1", true, NOW, &bad).zones, 1);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM zones"), 1);
    fleet_import_free(NULL);
    buf_release(&bad);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_row),
        STORE_TEST(changed_zones_are_due),
        STORE_TEST(a_removed_zone_comes_back_and_is_due),
        STORE_TEST(the_lowest_address_chooses_the_shard),
        STORE_TEST(weights_add_up_and_are_bounded),
        STORE_TEST(what_is_not_finished_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The queue of the fleet: what is due and in which order, who has what, and what became of it. */
#include "db/fleet_budget.h"
#include "db/fleet_store.h"
#include "tests/unit/db/store_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW  1767225600
#define NONE (-1)

/* A zone as a row of the table fleet; its number is its place. */
struct zone_row {
    const char *name;
    int64_t weight, due_in_s, address_hash, origins, finished_ago_s;
    bool removed;
};

static void add_zones(struct store *store, const struct zone_row *zones, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct zone_row *zone = &zones[i];
        char sql[600];
        char finished[32] = "NULL";
        if (zone->finished_ago_s != NONE) {
            snprintf(finished, sizeof finished, "%lld", (long long)(NOW - zone->finished_ago_s));
        }
        snprintf(
            sql, sizeof sql,
            "INSERT INTO zones (id, name) VALUES (%zu, '%s'); INSERT INTO fleet (zone, fingerprint, weight, origins, "
            "address_hash, imported_at, due_at, failures, scans, finished_at, removed_at) VALUES (%zu, 7, %lld, %lld, "
            "%lld, 0, %lld, 0, 0, %s, %s)",
            i + 1, zone->name, i + 1, (long long)zone->weight, (long long)zone->origins, (long long)zone->address_hash,
            (long long)(NOW + zone->due_in_s), finished, zone->removed ? "5" : "NULL");
        store_test_sql(store, sql);
    }
}

static const struct zone_row zones[] = {
    {"light", 1, -10, 0, 1, NONE, false},           {"heavy", 100, -10, 1, 1, NONE, false},
    {"heavy-later", 100, -5, 2, 1, NONE, false},    {"heavy-longest", 100, -20, 3, 1, NONE, false},
    {"not-due", 1000, 10, 4, 1, 400, false},        {"just-due", 1, 0, 5, 1, 90, false},
    {"without-origin", 50, -10, 6, 0, NONE, false}, {"removed", 50, -10, 7, 1, NONE, true},
    {"unknown-weight", 0, -100, 8, 1, NONE, false},
};
#define ZONES (sizeof zones / sizeof *zones)

static const struct fleet_filter everything = {.shards = 1, .loops = 1, .now_s = NOW, .scanned_before_s = -1};

static void list(struct store *store, const struct fleet_filter *filter, int piece, char *names, size_t size)
{
    struct fleet_walk walk = FLEET_WALK_START;
    struct fleet_due due[16];
    struct err err = ERR_INIT;
    int found = 0;
    names[0] = '\0';
    while ((found = fleet_walk_next(store, &walk, filter, due, piece, &err)) > 0) {
        for (int i = 0; i < found; i++) {
            snprintf(names + strlen(names), size - strlen(names), "%s ", due[i].name);
        }
    }
    assert_int_equal(found, 0);
}

static const struct {
    const char *sentence;
    struct fleet_filter filter;
    const char *names;
} filters[] = {
    {"the heaviest first, then the longest due",
     {.shards = 1, .loops = 1, .now_s = NOW, .scanned_before_s = -1},
     "heavy-longest heavy heavy-later light just-due unknown-weight "},
    {"a second earlier, one is not due yet",
     {.shards = 1, .loops = 1, .now_s = NOW - 1, .scanned_before_s = -1},
     "heavy-longest heavy heavy-later light unknown-weight "},
    {"what was scanned too long ago is due, whatever its time",
     {.shards = 1, .loops = 1, .now_s = NOW, .scanned_before_s = NOW - 300},
     "not-due heavy-longest heavy heavy-later light just-due unknown-weight "},
    {"zones without an origin where they can be resolved",
     {.shards = 1, .loops = 1, .now_s = NOW, .scanned_before_s = -1, .without_origin = true},
     "heavy-longest heavy heavy-later without-origin light just-due unknown-weight "},
    {"the first of two shards",
     {.shards = 2, .shard = 0, .loops = 1, .now_s = NOW, .scanned_before_s = -1},
     "heavy-later light unknown-weight "},
    {"the second",
     {.shards = 2, .shard = 1, .loops = 1, .now_s = NOW, .scanned_before_s = -1},
     "heavy-longest heavy just-due "},
    {"the first loop of two of the second shard",
     {.shards = 2, .shard = 1, .loops = 2, .loop = 0, .now_s = NOW, .scanned_before_s = -1},
     "heavy just-due "},
    {"and its second",
     {.shards = 2, .shard = 1, .loops = 2, .loop = 1, .now_s = NOW, .scanned_before_s = -1},
     "heavy-longest "},
};

static int note_name(void *context, const char *name, struct err *err)
{
    int *count = context;
    (void)err;
    assert_true(name[0] != '\0');
    return ++*count == 3;
}

static void zones_come_by_weight_and_time(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    add_zones(store, zones, ZONES);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        for (int piece = 1; piece <= 16; piece *= 4) {
            char names[400];
            list(store, &filters[i].filter, piece, names, sizeof names);
            if (strcmp(names, filters[i].names) != 0) {
                fail_msg("%s: %s", filters[i].sentence, names);
            }
        }
        struct fleet_filter whole_shard = filters[i].filter;
        whole_shard.loops = 1;
        whole_shard.loop = 0;
        int seen = 0;
        assert_true(fleet_count_due(store, &whole_shard, &err) >= 1);
        assert_int_equal(fleet_each_due_name(store, &whole_shard, note_name, &seen, &err), 0);
        assert_int_equal(seen, 3);
    }
    assert_int_equal(fleet_count_due(store, &everything, &err), 6);
    store_close(store);
}

static void two_runs_never_have_the_same_zone(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct store *other = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t one = 0;
    int64_t two = 0;
    char names[400];
    unsigned runs = 0;
    const struct fleet_due due = {.zone = 2, .fingerprint = 7};
    add_zones(store, zones, ZONES);
    assert_int_equal(fleet_run_begin(store, "1/2", NOW, &one, &err), 0);
    assert_int_equal(fleet_run_begin(other, NULL, NOW, &two, &err), 0);
    assert_int_equal(fleet_run_alive(other, two, NOW, &runs, &err), 0);
    assert_int_equal(runs, 2);
    assert_int_equal(fleet_lease(store, one, 2, &err), 1);
    assert_int_equal(fleet_lease(other, two, 2, &err), 0);
    assert_int_equal(fleet_lease(store, one, 2, &err), 0);
    assert_int_equal(fleet_has(store, one, &due, &err), 1);
    assert_int_equal(fleet_has(other, two, &due, &err), 0);
    list(other, &everything, 16, names, sizeof names);
    assert_string_equal(names, "heavy-longest heavy-later light just-due unknown-weight ");
    /* The other one cannot give it back. */
    assert_int_equal(fleet_release(other, two, 2, NOW + 50, "no_route", &err), 0);
    assert_int_equal(fleet_has(store, one, &due, &err), 1);
    assert_int_equal(fleet_run_end(store, one, &err), 0);
    assert_int_equal(fleet_lease(other, two, 2, &err), 1);
    store_close(store);
    store_close(other);
}

static void changed_and_removed_zones_are_told_apart(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t run = 0;
    const struct fleet_due due = {.zone = 2, .fingerprint = 7};
    add_zones(store, zones, ZONES);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(fleet_lease(store, run, 2, &err), 1);
    store_test_sql(store, "UPDATE fleet SET fingerprint = 8 WHERE zone = 2");
    assert_int_equal(fleet_has(store, run, &due, &err), 2);
    store_test_sql(store, "UPDATE fleet SET run = NULL, removed_at = 1 WHERE zone = 2");
    assert_int_equal(fleet_has(store, run, &due, &err), 0);
    store_close(store);
}

/* A run that says nothing for a minute loses what it had, and learns of it when it speaks again. */
static void silent_runs_are_dead(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t silent = 0;
    int64_t lively = 0;
    unsigned runs = 0;
    const struct fleet_due due = {.zone = 2, .fingerprint = 7};
    add_zones(store, zones, ZONES);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &silent, &err), 0);
    assert_int_equal(fleet_lease(store, silent, 2, &err), 1);
    assert_int_equal(fleet_run_begin(store, NULL, NOW + FLEET_RUN_ALIVE_S, &lively, &err), 0);
    assert_int_equal(fleet_has(store, silent, &due, &err), 1);
    assert_int_equal(fleet_run_alive(store, lively, NOW + FLEET_RUN_ALIVE_S + 1, &runs, &err), 0);
    assert_int_equal(runs, 1);
    assert_int_equal(fleet_has(store, silent, &due, &err), 0);
    assert_int_equal(fleet_lease(store, lively, 2, &err), 1);
    assert_int_equal(fleet_run_alive(store, silent, NOW + FLEET_RUN_ALIVE_S + 2, &runs, &err), 1);
    assert_int_equal(runs, 2);
    assert_int_equal(fleet_has(store, silent, &due, &err), 0);
    assert_int_equal(fleet_has(store, lively, &due, &err), 1);
    store_close(store);
}

/* One whose process is gone need not be waited for. */
static void runs_of_dead_processes_are_dead_at_once(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t run = 0;
    add_zones(store, zones, ZONES);
    pid_t child = fork();
    if (child == 0) {
        struct store *own = store_test_open(*state, STORE_READ_WRITE);
        bool fine = fleet_run_begin(own, NULL, NOW, &run, NULL) == 0 && fleet_lease(own, run, 2, NULL) == 1;
        _exit(fine ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE run IS NOT NULL"), 1);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE run IS NOT NULL"), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM runs"), 1);
    store_close(store);
}

static void a_result_sets_the_next_time(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t run = 0;
    struct fleet_outcome outcome = {.zone = 2,
                                    .fingerprint = 7,
                                    .due_s = NOW + 500,
                                    .failures = 2,
                                    .status = "incomplete",
                                    .reason = "unreachable",
                                    .finished_s = NOW - 1};
    add_zones(store, zones, ZONES);
    store_test_sql(store, "UPDATE fleet SET deferred = 'no_route' WHERE zone = 2");
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(fleet_lease(store, run, 2, &err), 1);
    assert_int_equal(fleet_complete(store, &outcome, NOW, &err), 0);
    assert_int_equal(store_test_number(store,
                                       "SELECT count(*) FROM fleet WHERE zone = 2 AND run IS NULL AND due_at = "
                                       "1767225600 + 500 AND failures = 2 AND status = 'incomplete' AND reason = "
                                       "'unreachable' AND finished_at = 1767225600 - 1 AND scans = 1 AND deferred IS "
                                       "NULL"),
                     1);
    outcome.fingerprint = 8; /* of another inventory: due at once */
    assert_int_equal(fleet_complete(store, &outcome, NOW, &err), 0);
    assert_int_equal(store_test_number(store, "SELECT due_at FROM fleet WHERE zone = 2"), NOW);
    store_close(store);
}

static void what_is_given_back_is_due_as_before_or_later(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t run = 0;
    add_zones(store, zones, ZONES);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(fleet_lease(store, run, 2, &err), 1);
    assert_int_equal(fleet_release(store, run, 2, -1, NULL, &err), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE zone = 2 AND run IS NULL AND due_at = "
                                              "1767225600 - 10 AND deferred IS NULL AND scans = 0"),
                     1);
    assert_int_equal(fleet_lease(store, run, 2, &err), 1);
    assert_int_equal(fleet_release(store, run, 2, NOW + 300, "no_route", &err), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE zone = 2 AND run IS NULL AND due_at = "
                                              "1767225600 + 300 AND deferred = 'no_route' AND scans = 0"),
                     1);
    store_close(store);
}

/* All that is due at the address, within the bounds; not what somebody has, nor what is not due or not there. */
static void an_address_is_put_off(void **state)
{
    static const struct zone_row at_one_address[] = {
        {"a", 1, -10, 9, 1, NONE, false},      {"b", 1, -10, 9, 1, NONE, false},
        {"c", 1, 10, 9, 1, NONE, false},       {"d", 1, -10, 9, 1, NONE, true},
        {"leased", 1, -10, 9, 1, NONE, false}, {"elsewhere", 1, -10, 8, 1, NONE, false},
    };
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct fleet_due due[8];
    struct err err = ERR_INIT;
    int64_t run = 0;
    add_zones(store, at_one_address, sizeof at_one_address / sizeof *at_one_address);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(fleet_lease(store, run, 5, &err), 1);
    assert_int_equal(fleet_due_at_address(store, 9, &everything, due, 8, &err), 2);
    assert_int_equal(fleet_due_at_address(store, 9, &everything, due, 1, &err), 1);
    assert_int_equal(fleet_defer_address(store, 9, NOW, 3600, "address_not_answering", &err), 2);
    assert_int_equal(store_test_number(store,
                                       "SELECT count(*) FROM fleet WHERE deferred = 'address_not_answering' AND "
                                       "zone IN (1, 2) AND due_at BETWEEN 1767225600 + 3600 AND 1767225600 + 5400"),
                     2);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM fleet WHERE deferred IS NOT NULL"), 2);
    assert_int_equal(fleet_due_at_address(store, 9, &everything, due, 8, &err), 0);
    store_close(store);
}

struct told {
    char text[600];
};

static int note_reason(void *context, const char *reason, uint64_t count, struct err *err)
{
    struct told *told = context;
    (void)err;
    snprintf(told->text + strlen(told->text), sizeof told->text - strlen(told->text), "%s %u, ", reason,
             (unsigned)count);
    return 0;
}

static int note_failure(void *context, const struct fleet_failure *failure, struct err *err)
{
    struct told *told = context;
    (void)err;
    snprintf(told->text + strlen(told->text), sizeof told->text - strlen(told->text), "%s %u, ", failure->zone,
             (unsigned)failure->failures);
    return 0;
}

static void the_state_is_counted(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct fleet_counts counts;
    struct told told = {""};
    struct err err = ERR_INIT;
    int64_t run = 0;
    add_zones(store, zones, ZONES);
    assert_int_equal(fleet_run_begin(store, NULL, NOW, &run, &err), 0);
    assert_int_equal(fleet_lease(store, run, 1, &err), 1);
    store_test_sql(store,
                   "UPDATE fleet SET failures = 2, status = 'incomplete', reason = 'blocked', scans = 2 WHERE zone = "
                   "2; UPDATE fleet SET failures = 5, status = 'partial', reason = 'blocked', scans = 5 WHERE zone "
                   "= 3; UPDATE fleet SET deferred = 'no_route' WHERE zone = 4; UPDATE fleet SET status = "
                   "'complete', scans = 1 WHERE zone IN (5, 8); UPDATE fleet SET failures = 9, reason = 'x' WHERE "
                   "zone = 8");
    assert_int_equal(fleet_count(store, NOW, 15, &counts, &err), 0);
    assert_int_equal(counts.zones, 9);
    assert_int_equal(counts.removed, 1);
    assert_int_equal(counts.without_origin, 1);
    assert_int_equal(counts.never_scanned, 5);
    assert_int_equal(counts.due, 6);
    assert_int_equal(counts.late, 2); /* for longer than 15 s */
    assert_int_equal(counts.running, 1);
    assert_int_equal(counts.failing, 2);
    assert_int_equal(counts.deferred, 1);
    assert_int_equal(counts.by_status[STATUS_COMPLETE], 1);
    assert_int_equal(counts.by_status[STATUS_PARTIAL], 1);
    assert_int_equal(counts.by_status[STATUS_INCOMPLETE], 1);
    assert_int_equal(counts.runs, 1);
    assert_int_equal(counts.oldest_due_s, NOW - 100);
    assert_int_equal(counts.next_due_s, NOW + 10);
    assert_int_equal(fleet_each_reason(store, note_reason, &told, &err), 0);
    assert_string_equal(told.text, "blocked 2, no_route 1, ");
    told.text[0] = '\0';
    assert_int_equal(fleet_each_failure(store, 2, note_failure, &told, &err), 0);
    assert_string_equal(told.text, "heavy-later 5, heavy 2, ");
    store_close(store);
}

static void nothing_is_counted_in_an_empty_fleet(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct fleet_counts counts;
    struct err err = ERR_INIT;
    assert_int_equal(fleet_count(store, NOW, 15, &counts, &err), 0);
    assert_int_equal(counts.zones + counts.due + counts.running + counts.runs, 0);
    assert_int_equal(counts.oldest_due_s, -1);
    assert_int_equal(counts.next_due_s, -1);
    store_close(store);
}

/* Renews the budget of a run; what it is told next goes into *parts. */
static bool may_work(struct store *store, int64_t run, unsigned connections, bool fits, bool is_busy, unsigned *parts)
{
    struct err err = ERR_INIT;
    struct fleet_budget budget = {.connections = connections, .parts = *parts, .fits = fits, .is_busy = is_busy};
    assert_int_equal(fleet_budget_renew(store, run, NOW, &budget, &err), 0);
    *parts = budget.next_parts;
    return budget.may_work;
}

static void begin_runs(struct store *store, int64_t *runs, size_t count)
{
    struct err err = ERR_INIT;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fleet_run_begin(store, NULL, NOW, &runs[i], &err), 0);
    }
}

static void a_newcomer_waits_until_there_is_room(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t runs[3];
    unsigned first = 1, second = 1, third = 1;
    begin_runs(store, runs, 1);
    assert_true(may_work(store, runs[0], 4, true, false, &first));
    assert_int_equal(first, 1);
    begin_runs(store, runs + 1, 2);
    assert_false(may_work(store, runs[1], 4, true, false, &second)); /* the first has all, and knows of nobody */
    assert_true(may_work(store, runs[0], 4, true, true, &first));
    assert_int_equal(first, 3);
    assert_false(may_work(store, runs[1], 4, true, false, &second));
    assert_true(may_work(store, runs[0], 4, false, true, &first)); /* it knows, but requests of before are under way */
    assert_false(may_work(store, runs[1], 4, true, false, &second));
    assert_true(may_work(store, runs[0], 4, true, true, &first));
    assert_true(may_work(store, runs[1], 4, true, false, &second));
    assert_true(may_work(store, runs[2], 4, true, false, &third));
    assert_int_equal(second, 3);
    assert_int_equal(third, 3);
    /* What one leaves is for the others. */
    assert_int_equal(fleet_run_end(store, runs[0], &err), 0);
    assert_true(may_work(store, runs[1], 4, true, true, &second));
    assert_int_equal(second, 2);
    store_close(store);
}

static void as_many_runs_work_as_connections_may_be(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    int64_t runs[3];
    unsigned parts[3] = {1, 1, 1};
    begin_runs(store, runs, 3);
    /* The third has one connection for an address, and so all of them have. */
    assert_false(may_work(store, runs[2], 1, true, false, &parts[2]));
    assert_true(may_work(store, runs[0], 4, true, false, &parts[0]));
    assert_int_equal(parts[0], 1); /* who waits takes nothing away */
    assert_false(may_work(store, runs[1], 4, true, false, &parts[1]));
    assert_int_equal(fleet_run_end(store, runs[0], &err), 0);
    assert_false(may_work(store, runs[2], 1, true, false, &parts[2]));
    assert_true(may_work(store, runs[1], 4, true, false, &parts[1]));
    assert_int_equal(parts[1], 1);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(zones_come_by_weight_and_time),
        STORE_TEST(two_runs_never_have_the_same_zone),
        STORE_TEST(changed_and_removed_zones_are_told_apart),
        STORE_TEST(silent_runs_are_dead),
        STORE_TEST(runs_of_dead_processes_are_dead_at_once),
        STORE_TEST(a_newcomer_waits_until_there_is_room),
        STORE_TEST(as_many_runs_work_as_connections_may_be),
        STORE_TEST(a_result_sets_the_next_time),
        STORE_TEST(what_is_given_back_is_due_as_before_or_later),
        STORE_TEST(an_address_is_put_off),
        STORE_TEST(the_state_is_counted),
        STORE_TEST(nothing_is_counted_in_an_empty_fleet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "db/prune.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "db/rollout_store.h"
#include "db/store_internal.h"

/* Why an old scan stays. */
enum reason { REMOVABLE, IS_LATEST, OF_ROLLOUT, OF_DECISION, OF_SIGHTING };

/* The newest rows of all are among those that stay: ids only grow then, which remove_facts relies on. */
#define REASON                                                                                                         \
    "CASE WHEN z.latest_scan IS NULL OR s.id = z.latest_scan OR s.id = (SELECT max(id) FROM scans) OR "                \
    "s.id = (SELECT scan FROM evidence ORDER BY id DESC LIMIT 1) THEN 1 "                                              \
    "WHEN EXISTS (SELECT 1 FROM hostnames h JOIN rollouts r ON r.hostname = h.id WHERE h.zone = s.zone AND "           \
    "(r.scan = s.scan_id OR r.state IN ('proposed', 'waiting'))) THEN 2 "                                              \
    "WHEN EXISTS (SELECT 1 FROM temp.founded f WHERE f.scan_id = s.scan_id) THEN 3 "                                   \
    "WHEN EXISTS (SELECT 1 FROM evidence e JOIN evidence n ON n.scan = z.latest_scan AND n.hostname = e.hostname AND " \
    "n.origin = e.origin AND n.status <> 'complete' WHERE e.scan = s.id AND e.status = 'complete' AND NOT EXISTS ("    \
    "SELECT 1 FROM evidence x WHERE x.hostname = e.hostname AND x.origin = e.origin AND x.id > e.id AND "              \
    "x.status = 'complete')) THEN 4 ELSE 0 END"
#define DECISIONS_OF(ledger)                                                                                           \
    "INSERT OR IGNORE INTO temp.founded SELECT json_extract(body, '$.scan_id') FROM main." ledger " WHERE kind = "     \
    "'decision' AND CASE WHEN json_valid(body) THEN json_type(body, '$.admission') = 'object' AND json_type(body, "    \
    "'$.scan_id') = 'text' END;"
/* Scans that decisions stand on, found in one pass. Decisions are recorded with their scan, so those of the scans that
 * are there by now are all there. Somebody may have put something else than JSON into a ledger; that is for `ledger
 * verify` to say. */
static const char find_founded[] = "DROP TABLE IF EXISTS temp.founded; CREATE TEMP TABLE founded (scan_id TEXT PRIMARY "
                                   "KEY) WITHOUT ROWID;" DECISIONS_OF("ledger") DECISIONS_OF("merged_ledger");

#define OLD_SCANS "FROM scans s JOIN zones z ON z.id = s.zone WHERE coalesce(s.finished_at, s.started_at) < ?1 "

/* Without help of the library's foreign keys: it would look through all zones for each scan. A test compares the list
 * with the schema. */
static const char *const removals[] = {
    "DELETE FROM pairs_in_full WHERE evidence IN (SELECT id FROM evidence WHERE scan = ?1)",
    "DELETE FROM pairs WHERE evidence IN (SELECT id FROM evidence WHERE scan = ?1)",
    "DELETE FROM warnings WHERE evidence IN (SELECT id FROM evidence WHERE scan = ?1)",
    "DELETE FROM blockers WHERE evidence IN (SELECT id FROM evidence WHERE scan = ?1)",
    "DELETE FROM evidence WHERE scan = ?1",
    "DELETE FROM decisions WHERE scan = ?1",
    "DELETE FROM recommendations WHERE scan = ?1",
    "DELETE FROM scans WHERE id = ?1",
};
#define REMOVALS (sizeof removals / sizeof *removals)

struct old_scan {
    int64_t id;
    enum reason reason;
};

struct prune {
    struct store *store;
    const struct prune_options *options;
    struct prune_counts *counts;
    sqlite3_stmt *list, *ask, *remove[REMOVALS];
    struct old_scan turn[LIMIT_PRUNE_TURN_SCANS];
    size_t turn_count;
    int64_t last_id; /* of the scans that were looked at */
    int64_t newest;  /* what came later is not looked at */
    bool stopped;
};

static int open_statements(struct prune *prune, struct err *err)
{
    if (store_number(prune->store, "SELECT coalesce(max(id), 0) FROM scans", &prune->newest, err) != 0 ||
        store_execute(prune->store, find_founded, err) != 0 ||
        store_prepare(prune->store,
                      "SELECT s.id, " REASON " " OLD_SCANS "AND s.id > ?2 AND s.id <= ?4 ORDER BY s.id LIMIT ?3",
                      &prune->list, err) != 0 ||
        store_prepare(prune->store, "SELECT s.id, " REASON " " OLD_SCANS "AND s.id = ?2", &prune->ask, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < REMOVALS; i++) {
        if (store_prepare(prune->store, removals[i], &prune->remove[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void close_statements(struct prune *prune)
{
    sqlite3_finalize(prune->list);
    sqlite3_finalize(prune->ask);
    for (size_t i = 0; i < REMOVALS; i++) {
        sqlite3_finalize(prune->remove[i]);
    }
    sqlite3_exec(prune->store->db, "DROP TABLE IF EXISTS temp.founded", NULL, NULL, NULL);
}

/* The next old scans, in no transaction that anybody would have to wait for. */
static int list_turn(struct prune *prune, struct err *err)
{
    int result = SQLITE_ROW;
    prune->turn_count = 0;
    sqlite3_bind_int64(prune->list, 1, prune->options->before_s);
    sqlite3_bind_int64(prune->list, 2, prune->last_id);
    sqlite3_bind_int(prune->list, 3, LIMIT_PRUNE_TURN_SCANS);
    sqlite3_bind_int64(prune->list, 4, prune->newest);
    while ((result = sqlite3_step(prune->list)) == SQLITE_ROW) {
        prune->turn[prune->turn_count++] =
            (struct old_scan){sqlite3_column_int64(prune->list, 0), (enum reason)sqlite3_column_int(prune->list, 1)};
    }
    result = result == SQLITE_DONE ? 0 : store_fail(prune->store, err);
    sqlite3_reset(prune->list);
    return result;
}

static int remove_scan(struct prune *prune, int64_t id, struct err *err)
{
    for (size_t i = 0; i < REMOVALS; i++) {
        sqlite3_bind_int64(prune->remove[i], 1, id);
        int result = sqlite3_step(prune->remove[i]);
        if (result != SQLITE_DONE) {
            store_fail(prune->store, err);
        }
        sqlite3_reset(prune->remove[i]);
        if (result != SQLITE_DONE) {
            return -1;
        }
    }
    return 0;
}

/* Once more, now that nobody else can write: a rollout may have been opened meanwhile. */
static int ask_again(struct prune *prune, struct old_scan *scan, struct err *err)
{
    sqlite3_bind_int64(prune->ask, 1, prune->options->before_s);
    sqlite3_bind_int64(prune->ask, 2, scan->id);
    int result = sqlite3_step(prune->ask);
    scan->reason = result == SQLITE_ROW ? (enum reason)sqlite3_column_int(prune->ask, 1) : IS_LATEST;
    result = result == SQLITE_ROW || result == SQLITE_DONE ? 0 : store_fail(prune->store, err);
    sqlite3_reset(prune->ask);
    return result;
}

static int remove_turn(struct store *store, void *context, struct err *err)
{
    struct prune *prune = context;
    (void)store;
    for (size_t i = 0; i < prune->turn_count; i++) {
        struct old_scan *scan = &prune->turn[i];
        if (scan->reason != REMOVABLE) {
            continue;
        }
        if (ask_again(prune, scan, err) != 0 || (scan->reason == REMOVABLE && remove_scan(prune, scan->id, err) != 0)) {
            return -1;
        }
    }
    return 0;
}

static void count_turn(struct prune *prune)
{
    uint64_t *const by_reason[] = {
        [REMOVABLE] = &prune->counts->removed,     [IS_LATEST] = &prune->counts->latest,
        [OF_ROLLOUT] = &prune->counts->rollouts,   [OF_DECISION] = &prune->counts->decisions,
        [OF_SIGHTING] = &prune->counts->sightings,
    };
    for (size_t i = 0; i < prune->turn_count; i++) {
        prune->counts->old++;
        ++*by_reason[prune->turn[i].reason];
        prune->last_id = prune->turn[i].id;
    }
}

static bool tell(struct prune *prune)
{
    const struct prune_options *options = prune->options;
    prune->stopped =
        prune->stopped || (options->on_progress != NULL && options->on_progress(options->context, prune->counts));
    return prune->stopped;
}

/* Whoever waits to write gets as much time as was taken. */
static void give_way(int64_t since_ms)
{
    int64_t taken_ms = clock_monotonic_ms() - since_ms;
    sqlite3_sleep(taken_ms < 1 ? 1 : taken_ms > LIMIT_PRUNE_PAUSE_MS ? LIMIT_PRUNE_PAUSE_MS : (int)taken_ms);
}

/* Before anything is removed, the ledger says that it will be. */
static int write_ledger(struct prune *prune, struct err *err)
{
    struct buf body = {.data = NULL};
    struct json_writer json;
    struct ledger_row row = {.at_s = prune->options->now_s, .kind = "prune"};
    json_init(&json, &body, false);
    json_object_open(&json);
    json_key_time(&json, "scans_before", prune->options->before_s);
    json_object_close(&json);
    row.body = buf_text(&body);
    row.program_version = prune->options->program_version;
    int result = body.failed ? err_memory(err) : store_append_ledger(prune->store, &row, err);
    buf_release(&body);
    return result;
}

static int remove_scans(struct prune *prune, struct err *err)
{
    bool written = prune->options->trial;
    while (!tell(prune)) {
        if (list_turn(prune, err) != 0) {
            return -1;
        }
        if (prune->turn_count == 0) {
            break;
        }
        bool any = false;
        for (size_t i = 0; i < prune->turn_count; i++) {
            any = any || prune->turn[i].reason == REMOVABLE;
        }
        if (any && !written) {
            if (write_ledger(prune, err) != 0) {
                return -1;
            }
            written = true;
        }
        int64_t began_ms = clock_monotonic_ms();
        if (any && !prune->options->trial) {
            if (store_transaction(prune->store, remove_turn, prune, err) != 0) {
                return -1;
            }
            give_way(began_ms);
        }
        count_turn(prune);
    }
    return 0;
}

/* ---- certificates and TLS facts that no evidence speaks of any more */

struct facts {
    const char *orphans; /* finds them, and the newest evidence of that moment */
    const char *remove;  /* some of them, unless newer evidence speaks of them by now */
};

#define FACTS(table, column)                                                                                           \
    {                                                                                                                  \
        "DROP TABLE IF EXISTS temp.orphans; CREATE TEMP TABLE orphans AS SELECT id, (SELECT max(id) FROM "             \
        "main.evidence) AS newest FROM main." table " WHERE id NOT IN (SELECT " column                                 \
        " FROM main.evidence WHERE " column " IS NOT NULL)",                                                           \
            "DELETE FROM main." table " WHERE id IN (SELECT id FROM temp.orphans WHERE rowid > ?1 AND rowid <= ?2) "   \
            "AND id NOT IN (SELECT " column " FROM main.evidence WHERE id > coalesce((SELECT newest FROM "             \
            "temp.orphans LIMIT 1), 0) AND " column " IS NOT NULL)"                                                    \
    }
static const struct facts kinds_of_facts[] = {FACTS("certificates", "certificate"), FACTS("tls_facts", "tls")};

static int remove_orphans(struct prune *prune, sqlite3_stmt *remove, int64_t orphans, struct err *err)
{
    for (int64_t done = 0; done < orphans && !tell(prune); done += LIMIT_PRUNE_TURN_SCANS) {
        int64_t began_ms = clock_monotonic_ms();
        sqlite3_bind_int64(remove, 1, done);
        sqlite3_bind_int64(remove, 2, done + LIMIT_PRUNE_TURN_SCANS);
        int result = sqlite3_step(remove) == SQLITE_DONE ? 0 : store_fail(prune->store, err);
        sqlite3_reset(remove);
        if (result != 0) {
            return -1;
        }
        prune->counts->facts += (uint64_t)sqlite3_changes64(prune->store->db);
        give_way(began_ms);
    }
    return 0;
}

static int remove_facts(struct prune *prune, const struct facts *facts, struct err *err)
{
    sqlite3_stmt *remove = NULL;
    int64_t orphans = 0;
    int result = store_execute(prune->store, facts->orphans, err);
    if (result == 0) {
        result = store_number(prune->store, "SELECT count(*) FROM temp.orphans", &orphans, err);
    }
    if (result == 0) {
        result = store_prepare(prune->store, facts->remove, &remove, err);
    }
    if (result == 0) {
        result = remove_orphans(prune, remove, orphans, err);
    }
    sqlite3_finalize(remove);
    sqlite3_exec(prune->store->db, "DROP TABLE IF EXISTS temp.orphans", NULL, NULL, NULL);
    return result;
}

/* ---- space */

static int64_t count_bytes(struct prune *prune, const char *pages)
{
    struct err err = ERR_INIT;
    int64_t count = 0;
    int64_t bytes = 0;
    store_number(prune->store, pages, &count, &err);
    store_number(prune->store, "PRAGMA page_size", &bytes, &err);
    return count * bytes;
}

/* Moves pages from the end of the file into the holes, some at a time. Does nothing in a file that was made before this
 * could be done. */
static int give_back_space(struct prune *prune, struct err *err)
{
    int64_t before = -1;
    int64_t free_pages = 0;
    while (!tell(prune)) {
        int64_t began_ms = clock_monotonic_ms();
        if (store_number(prune->store, "PRAGMA freelist_count", &free_pages, err) != 0) {
            return -1;
        }
        if (free_pages == 0 || free_pages == before) {
            break;
        }
        before = free_pages;
        if (store_execute(prune->store, "PRAGMA incremental_vacuum(" LIMIT_PRUNE_TURN_PAGES ")", err) != 0) {
            return -1;
        }
        give_way(began_ms);
    }
    return 0;
}

static int rewrite_file(struct prune *prune, struct err *err)
{
    return store_execute(prune->store, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", err);
}

static int remove_all(struct prune *prune, struct err *err)
{
    if (remove_scans(prune, err) != 0) {
        return -1;
    }
    if (prune->options->trial) {
        return 0;
    }
    for (size_t i = 0; i < sizeof kinds_of_facts / sizeof *kinds_of_facts && !prune->stopped; i++) {
        if (remove_facts(prune, &kinds_of_facts[i], err) != 0) {
            return -1;
        }
    }
    if (!prune->stopped && (prune->options->vacuum ? rewrite_file(prune, err) : give_back_space(prune, err)) != 0) {
        return -1;
    }
    /* The file itself becomes shorter with this; readers may put it off. */
    return store_execute(prune->store, "PRAGMA wal_checkpoint(TRUNCATE)", err);
}

int store_prune(struct store *store, const struct prune_options *options, struct prune_counts *counts, struct err *err)
{
    struct prune prune = {.store = store, .options = options, .counts = counts};
    int64_t scans = 0;
    *counts = (struct prune_counts){.scans = 0};
    counts->bytes_before = count_bytes(&prune, "PRAGMA page_count");
    int result = store_number(store, "SELECT count(*) FROM scans", &scans, err);
    counts->scans = (uint64_t)scans;
    if (result == 0) {
        result = store_execute(store, "PRAGMA foreign_keys = OFF", err);
    }
    if (result == 0) {
        result = open_statements(&prune, err) == 0 ? remove_all(&prune, err) : -1;
    }
    close_statements(&prune);
    sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    counts->bytes_after = count_bytes(&prune, "PRAGMA page_count");
    counts->bytes_free = count_bytes(&prune, "PRAGMA freelist_count");
    return result == 0 ? 0 : err_prefix(err, "removing old scans");
}

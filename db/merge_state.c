/* What the operator told, what is due, and rollouts: where two files say something different, which of them counts. */
#include "db/merge_internal.h"
#include "recommend/rules.h"
#include "recommend/sentence.h"

#define IS_OPEN "IN ('proposed', 'waiting', 'ramping', 'holding')"
/* When the file last heard of the zone's inventory. */
#define HEARD(fleet)  "max(" fleet ".imported_at, coalesce(" fleet ".removed_at, 0))"
#define SCANNED(scan) "(coalesce(" scan ".finished_at, " scan ".started_at, -1), coalesce(" scan ".scan_id, ''))"
#define HAS_INVENTORY(schema, zone)                                                                                    \
    "EXISTS (SELECT 1 FROM " schema ".hostnames h JOIN " schema                                                        \
    ".inventory i ON i.hostname = h.id WHERE h.zone = " zone ")"

/* For each zone of the shard: does its inventory count, and its schedule? Both are decided before anything is changed.
 */
static const char pick[] =
    "CREATE TEMP TABLE pick AS SELECT m.src, m.dst, "
    "CASE WHEN sf.zone IS NULL AND mf.zone IS NOT NULL THEN 0 "
    "WHEN sf.zone IS NOT NULL AND mf.zone IS NULL THEN 1 "
    "WHEN sf.fingerprint <> mf.fingerprint THEN (" HEARD("sf") ", sf.fingerprint) > (" HEARD(
        "mf") ", mf.fingerprint) "
              "WHEN NOT " HAS_INVENTORY(
                  "shard",
                  "m.src") " THEN 0 "
                           "WHEN NOT " HAS_INVENTORY(
                               "main",
                               "m.dst") " THEN 1 "
                                        "ELSE " SCANNED("ss") " > " SCANNED(
                                            "ms") " END AS inventory, "
                                                  "CASE WHEN sf.zone IS NULL THEN 0 WHEN mf.zone IS NULL THEN 1 "
                                                  "ELSE (coalesce(sf.finished_at, -1), -sf.due_at) > "
                                                  "(coalesce(mf.finished_at, -1), -mf.due_at) END AS schedule "
                                                  "FROM temp.map_zones m JOIN shard.zones sz ON sz.id = m.src JOIN "
                                                  "main.zones mz ON mz.id = m.dst "
                                                  "LEFT JOIN shard.fleet sf ON sf.zone = m.src LEFT JOIN main.fleet mf "
                                                  "ON mf.zone = m.dst "
                                                  "LEFT JOIN shard.scans ss ON ss.id = sz.latest_scan LEFT JOIN "
                                                  "main.scans ms ON ms.id = mz.latest_scan";

#define OF_PICKED                                                                                                      \
    "s.hostname IN (SELECT h.id FROM temp.pick p JOIN shard.hostnames h ON h.zone = p.src WHERE p.inventory)"

static const struct merged_table inventory = {
    .name = "inventory", .references = {{"hostname", "hostnames"}}, .filter = OF_PICKED};
static const struct merged_table inventory_origins = {
    .name = "inventory_origins", .references = {{"hostname", "hostnames"}, {"origin", "origins"}}, .filter = OF_PICKED};
static const struct merged_table fleet = {
    .name = "fleet", .key = {"zone"}, .references = {{"zone", "zones"}}, .left_out = {"run", "leased_until"}};

/* A zone whose newest scan was of another inventory than the one that counts is due when either file says so. */
static const char schedule[] =
    "UPDATE main.fleet AS f SET "
    "fingerprint = iif(p.inventory, s.fingerprint, f.fingerprint), weight = iif(p.inventory, s.weight, f.weight), "
    "origins = iif(p.inventory, s.origins, f.origins), "
    "address_hash = iif(p.inventory, s.address_hash, f.address_hash), "
    "imported_at = max(s.imported_at, f.imported_at), "
    "removed_at = CASE WHEN " HEARD("s") " > " HEARD("f") " THEN s.removed_at WHEN " HEARD("s") " < " HEARD(
        "f") " THEN "
             "f.removed_at WHEN s.removed_at IS NULL THEN NULL ELSE f.removed_at END, "
             "due_at = CASE WHEN s.fingerprint <> f.fingerprint AND p.inventory <> p.schedule THEN min(s.due_at, "
             "f.due_at) "
             "WHEN p.schedule THEN s.due_at ELSE f.due_at END, "
             "failures = iif(p.schedule, s.failures, f.failures), status = iif(p.schedule, s.status, f.status), "
             "reason = iif(p.schedule, s.reason, f.reason), finished_at = iif(p.schedule, s.finished_at, "
             "f.finished_at), "
             "deferred = iif(p.schedule, s.deferred, f.deferred), "
             "scans = max(s.scans, f.scans, (SELECT count(*) FROM main.scans x WHERE x.zone = f.zone)) "
             "FROM temp.pick p JOIN shard.fleet s ON s.zone = p.src WHERE f.zone = p.dst";

#define NEVER "9223372036854775807"
static const char opt_outs[] =
    "INSERT INTO main.opt_outs (kind, value, reason, source, expires_at) SELECT kind, value, reason, source, "
    "expires_at "
    "FROM shard.opt_outs WHERE true ORDER BY id ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason, "
    "source = excluded.source, expires_at = excluded.expires_at WHERE "
    "(coalesce(excluded.expires_at, " NEVER "), coalesce(excluded.source, ''), coalesce(excluded.reason, '')) > "
    "(coalesce(opt_outs.expires_at, " NEVER "), coalesce(opt_outs.source, ''), coalesce(opt_outs.reason, ''))";

static const char latest[] =
    "UPDATE main.zones SET latest_scan = (SELECT s.id FROM main.scans s WHERE s.zone = zones.id ORDER BY "
    "coalesce(s.finished_at, s.started_at, -1) DESC, s.scan_id DESC LIMIT 1) WHERE id IN (SELECT x.zone FROM "
    "main.scans x "
    "JOIN temp.map_scans m ON m.dst = x.id AND m.added)";

int merge_state(struct store *store, struct merge_counts *counts, struct err *err)
{
    int64_t entries = 0;
    int64_t entries_after = 0;
    int64_t picked = 0;
    static const char clear[] = "DELETE FROM main.inventory WHERE hostname IN (SELECT h.id FROM temp.pick p JOIN "
                                "main.hostnames h ON h.zone = p.dst WHERE p.inventory)";
    static const char *const last[] = {schedule, latest, opt_outs};
    if (store_execute(store, pick, err) != 0 ||
        store_number(store, "SELECT count(*) FROM temp.pick WHERE inventory", &picked, err) != 0 ||
        store_number(store, "SELECT count(*) FROM main.opt_outs", &entries, err) != 0 ||
        store_execute(store, clear, err) != 0 || merge_table(store, &inventory, NULL, err) != 0 ||
        merge_table(store, &inventory_origins, NULL, err) != 0 || merge_table(store, &fleet, NULL, err) != 0 ||
        merge_run(store, last, sizeof last / sizeof *last, err) != 0 ||
        store_number(store, "SELECT count(*) FROM main.opt_outs", &entries_after, err) != 0) {
        return err_prefix(err, "inventory and schedule");
    }
    counts->inventories += (uint64_t)picked;
    counts->opt_outs += (uint64_t)(entries_after - entries);
    return 0;
}

/* ---- rollouts */

/* How far a rollout has come: what has ended counts for more than what goes on. */
#define PROGRESS(r, steps)                                                                                             \
    "(" r ".ended_at IS NOT NULL, " r ".rule <> 'superseded', (SELECT count(*) FROM " steps " t WHERE t.rollout = " r  \
    ".id), " r ".state, " r ".rule, " r ".reason)"
#define SUPERSEDED                                                                                                     \
    "state = CASE WHEN state IN ('ramping', 'holding') THEN 'rolled_back' ELSE 'cancelled' END, rule = 'superseded', " \
    "reason = temp.superseded_reason.text"
#define NEWER(n, r) "(" n ".opened_at, " n ".scan) > (" r ".opened_at, " r ".scan)"

static const char *const before_rollouts[] = {
    /* with the numbers of hostnames here */
    "CREATE TEMP TABLE shard_rollouts AS SELECT * FROM shard.rollouts",
    "UPDATE temp.shard_rollouts SET hostname = (SELECT m.dst FROM temp.map_hostnames m WHERE m.src = hostname)",
    "CREATE INDEX temp.shard_rollouts_of_hostname ON shard_rollouts (hostname)",
    "CREATE TEMP TABLE advanced AS SELECT s.id AS src, r.id AS dst FROM temp.shard_rollouts s JOIN main.rollouts r ON "
    "r.hostname = s.hostname AND r.scan = s.scan AND r.opened_at = s.opened_at WHERE " PROGRESS(
        "s", "shard.rollout_steps") " > " PROGRESS("r", "main.rollout_steps"),
    "UPDATE main.rollouts AS r SET state = s.state, rule = s.rule, reason = s.reason, power = s.power, ended_at = "
    "s.ended_at, weight = s.weight FROM temp.advanced a JOIN temp.shard_rollouts s ON s.id = a.src WHERE r.id = a.dst",
    "UPDATE main.rollouts AS r SET " SUPERSEDED " FROM temp.superseded_reason WHERE r.state " IS_OPEN " AND EXISTS "
    "(SELECT 1 FROM temp.shard_rollouts n WHERE n.hostname = r.hostname AND " NEWER("n", "r") ")",
    "UPDATE temp.shard_rollouts AS r SET " SUPERSEDED " FROM temp.superseded_reason WHERE r.state " IS_OPEN
    " AND EXISTS "
    "(SELECT 1 FROM main.rollouts n WHERE n.hostname = r.hostname AND " NEWER("n", "r") ")",
};

static const struct merged_table rollouts = {
    .name = "rollouts", .source = "temp.shard_rollouts", .key = {"hostname", "scan", "opened_at"}, .has_id = true};

static const char *const after_rollouts[] = {
    "INSERT INTO main.rollout_steps (rollout, position, percent, since_at, until_at) SELECT m.dst, s.position, "
    "s.percent, "
    "s.since_at, s.until_at FROM shard.rollout_steps s JOIN temp.map_rollouts m ON m.src = s.rollout WHERE m.added OR "
    "s.rollout IN (SELECT src FROM temp.advanced) ON CONFLICT (rollout, position) DO UPDATE SET percent = "
    "excluded.percent, since_at = excluded.since_at, until_at = excluded.until_at",
    /* from the whole set, so that the order in which files came does not matter */
    "UPDATE main.rollouts AS r SET ended_at = (SELECT min(n.opened_at) FROM main.rollouts n WHERE n.hostname = "
    "r.hostname "
    "AND " NEWER("n", "r") ") WHERE r.rule = 'superseded'",
    "UPDATE main.rollout_steps AS t SET until_at = r.ended_at FROM main.rollouts r WHERE r.id = t.rollout AND r.rule = "
    "'superseded' AND t.position = (SELECT max(position) FROM main.rollout_steps x WHERE x.rollout = t.rollout)",
};

static const struct merged_table observations = {.name = "observations",
                                                 .key = {"rollout", "start_at", "end_at"},
                                                 .references = {{"rollout", "rollouts"}},
                                                 .has_id = true};

#define DIFFER(column) "s." column " IS NOT d." column
static const char
    contradictions
        [] =
            "SELECT count(*) FROM shard.observations s JOIN temp.map_observations m ON m.src = s.id JOIN "
            "main.observations d ON "
            "d.id = m.dst WHERE " DIFFER("percent") " OR " DIFFER("candidate_requests") " OR " DIFFER("candidate_tls") " OR " DIFFER("candidate_connect") " OR " DIFFER(
                "candidate_5xx") " OR " DIFFER("control_requests") " OR " DIFFER("control_tls") " OR " DIFFER("control"
                                                                                                              "_connec"
                                                                                                              "t") " O"
                                                                                                                   "R"
                                                                                                                   " " DIFFER(
                                                                                                                       "control_5xx");

static int write_reason(struct store *store, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    char reason[SENTENCE_BYTES];
    const struct sentence_values values = {.count = 0};
    rule_sentence(RULE_SUPERSEDED, &values, reason);
    if (store_prepare(store, "CREATE TEMP TABLE superseded_reason AS SELECT ?1 AS text", &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_text(stmt, 1, reason, -1, SQLITE_STATIC);
    int result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

int merge_rollouts(struct store *store, struct merge_counts *counts, struct err *err)
{
    int64_t different = 0;
    if (write_reason(store, err) != 0 ||
        merge_run(store, before_rollouts, sizeof before_rollouts / sizeof *before_rollouts, err) != 0 ||
        merge_table(store, &rollouts, &counts->rollouts, err) != 0 ||
        merge_run(store, after_rollouts, sizeof after_rollouts / sizeof *after_rollouts, err) != 0 ||
        merge_table(store, &observations, &counts->observations, err) != 0 ||
        store_number(store, contradictions, &different, err) != 0) {
        return err_prefix(err, "rollouts");
    }
    return different == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "%lld observations tell of the same time of a rollout as some of this database, but "
                         "something else",
                         (long long)different);
}

#include "db/statements.h"

#include "db/store_internal.h"

#include <stddef.h>
#include <stdlib.h>

#define SCAN_COLUMNS                                                                                                   \
    "z.name, s.id, s.scan_id, s.program_version, s.started_at, s.finished_at, s.next_scan_at, s.seed, s.trust, "       \
    "s.ceiling, s.requests, s.connections, s.handshakes, s.hellos, s.bytes, s.seconds "

#define ROLLOUT_COLUMNS                                                                                                \
    "r.id, z.name, h.name, r.scan, r.from_mode, r.to_mode, r.changes_scheme, r.state, r.rule, r.reason, r.weight, "    \
    "r.power, r.opened_at, r.ended_at FROM rollouts r JOIN hostnames h ON h.id = r.hostname "                          \
    "JOIN zones z ON z.id = h.zone "

#define OBSERVATION_COLUMNS                                                                                            \
    "o.id, o.start_at, o.end_at, o.percent, o.candidate_requests, o.candidate_tls, o.candidate_connect, "              \
    "o.candidate_5xx, o.candidate_3xx, o.candidate_4xx, o.control_requests, o.control_tls, o.control_connect, "        \
    "o.control_5xx, o.control_3xx, o.control_4xx "

/* Rows of a ledger; digests are kept as bytes, and texts that many rows say elsewhere. */
#define LEDGER_ROWS_OF(table)                                                                                          \
    "SELECT l.id, l.at, l.kind, l.zone, l.hostname, l.body, p.text, l.program_version, "                               \
    "iif(l.evidence IS NULL, NULL, lower(hex(l.evidence))), lower(hex(l.previous)), lower(hex(l.digest)) "             \
    "FROM " table " l LEFT JOIN texts p ON p.id = l.policy WHERE (?1 IS NULL OR l.zone = ?1) "

#define FLEET_COLUMNS "f.zone, z.name, f.address_hash, f.rank, f.due_at, f.fingerprint, f.failures "
/* A zone that is due for a filter, as fleet_store.c binds it, and that nobody has. A run that has a zone and is dead
 * has been removed together with its zones. */
#define FLEET_IS_DUE                                                                                                   \
    "(f.due_at <= ?1 OR f.finished_at < ?2) AND f.run IS NULL AND f.removed_at IS NULL AND f.origins > ?7 "            \
    "AND f.address_hash % ?3 = ?4 AND (f.address_hash / ?3) % ?5 = ?6 "

static const char *const sql[STATEMENT_COUNT] = {
    /* IMMEDIATE: whoever is going to write waits for its turn here, where waiting is possible, and not in the middle.
     */
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [BEGIN_READ] = "BEGIN",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",

    [FIND_ZONE] = "SELECT id FROM zones WHERE name = ?1",
    [ADD_ZONE] = "INSERT INTO zones (name) VALUES (?1)",
    [FIND_HOSTNAME] = "SELECT id FROM hostnames WHERE zone = ?1 AND name = ?2",
    [ADD_HOSTNAME] = "INSERT INTO hostnames (zone, name) VALUES (?1, ?2)",
    [FIND_ORIGIN] = "SELECT id FROM origins WHERE address = ?1 AND http_port = ?2 AND https_port = ?3",
    [ADD_ORIGIN] = "INSERT INTO origins (address, http_port, https_port) VALUES (?1, ?2, ?3)",
    [FIND_CERTIFICATE] = "SELECT id FROM certificates WHERE content_hash = ?1 AND subject IS ?2 AND issuer IS ?3 "
                         "AND serial IS ?4 AND key IS ?5 AND signature IS ?6 AND spki_sha256 IS ?7 "
                         "AND not_before IS ?8 AND not_after IS ?9 AND names = ?10",
    [ADD_CERTIFICATE] = "INSERT INTO certificates (content_hash, subject, issuer, serial, key, signature, spki_sha256, "
                        "not_before, not_after, names) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [FIND_TLS_FACTS] =
        "SELECT id FROM tls_facts WHERE content_hash = ?1 AND versions IS ?2 AND version IS ?3 AND cipher IS ?4 AND "
        "key_group IS ?5 AND signature IS ?6 AND alpn IS ?7 AND client_certificate IS ?8 AND resumption IS ?9 AND "
        "chain_length IS ?10 AND post_quantum IS ?11 AND sni IS ?12 AND ocsp_stapled IS ?13 AND completed IS ?14 "
        "AND detail IS ?15 AND client_certificate_accepted IS ?16 AND resumption_session_id IS ?17 AND "
        "resumption_ticket IS ?18 AND resumption_psk IS ?19 AND round_trips IS ?20 AND group_x25519 IS ?21 AND "
        "group_p256 IS ?22 AND group_p384 IS ?23 AND group_p521 IS ?24 AND legacy_ssl3 IS ?25 AND legacy_tls10 IS "
        "?26 AND legacy_tls11 IS ?27 AND legacy_static_rsa IS ?28 AND legacy_3des IS ?29 AND legacy_rc4 IS ?30 AND "
        "fault_split_client_hello IS ?31 AND fault_broken_hello_retry_request IS ?32 AND fault_unknown_key_share IS "
        "?33 AND refusals IS ?34",
    [ADD_TLS_FACTS] =
        "INSERT INTO tls_facts (content_hash, versions, version, cipher, key_group, signature, alpn, "
        "client_certificate, resumption, chain_length, post_quantum, sni, ocsp_stapled, completed, detail, "
        "client_certificate_accepted, resumption_session_id, resumption_ticket, resumption_psk, round_trips, "
        "group_x25519, group_p256, group_p384, group_p521, legacy_ssl3, legacy_tls10, legacy_tls11, "
        "legacy_static_rsa, legacy_3des, legacy_rc4, fault_split_client_hello, fault_broken_hello_retry_request, "
        "fault_unknown_key_share, refusals) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
        "?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34)",

    [FIND_TEXT] = "SELECT id FROM texts WHERE text = ?1",
    [ADD_TEXT] = "INSERT INTO texts (text) VALUES (?1)",

    [ADD_SCAN] =
        "INSERT INTO scans (zone, scan_id, program_version, started_at, finished_at, next_scan_at, seed, trust, "
        "ceiling, requests, connections, handshakes, hellos, bytes, seconds) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [SET_LATEST_SCAN] = "UPDATE zones SET latest_scan = ?1 WHERE id = ?2",
    [ADD_RECOMMENDATION] = "INSERT INTO recommendations (scan, position, hostname, status, incomplete_reason, "
                           "current_mode, supported_mode, recommended_mode, ceiling, setting, always_https, "
                           "safe_modes, pairs, against, upper_bound, level, request_coverage, candidates) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [ADD_DECISION] = "INSERT INTO decisions (scan, position, action, from_mode, to_mode, percent, reason, rule, "
                     "numbers, policy) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [ADD_EVIDENCE] = "INSERT INTO evidence (scan, hostname_position, position, hostname, origin, source, status, "
                     "incomplete_reason, incomplete_detail, supported_mode, safe_modes, same, equivalent, improved, "
                     "weak, different, unavailable, interference, unstable, unusable, pairs, against, upper_bound, "
                     "level, request_coverage, certificate, certificate_verdict, certificate_trust, "
                     "certificate_detail, tls, handshake_bytes_read, handshake_bytes_written) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
                     "?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)",
    [READ_EARLIER_EVIDENCE] = "SELECT id, status FROM evidence WHERE hostname = ?1 AND origin = ?2 AND scan <> ?3 "
                              "ORDER BY id DESC",
    /* The index by name: the planner takes the primary key for as good, and reads all blockers of the evidence then. */
    [FIND_FIRST_SEEN] = "SELECT min(first_seen_at) FROM blockers INDEXED BY blockers_by_url WHERE evidence = ?1 "
                        "AND code = ?2 AND url IS ?3",
    [ADD_BLOCKER] = "INSERT INTO blockers (evidence, position, code, rules_out, url, detail, first_seen_at) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ADD_WARNING] = "INSERT INTO warnings (evidence, position, code, url, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    [ADD_PAIRS] = "INSERT INTO pairs (evidence, compared) VALUES (?1, ?2)",
    [ADD_PAIR_IN_FULL] = "INSERT INTO pairs_in_full (evidence, position, path, detail) VALUES (?1, ?2, ?3, ?4)",

    [READ_LATEST_SCAN] = "SELECT " SCAN_COLUMNS "FROM zones z JOIN scans s ON s.id = z.latest_scan WHERE z.name = ?1",
    [EACH_LATEST_SCAN] = "SELECT " SCAN_COLUMNS "FROM zones z JOIN scans s ON s.id = z.latest_scan ORDER BY z.name",
    [READ_SCAN_BEFORE] = "SELECT " SCAN_COLUMNS "FROM zones z JOIN scans s ON s.zone = z.id WHERE z.name = ?1 "
                         "AND s.finished_at <= ?2 ORDER BY s.finished_at DESC, s.id DESC LIMIT 1",
    [READ_RECOMMENDATIONS] = "SELECT r.position, h.name, r.status, r.incomplete_reason, r.current_mode, "
                             "r.supported_mode, r.recommended_mode, r.ceiling, r.setting, r.always_https, "
                             "r.safe_modes, r.pairs, r.against, r.upper_bound, r.level, r.request_coverage, "
                             "r.candidates, d.action, d.from_mode, d.to_mode, d.percent, t.text, d.rule, "
                             "(SELECT text FROM texts WHERE id = d.numbers), "
                             "(SELECT text FROM texts WHERE id = d.policy) "
                             "FROM recommendations r JOIN decisions d ON d.scan = r.scan AND d.position = r.position "
                             "LEFT JOIN texts t ON t.id = d.reason "
                             "LEFT JOIN hostnames h ON h.id = r.hostname WHERE r.scan = ?1 ORDER BY r.position",
    [READ_EVIDENCE] = "SELECT e.id, o.address, o.http_port, o.https_port, e.source, e.status, e.incomplete_reason, "
                      "e.incomplete_detail, e.supported_mode, e.safe_modes, e.same, e.equivalent, e.improved, e.weak, "
                      "e.different, e.unavailable, e.interference, e.unstable, e.unusable, e.pairs, e.against, "
                      "e.upper_bound, e.level, e.request_coverage, e.certificate, e.certificate_verdict, "
                      "e.certificate_trust, e.certificate_detail, c.subject, c.issuer, c.serial, c.key, c.signature, "
                      "c.spki_sha256, c.not_before, c.not_after, c.names, e.tls, t.versions, t.version, t.cipher, "
                      "t.key_group, t.signature, t.alpn, t.client_certificate, t.resumption, t.chain_length, "
                      "t.post_quantum, t.sni, t.ocsp_stapled, t.completed, t.detail, t.client_certificate_accepted, "
                      "t.resumption_session_id, t.resumption_ticket, t.resumption_psk, t.round_trips, "
                      "t.group_x25519, t.group_p256, t.group_p384, t.group_p521, t.legacy_ssl3, t.legacy_tls10, "
                      "t.legacy_tls11, t.legacy_static_rsa, t.legacy_3des, t.legacy_rc4, "
                      "t.fault_split_client_hello, t.fault_broken_hello_retry_request, t.fault_unknown_key_share, "
                      "t.refusals, e.handshake_bytes_read, e.handshake_bytes_written "
                      "FROM evidence e JOIN origins o ON o.id = e.origin "
                      "LEFT JOIN certificates c ON c.id = e.certificate LEFT JOIN tls_facts t ON t.id = e.tls "
                      "WHERE e.scan = ?1 AND e.hostname_position = ?2 ORDER BY e.position",
    [READ_BLOCKERS] = "SELECT code, rules_out, url, detail, first_seen_at FROM blockers WHERE evidence = ?1 "
                      "ORDER BY position",
    [READ_WARNINGS] = "SELECT code, url, detail FROM warnings WHERE evidence = ?1 ORDER BY position",
    [READ_PAIRS] = "SELECT compared FROM pairs WHERE evidence = ?1",
    [READ_PAIRS_IN_FULL] = "SELECT position, path, detail FROM pairs_in_full WHERE evidence = ?1 ORDER BY position",

    [CLEAR_INVENTORY] = "DELETE FROM inventory WHERE hostname IN (SELECT id FROM hostnames WHERE zone = ?1)",
    [ADD_INVENTORY] = "INSERT INTO inventory (hostname, position, mode, ceiling, setting, always_https, host_header, "
                      "sni, weight) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [ADD_INVENTORY_ORIGIN] = "INSERT INTO inventory_origins (hostname, position, origin, is_name, source) "
                             "VALUES (?1, ?2, ?3, ?4, ?5)",
    [READ_INVENTORY] = "SELECT h.id, h.name, i.mode, i.ceiling, i.setting, i.always_https, i.host_header, i.sni, "
                       "i.weight FROM zones z JOIN hostnames h ON h.zone = z.id JOIN inventory i ON i.hostname = h.id "
                       "WHERE z.name = ?1 ORDER BY i.position",
    [READ_INVENTORY_ORIGINS] = "SELECT o.address, i.is_name, o.http_port, o.https_port, i.source "
                               "FROM inventory_origins i JOIN origins o ON o.id = i.origin "
                               "WHERE i.hostname = ?1 ORDER BY i.position",

    [EACH_OPT_OUT] = "SELECT kind, value, reason, source, expires_at FROM opt_outs ORDER BY id",
    [PUT_OPT_OUT] = "INSERT INTO opt_outs (kind, value, reason, source, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) "
                    "ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason, source = excluded.source, "
                    "expires_at = excluded.expires_at",
    [REMOVE_OPT_OUT] = "DELETE FROM opt_outs WHERE kind = ?1 AND value = ?2",

    [ADD_ROLLOUT] = "INSERT INTO rollouts (hostname, scan, from_mode, to_mode, changes_scheme, state, rule, reason, "
                    "weight, power, opened_at, ended_at) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [CHANGE_ROLLOUT] = "UPDATE rollouts SET state = ?1, rule = ?2, reason = ?3, power = ?4, ended_at = ?5 "
                       "WHERE id = ?6",
    [PUT_ROLLOUT_STEP] = "INSERT INTO rollout_steps (rollout, position, percent, since_at, until_at) "
                         "VALUES (?1, ?2, ?3, ?4, ?5) "
                         "ON CONFLICT (rollout, position) DO UPDATE SET until_at = excluded.until_at",
    [READ_ROLLOUT_STEPS] = "SELECT percent, since_at, until_at FROM rollout_steps WHERE rollout = ?1 ORDER BY position",
    [FIND_ROLLOUT] =
        "SELECT " ROLLOUT_COLUMNS "WHERE z.name = ?1 AND h.name = ?2 ORDER BY r.opened_at DESC, r.id DESC LIMIT 1",
    [FIND_ENDED_ROLLOUT] = "SELECT " ROLLOUT_COLUMNS "WHERE z.name = ?1 AND h.name = ?2 "
                           "AND r.state IN ('committed', 'rolled_back', 'cancelled') "
                           "ORDER BY r.opened_at DESC, r.id DESC LIMIT 1",
    [READ_ROLLOUT] = "SELECT " ROLLOUT_COLUMNS "WHERE r.id = ?1",
    [LATEST_ROLLOUTS] =
        "SELECT " ROLLOUT_COLUMNS "WHERE (?1 IS NULL OR z.name = ?1) "
        "AND r.id = (SELECT id FROM rollouts WHERE hostname = r.hostname ORDER BY opened_at DESC, id DESC LIMIT 1) "
        "ORDER BY z.name, h.name",
    [WAITING_ROLLOUTS] = "SELECT " ROLLOUT_COLUMNS
                         "WHERE r.state = 'waiting' AND r.rule <> 'not_agreed' ORDER BY r.weight DESC, r.id LIMIT ?1",
    [OPEN_ROLLOUTS] = "SELECT " ROLLOUT_COLUMNS "WHERE r.state IN ('proposed', 'waiting', 'ramping', 'holding') "
                      "ORDER BY r.hostname",
    [COUNT_STARTED] = "SELECT count(*) FROM rollout_steps WHERE position = 0 AND since_at >= ?1",
    [PAST_RECOMMENDATIONS] = "SELECT s.finished_at, r.status, r.recommended_mode FROM zones z "
                             "JOIN hostnames h ON h.zone = z.id JOIN scans s ON s.zone = z.id "
                             "JOIN recommendations r ON r.scan = s.id AND r.hostname = h.id "
                             "WHERE z.name = ?1 AND h.name = ?2 ORDER BY s.finished_at DESC, s.id DESC",
    [SET_INVENTORY_MODE] = "UPDATE inventory SET mode = ?1 WHERE hostname = (SELECT h.id FROM hostnames h "
                           "JOIN zones z ON z.id = h.zone WHERE z.name = ?2 AND h.name = ?3)",
    [READ_SCAN] = "SELECT " SCAN_COLUMNS "FROM scans s JOIN zones z ON z.id = s.zone WHERE s.scan_id = ?1",
    [ADD_OBSERVATION] =
        "INSERT INTO observations (rollout, start_at, end_at, percent, candidate_requests, candidate_tls, "
        "candidate_connect, candidate_5xx, candidate_3xx, candidate_4xx, control_requests, control_tls, "
        "control_connect, control_5xx, control_3xx, control_4xx) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
        "ON CONFLICT (rollout, start_at, end_at) DO NOTHING",
    [OVERLAPPING_OBSERVATION] = "SELECT id FROM observations WHERE rollout = ?1 AND start_at < ?3 AND end_at > ?2 "
                                "AND NOT (start_at = ?2 AND end_at = ?3) LIMIT 1",
    [READ_OBSERVATIONS] = "SELECT " OBSERVATION_COLUMNS "FROM observations o WHERE o.rollout = ?1 AND o.id <= ?2 "
                          "ORDER BY o.start_at, o.end_at",

    [READ_LEDGER_HEAD] = "SELECT count, digest FROM ledger_head WHERE one = 1",
    [SET_LEDGER_HEAD] = "UPDATE ledger_head SET count = ?1, digest = ?2 WHERE one = 1",
    [ADD_LEDGER_ROW] = "INSERT INTO ledger (id, at, kind, zone, hostname, body, policy, program_version, evidence, "
                       "previous, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [EACH_LEDGER_ROW] = LEDGER_ROWS_OF("ledger") "ORDER BY l.id",
    [EACH_MERGED_LEDGER_ROW] = LEDGER_ROWS_OF("merged_ledger") "AND l.chain = ?2 ORDER BY l.id",
    [EACH_LEDGER_CHAIN] = "SELECT id, name, count, digest FROM ledger_chains ORDER BY id",
    [FIND_MERGED_ROLLOUT] = "SELECT rollout FROM merged_rollouts WHERE chain = ?1 AND source = ?2",
    [READ_MERGED_OBSERVATIONS] = "SELECT " OBSERVATION_COLUMNS "FROM observations o JOIN merged_observations m "
                                 "ON m.observation = o.id AND m.chain = ?3 WHERE o.rollout = ?1 AND m.source <= ?2 "
                                 "ORDER BY o.start_at, o.end_at",

    [FLEET_ADD_RUN] = "INSERT INTO runs (host, process, shard, started_at, alive_until) VALUES (?1, ?2, ?3, ?4, ?5)",
    [FLEET_RESTORE_RUN] = "INSERT INTO runs (id, host, process, started_at, alive_until) VALUES (?1, ?2, ?3, ?4, ?5)",
    [FLEET_REMOVE_RUN] = "DELETE FROM runs WHERE id = ?1",
    [ADDRESS_FIND] = "SELECT not_before, failures, open_until, probing FROM addresses WHERE address = ?1",
    [ADDRESS_REST] = "INSERT INTO addresses (address, not_before, failures, open_until, probing, changed_at) VALUES "
                     "(?1, ?2, 0, 0, 0, ?3) ON CONFLICT DO UPDATE SET not_before = max(not_before, "
                     "excluded.not_before), changed_at = excluded.changed_at",
    [ADDRESS_PROBE] = "UPDATE addresses SET probing = 1, open_until = ?2, changed_at = ?3 WHERE address = ?1",
    [ADDRESS_FORGET] = "DELETE FROM addresses WHERE address = ?1 AND not_before <= ?2",
    [ADDRESS_ANSWERED] = "UPDATE addresses SET failures = 0, open_until = 0, probing = 0, changed_at = ?2 WHERE "
                         "address = ?1",
    [ADDRESS_FAILED] = "INSERT INTO addresses (address, not_before, failures, open_until, probing, changed_at) VALUES "
                       "(?1, 0, ?2, ?3, 0, ?4) ON CONFLICT DO UPDATE SET failures = excluded.failures, open_until = "
                       "excluded.open_until, probing = 0, changed_at = excluded.changed_at",
    [FLEET_TELL_BUDGET] = "UPDATE runs SET connections = ?1, parts = ?2 WHERE id = ?3",
    [FLEET_RUN_IS_ALIVE] = "UPDATE runs SET alive_until = ?1 WHERE id = ?2",
    [FLEET_MEND_TIMES] = "UPDATE fleet SET due_at = ?1 + max(0, due_at - coalesce(finished_at, due_at)), "
                         "finished_at = iif(finished_at IS NULL, NULL, ?1) "
                         "WHERE finished_at > ?2 OR (scans = 0 AND deferred IS NULL AND due_at > ?2)",
    [FLEET_GIVE_BACK_ALL] = "UPDATE fleet SET run = NULL WHERE run = ?1",
    [FLEET_WALK] = "SELECT " FLEET_COLUMNS "FROM fleet f INDEXED BY fleet_by_rank JOIN zones z ON z.id = f.zone "
                   "WHERE (f.rank, f.due_at, f.zone) > (?8, ?9, ?10) AND " FLEET_IS_DUE
                   "ORDER BY f.rank, f.due_at, f.zone LIMIT ?11",
    [FLEET_DUE_AT_ADDRESS] =
        "SELECT " FLEET_COLUMNS "FROM fleet f INDEXED BY fleet_by_address "
        "JOIN zones z ON z.id = f.zone WHERE f.address_hash = ?8 AND " FLEET_IS_DUE "ORDER BY f.due_at LIMIT ?9",
    [FLEET_DUE_ZONE] =
        "SELECT " FLEET_COLUMNS "FROM fleet f JOIN zones z ON z.id = f.zone WHERE f.zone = ?8 AND " FLEET_IS_DUE,
    [FLEET_COUNT_DUE] = "SELECT count(*) FROM fleet f WHERE " FLEET_IS_DUE,
    [FLEET_EACH_DUE_NAME] = "SELECT z.name FROM fleet f JOIN zones z ON z.id = f.zone WHERE " FLEET_IS_DUE,
    [FLEET_LEASE] = "UPDATE fleet SET run = ?1 WHERE zone = ?2 AND run IS NULL",
    [FLEET_HAS] = "SELECT iif(fingerprint = ?3, 1, 2) FROM fleet WHERE run = ?1 AND zone = ?2",
    [FLEET_COMPLETE] = "UPDATE fleet SET due_at = CASE WHEN fingerprint = ?1 THEN ?2 ELSE ?3 END, failures = ?4, "
                       "status = ?5, reason = ?6, finished_at = ?7, scans = scans + 1, run = NULL, deferred = NULL "
                       "WHERE zone = ?8",
    [FLEET_RELEASE] = "UPDATE fleet SET due_at = coalesce(?1, due_at), deferred = coalesce(?2, deferred), run = NULL "
                      "WHERE run = ?3 AND zone = ?4",
    [FLEET_DEFER_ADDRESS] = "UPDATE fleet SET due_at = ?1 + ?2 + abs(random() % (?2 / 2)), deferred = ?3 WHERE "
                            "address_hash = ?4 AND due_at <= ?1 AND run IS NULL AND removed_at IS NULL "
                            "AND deferred IS NOT ?3",
    [FLEET_IS_DEFERRED] = "SELECT zone FROM fleet WHERE zone = ?1 AND deferred = ?2",
};

const char *statement_sql(enum statement which)
{
    return sql[which];
}

sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err)
{
    sqlite3_stmt **slot = &store->statements[which];
    if (*slot != NULL) {
        sqlite3_reset(*slot);
        sqlite3_clear_bindings(*slot);
        return *slot;
    }
    if (sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK) {
        store_fail(store, err);
        return NULL;
    }
    return *slot;
}

int store_run(struct store *store, enum statement which, struct err *err)
{
    sqlite3_stmt *stmt = store_statement(store, which, err);
    if (stmt == NULL) {
        return -1;
    }
    int result = sqlite3_step(stmt);
    if (result != SQLITE_DONE) {
        store_fail(store, err);
    }
    sqlite3_reset(stmt);
    return result == SQLITE_DONE ? 0 : -1;
}

int store_prepare(struct store *store, const char *sql_text, sqlite3_stmt **stmt, struct err *err)
{
    return sqlite3_prepare_v2(store->db, sql_text, -1, stmt, NULL) == SQLITE_OK ? 0 : store_fail(store, err);
}

int store_execute(struct store *store, const char *sql_text, struct err *err)
{
    return sqlite3_exec(store->db, sql_text, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(store, err);
}

int store_number(struct store *store, const char *sql_text, int64_t *value, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store, sql_text, &stmt, err) != 0) {
        return -1;
    }
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    *value = result == 0 ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return result;
}

void store_forget_known(struct store *store)
{
    for (size_t i = 0; i < KNOWN_TEXTS; i++) {
        free(store->texts[i].text);
        store->texts[i].text = NULL;
    }
    store->started.known = false;
}

/* A transaction inside another one is part of it: only the outermost begins, commits or rolls back. */
static int begin(struct store *store, enum statement which, struct err *err)
{
    if (store->depth == 0 && store_run(store, which, err) != 0) {
        return -1;
    }
    if (store->depth == 0) {
        store->started.known = false; /* others may have written meanwhile */
    }
    store->depth++;
    return 0;
}

int store_begin_write(struct store *store, struct err *err)
{
    return begin(store, BEGIN_WRITE, err);
}

int store_begin_read(struct store *store, struct err *err)
{
    return begin(store, BEGIN_READ, err);
}

int store_end(struct store *store, int result, struct err *err)
{
    if (--store->depth > 0) {
        return result >= 0 ? result : -1;
    }
    if (result >= 0 && store_run(store, COMMIT, err) == 0) {
        return result;
    }
    store_forget_known(store);
    /* Some failures (a full disk) have rolled back by themselves. What matters is the error that brought us here. */
    if (!sqlite3_get_autocommit(store->db)) {
        store_run(store, ROLLBACK, NULL);
    }
    return -1;
}

#include "db/fleet_import.h"

#include "base/hash.h"
#include "base/limits.h"
#include "db/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages of the database and of the rows that lie beside it; what exceeds this is on disk. */
#define CACHE_KIB "-24000"
/* So many hashes may be summed before 63 bits are full. */
#define ROW_HASH_BITS     42
#define ADDRESS_KEY_BYTES 260

struct fleet_import {
    struct store *store;
    sqlite3_stmt *add, *remove, *claimed, *claimed_in_store;
    uint64_t bad_rows, duplicate_rows, rows;
    bool failed;
};

static int run(struct fleet_import *import, const char *sql, struct err *err)
{
    return sqlite3_exec(import->store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(import->store, err);
}

static int prepare(struct fleet_import *import, const char *sql, sqlite3_stmt **stmt, struct err *err)
{
    return sqlite3_prepare_v2(import->store->db, sql, -1, stmt, NULL) == SQLITE_OK ? 0 : store_fail(import->store, err);
}

static void drop_staged(struct store *store)
{
    sqlite3_exec(store->db,
                 "ROLLBACK; DROP TABLE IF EXISTS temp.staged; DROP TABLE IF EXISTS temp.staged_hosts;"
                 "DROP TABLE IF EXISTS temp.staged_zones",
                 NULL, NULL, NULL);
    sqlite3_exec(store->db,
                 "DROP TABLE IF EXISTS temp.staged; DROP TABLE IF EXISTS temp.staged_hosts;"
                 "DROP TABLE IF EXISTS temp.staged_zones",
                 NULL, NULL, NULL);
}

struct fleet_import *fleet_import_new(struct store *store, struct err *err)
{
    struct fleet_import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        err_memory(err);
        return NULL;
    }
    import->store = store;
    drop_staged(store);
    if (run(import,
            "PRAGMA temp_store = FILE; PRAGMA cache_size = " CACHE_KIB "; PRAGMA temp.cache_size = " CACHE_KIB ";"
            "CREATE TEMP TABLE staged (id INTEGER PRIMARY KEY, line INTEGER, zone TEXT, hostname TEXT, address TEXT, "
            "address_key BLOB, address_hash INTEGER, is_name INTEGER, http_port INTEGER, https_port INTEGER, "
            "mode TEXT, ceiling TEXT, setting TEXT, always_https INTEGER, host_header TEXT, sni TEXT, weight INTEGER, "
            "row_hash INTEGER); BEGIN",
            err) != 0 ||
        prepare(import,
                "INSERT INTO temp.staged VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                "?15, ?16, ?17)",
                &import->add, err) != 0) {
        fleet_import_free(import);
        return NULL;
    }
    return import;
}

void fleet_import_free(struct fleet_import *import)
{
    if (import == NULL) {
        return;
    }
    sqlite3_finalize(import->add);
    sqlite3_finalize(import->remove);
    sqlite3_finalize(import->claimed);
    sqlite3_finalize(import->claimed_in_store);
    drop_staged(import->store);
    free(import);
}

/* Sorts addresses by family and value, and names behind all of them. */
static size_t address_key(const struct fleet_row *row, unsigned char *key)
{
    if (row->literal.family != 0) {
        key[0] = row->literal.family;
        memcpy(key + 1, row->literal.bytes, sizeof row->literal.bytes);
        return 1 + sizeof row->literal.bytes;
    }
    /* Zones without an origin have nothing in common. */
    const char *name = row->address != NULL ? row->address : row->zone;
    size_t len = strlen(name);
    len = len < ADDRESS_KEY_BYTES - 1 ? len : ADDRESS_KEY_BYTES - 1;
    key[0] = 0xff;
    memcpy(key + 1, name, len);
    return 1 + len;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return hash_seeded(slice_of(text), hash);
}

static int64_t row_hash(const struct fleet_row *row)
{
    uint64_t hash = mix_text(mix_text(0, row->hostname), row->address);
    hash = hash_mix(hash, (uint64_t)row->http_port << 32 | (uint64_t)row->https_port << 16 | (uint64_t)row->mode << 8 |
                              (uint64_t)row->ceiling << 4 | (uint64_t)row->setting << 1 | (uint64_t)row->always_https);
    hash = mix_text(mix_text(hash, row->host_header), row->sni);
    return (int64_t)(hash >> (64 - ROW_HASH_BITS));
}

static void bind_text(sqlite3_stmt *stmt, int column, const char *text)
{
    if (text == NULL) {
        sqlite3_bind_null(stmt, column);
    } else {
        sqlite3_bind_text(stmt, column, text, -1, SQLITE_STATIC);
    }
}

static int step_done(struct fleet_import *import, sqlite3_stmt *stmt, struct err *err)
{
    int result = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return result == SQLITE_DONE ? 0 : store_fail(import->store, err);
}

int fleet_import_add(struct fleet_import *import, const struct fleet_row *row, struct err *err)
{
    unsigned char key[ADDRESS_KEY_BYTES];
    size_t key_len = address_key(row, key);
    sqlite3_stmt *stmt = import->add;
    sqlite3_bind_int64(stmt, 1, (int64_t)row->line);
    bind_text(stmt, 2, row->zone);
    bind_text(stmt, 3, row->hostname);
    bind_text(stmt, 4, row->address);
    sqlite3_bind_blob(stmt, 5, key, (int)key_len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, (int64_t)(hash_bytes(key, key_len) & UINT32_MAX));
    sqlite3_bind_int(stmt, 7, row->literal.family == 0);
    sqlite3_bind_int(stmt, 8, row->http_port);
    sqlite3_bind_int(stmt, 9, row->https_port);
    bind_text(stmt, 10, mode_name(row->mode));
    bind_text(stmt, 11, mode_name(row->ceiling));
    bind_text(stmt, 12, setting_name(row->setting));
    sqlite3_bind_int(stmt, 13, row->always_https);
    bind_text(stmt, 14, row->host_header);
    bind_text(stmt, 15, row->sni);
    sqlite3_bind_int64(stmt, 16, (int64_t)row->weight);
    sqlite3_bind_int64(stmt, 17, row_hash(row));
    import->rows++;
    return step_done(import, stmt, err);
}

int fleet_import_add_zone(struct fleet_import *import, const char *zone, uint64_t line, struct err *err)
{
    const struct fleet_row row = {.line = line, .zone = zone};
    int result = fleet_import_add(import, &row, err);
    import->rows--;
    return result;
}

/* ---- rows against one another */

#define ORIGIN_TEXT_BYTES 300

/* The hostname whose rows are being looked at. */
struct checked_host {
    char zone[256], hostname[256];
    char mode[16], ceiling[16], setting[16];
    int always_https;
    int64_t line;
    char origins[LIMIT_HOSTNAME_ORIGINS][ORIGIN_TEXT_BYTES];
    size_t origin_count;
    size_t hostnames; /* of the zone so far */
};

struct check {
    struct fleet_import *import;
    bool whole;
    fleet_on_bad_row *on_bad;
    void *context;
    struct checked_host host;
    struct err *err;
};

static const char *column_text(sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    return text != NULL ? (const char *)text : "";
}

static void keep(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
}

/* Is the hostname also that of another zone, which must be one of the names that it ends in? */
static int find_claim(struct check *check, sqlite3_stmt *stmt, const char *zone, const char *hostname, int64_t line,
                      char *other)
{
    for (const char *name = hostname; name != NULL; name = strchr(name, '.')) {
        name += *name == '.';
        if (strcmp(name, zone) == 0 || strchr(name, '.') == NULL) {
            continue;
        }
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, hostname, -1, SQLITE_STATIC);
        int result = sqlite3_step(stmt);
        int64_t other_line = result == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : INT64_MAX;
        sqlite3_reset(stmt);
        if (result != SQLITE_ROW && result != SQLITE_DONE) {
            return store_fail(check->import->store, check->err);
        }
        if (result == SQLITE_ROW && other_line < line) {
            keep(other, 256, name);
            return 1;
        }
    }
    return 0;
}

static int claimed_elsewhere(struct check *check, const char *zone, const char *hostname, int64_t line, char *other)
{
    struct fleet_import *import = check->import;
    int found = find_claim(check, import->claimed, zone, hostname, line, other);
    if (found != 0 || check->whole) {
        return found;
    }
    return find_claim(check, import->claimed_in_store, zone, hostname, line, other);
}

static bool begin_host(struct check *check, sqlite3_stmt *row)
{
    struct checked_host *host = &check->host;
    const char *zone = column_text(row, 2);
    const char *hostname = column_text(row, 3);
    if (strcmp(host->zone, zone) != 0) {
        keep(host->zone, sizeof host->zone, zone);
        host->hostnames = 0;
        host->hostname[0] = '\0';
    }
    if (strcmp(host->hostname, hostname) == 0) {
        return false;
    }
    keep(host->hostname, sizeof host->hostname, hostname);
    keep(host->mode, sizeof host->mode, column_text(row, 7));
    keep(host->ceiling, sizeof host->ceiling, column_text(row, 8));
    keep(host->setting, sizeof host->setting, column_text(row, 9));
    host->always_https = sqlite3_column_int(row, 10);
    host->line = sqlite3_column_int64(row, 1);
    host->origin_count = 0;
    host->hostnames++;
    return true;
}

static const char *difference(const struct checked_host *host, sqlite3_stmt *row)
{
    return strcmp(host->mode, column_text(row, 7)) != 0        ? "mode"
           : strcmp(host->ceiling, column_text(row, 8)) != 0   ? "ceiling"
           : strcmp(host->setting, column_text(row, 9)) != 0   ? "setting"
           : host->always_https != sqlite3_column_int(row, 10) ? "always_https"
                                                               : NULL;
}

static bool is_duplicate(struct checked_host *host, sqlite3_stmt *row, char *origin)
{
    snprintf(origin, ORIGIN_TEXT_BYTES, "%s %d %d", column_text(row, 4), sqlite3_column_int(row, 5),
             sqlite3_column_int(row, 6));
    for (size_t i = 0; i < host->origin_count; i++) {
        if (strcmp(host->origins[i], origin) == 0) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the row; "" if it says what was said before, NULL if nothing. */
static const char *judge_row(struct check *check, sqlite3_stmt *row, char *reason, size_t size)
{
    struct checked_host *host = &check->host;
    char other[256];
    char origin[ORIGIN_TEXT_BYTES];
    if (begin_host(check, row)) {
        int claimed = claimed_elsewhere(check, host->zone, host->hostname, host->line, other);
        if (claimed != 0) {
            snprintf(reason, size, "hostname %s is claimed by the zone %s too", host->hostname, other);
            host->hostname[0] = '\0'; /* its next row is looked at anew */
            host->hostnames--;
            return claimed < 0 ? "" : reason;
        }
    }
    const char *what = difference(host, row);
    if (what != NULL) {
        snprintf(reason, size, "%s differs from that in line %lld for the same hostname %s", what,
                 (long long)host->line, host->hostname);
        return reason;
    }
    if (is_duplicate(host, row, origin)) {
        return "";
    }
    if (host->hostnames > LIMIT_ZONE_HOSTNAMES || host->origin_count == LIMIT_HOSTNAME_ORIGINS) {
        snprintf(reason, size, "%s",
                 host->hostnames > LIMIT_ZONE_HOSTNAMES ? "more hostnames than a zone may have"
                                                        : "more origins than a hostname may have");
        return reason;
    }
    keep(host->origins[host->origin_count++], ORIGIN_TEXT_BYTES, origin);
    return NULL;
}

static int drop_row(struct check *check, sqlite3_stmt *row, const char *reason)
{
    struct fleet_import *import = check->import;
    sqlite3_bind_int64(import->remove, 1, sqlite3_column_int64(row, 0));
    if (step_done(import, import->remove, check->err) != 0) {
        return -1;
    }
    if (reason[0] == '\0') {
        import->duplicate_rows++;
        return 0;
    }
    import->bad_rows++;
    return check->on_bad(check->context, (uint64_t)sqlite3_column_int64(row, 1), reason, check->err);
}

static int check_rows(struct check *check, sqlite3_stmt *rows)
{
    char reason[640];
    int result = 0;
    while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
        const char *fault = judge_row(check, rows, reason, sizeof reason);
        if (fault != NULL && drop_row(check, rows, fault) != 0) {
            return -1;
        }
    }
    return result == SQLITE_DONE ? 0 : store_fail(check->import->store, check->err);
}

int fleet_import_check(struct fleet_import *import, bool whole, fleet_on_bad_row *on_bad, void *context,
                       struct err *err)
{
    struct check check = {.import = import, .whole = whole, .on_bad = on_bad, .context = context, .err = err};
    sqlite3_stmt *rows = NULL;
    int result = -1;
    if (run(import, "CREATE INDEX temp.staged_by_name ON staged (zone, hostname, line)", err) != 0 ||
        prepare(import, "DELETE FROM temp.staged WHERE id = ?1", &import->remove, err) != 0 ||
        prepare(import, "SELECT line FROM temp.staged WHERE zone = ?1 AND hostname = ?2 ORDER BY line LIMIT 1",
                &import->claimed, err) != 0 ||
        prepare(import,
                "SELECT 0 FROM main.zones z JOIN main.hostnames h ON h.zone = z.id AND h.name = ?2 "
                "JOIN main.inventory i ON i.hostname = h.id JOIN main.fleet f ON f.zone = z.id "
                "WHERE z.name = ?1 AND f.removed_at IS NULL AND z.name NOT IN (SELECT zone FROM temp.staged WHERE "
                "zone = ?1)",
                &import->claimed_in_store, err) != 0 ||
        prepare(import,
                "SELECT id, line, zone, hostname, address, http_port, https_port, mode, ceiling, setting, "
                "always_https FROM temp.staged WHERE address IS NOT NULL ORDER BY zone, hostname, line",
                &rows, err) != 0) {
        goto out;
    }
    result = check_rows(&check, rows);
out:
    sqlite3_finalize(rows);
    return result;
}

/* ---- taking over */

/* One step of the transaction; ?1 is the time. */
static const char *const steps[] = {
    "CREATE TEMP TABLE staged_zones AS SELECT s.zone AS name, NULL AS id, "
    "sum(CASE WHEN s.address IS NULL THEN 0 ELSE s.row_hash END) AS fingerprint, count(s.address) AS origins, "
    "min(s.address_key) AS lowest, s.address_hash AS "
    "address_hash, 0 AS weight, 0 AS changed FROM temp.staged s GROUP BY s.zone",
    "CREATE TEMP TABLE staged_hosts AS SELECT zone AS zone_name, hostname AS name, min(line) AS line, mode, ceiling, "
    "setting, always_https, host_header, sni, weight, NULL AS id, NULL AS zone FROM temp.staged WHERE "
    "address IS NOT NULL GROUP BY zone, hostname",
    "CREATE UNIQUE INDEX temp.staged_zones_by_name ON staged_zones (name)",
    "INSERT INTO main.zones (name) SELECT name FROM temp.staged_zones WHERE true ORDER BY name ON CONFLICT DO NOTHING",
    "UPDATE temp.staged_zones SET id = (SELECT z.id FROM main.zones z WHERE z.name = staged_zones.name)",
    "UPDATE temp.staged_zones SET weight = w.weight FROM (SELECT zone_name, min(sum(weight), 1000000000000000) AS "
    "weight FROM temp.staged_hosts GROUP BY zone_name HAVING sum(weight) > 0) w WHERE w.zone_name = staged_zones.name",
    /* 2: its inventory changed; 1: its weight alone */
    "UPDATE temp.staged_zones SET changed = coalesce((SELECT CASE WHEN f.fingerprint <> staged_zones.fingerprint OR "
    "f.removed_at IS NOT NULL THEN 2 WHEN f.weight <> staged_zones.weight THEN 1 ELSE 0 END FROM main.fleet f "
    "WHERE f.zone = staged_zones.id), 3)",
    "DELETE FROM main.inventory WHERE hostname IN (SELECT h.id FROM temp.staged_zones s JOIN main.hostnames h "
    "ON h.zone = s.id WHERE s.changed > 0)",
    "INSERT INTO main.hostnames (zone, name) SELECT s.id, h.name FROM temp.staged_hosts h JOIN temp.staged_zones s "
    "ON s.name = h.zone_name WHERE s.changed > 1 ON CONFLICT DO NOTHING",
    "UPDATE temp.staged_hosts SET id = h.id, zone = h.zone FROM temp.staged_zones s JOIN main.hostnames h ON h.zone = "
    "s.id WHERE s.changed > 0 AND s.name = staged_hosts.zone_name AND h.name = staged_hosts.name",
    "INSERT INTO main.inventory (hostname, position, mode, ceiling, setting, always_https, host_header, sni, weight) "
    "SELECT id, row_number() OVER (PARTITION BY zone ORDER BY line) - 1, mode, ceiling, setting, always_https, "
    "host_header, sni, weight FROM temp.staged_hosts WHERE id IS NOT NULL",
    "INSERT INTO main.origins (address, http_port, https_port) SELECT address, http_port, https_port FROM temp.staged "
    "WHERE address IS NOT NULL ON CONFLICT DO NOTHING",
    "CREATE UNIQUE INDEX temp.staged_hosts_by_name ON staged_hosts (zone_name, name)",
    "INSERT INTO main.inventory_origins (hostname, position, origin, is_name, source) SELECT h.id, row_number() OVER "
    "(PARTITION BY h.id ORDER BY s.line) - 1, o.id, s.is_name, 'inventory' FROM temp.staged s JOIN temp.staged_hosts h "
    "ON h.zone_name = s.zone AND h.name = s.hostname JOIN main.origins o ON o.address = s.address AND o.http_port = "
    "s.http_port AND o.https_port = s.https_port WHERE h.id IS NOT NULL",
    "INSERT INTO main.fleet (zone, fingerprint, weight, origins, address_hash, imported_at, due_at, failures, scans) "
    "SELECT id, fingerprint, weight, origins, address_hash, ?1, ?1, 0, 0 FROM temp.staged_zones WHERE true "
    "ON CONFLICT (zone) DO UPDATE SET fingerprint = excluded.fingerprint, weight = excluded.weight, origins = "
    "excluded.origins, address_hash = excluded.address_hash, imported_at = excluded.imported_at, "
    "due_at = CASE WHEN fleet.fingerprint <> excluded.fingerprint OR fleet.removed_at IS NOT NULL "
    "THEN min(fleet.due_at, excluded.due_at) ELSE fleet.due_at END, "
    "failures = CASE WHEN fleet.fingerprint <> excluded.fingerprint THEN 0 ELSE fleet.failures END, "
    "deferred = CASE WHEN fleet.fingerprint <> excluded.fingerprint THEN NULL ELSE fleet.deferred END, "
    "removed_at = NULL",
};

static int run_step(struct fleet_import *import, const char *sql, int64_t now_s, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (prepare(import, sql, &stmt, err) != 0) {
        return -1;
    }
    if (sqlite3_bind_parameter_count(stmt) > 0) {
        sqlite3_bind_int64(stmt, 1, now_s);
    }
    int result = step_done(import, stmt, err);
    sqlite3_finalize(stmt);
    return result;
}

static int count(struct fleet_import *import, const char *sql, uint64_t *value, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (prepare(import, sql, &stmt, err) != 0) {
        return -1;
    }
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(import->store, err);
    *value = (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return result;
}

static int take_over(struct fleet_import *import, bool whole, int64_t now_s, struct fleet_import_counts *counts,
                     struct err *err)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (run_step(import, steps[i], now_s, err) != 0) {
            return -1;
        }
    }
    if (count(import, "SELECT count(*) FROM temp.staged_zones", &counts->zones, err) != 0 ||
        count(import, "SELECT count(*) FROM temp.staged_zones WHERE changed = 3", &counts->new_zones, err) != 0 ||
        count(import, "SELECT count(*) FROM temp.staged_zones WHERE changed = 2", &counts->changed_zones, err) != 0 ||
        count(import, "SELECT count(*) FROM temp.staged_zones WHERE origins = 0", &counts->zones_without_origin, err)) {
        return -1;
    }
    /* A list without a single good row says that something is wrong with the list, not that the fleet is gone. */
    if (!whole || counts->zones == 0) {
        return 0;
    }
    if (run_step(
            import,
            /* from whatever run has it, too: what that finds out is not recorded any more */
            "UPDATE main.fleet SET removed_at = ?1, run = NULL WHERE removed_at IS NULL AND zone NOT IN (SELECT id "
            "FROM temp.staged_zones)",
            now_s, err) != 0) {
        return -1;
    }
    counts->removed_zones = (uint64_t)sqlite3_changes64(import->store->db);
    return 0;
}

int fleet_import_finish(struct fleet_import *import, bool whole, int64_t now_s, struct fleet_import_counts *counts,
                        struct err *err)
{
    *counts = (struct fleet_import_counts){.bad_rows = import->bad_rows, .duplicate_rows = import->duplicate_rows};
    counts->rows = import->rows - import->bad_rows - import->duplicate_rows;
    if (run(import, "COMMIT", err) != 0 || store_begin_write(import->store, err) != 0) {
        return err_prefix(err, "importing an inventory");
    }
    int result = store_end(import->store, take_over(import, whole, now_s, counts, err), err);
    return result == 0 ? 0 : err_prefix(err, "importing an inventory");
}

/* Chains of other databases. As each row carries the digest of the one before, two chains that agree in one row agree
 * in all rows up to it. */
#include "base/digest.h"
#include "db/merge_internal.h"
#include "db/rollout_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A chain of the shard. */
struct source_chain {
    int64_t id; /* 0: its own */
    int64_t count;
    char name[DIGEST_TEXT_BYTES], digest[DIGEST_TEXT_BYTES];
};

#define CHAINS_MAX 10000

struct chains {
    struct arena arena;
    struct source_chain *items;
    size_t count;
};

static int list_chains(struct store *store, struct chains *chains, struct err *err)
{
    static const char sql[] = "SELECT c.id, c.count, c.name, c.digest FROM shard.ledger_chains c UNION ALL SELECT 0, "
                              "h.count, lower(hex(l.digest)), "
                              "h.digest FROM shard.ledger_head h JOIN shard.ledger l ON l.id = 1 ORDER BY 1";
    sqlite3_stmt *stmt = NULL;
    int result = SQLITE_ROW;
    chains->items = arena_alloc(&chains->arena, CHAINS_MAX * sizeof *chains->items);
    if (chains->items == NULL) {
        return err_memory(err);
    }
    if (store_prepare(store, sql, &stmt, err) != 0) {
        return -1;
    }
    while (chains->count < CHAINS_MAX && (result = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct source_chain *chain = &chains->items[chains->count++];
        const char *name = (const char *)sqlite3_column_text(stmt, 2);
        const char *digest = (const char *)sqlite3_column_text(stmt, 3);
        *chain = (struct source_chain){.id = sqlite3_column_int64(stmt, 0), .count = sqlite3_column_int64(stmt, 1)};
        snprintf(chain->name, sizeof chain->name, "%s", name != NULL ? name : "");
        snprintf(chain->digest, sizeof chain->digest, "%s", digest != NULL ? digest : "");
    }
    result = result == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

/* Do chain `here` of this database (0: its own) and the shard's agree in row `id`? 1, 0 or -1. */
static int agree(struct store *store, int64_t here, const struct source_chain *chain, int64_t id, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t same = 0;
    if (store_prepare(
            store,
            "SELECT coalesce((SELECT digest FROM main.ledger WHERE ?1 = 0 AND id = ?3), (SELECT digest FROM "
            "main.merged_ledger WHERE chain = ?1 AND id = ?3)) IS coalesce((SELECT digest FROM shard.ledger "
            "WHERE ?2 = 0 AND id = ?3), (SELECT digest FROM shard.merged_ledger WHERE chain = ?2 AND id = ?3))",
            &stmt, err) != 0) {
        return -1;
    }
    sqlite3_bind_int64(stmt, 1, here);
    sqlite3_bind_int64(stmt, 2, chain->id);
    sqlite3_bind_int64(stmt, 3, id);
    int result = sqlite3_step(stmt) == SQLITE_ROW ? 0 : store_fail(store, err);
    same = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return result == 0 ? (int)same : -1;
}

/* Is all of it a part of this database's own chain, as in a copy that was made of it before? 1, 0 or -1. */
static int is_own(struct store *store, const struct source_chain *chain, struct err *err)
{
    int64_t own = 0;
    if (store_number(store, "SELECT count FROM main.ledger_head", &own, err) != 0) {
        return -1;
    }
    return chain->count > own ? 0 : agree(store, 0, chain, chain->count, err);
}

struct known_chain {
    const struct source_chain *source;
    struct store *store;
    int64_t id, count; /* id 0: not known yet */
};

static int compare_chain(void *context, const struct ledger_chain *chain, struct err *err)
{
    struct known_chain *known = context;
    if (chain->id == 0 || known->id != 0 || strcmp(chain->name, known->source->name) != 0) {
        return 0;
    }
    int64_t common = chain->count < known->source->count ? chain->count : known->source->count;
    int same = agree(known->store, chain->id, known->source, common, err);
    if (same == 1) {
        known->id = chain->id;
        known->count = chain->count;
    }
    return same < 0 ? -1 : 0;
}

/* Runs a statement with ?1 the chain here, ?2 the chain in the shard, ?3 a number and ?4 a text. */
static int change(struct store *store, const char *sql, int64_t here, const struct source_chain *chain, int64_t number,
                  const char *text, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (store_prepare(store, sql, &stmt, err) != 0) {
        return -1;
    }
    const int count = sqlite3_bind_parameter_count(stmt);
    sqlite3_bind_int64(stmt, 1, here);
    sqlite3_bind_int64(stmt, 2, chain->id);
    if (count >= 3) {
        sqlite3_bind_int64(stmt, 3, number);
    }
    if (count >= 4) {
        sqlite3_bind_text(stmt, 4, text, -1, SQLITE_STATIC);
    }
    int result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : store_fail(store, err);
    sqlite3_finalize(stmt);
    return result;
}

#define COLUMNS "id, at, kind, zone, hostname, body, policy, program_version, evidence, previous, digest"
#define VALUES                                                                                                         \
    "id, at, kind, zone, hostname, body, (SELECT m.dst FROM temp.map_texts m WHERE m.src = policy), program_version, " \
    "evidence, previous, digest"

static const char *const copies[] = {
    "INSERT INTO main.merged_ledger (chain, " COLUMNS ") SELECT ?1, " VALUES " FROM shard.ledger WHERE ?2 = 0 AND id > "
    "?3 ORDER BY id",
    "INSERT INTO main.merged_ledger (chain, " COLUMNS ") SELECT ?1, " VALUES " FROM shard.merged_ledger WHERE chain = "
    "?2 AND id > ?3 ORDER BY id",
    "UPDATE main.ledger_chains SET count = ?3, digest = ?4 WHERE id = ?1 AND ?2 IS NOT NULL",
};
static const char *const maps[] = {
    "INSERT OR IGNORE INTO main.merged_rollouts (chain, source, rollout) SELECT ?1, src, dst FROM temp.map_rollouts "
    "WHERE ?2 = 0",
    "INSERT OR IGNORE INTO main.merged_rollouts (chain, source, rollout) SELECT ?1, x.source, m.dst FROM "
    "shard.merged_rollouts x JOIN temp.map_rollouts m ON m.src = x.rollout WHERE x.chain = ?2",
    "INSERT OR IGNORE INTO main.merged_observations (chain, observation, source) SELECT ?1, dst, src FROM "
    "temp.map_observations WHERE ?2 = 0",
    "INSERT OR IGNORE INTO main.merged_observations (chain, observation, source) SELECT ?1, m.dst, x.source FROM "
    "shard.merged_observations x JOIN temp.map_observations m ON m.src = x.observation WHERE x.chain = ?2",
};

static int take_rows(struct store *store, const struct source_chain *chain, struct known_chain *known,
                     struct merge_counts *counts, struct err *err)
{
    if (known->id == 0) {
        if (change(store,
                   "INSERT INTO main.ledger_chains (name, count, digest) SELECT ?4, ?3, '' WHERE ?1 = 0 AND ?2 IS NOT "
                   "NULL",
                   0, chain, 0, chain->name, err) != 0) {
            return -1;
        }
        known->id = sqlite3_last_insert_rowid(store->db);
    }
    if (change(store, copies[0], known->id, chain, known->count, NULL, err) != 0 ||
        change(store, copies[1], known->id, chain, known->count, NULL, err) != 0 ||
        change(store, copies[2], known->id, chain, chain->count, chain->digest, err) != 0) {
        return -1;
    }
    counts->ledger_rows += (uint64_t)(chain->count - known->count);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        if (change(store, maps[i], known->id, chain, 0, NULL, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int verify(struct store *store, const struct source_chain *chain, int64_t here, const char *path,
                  struct err *err)
{
    struct ledger_chain taken = {.id = here, .count = chain->count};
    struct ledger_fault fault = {.row = 0};
    snprintf(taken.name, sizeof taken.name, "%s", chain->name);
    snprintf(taken.digest, sizeof taken.digest, "%s", chain->digest);
    if (store_verify_chain(store, &taken, &fault, err) != 0) {
        return -1;
    }
    return fault.row == 0 ? 0
                          : err_set(err, ERR_USAGE, "the ledger of %s was changed: row %" PRId64 ": %s", path,
                                    fault.row, fault.what);
}

static int merge_chain(struct store *store, const struct source_chain *chain, const char *path,
                       struct merge_counts *counts, struct err *err)
{
    struct known_chain known = {.source = chain, .store = store};
    int own = is_own(store, chain, err);
    if (own != 0) {
        return own < 0 ? -1 : 0;
    }
    if (store_each_ledger_chain(store, compare_chain, &known, err) != 0) {
        return -1;
    }
    if (known.id != 0 && known.count >= chain->count) {
        return 0;
    }
    if (take_rows(store, chain, &known, counts, err) != 0) {
        return -1;
    }
    return verify(store, chain, known.id, path, err);
}

int merge_ledgers(struct store *store, const char *path, struct merge_counts *counts, struct err *err)
{
    struct chains chains = {.count = 0};
    int result = list_chains(store, &chains, err);
    for (size_t i = 0; result == 0 && i < chains.count; i++) {
        result = merge_chain(store, &chains.items[i], path, counts, err);
    }
    arena_release(&chains.arena);
    return result;
}

/* What the files of the store share. Nobody outside db/ and its tests includes this. */
#ifndef ORIGINTLS_DB_STORE_INTERNAL_H
#define ORIGINTLS_DB_STORE_INTERNAL_H

#include "db/statements.h"
#include "db/store.h"

#include <sqlite3.h>

/* In the header of the file, so that file(1) and we can tell it from other programs' databases: "otls". */
#define STORE_APPLICATION_ID 0x6f746c73

/* What this handle has found out itself, and need not ask the library again: void after a rollback. */
struct known_text {
    char *text; /* NULL: none */
    int64_t id;
};
#define KNOWN_TEXTS 8
struct known_count {
    bool known;
    int64_t since_s, count;
};

struct store {
    sqlite3 *db;
    char *path;
    int busy_ms;                               /* how long to wait for another writer */
    int depth;                                 /* of transactions that are open */
    bool immutable;                            /* read without the log beside it: nobody can write */
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first used */
    struct known_text texts[KNOWN_TEXTS];      /* in a ring */
    size_t next_text;
    struct known_count started; /* rollouts; within one transaction alone */
};

/* store_open with a patience of its own. */
struct store *store_open_waiting(const char *path, enum store_mode mode, int busy_ms, struct err *err);

/* To read a database of this or an older version, and of none but that: what it holds is up to the caller. */
struct store *store_open_any_version(const char *path, int *version, struct err *err);
/* A file: URI, in which some characters of the path have a meaning of their own; `query` as "?mode=ro". NULL: out of
 * memory. */
char *store_uri(const char *path, const char *query);

/* Sets *err to one line about the library's last failure on this handle, and returns -1. */
int store_fail(struct store *store, struct err *err);
/* "database PATH is read-only: ..." Returns -1. */
int store_fail_read_only(const char *path, struct err *err);
/* "database PATH is damaged: WHAT". Returns -1. */
int store_fail_damaged(struct store *store, const char *what, struct err *err);

/* The prepared statement, reset and without bindings; NULL with *err set. */
sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err);
/* Runs a statement without bindings or rows. */
int store_run(struct store *store, enum statement which, struct err *err);

/* Statements that are not among those of the table: made for one occasion, or generated. */
int store_prepare(struct store *store, const char *sql, sqlite3_stmt **stmt, struct err *err);
int store_execute(struct store *store, const char *sql, struct err *err);
/* The first value of the first row, as a number; 0 where that is NULL. 0 or -1. */
int store_number(struct store *store, const char *sql, int64_t *value, struct err *err);

int store_begin_write(struct store *store, struct err *err);
int store_begin_read(struct store *store, struct err *err);
/* Commits if `result` is not negative, else rolls back. Returns `result`, or -1 where the commit failed. */
int store_end(struct store *store, int result, struct err *err);
/* Forgets what must not outlive a transaction that is rolled back. */
void store_forget_known(struct store *store);

/* The row's id, which is added where it is missing; -1 with *err set. */
int64_t store_zone_id(struct store *store, const char *name, struct err *err);
int64_t store_hostname_id(struct store *store, int64_t zone, const char *name, struct err *err);
int64_t store_origin_id(struct store *store, const char *address, uint16_t http_port, uint16_t https_port,
                        struct err *err);

/* The id of a row with this very content, which is added where it is missing; -1 with *err set. */
int64_t store_certificate_id(struct store *store, const struct certificate_record *certificate, struct err *err);
int64_t store_tls_facts_id(struct store *store, const struct tls_record *tls, struct err *err);

/* The same of one of the texts that many rows say. */
int64_t store_text_id(struct store *store, const char *text, struct err *err);

/* One piece of evidence while it is being written. */
struct evidence_ids {
    int64_t scan, hostname, origin, evidence;
    int64_t hostname_position, position;
};

/* Sets first_seen_s of the origin's blockers, as store_write_scan says. */
int store_date_blockers(struct store *store, const struct origin_record *origin, const struct evidence_ids *ids,
                        int64_t finished_s, struct err *err);

/* Inside a transaction of the caller. */
int store_put_inventory(struct store *store, const struct inventory_zone *inventory, struct err *err);

#endif

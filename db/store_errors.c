#include "db/store_internal.h"

#include <errno.h>
#include <string.h>

/* The library says no more than "unable to open database file"; errno knows why. */
static int fail_to_open(struct store *store, struct err *err)
{
    int saved = sqlite3_system_errno(store->db);
    if (saved == 0) {
        return err_set(err, ERR_INTERNAL, "cannot open database %s", store->path);
    }
    return err_set(err, ERR_INTERNAL, "cannot open database %s: %s; name another with --db", store->path,
                   strerror(saved));
}

static int fail_for_want_of_space(const char *path, struct err *err)
{
    return err_set(err, ERR_INTERNAL, "no space left for database %s: make room on its disk and run this again", path);
}

static int fail_to_read_or_write(struct store *store, struct err *err)
{
    int saved = sqlite3_system_errno(store->db);
    if (saved == ENOSPC || saved == EDQUOT || saved == EFBIG) {
        return fail_for_want_of_space(store->path, err);
    }
    return err_set(err, ERR_INTERNAL, "cannot read or write database %s: %s", store->path,
                   saved != 0 ? strerror(saved) : sqlite3_errmsg(store->db));
}

int store_fail_read_only(const char *path, struct err *err)
{
    return err_set(err, ERR_INTERNAL,
                   "database %s is read-only: make the file and its folder writable, or name another with --db", path);
}

int store_fail(struct store *store, struct err *err)
{
    const char *path = store->path;
    switch (sqlite3_errcode(store->db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_INTERNAL,
                       "database %s is locked: another process has been writing to it for %.3g s; run this again "
                       "when that is done ('fuser %s' names it)",
                       path, store->busy_ms / 1000.0, path);
    case SQLITE_READONLY:
        return store_fail_read_only(path, err);
    case SQLITE_NOTADB:
        return err_set(err, ERR_INTERNAL, "%s is not a database", path);
    case SQLITE_CORRUPT:
        return err_set(err, ERR_INTERNAL, "database %s is damaged: %s", path, sqlite3_errmsg(store->db));
    case SQLITE_FULL:
        return fail_for_want_of_space(path, err);
    case SQLITE_CANTOPEN:
        return fail_to_open(store, err);
    case SQLITE_IOERR:
        return fail_to_read_or_write(store, err);
    case SQLITE_NOMEM:
        return err_memory(err);
    default:
        return err_set(err, ERR_INTERNAL, "database %s: %s", path, sqlite3_errmsg(store->db));
    }
}

int store_fail_damaged(struct store *store, const char *what, struct err *err)
{
    return err_set(err, ERR_INTERNAL, "database %s is damaged: %s", store->path, what);
}

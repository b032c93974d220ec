#include "base/buf.h"
#include "base/limits.h"
#include "db/migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* Every folder above the file that is not there yet. */
static int make_folders(const char *path, struct err *err)
{
    char *folder = slice_dup(slice_of(path));
    if (folder == NULL) {
        return err_memory(err);
    }
    int result = 0;
    for (char *slash = strchr(folder + 1, '/'); slash != NULL && result == 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            result = err_set(err, ERR_INTERNAL, "cannot make folder %s for database %s: %s; name another with --db",
                             folder, path, strerror(errno));
        }
        *slash = '/';
    }
    free(folder);
    return result;
}

static int fail_to_make(const char *path, int reason, struct err *err)
{
    if (reason == EISDIR) {
        return err_set(err, ERR_INTERNAL, "database %s is a directory", path);
    }
    if (reason == EROFS || (reason == EACCES && access(path, R_OK) == 0)) {
        return store_fail_read_only(path, err);
    }
    return err_set(err, ERR_INTERNAL, "cannot open database %s: %s; name another with --db", path, strerror(reason));
}

/* So that the file is its owner's alone; the library would follow the umask. */
static int make_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail_to_make(path, errno, err);
    }
    close(fd);
    return 0;
}

char *store_uri(const char *path, const char *query)
{
    struct buf uri;
    buf_init(&uri, 0);
    buf_append_text(&uri, path[0] == '/' ? "file://" : "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("%?#", *c) != NULL) {
            buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*c);
        } else {
            buf_append_byte(&uri, *c);
        }
    }
    buf_append_text(&uri, query);
    if (uri.failed) {
        buf_release(&uri);
        return NULL;
    }
    return buf_take(&uri);
}

static int open_handle(struct store *store, int flags, const char *query, struct err *err)
{
    char *uri = store_uri(store->path, query);
    if (uri == NULL) {
        return err_memory(err);
    }
    int result =
        sqlite3_open_v2(uri, &store->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, NULL);
    free(uri);
    if (store->db == NULL) {
        return err_memory(err);
    }
    if (result != SQLITE_OK) {
        return store_fail(store, err);
    }
    sqlite3_busy_timeout(store->db, store->busy_ms);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LIMIT_STORE_VALUE_BYTES);
    /* The file may come from anywhere: nothing in its schema is to run as code. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return 0;
}

/* The one change that the library does not wait for by itself when others open the file at the same moment. */
static int use_write_ahead_log(struct store *store, struct err *err)
{
    int waited_ms = 0;
    for (;;) {
        int result = store_execute(store, "PRAGMA journal_mode = WAL", err);
        if (result == 0 || (sqlite3_errcode(store->db) & 0xff) != SQLITE_BUSY || waited_ms >= store->busy_ms) {
            return result;
        }
        waited_ms += sqlite3_sleep(10);
    }
}

static int open_for_writing(struct store *store, struct err *err)
{
    int version = 0;
    if (make_folders(store->path, err) != 0 || make_file(store->path, err) != 0 ||
        open_handle(store, SQLITE_OPEN_READWRITE, "", err) != 0 ||
        migrations_identify(store, &store_migrations, &version, err) != 0) {
        return -1;
    }
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        return store_fail_read_only(store->path, err);
    }
    /* Can be chosen only while the file is empty: what is pruned later can be given back to the file system then. */
    if (version == 0 && store_execute(store, "PRAGMA auto_vacuum = INCREMENTAL", err) != 0) {
        return -1;
    }
    if (use_write_ahead_log(store, err) != 0 || store_execute(store, "PRAGMA synchronous = NORMAL", err) != 0 ||
        store_execute(store, "PRAGMA foreign_keys = ON", err) != 0) {
        return -1;
    }
    return migrations_apply(store, &store_migrations, err);
}

/* In a folder where we may not write, the log cannot be opened; but where there is none, nobody is writing and the file
 * is whole by itself. To be asked after the library failed to open it. */
static bool may_be_read_alone(struct store *store)
{
    int reason = store->db != NULL ? sqlite3_errcode(store->db) & 0xff : SQLITE_OK;
    if (reason != SQLITE_CANTOPEN && reason != SQLITE_READONLY) {
        return false;
    }
    struct buf log;
    buf_init(&log, 0);
    bool absent = buf_printf(&log, "%s-wal", store->path) == 0 && access(log.data, F_OK) != 0;
    buf_release(&log);
    return absent;
}

static int open_unchanged(struct store *store, int *version, struct err *err)
{
    int result = open_handle(store, SQLITE_OPEN_READONLY, "", err);
    if (result == 0) {
        result = migrations_identify(store, &store_migrations, version, err);
    }
    if (result != 0 && may_be_read_alone(store)) {
        sqlite3_close(store->db);
        store->db = NULL;
        store->immutable = true;
        result = open_handle(store, SQLITE_OPEN_READONLY, "?immutable=1", err);
        result = result == 0 ? migrations_identify(store, &store_migrations, version, err) : result;
    }
    return result;
}

static struct store *new_store(const char *path, int busy_ms, struct err *err)
{
    if (path == NULL || path[0] == '\0') {
        err_set(err, ERR_USAGE, "the database's file name is empty");
        return NULL;
    }
    struct store *store = calloc(1, sizeof *store);
    char *copy = slice_dup(slice_of(path));
    if (store == NULL || copy == NULL) {
        free(store);
        free(copy);
        err_memory(err);
        return NULL;
    }
    store->path = copy;
    store->busy_ms = busy_ms;
    return store;
}

static int open_any_version(struct store *store, int *version, struct err *err)
{
    struct stat status;
    if (stat(store->path, &status) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "there is no database at %s", store->path);
    }
    if (S_ISDIR(status.st_mode)) {
        return err_set(err, ERR_INTERNAL, "database %s is a directory", store->path);
    }
    if (access(store->path, R_OK) != 0) {
        return err_set(err, ERR_INTERNAL, "cannot open database %s: %s; name another with --db", store->path,
                       strerror(errno));
    }
    return open_unchanged(store, version, err);
}

static int open_for_reading(struct store *store, struct err *err)
{
    int version = 0;
    if (open_any_version(store, &version, err) != 0) {
        return -1;
    }
    if (version == 0) {
        return err_set(err, ERR_INTERNAL, "database %s is empty: a command that writes to it brings it up to date",
                       store->path);
    }
    return version == store_migrations.count
               ? 0
               : err_set(err, ERR_INTERNAL, "database %s is from an older origintls", store->path);
}

struct store *store_open_any_version(const char *path, int *version, struct err *err)
{
    struct store *store = new_store(path, LIMIT_STORE_BUSY_MS, err);
    if (store != NULL && open_any_version(store, version, err) != 0) {
        store_close(store);
        return NULL;
    }
    return store;
}

bool store_is_outdated(const char *path)
{
    struct err err = ERR_INIT;
    struct store store = {.path = slice_dup(slice_of(path)), .busy_ms = LIMIT_STORE_BUSY_MS};
    int version = 0;
    bool known = store.path != NULL && store_exists(path) && open_unchanged(&store, &version, &err) == 0;
    sqlite3_close(store.db);
    free(store.path);
    return known && version > 0 && version < store_migrations.count;
}

struct store *store_open_waiting(const char *path, enum store_mode mode, int busy_ms, struct err *err)
{
    struct store *store = new_store(path, busy_ms, err);
    if (store == NULL) {
        return NULL;
    }
    int result = mode == STORE_READ_ONLY ? open_for_reading(store, err) : open_for_writing(store, err);
    if (result != 0) {
        store_close(store);
        return NULL;
    }
    return store;
}

struct store *store_open(const char *path, enum store_mode mode, struct err *err)
{
    return store_open_waiting(path, mode, LIMIT_STORE_BUSY_MS, err);
}

#define TEXT_OF(number)    #number
#define KIB_PRAGMA(number) "PRAGMA cache_size = -" TEXT_OF(number) "000"

int store_expect_writes(struct store *store, struct err *err)
{
    return store_execute(store, KIB_PRAGMA(STORE_CACHE_MB), err) == 0
               ? store_execute(store, "PRAGMA wal_autocheckpoint = 16000", err)
               : -1;
}

int store_check_writable(struct store *store, struct err *err)
{
    return store_begin_write(store, err) == 0 ? store_end(store, 0, err) : -1;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    sqlite3_close(store->db);
    store_forget_known(store);
    free(store->path);
    free(store);
}

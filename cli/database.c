#include "cli/database.h"

#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *database_path(const struct global_arguments *global, struct arena *arena, struct err *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    const char *path = NULL;
    if (global->database != NULL) {
        return global->database;
    }
    /* The XDG specification has relative folders ignored. */
    if (state != NULL && state[0] == '/') {
        path = arena_printf(arena, "%s/origintls/origintls.db", state);
    } else if (home != NULL && home[0] == '/') {
        path = arena_printf(arena, "%s/.local/state/origintls/origintls.db", home);
    } else {
        err_set(err, ERR_USAGE, "no place for the database: neither XDG_STATE_HOME nor HOME is set; give --db FILE");
        return NULL;
    }
    if (path == NULL) {
        err_memory(err);
    }
    return path;
}

/* 0, also where there was nothing to do. */
static int bring_up_to_date(const char *path, const struct global_arguments *global, struct err *err)
{
    char note[4096];
    struct err fault = ERR_INIT;
    if (!store_is_outdated(path)) {
        return 0;
    }
    struct store *store = store_open(path, STORE_READ_WRITE, &fault);
    if (store == NULL) {
        return err_set(err, ERR_INTERNAL,
                       "database %s is from an older origintls, and cannot be brought up to date: %s; run 'origintls "
                       "--db %s fleet status' as a user who may write to it",
                       path, fault.message, path);
    }
    store_close(store);
    if (!global->quiet) {
        snprintf(note, sizeof note, "database %s was from an older origintls and has been brought up to date", path);
        message_error(note);
    }
    return 0;
}

struct store *database_open_file_to_read(const char *path, const struct global_arguments *global, struct err *err)
{
    return bring_up_to_date(path, global, err) == 0 ? store_open(path, STORE_READ_ONLY, err) : NULL;
}

struct store *database_open_to_read(const struct global_arguments *global, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct store *store = NULL;
    const char *path = database_path(global, &arena, err);
    if (path != NULL && !store_exists(path) && errno == EACCES) {
        err_set(err, ERR_INTERNAL, "cannot look for a database at %s: %s; name another with --db FILE", path,
                strerror(errno));
    } else if (path != NULL && !store_exists(path)) {
        err_set(err, ERR_USAGE,
                "there is no database at %s yet; scan a zone ('origintls scan --help'), or give --db FILE", path);
    } else if (path != NULL) {
        store = database_open_file_to_read(path, global, err);
    }
    arena_release(&arena);
    return store;
}

#include "cli/database.h"

#include <stdlib.h>

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

struct store *database_open_to_read(const struct global_arguments *global, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct store *store = NULL;
    const char *path = database_path(global, &arena, err);
    if (path != NULL && !store_exists(path)) {
        err_set(err, ERR_USAGE, "there is no database at %s yet; scan a zone ('origintls scan --help'), or give --db FILE", path);
    } else if (path != NULL) {
        store = store_open(path, STORE_READ_ONLY, err);
    }
    arena_release(&arena);
    return store;
}

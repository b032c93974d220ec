/* The database that a command works on. */
#ifndef ORIGINTLS_CLI_DATABASE_H
#define ORIGINTLS_CLI_DATABASE_H

#include "cli/command.h"
#include "db/store.h"

/* --db (and with it ORIGINTLS_DB and the configuration file), else $XDG_STATE_HOME/origintls/origintls.db, else
 * ~/.local/state/origintls/origintls.db. From `arena`; NULL with *err set where nothing of that is known. */
const char *database_path(const struct global_arguments *global, struct arena *arena, struct err *err);

/* To read what scans have left: NULL with ERR_USAGE, saying what to do, when there is no database yet. One from an older
 * origintls is brought up to date first, with a note on standard error; where that is not allowed, *err says what to do.
 */
struct store *database_open_to_read(const struct global_arguments *global, struct err *err);
/* The same for a file whose place is known. */
struct store *database_open_file_to_read(const char *path, const struct global_arguments *global, struct err *err);

#endif

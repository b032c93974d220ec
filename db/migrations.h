/* How the schema came to be, step by step. Steps are only ever added: what has been released is never changed.
 *
 * Each step runs in a transaction of its own, which also raises PRAGMA user_version: a file is at one version or at the
 * next, never between.
 */
#ifndef ORIGINTLS_DB_MIGRATIONS_H
#define ORIGINTLS_DB_MIGRATIONS_H

#include "db/store_internal.h"

struct migrations {
    const char *const *steps; /* SQL; steps[0] makes version 1 of an empty file */
    int count;
};

extern const struct migrations store_migrations;

/* Looks whether the file is ours and how old: *version 0 for an empty one. Changes nothing. A database of another
 * program or of a newer version is an error. */
int migrations_identify(struct store *store, const struct migrations *migrations, int *version, struct err *err);
/* Brings the file up to the last step. Safe when several processes do so at once. */
int migrations_apply(struct store *store, const struct migrations *migrations, struct err *err);

#endif

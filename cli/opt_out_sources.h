/* Every opt-out that binds a scan: those in the database, and those of --opt-out. */
#ifndef ORIGINTLS_CLI_OPT_OUT_SOURCES_H
#define ORIGINTLS_CLI_OPT_OUT_SOURCES_H

#include "cli/option.h"
#include "db/store.h"
#include "scan/opt_out.h"

/* "host:" and the longest value. */
#define OPT_OUT_TEXT_BYTES 264

/* `store` may be NULL: no database yet. NULL with *err set when any list is malformed or cannot be read: nothing must
 * be scanned then. The caller frees. */
struct opt_out *opt_out_sources_load(struct store *store, const struct option_list *files, struct err *err);

/* Changes when a list that was loaded would be another one now: a number for comparing. Standard input is read once,
 * and then nothing changes any more. -1 where the database cannot be asked. */
int opt_out_sources_mark(struct store *store, const struct option_list *files, uint64_t *mark, struct err *err);

#endif

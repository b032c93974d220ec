/* One line on standard error that tells how far a scan is; on a terminal only. */
#ifndef ORIGINTLS_CLI_PROGRESS_H
#define ORIGINTLS_CLI_PROGRESS_H

#include "cli/command.h"

/* Whether lines will be shown: a terminal, and neither -q nor --no-progress. To be called before the others. */
void progress_start(const struct global_arguments *global);
/* Whether lines are shown at all. */
bool progress_is_shown(void);
/* Replaces the line; at most ten times a second. */
void progress_text(const char *text);
/* Takes the line away, so that another can be written. Safe at any time. */
void progress_clear(void);

#endif

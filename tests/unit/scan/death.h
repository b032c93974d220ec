/* Deaths in the middle of what is written. */
#ifndef ORIGINTLS_TESTS_UNIT_SCAN_DEATH_H
#define ORIGINTLS_TESTS_UNIT_SCAN_DEATH_H

#include "db/store_internal.h"

#include <stdbool.h>

/* Opens the store that `work` goes on with. */
typedef struct store *death_open(void *context);
typedef int death_work(void *context); /* 0: it was done */

/* Opens and works in a process of its own that is killed at its n-th statement, counted from 0. The caller has closed
 * the store before. True if it was killed before it was through; a failure of `work` fails the test. */
bool death_at_statement(int statement, death_open *open_store, death_work *work, void *context);

#endif

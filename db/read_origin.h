/* The evidence of each origin of a hostname, as a scan recorded it. */
#ifndef ORIGINTLS_DB_READ_ORIGIN_H
#define ORIGINTLS_DB_READ_ORIGIN_H

#include "base/arena.h"
#include "db/store_internal.h"
#include "recommend/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the origins of the hostname at `position` of the scan with this row id into *hostname. Everything lies in
 * `arena`; the URLs that were compared are left out without `with_pairs`. 0, or -1 with *err set. */
int store_read_origins(struct store *store, int64_t scan, size_t position, bool with_pairs, struct arena *arena,
                       struct hostname_record *hostname, struct err *err);

#endif

/* An inventory on its way into the store.
 *
 * Rows are laid down beside the store, in whatever order they come, in memory that does not grow with them. Once all
 * are there they are checked against one another and taken over in one transaction: an import is there as a whole or
 * not at all. Importing the same thing twice changes nothing. A zone whose rows changed is due for a scan at once.
 */
#ifndef ORIGINTLS_DB_FLEET_IMPORT_H
#define ORIGINTLS_DB_FLEET_IMPORT_H

#include "base/address.h"
#include "db/store.h"

#define FLEET_WEIGHT_MAX UINT64_C(1000000000000)

/* One origin of one hostname; texts are borrowed. */
struct fleet_row {
    uint64_t line;
    const char *zone, *hostname; /* normalised */
    const char *address;         /* canonical literal, or a normalised name; NULL: the zone is only listed */
    struct address literal;      /* family 0: a name */
    uint16_t http_port, https_port;
    enum mode mode, ceiling;
    enum setting setting;
    bool always_https;
    const char *host_header, *sni; /* NULL: the hostname */
    uint64_t weight;
};

struct fleet_import_counts {
    uint64_t rows, bad_rows, duplicate_rows;
    uint64_t zones, new_zones, changed_zones, removed_zones, zones_without_origin;
};

struct fleet_import;

/* The import has the store for itself until it is freed. NULL with *err set. */
struct fleet_import *fleet_import_new(struct store *store, struct err *err);
/* What was not taken over is forgotten. */
void fleet_import_free(struct fleet_import *import);

int fleet_import_add(struct fleet_import *import, const struct fleet_row *row, struct err *err);
/* The zone is there, but with nothing that could be scanned; does no harm where rows of it exist too. */
int fleet_import_add_zone(struct fleet_import *import, const char *zone, uint64_t line, struct err *err);

/* `reason` is a clause without full stop. */
typedef int fleet_on_bad_row(void *context, uint64_t line, const char *reason, struct err *err);

/* To be called once, after the last row: rows that contradict others are named and left out. Those are: a hostname that
 * another zone claims (of this import, or of the store unless `whole`), a row that differs from the first one of its
 * hostname in mode, setting, ceiling or always_https, a ninth origin of a hostname, a hostname too many of a zone.
 * Exact duplicates are counted and left out in silence. */
int fleet_import_check(struct fleet_import *import, bool whole, fleet_on_bad_row *on_bad, void *context,
                       struct err *err);

/* Takes over what is left. `whole`: zones that this import does not name are marked as removed, and are no longer due.
 */
int fleet_import_finish(struct fleet_import *import, bool whole, int64_t now_s, struct fleet_import_counts *counts,
                        struct err *err);

#endif

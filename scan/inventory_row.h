/* One row of an inventory: its texts, as a file has them, and the values that they stand for. Pure. */
#ifndef ORIGINTLS_SCAN_INVENTORY_ROW_H
#define ORIGINTLS_SCAN_INVENTORY_ROW_H

#include "base/slice.h"
#include "db/fleet_import.h"

enum inventory_field {
    FIELD_ZONE,
    FIELD_HOSTNAME,
    FIELD_ADDRESS,
    FIELD_HTTP_PORT,
    FIELD_HTTPS_PORT,
    FIELD_MODE,
    FIELD_SETTING,
    FIELD_CEILING,
    FIELD_ALWAYS_HTTPS,
    FIELD_HOST_HEADER,
    FIELD_SNI,
    FIELD_WEIGHT,
    FIELD_COUNT
};

/* The column or key of this name; FIELD_COUNT: there is none. */
enum inventory_field inventory_field_find(struct slice name);
const char *inventory_field_name(enum inventory_field field);

/* The texts of one row; an empty one means the default. */
struct inventory_fields {
    struct slice value[FIELD_COUNT];
};

/* Where the texts of the last row lie while it is used. Zeroed to begin with; the zone of the row before is remembered,
 * for rows of one zone stand together in most files. */
struct inventory_row_texts {
    char zone[256], hostname[256], address[256], host_header[256], sni[256];
    char zone_as_given[256];
    char reason[512];
};

/* Fills *row, whose texts are `texts`. NULL, or a clause that says what is wrong with the row (it may be
 * texts->reason). Everything is checked that can be said of the row alone: names, that the hostname lies in the zone,
 * that the zone is no public suffix, the address (IPv6 with or without brackets), ports, modes, numbers. If only the
 * address is missing, *listed_only is true: the zone is known then, but has no origin. */
const char *inventory_row_parse(const struct inventory_fields *fields, struct inventory_row_texts *texts,
                                struct fleet_row *row, bool *listed_only);

#endif

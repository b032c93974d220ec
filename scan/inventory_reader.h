/* Reads an inventory, in pieces of any size, and gives its rows one by one. Pure: bytes in, rows out.
 *
 *   csv     RFC 4180 with a header that names the columns in any order; a byte-order mark, LF or CRLF, quotes with
 *           line ends in them
 *   ndjson  one object a line, with the same keys
 *   bind    a zone file (RFC 1035 section 5): names with A, AAAA or CNAME records become hostnames. A CNAME within the
 *           zone is followed; one that leaves it gives an origin by name. Names with a label that begins with '_', and
 *           wildcards, are no web sites and are passed over; so are records of other types
 *
 * Memory is bounded: a record above LIMIT_LINE_BYTES is a bad row and is skipped to its end, however long it is; a
 * quote that is never closed costs one record, and reading goes on at the next line. A zone file holds at most
 * LIMIT_ZONE_FILE_RECORDS records that count.
 */
#ifndef ORIGINTLS_SCAN_INVENTORY_READER_H
#define ORIGINTLS_SCAN_INVENTORY_READER_H

#include "base/err.h"
#include "scan/inventory_row.h"

enum inventory_format { INVENTORY_CSV, INVENTORY_NDJSON, INVENTORY_BIND };

/* What is made of the rows. 0: go on; -1 with *err set: stop. Texts are valid during the call alone. */
struct inventory_sink {
    void *context;
    int (*on_row)(void *context, const struct inventory_fields *fields, uint64_t line, struct err *err);
    int (*on_bad)(void *context, uint64_t line, const char *reason, struct err *err);
};

struct inventory_reader;

/* `zone`: of a zone file, normalised; NULL for the others. The sink is copied. NULL with *err set. */
struct inventory_reader *inventory_reader_new(enum inventory_format format, const char *zone,
                                              const struct inventory_sink *sink, struct err *err);
void inventory_reader_free(struct inventory_reader *reader);
/* -1 with ERR_USAGE where the file as a whole makes no sense (a column that is unknown, missing or there twice: named),
 * or with what the sink said. */
int inventory_reader_feed(struct inventory_reader *reader, struct slice bytes, struct err *err);
/* After the last piece. */
int inventory_reader_end(struct inventory_reader *reader, struct err *err);

#endif

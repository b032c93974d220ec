/* The parts of the inventory's reader: records out of bytes, and rows out of records, one file for each format. */
#ifndef ORIGINTLS_SCAN_INVENTORY_FORMATS_H
#define ORIGINTLS_SCAN_INVENTORY_FORMATS_H

#include "base/buf.h"
#include "scan/inventory_reader.h"

struct zone_file;

struct inventory_reader {
    enum inventory_format format;
    struct inventory_sink sink;
    struct buf record; /* as far as it has come */
    uint64_t line, record_line;
    bool skipping; /* the rest of a record that is too long */
    bool in_quotes;
    unsigned parentheses; /* of a zone file */
    bool in_comment;
    bool past_start; /* a byte-order mark can no longer come */

    /* csv */
    bool has_header;
    enum inventory_field columns[FIELD_COUNT];
    size_t column_count;

    struct zone_file *zone_file;
};

/* One whole record, without its line end. */
int inventory_csv_record(struct inventory_reader *reader, struct slice record, struct err *err);
int inventory_ndjson_record(struct inventory_reader *reader, struct slice record, struct err *err);

struct zone_file *zone_file_new(const char *zone);
void zone_file_free(struct zone_file *file);
int inventory_bind_record(struct inventory_reader *reader, struct slice record, struct err *err);
/* Only now is it known where the names within the zone lead. */
int inventory_bind_end(struct inventory_reader *reader, struct err *err);

#endif

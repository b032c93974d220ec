#include "scan/inventory_reader.h"

#include "base/limits.h"
#include "scan/inventory_formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK SLICE("\xef\xbb\xbf")

struct inventory_reader *inventory_reader_new(enum inventory_format format, const char *zone,
                                              const struct inventory_sink *sink, struct err *err)
{
    struct inventory_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        err_memory(err);
        return NULL;
    }
    reader->format = format;
    reader->sink = *sink;
    reader->line = reader->record_line = 1;
    buf_init(&reader->record, LIMIT_LINE_BYTES + 8);
    if (format == INVENTORY_BIND && (reader->zone_file = zone_file_new(zone)) == NULL) {
        err_memory(err);
        inventory_reader_free(reader);
        return NULL;
    }
    return reader;
}

void inventory_reader_free(struct inventory_reader *reader)
{
    if (reader != NULL) {
        zone_file_free(reader->zone_file);
        buf_release(&reader->record);
        free(reader);
    }
}

static int use_record(struct inventory_reader *reader, struct err *err)
{
    struct slice record = buf_slice(&reader->record);
    if (!reader->past_start && slice_starts_with(record, BYTE_ORDER_MARK)) {
        record = slice_from(record, BYTE_ORDER_MARK.len);
    }
    reader->past_start = true;
    if (record.len > 0 && record.ptr[record.len - 1] == '\r') {
        record.len--;
    }
    switch (reader->format) {
    case INVENTORY_CSV:
        return inventory_csv_record(reader, record, err);
    case INVENTORY_NDJSON:
        return inventory_ndjson_record(reader, record, err);
    case INVENTORY_BIND:
        return inventory_bind_record(reader, record, err);
    }
    return 0;
}

static int end_record(struct inventory_reader *reader, struct err *err)
{
    int result = reader->skipping ? 0 : use_record(reader, err);
    buf_reset(&reader->record);
    reader->skipping = false;
    reader->in_quotes = false;
    reader->in_comment = false;
    reader->parentheses = 0;
    reader->record_line = reader->line;
    return result;
}

/* Is a line end at this place a part of the record? */
static bool goes_on(const struct inventory_reader *reader)
{
    switch (reader->format) {
    case INVENTORY_CSV:
        return reader->in_quotes && !reader->skipping;
    case INVENTORY_NDJSON:
        return false;
    case INVENTORY_BIND:
        return reader->parentheses > 0 && !reader->skipping;
    }
    return false;
}

/* How far the bytes can be taken without a look at each; those that matter stop it. */
static size_t plain_length(const struct inventory_reader *reader, struct slice bytes)
{
    switch (reader->format) {
    case INVENTORY_CSV: {
        size_t end = slice_find_byte(bytes, '\n');
        size_t quote = slice_find_byte(slice_make(bytes.ptr, end), '"');
        return quote;
    }
    case INVENTORY_NDJSON:
        return slice_find_byte(bytes, '\n');
    case INVENTORY_BIND:
        break;
    }
    size_t at = 0;
    while (at < bytes.len && memchr("\n\"();", bytes.ptr[at], 5) == NULL) {
        at++;
    }
    return at;
}

static void note_byte(struct inventory_reader *reader, char c)
{
    if (c == '"' && reader->format != INVENTORY_NDJSON && !reader->in_comment) {
        reader->in_quotes = !reader->in_quotes;
    }
    if (reader->format != INVENTORY_BIND || reader->in_quotes || reader->in_comment) {
        return;
    }
    reader->in_comment = c == ';';
    reader->parentheses += c == '(';
    reader->parentheses -= c == ')' && reader->parentheses > 0;
}

static int take(struct inventory_reader *reader, struct slice bytes, struct err *err)
{
    if (reader->skipping || reader->in_comment) {
        return 0;
    }
    if (reader->record.len + bytes.len <= LIMIT_LINE_BYTES) {
        return buf_append_slice(&reader->record, bytes) == 0 ? 0 : err_memory(err);
    }
    reader->skipping = true;
    char reason[96];
    snprintf(reason, sizeof reason, "%slonger than %u bytes",
             reader->in_quotes ? "a quote is never closed, or the row is " : "", LIMIT_LINE_BYTES);
    return reader->sink.on_bad(reader->sink.context, reader->record_line, reason, err);
}

static int take_mark(struct inventory_reader *reader, struct slice mark, struct err *err)
{
    char c = mark.ptr[0];
    if (c != '\n') {
        note_byte(reader, c);
        return take(reader, mark, err);
    }
    reader->line++;
    if (!goes_on(reader)) {
        return end_record(reader, err);
    }
    reader->in_comment = false;
    return take(reader, mark, err);
}

int inventory_reader_feed(struct inventory_reader *reader, struct slice bytes, struct err *err)
{
    while (bytes.len > 0) {
        struct slice plain = slice_make(bytes.ptr, plain_length(reader, bytes));
        if (plain.len > 0 && take(reader, plain, err) != 0) {
            return -1;
        }
        bytes = slice_from(bytes, plain.len);
        if (bytes.len > 0) {
            if (take_mark(reader, slice_make(bytes.ptr, 1), err) != 0) {
                return -1;
            }
            bytes = slice_from(bytes, 1);
        }
    }
    return 0;
}

int inventory_reader_end(struct inventory_reader *reader, struct err *err)
{
    if ((reader->record.len > 0 || reader->skipping) && end_record(reader, err) != 0) {
        return -1;
    }
    if (reader->format == INVENTORY_BIND) {
        return inventory_bind_end(reader, err);
    }
    if (reader->format == INVENTORY_CSV && !reader->has_header) {
        return err_set(err, ERR_USAGE, "the inventory is empty: not even a header with the names of the columns");
    }
    return 0;
}

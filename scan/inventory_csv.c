#include "scan/inventory_formats.h"

#include <stdio.h>

#define CSV_FIELDS_MAX (FIELD_COUNT + 1)

/* Cuts off one field; quotes are undone in place, for the record is the reader's own memory. False: malformed. */
static bool cut_field(struct slice *rest, struct slice *field, bool *last)
{
    if (rest->len == 0 || rest->ptr[0] != '"') {
        size_t comma = slice_find_byte(*rest, ',');
        *field = slice_trim(slice_make(rest->ptr, comma));
        *last = comma == rest->len;
        *rest = slice_from(*rest, comma + 1);
        return slice_find_byte(*field, '"') == field->len;
    }
    char *to = (char *)(uintptr_t)rest->ptr;
    size_t kept = 0;
    size_t at = 1;
    for (; at < rest->len; at++) {
        if (rest->ptr[at] == '"' && (at + 1 == rest->len || rest->ptr[at + 1] != '"')) {
            break;
        }
        at += rest->ptr[at] == '"';
        to[kept++] = rest->ptr[at];
    }
    bool closed = at < rest->len;
    *field = slice_trim(slice_make(to, kept));
    *rest = slice_from(*rest, at + 1);
    *last = rest->len == 0;
    bool comma = *last || rest->ptr[0] == ',';
    *rest = slice_from(*rest, 1);
    return closed && comma;
}

/* How many fields; CSV_FIELDS_MAX stands for more. -1: malformed. */
static int cut_fields(struct slice record, struct slice fields[CSV_FIELDS_MAX])
{
    bool last = false;
    int count = 0;
    while (!last && count < CSV_FIELDS_MAX) {
        if (!cut_field(&record, &fields[count++], &last)) {
            return -1;
        }
    }
    return count;
}

static int take_column(struct inventory_reader *reader, struct slice name, struct err *err)
{
    enum inventory_field field = inventory_field_find(name);
    if (field == FIELD_COUNT) {
        return err_set(err, ERR_USAGE, "line %llu: unknown column '%.*s'", (unsigned long long)reader->record_line,
                       SLICE_ARG(name));
    }
    for (size_t i = 0; i < reader->column_count; i++) {
        if (reader->columns[i] == field) {
            return err_set(err, ERR_USAGE, "line %llu: the column '%s' is there twice",
                           (unsigned long long)reader->record_line, inventory_field_name(field));
        }
    }
    reader->columns[reader->column_count++] = field;
    return 0;
}

static int take_header(struct inventory_reader *reader, const struct slice *names, int count, struct err *err)
{
    if (count < 0) {
        return err_set(err, ERR_USAGE, "line %llu: a quote in the header is not closed",
                       (unsigned long long)reader->record_line);
    }
    for (int i = 0; i < count; i++) {
        if (take_column(reader, names[i], err) != 0) {
            return -1;
        }
    }
    for (enum inventory_field field = FIELD_ZONE; field <= FIELD_ADDRESS; field = (enum inventory_field)(field + 1)) {
        size_t at = 0;
        while (at < reader->column_count && reader->columns[at] != field) {
            at++;
        }
        if (at == reader->column_count) {
            return err_set(err, ERR_USAGE, "line %llu: the column '%s' is missing",
                           (unsigned long long)reader->record_line, inventory_field_name(field));
        }
    }
    reader->has_header = true;
    return 0;
}

int inventory_csv_record(struct inventory_reader *reader, struct slice record, struct err *err)
{
    struct slice values[CSV_FIELDS_MAX];
    struct inventory_fields fields = {0};
    char reason[96];
    if (slice_trim(record).len == 0) {
        return 0;
    }
    int count = cut_fields(record, values);
    if (!reader->has_header) {
        return take_header(reader, values, count, err);
    }
    if (count < 0) {
        return reader->sink.on_bad(reader->sink.context, reader->record_line,
                                   "a quote stands where none may, or is not closed", err);
    }
    if ((size_t)count != reader->column_count) {
        snprintf(reason, sizeof reason, "%s%d fields, but the header names %zu columns",
                 count == CSV_FIELDS_MAX ? "at least " : "", count, reader->column_count);
        return reader->sink.on_bad(reader->sink.context, reader->record_line, reason, err);
    }
    for (size_t i = 0; i < reader->column_count; i++) {
        fields.value[reader->columns[i]] = values[i];
    }
    return reader->sink.on_row(reader->sink.context, &fields, reader->record_line, err);
}

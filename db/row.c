#include "db/row.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void row_writer_init(struct row_writer *row, struct store *store, enum statement which, struct err *err)
{
    *row = (struct row_writer){.store = store, .result = SQLITE_OK, .err = err};
    row->stmt = store_statement(store, which, err);
}

/* The number of the next column, or 0 where an earlier failure makes binding pointless. */
static int next_parameter(struct row_writer *row)
{
    if (row->stmt == NULL || row->result != SQLITE_OK) {
        return 0;
    }
    return ++row->column;
}

void row_put_int(struct row_writer *row, int64_t value)
{
    int column = next_parameter(row);
    if (column != 0) {
        row->result = sqlite3_bind_int64(row->stmt, column, value);
    }
}

void row_put_null(struct row_writer *row)
{
    int column = next_parameter(row);
    if (column != 0) {
        row->result = sqlite3_bind_null(row->stmt, column);
    }
}

void row_put_known(struct row_writer *row, int64_t value)
{
    if (value < 0) {
        row_put_null(row);
        return;
    }
    row_put_int(row, value);
}

void row_put_real(struct row_writer *row, double value)
{
    int column = next_parameter(row);
    if (column != 0) {
        row->result = sqlite3_bind_double(row->stmt, column, isfinite(value) ? value : 0);
    }
}

void row_put_known_real(struct row_writer *row, double value)
{
    if (!isfinite(value) || value < 0) {
        row_put_null(row);
        return;
    }
    row_put_real(row, value);
}

void row_put_text(struct row_writer *row, const char *value)
{
    int column = next_parameter(row);
    if (column != 0) {
        row->result = sqlite3_bind_text(row->stmt, column, value, -1, SQLITE_STATIC);
    }
}

void row_put_blob(struct row_writer *row, struct slice value)
{
    int column = next_parameter(row);
    if (column != 0) {
        /* A NULL pointer would bind NULL; no bytes are still a blob. */
        const char *bytes = value.ptr != NULL ? value.ptr : "";
        row->result = sqlite3_bind_blob64(row->stmt, column, bytes, value.len, SQLITE_STATIC);
    }
}

void row_put_mode(struct row_writer *row, enum mode mode)
{
    row_put_text(row, mode_name(mode));
}

void row_put_code(struct row_writer *row, enum code code)
{
    row_put_text(row, code_name(code));
}

static int row_run(struct row_writer *row, int expected)
{
    if (row->stmt == NULL) {
        return -1;
    }
    int result = row->result == SQLITE_OK ? sqlite3_step(row->stmt) : row->result;
    if (result == expected || (expected == SQLITE_ROW && result == SQLITE_DONE)) {
        return result == SQLITE_ROW ? 1 : 0;
    }
    return store_fail(row->store, row->err);
}

int row_write(struct row_writer *row)
{
    int result = row_run(row, SQLITE_DONE);
    if (row->stmt != NULL) {
        sqlite3_reset(row->stmt);
    }
    return result;
}

int row_find(struct row_writer *row, int64_t *id)
{
    int result = row_run(row, SQLITE_ROW);
    if (result == 1 && sqlite3_column_type(row->stmt, 0) == SQLITE_NULL) {
        result = 0;
    }
    if (result == 1) {
        *id = sqlite3_column_int64(row->stmt, 0);
    }
    if (row->stmt != NULL) {
        sqlite3_reset(row->stmt);
    }
    return result;
}

void text_list_append(struct buf *out, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        buf_append(out, text, strlen(text) + 1);
    }
}

void row_reader_init(struct row_reader *row, struct row_writer *query, struct arena *arena)
{
    *row = (struct row_reader){
        .store = query->store, .stmt = query->stmt, .arena = arena, .bad_column = -1, .err = query->err};
    if (query->result != SQLITE_OK) {
        row->out_of_memory = true;
    }
}

void row_query_by_id(struct row_reader *row, struct store *store, enum statement which, int64_t id, struct arena *arena,
                     struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, which, err);
    row_put_int(&query, id);
    row_reader_init(row, &query, arena);
}

static int row_fault(struct row_reader *row)
{
    if (row->out_of_memory) {
        return err_memory(row->err);
    }
    if (row->bad_column < 0) {
        return 0;
    }
    const char *name = sqlite3_column_name(row->stmt, row->bad_column);
    char what[128];
    snprintf(what, sizeof what, "column %s holds what this version does not know", name != NULL ? name : "?");
    return store_fail_damaged(row->store, what, row->err);
}

int row_next(struct row_reader *row)
{
    if (row->stmt == NULL || row_fault(row) != 0) {
        return -1;
    }
    row->column = 0;
    int result = sqlite3_step(row->stmt);
    if (result == SQLITE_ROW) {
        return 1;
    }
    return result == SQLITE_DONE ? 0 : store_fail(row->store, row->err);
}

void row_reader_release(struct row_reader *row)
{
    if (row->stmt != NULL) {
        sqlite3_reset(row->stmt);
    }
}

static void bad_value(struct row_reader *row, int column)
{
    if (row->bad_column < 0) {
        row->bad_column = column;
    }
}

int64_t row_take_int(struct row_reader *row)
{
    return sqlite3_column_int64(row->stmt, row->column++);
}

uint32_t row_take_count(struct row_reader *row, uint32_t max)
{
    int column = row->column;
    int64_t value = row_take_int(row);
    if (value < 0 || value > (int64_t)max) {
        bad_value(row, column);
        return 0;
    }
    return (uint32_t)value;
}

static bool is_null(struct row_reader *row)
{
    return sqlite3_column_type(row->stmt, row->column) == SQLITE_NULL;
}

int64_t row_take_known(struct row_reader *row)
{
    bool unknown = is_null(row);
    int64_t value = row_take_int(row);
    return unknown ? -1 : value;
}

double row_take_real(struct row_reader *row)
{
    return sqlite3_column_double(row->stmt, row->column++);
}

double row_take_known_real(struct row_reader *row)
{
    bool unknown = is_null(row);
    double value = row_take_real(row);
    return unknown ? -1 : value;
}

bool row_take_bool(struct row_reader *row)
{
    return row_take_int(row) != 0;
}

bool row_skip_null(struct row_reader *row)
{
    bool null = is_null(row);
    row->column++;
    return null;
}

/* The bytes of a text column; ptr NULL for NULL. Valid until the next row. */
static struct slice take_bytes(struct row_reader *row)
{
    int column = row->column++;
    const void *bytes = sqlite3_column_blob(row->stmt, column);
    return slice_make(bytes, bytes != NULL ? (size_t)sqlite3_column_bytes(row->stmt, column) : 0);
}

const char *row_take_text(struct row_reader *row)
{
    if (row_skip_null(row)) {
        return NULL;
    }
    row->column--;
    const char *text = arena_copy(row->arena, take_bytes(row));
    row->out_of_memory = row->out_of_memory || text == NULL;
    return text;
}

const char *row_take_text_always(struct row_reader *row)
{
    int column = row->column;
    const char *text = row_take_text(row);
    if (text == NULL) {
        bad_value(row, column);
        return "";
    }
    return text;
}

struct slice row_take_blob(struct row_reader *row)
{
    return take_bytes(row);
}

const char *const *row_take_text_list(struct row_reader *row, size_t *count)
{
    int column = row->column;
    struct slice list = take_bytes(row);
    *count = 0;
    if (list.len == 0) {
        return NULL;
    }
    if (list.ptr[list.len - 1] != '\0') {
        bad_value(row, column);
        return NULL;
    }
    size_t texts = 0;
    for (struct slice rest = list; rest.len > 0; rest = slice_from(rest, slice_find_byte(rest, '\0') + 1)) {
        texts++;
    }
    const char **items = arena_alloc(row->arena, texts * sizeof *items);
    char *copy = arena_copy(row->arena, list);
    if (items == NULL || copy == NULL) {
        row->out_of_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < texts; i++, copy += strlen(copy) + 1) {
        items[i] = copy;
    }
    *count = texts;
    return items;
}

mode_set row_take_mode_set(struct row_reader *row)
{
    return (mode_set)row_take_count(row, (1u << MODE_COUNT) - 1);
}

enum mode row_take_mode(struct row_reader *row)
{
    int column = row->column;
    struct slice name = take_bytes(row);
    enum mode mode = MODE_NONE;
    if (name.ptr != NULL && mode_parse(name, &mode) != 0) {
        bad_value(row, column);
    }
    return mode;
}

enum code row_take_code(struct row_reader *row)
{
    int column = row->column;
    struct slice name = take_bytes(row);
    enum code code = name.ptr != NULL ? code_parse(name) : CODE_NONE;
    if (name.ptr != NULL && code == CODE_NONE) {
        bad_value(row, column);
    }
    return code;
}

enum scan_status row_take_status(struct row_reader *row)
{
    int column = row->column;
    enum scan_status status = STATUS_INCOMPLETE;
    if (scan_status_parse(take_bytes(row), &status) != 0) {
        bad_value(row, column);
    }
    return status;
}

enum setting row_take_setting(struct row_reader *row)
{
    int column = row->column;
    enum setting setting = SETTING_AUTO;
    if (setting_parse(take_bytes(row), &setting) != 0) {
        bad_value(row, column);
    }
    return setting;
}

enum origin_source row_take_source(struct row_reader *row)
{
    int column = row->column;
    enum origin_source source = SOURCE_INVENTORY;
    if (origin_source_parse(take_bytes(row), &source) != 0) {
        bad_value(row, column);
    }
    return source;
}

enum decision_action row_take_action(struct row_reader *row)
{
    int column = row->column;
    enum decision_action action = ACTION_NONE;
    if (decision_action_parse(take_bytes(row), &action) != 0) {
        bad_value(row, column);
    }
    return action;
}

void *row_array_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity) {
        return items;
    }
    size_t larger = *capacity == 0 ? 4 : *capacity * 2;
    void *copy = arena_alloc(arena, larger * item_bytes);
    if (copy == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(copy, items, count * item_bytes);
    }
    *capacity = larger;
    return copy;
}

struct confidence row_take_confidence(struct row_reader *row)
{
    struct confidence confidence = {0};
    confidence.pairs = row_take_count(row, UINT32_MAX);
    confidence.against = row_take_count(row, UINT32_MAX);
    confidence.upper_bound = row_take_known_real(row);
    confidence.level = row_take_real(row);
    confidence.request_coverage = row_take_known_real(row);
    return confidence;
}

/* One row in, one row out: values bound to a statement, or taken from a result, column by column from the left.
 *
 * Both remember the first failure, so that a whole row is written or read and looked at once.
 */
#ifndef ORIGINTLS_DB_ROW_H
#define ORIGINTLS_DB_ROW_H

#include "base/buf.h"
#include "db/store_internal.h"
#include "recommend/record.h"

struct row_writer {
    struct store *store;
    sqlite3_stmt *stmt; /* NULL: it could not be prepared */
    int column;
    int result;
    struct err *err;
};

/* Texts and blobs are borrowed until row_write or row_find. */
void row_writer_init(struct row_writer *row, struct store *store, enum statement which, struct err *err);
void row_put_int(struct row_writer *row, int64_t value);
void row_put_known(struct row_writer *row, int64_t value); /* < 0: NULL */
void row_put_real(struct row_writer *row, double value);
void row_put_known_real(struct row_writer *row, double value); /* < 0 or not a number: NULL */
void row_put_text(struct row_writer *row, const char *value);  /* NULL: NULL */
void row_put_blob(struct row_writer *row, struct slice value);
void row_put_null(struct row_writer *row);
void row_put_mode(struct row_writer *row, enum mode mode);
void row_put_code(struct row_writer *row, enum code code);
/* Runs a statement that changes rows. 0, or -1 with *err set. */
int row_write(struct row_writer *row);
/* Runs a statement that gives one id or none: 1 with *id, 0, or -1 with *err set. */
int row_find(struct row_writer *row, int64_t *id);

/* One zero byte behind each text. NULL texts count as empty. */
void text_list_append(struct buf *out, const char *const *texts, size_t count);

struct row_reader {
    struct store *store;
    sqlite3_stmt *stmt;
    struct arena *arena; /* of everything that is taken */
    int column;
    bool out_of_memory;
    int bad_column; /* the first column that holds what it must not; -1: none */
    struct err *err;
};

/* After row_writer_init and puts: the same statement's rows. */
void row_reader_init(struct row_reader *row, struct row_writer *query, struct arena *arena);
/* The rows of a statement that takes one id. */
void row_query_by_id(struct row_reader *row, struct store *store, enum statement which, int64_t id, struct arena *arena,
                     struct err *err);
/* 1: a row is there; 0: no more; -1: failed, *err is set. A fault of the row before counts. */
int row_next(struct row_reader *row);
/* Frees the statement for others. */
void row_reader_release(struct row_reader *row);

int64_t row_take_int(struct row_reader *row);
/* An integer outside of 0..max is a fault. */
uint32_t row_take_count(struct row_reader *row, uint32_t max);
int64_t row_take_known(struct row_reader *row); /* NULL: -1 */
double row_take_real(struct row_reader *row);
double row_take_known_real(struct row_reader *row); /* NULL: -1 */
bool row_take_bool(struct row_reader *row);
const char *row_take_text(struct row_reader *row);        /* NULL: NULL */
const char *row_take_text_always(struct row_reader *row); /* NULL is a fault, and gives "" */
struct slice row_take_blob(struct row_reader *row);       /* valid until the next row */
const char *const *row_take_text_list(struct row_reader *row, size_t *count);
mode_set row_take_mode_set(struct row_reader *row);
enum mode row_take_mode(struct row_reader *row);
enum code row_take_code(struct row_reader *row);
enum scan_status row_take_status(struct row_reader *row);
enum setting row_take_setting(struct row_reader *row);
enum origin_source row_take_source(struct row_reader *row);
enum decision_action row_take_action(struct row_reader *row);
/* The five columns of a confidence. */
struct confidence row_take_confidence(struct row_reader *row);
/* Skips a column and says whether it is NULL. */
bool row_skip_null(struct row_reader *row);

/* Room for one more item at items[count]: the same memory, or a larger copy from the arena. NULL: out of memory. */
void *row_array_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif

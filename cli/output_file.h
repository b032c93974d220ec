/* Data that goes to a file of --output, which it replaces when it is whole, or to standard output. */
#ifndef ORIGINTLS_CLI_OUTPUT_FILE_H
#define ORIGINTLS_CLI_OUTPUT_FILE_H

#include "base/buf.h"
#include "base/file_replacement.h"

struct output_file {
    bool is_file;
    struct file_replacement file;
};

#define OUTPUT_FILE_INIT                                                                                               \
    {                                                                                                                  \
        false, FILE_REPLACEMENT_INIT                                                                                   \
    }

/* `path` NULL or "-": standard output. 0 or -1. */
int output_file_open(struct output_file *output, const char *path, struct err *err);
/* Writes the buffer and empties it; -1 also where the buffer has failed. */
int output_file_write_buf(struct output_file *output, struct buf *buf, struct err *err);
/* The file takes its place. */
int output_file_commit(struct output_file *output, struct err *err);
/* What was not committed is removed. */
void output_file_release(struct output_file *output);

#endif

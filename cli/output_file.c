#include "cli/output_file.h"

#include "cli/output.h"

#include <string.h>

int output_file_open(struct output_file *output, const char *path, struct err *err)
{
    *output = (struct output_file)OUTPUT_FILE_INIT;
    if (path == NULL || strcmp(path, "-") == 0) {
        return 0;
    }
    output->is_file = true;
    return file_replacement_open(&output->file, path, err) == 0 ? 0 : err_prefix(err, "--output");
}

int output_file_write_buf(struct output_file *output, struct buf *buf, struct err *err)
{
    if (!output->is_file) {
        return output_write_buf(buf, err);
    }
    if (buf->failed) {
        return err_set(err, ERR_INTERNAL, "the output is too large for the memory");
    }
    int result = file_replacement_write(&output->file, buf_slice(buf), err);
    buf_reset(buf);
    return result;
}

int output_file_commit(struct output_file *output, struct err *err)
{
    return output->is_file ? file_replacement_commit(&output->file, err) : 0;
}

void output_file_release(struct output_file *output)
{
    if (output->is_file) {
        file_replacement_release(&output->file);
    }
}

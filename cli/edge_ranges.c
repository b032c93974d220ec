#include "cli/edge_ranges.h"

#include "base/file.h"
#include "base/limits.h"

static struct slice without_comment(struct slice line)
{
    return slice_trim(slice_make(line.ptr, slice_find_byte(line, '#')));
}

static size_t count_lines(struct slice text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

static int parse(struct slice text, const char *path, struct address_range *ranges, size_t *count, struct err *err)
{
    struct slice line = SLICE_EMPTY;
    *count = 0;
    for (unsigned long number = 1; slice_next(&text, '\n', &line); number++) {
        line = without_comment(line);
        if (line.len > 0 && address_range_parse(line, &ranges[(*count)++]) != 0) {
            return err_set(err, ERR_USAGE, "%s:%lu: '%.*s' is not an address or a range such as 192.0.2.0/24", path,
                           number, SLICE_ARG(line));
        }
    }
    return *count > 0 ? 0 : err_set(err, ERR_USAGE, "%s: there is no range in it", path);
}

int edge_ranges_read(const char *path, struct arena *arena, struct address_range **ranges, size_t *count,
                     struct err *err)
{
    struct buf text = {.data = NULL};
    int result = file_read(path, LIMIT_INPUT_FILE_BYTES, &text, err);
    if (result == 0) {
        *ranges = arena_alloc(arena, count_lines(buf_slice(&text)) * sizeof **ranges);
        result = *ranges != NULL ? parse(buf_slice(&text), path, *ranges, count, err) : err_memory(err);
    }
    buf_release(&text);
    return result;
}

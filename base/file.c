#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int read_all(int fd, const char *path, size_t max_bytes, struct buf *out, struct err *err)
{
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set_errno(err, ERR_USAGE, "%s", path);
        }
        if (got == 0) {
            return 0;
        }
        if (out->len + (size_t)got > max_bytes) {
            return err_set(err, ERR_USAGE, "%s: larger than %zu bytes", path, max_bytes);
        }
        if (buf_append(out, chunk, (size_t)got) != 0) {
            return err_memory(err);
        }
    }
}

int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *err)
{
    buf_init(out, 0);
    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, "standard input", max_bytes, out, err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, ERR_USAGE, "%s", path);
    }
    int result = read_all(fd, path, max_bytes, out, err);
    close(fd);
    return result;
}

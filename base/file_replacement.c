#include "base/file_replacement.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path behind symbolic links, so that a link stays one; the path itself where nothing is there yet. */
static char *resolve(const char *path)
{
    char *resolved = realpath(path, NULL);
    return resolved != NULL ? resolved : slice_dup(slice_of(path));
}

static char *name_beside(const char *path)
{
    struct buf name;
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    buf_init(&name, 0);
    buf_printf(&name, "%.*s.%s.XXXXXX", (int)folder, path, path + folder);
    if (name.failed) {
        buf_release(&name);
        return NULL;
    }
    return buf_take(&name);
}

static mode_t permissions_for(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        return status.st_mode & 07777;
    }
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

int file_replacement_open(struct file_replacement *file, const char *path, struct err *err)
{
    struct stat status;
    *file = (struct file_replacement)FILE_REPLACEMENT_INIT;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return err_set(err, ERR_USAGE, "%s is not a regular file", path);
    }
    file->path = resolve(path);
    file->temporary = file->path == NULL ? NULL : name_beside(file->path);
    if (file->temporary == NULL) {
        file_replacement_release(file);
        return err_memory(err);
    }
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0) {
        err_set_errno(err, ERR_USAGE, "cannot write %s", path);
        free(file->temporary);
        file->temporary = NULL;
        file_replacement_release(file);
        return -1;
    }
    if (fchmod(file->fd, permissions_for(file->path)) != 0) {
        err_set_errno(err, ERR_INTERNAL, "%s", path);
        file_replacement_release(file);
        return -1;
    }
    return 0;
}

int file_replacement_write(struct file_replacement *file, struct slice data, struct err *err)
{
    while (data.len > 0) {
        ssize_t written = write(file->fd, data.ptr, data.len);
        if (written < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_INTERNAL, "cannot write %s", file->path);
        }
        data = slice_from(data, written < 0 ? 0 : (size_t)written);
    }
    return 0;
}

int file_replacement_commit(struct file_replacement *file, struct err *err)
{
    int result = fsync(file->fd);
    result = close(file->fd) != 0 ? -1 : result;
    file->fd = -1;
    if (result == 0) {
        result = rename(file->temporary, file->path);
    }
    if (result != 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot write %s", file->path);
    } else {
        free(file->temporary);
        file->temporary = NULL;
    }
    file_replacement_release(file);
    return result;
}

void file_replacement_release(struct file_replacement *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    if (file->temporary != NULL) {
        unlink(file->temporary);
    }
    free(file->temporary);
    free(file->path);
    *file = (struct file_replacement)FILE_REPLACEMENT_INIT;
}

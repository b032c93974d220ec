/* A file that is written beside its place and takes the place when it is whole: whoever reads sees the old or the new.
 */
#ifndef ORIGINTLS_BASE_FILE_REPLACEMENT_H
#define ORIGINTLS_BASE_FILE_REPLACEMENT_H

#include "base/err.h"
#include "base/slice.h"

struct file_replacement {
    int fd;          /* -1: none is open */
    char *path;      /* where it will stand; behind symbolic links */
    char *temporary; /* where it is written, in the same folder */
};

#define FILE_REPLACEMENT_INIT                                                                                          \
    {                                                                                                                  \
        -1, NULL, NULL                                                                                                 \
    }

/* The new file gets the permissions of the one that it replaces, else those that the umask leaves. A path that is
 * something else than a regular file, or a folder that cannot be written, is ERR_USAGE and named. 0 or -1. */
int file_replacement_open(struct file_replacement *file, const char *path, struct err *err);
int file_replacement_write(struct file_replacement *file, struct slice data, struct err *err);
/* Onto the disk, and into its place. Nothing is open afterwards, whatever happens. 0 or -1. */
int file_replacement_commit(struct file_replacement *file, struct err *err);
/* Removes what was written and not committed. Fine at any time. */
void file_replacement_release(struct file_replacement *file);

#endif

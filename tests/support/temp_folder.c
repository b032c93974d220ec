#include "tests/support/temp_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void temp_folder_make(struct temp_folder *folder)
{
    strncpy(folder->path, "/tmp/origintls-test-XXXXXX", sizeof folder->path - 1);
    folder->path[sizeof folder->path - 1] = '\0';
    if (mkdtemp(folder->path) == NULL) {
        perror(folder->path);
        abort();
    }
}

const char *temp_folder_path(const struct temp_folder *folder, const char *name, char *path)
{
    snprintf(path, TEMP_PATH_BYTES, "%s/%s", folder->path, name);
    return path;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void temp_folder_remove(struct temp_folder *folder)
{
    nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A folder of its own for one test, gone afterwards. */
#ifndef ORIGINTLS_TESTS_SUPPORT_TEMP_FOLDER_H
#define ORIGINTLS_TESTS_SUPPORT_TEMP_FOLDER_H

#define TEMP_PATH_BYTES 512

struct temp_folder {
    char path[64];
};

/* Aborts where none can be made. */
void temp_folder_make(struct temp_folder *folder);
/* "FOLDER/NAME" in `path`, of TEMP_PATH_BYTES. Returns path. */
const char *temp_folder_path(const struct temp_folder *folder, const char *name, char *path);
/* Removes it with everything in it. */
void temp_folder_remove(struct temp_folder *folder);

#endif

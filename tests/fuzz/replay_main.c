/* Runs a fuzz target over files, once each, without libFuzzer: `fuzz_NAME PATH...`, a PATH being a file or a folder of
 * files. Fails when there was nothing to run. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX (16L << 20)

/* Returns the number of inputs run, or -1. The input gets a block of exactly its own size, so that AddressSanitizer
 * sees a read behind its end. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    int result = -1;
    uint8_t *data = NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size < 0 || size > INPUT_BYTES_MAX || fseek(file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "%s: cannot tell its size, or too large\n", path);
        goto out;
    }
    data = malloc(size > 0 ? (size_t)size : 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        goto out;
    }
    if (LLVMFuzzerTestOneInput(data, (size_t)size) != 0) {
        fprintf(stderr, "%s: the target did not return 0\n", path);
        goto out;
    }
    result = 1;
out:
    free(data);
    fclose(file);
    return result;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    int total = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        int count = length > 0 && (size_t)length < sizeof file ? replay_file(file) : -1;
        if (count < 0) {
            total = -1;
            break;
        }
        total += count;
    }
    closedir(folder);
    return total;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat status;
        int count =
            stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode) ? replay_folder(argv[i]) : replay_file(argv[i]);
        if (count < 0)
            return 1;
        total += count;
    }
    printf("%d inputs replayed\n", total);
    return total > 0 ? 0 : 1;
}

/* A file that is replaced: the old one or the new one, and nothing beside them. */
#include "base/file.h"
#include "base/file_replacement.h"
#include "tests/support/temp_folder.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void write_plainly(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_content(const char *path, const char *text)
{
    struct buf content;
    struct err err = ERR_INIT;
    assert_int_equal(file_read(path, 1000, &content, &err), 0);
    assert_string_equal(buf_text(&content), text);
    buf_release(&content);
}

static size_t count_files(const char *folder)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(directory);
    return count;
}

static void replace(const char *path, const char *text, bool commit)
{
    struct file_replacement file;
    struct err err = ERR_INIT;
    assert_int_equal(file_replacement_open(&file, path, &err), 0);
    assert_int_equal(file_replacement_write(&file, slice_of(text), &err), 0);
    if (commit) {
        assert_int_equal(file_replacement_commit(&file, &err), 0);
    }
    file_replacement_release(&file);
}

static void the_new_file_is_there_when_it_is_whole(void **state)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct stat status;
    (void)state;
    temp_folder_make(&folder);
    temp_folder_path(&folder, "report", path);
    replace(path, "never seen", false);
    assert_int_equal(access(path, F_OK), -1);
    replace(path, "first", true);
    assert_content(path, "first");
    assert_int_equal(chmod(path, 0640), 0);
    replace(path, "half of the sec", false);
    assert_content(path, "first");
    replace(path, "second", true);
    assert_content(path, "second");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(count_files(folder.path), 1);
    temp_folder_remove(&folder);
}

static void who_has_the_old_file_open_keeps_it(void **state)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    char text[16] = "";
    (void)state;
    temp_folder_make(&folder);
    write_plainly(temp_folder_path(&folder, "report", path), "old");
    FILE *reader = fopen(path, "r");
    assert_non_null(reader);
    replace(path, "new", true);
    assert_non_null(fgets(text, sizeof text, reader));
    assert_string_equal(text, "old");
    fclose(reader);
    temp_folder_remove(&folder);
}

static void a_link_stays_a_link(void **state)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    char link[TEMP_PATH_BYTES];
    struct stat status;
    (void)state;
    temp_folder_make(&folder);
    write_plainly(temp_folder_path(&folder, "report", path), "old");
    assert_int_equal(symlink(path, temp_folder_path(&folder, "link", link)), 0);
    replace(link, "new", true);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_content(path, "new");
    temp_folder_remove(&folder);
}

static void what_cannot_be_replaced_is_named(void **state)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    struct file_replacement file;
    struct err err = ERR_INIT;
    (void)state;
    temp_folder_make(&folder);
    assert_int_equal(file_replacement_open(&file, folder.path, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "is not a regular file"));
    file_replacement_release(&file);
    assert_int_equal(file_replacement_open(&file, temp_folder_path(&folder, "no/such/folder", path), &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, path));
    file_replacement_release(&file);
    assert_int_equal(file_replacement_open(&file, "/dev/null", &err), -1);
    temp_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_new_file_is_there_when_it_is_whole),
        cmocka_unit_test(who_has_the_old_file_open_keeps_it),
        cmocka_unit_test(a_link_stays_a_link),
        cmocka_unit_test(what_cannot_be_replaced_is_named),
    };
    return cmocka_run_group_tests_name("file replacement", tests, NULL, NULL);
}

/* Reads "base URL, tab, file" lines and prints "file, tab, link" lines: the links of many pages in one process. */
#include "base/file.h"
#include "base/limits.h"
#include "crawler/links.h"

#include <stdio.h>

static int print_links(struct slice base, const char *path)
{
    struct err err = ERR_INIT;
    struct buf body;
    struct url document;
    struct document_links links = {0};
    int result = file_read(path, LIMIT_INPUT_FILE_BYTES, &body, &err);
    if (url_parse(base, &document) != URL_OK)
        result = err_set(&err, ERR_USAGE, "no URL: %.*s", SLICE_ARG(base));
    if (result == 0)
        result = links_of_document(buf_slice(&body), &document, SLICE("text/html"), &links, &err);
    for (size_t i = 0; i < links.count; i++)
        printf("%s\t%s\n", path, links.items[i].url.text);
    if (result != 0)
        fprintf(stderr, "%s\n", err.message);
    document_links_release(&links);
    url_release(&document);
    buf_release(&body);
    return result;
}

int main(void)
{
    char line[8192];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct slice rest = slice_of(line);
        struct slice base = SLICE_EMPTY;
        rest.len = slice_find_byte(rest, '\n');
        line[rest.len] = '\0';
        if (!slice_next(&rest, '\t', &base) || rest.len == 0 || print_links(base, rest.ptr) != 0)
            return 1;
    }
    return 0;
}

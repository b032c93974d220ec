#include "cli/config.h"

#include <ini.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_CONFIG "/etc/origintls/origintls.conf"

struct config_reader {
    FILE *file;
    const char *path;
    unsigned long line;
    bool failed;
    config_on_entry *visit;
    void *context;
    struct err *err;
};

static void fail_line(struct config_reader *reader, const char *what)
{
    if (!reader->failed) {
        err_set(reader->err, ERR_USAGE, "%s:%lu: %s", reader->path, reader->line, what);
        reader->failed = true;
    }
}

static bool is_blank_or_comment(struct slice line)
{
    struct slice text = slice_trim(line);
    return text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == ';';
}

/* fgets that counts lines and refuses what the INI parser would silently cut or take for a continuation. */
static char *read_line(char *text, int size, void *stream)
{
    struct config_reader *reader = stream;
    if (reader->failed || fgets(text, size, reader->file) == NULL) {
        return NULL;
    }
    reader->line++;
    struct slice line = slice_of(text);
    if (line.len + 1 == (size_t)size && text[line.len - 1] != '\n') {
        fail_line(reader, "the line is too long");
        return NULL;
    }
    if (line.len > 0 && ascii_is_space(text[0]) && !is_blank_or_comment(line)) {
        fail_line(reader, "the line must not be indented");
        return NULL;
    }
    return text;
}

static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct config_reader *reader = user;
    const struct config_entry entry = {section, name, value};
    if (reader->failed) {
        return 0;
    }
    if (reader->visit(reader->context, &entry, reader->err) != 0) {
        err_prefix(reader->err, "%s:%lu", reader->path, reader->line);
        reader->failed = true;
        return 0;
    }
    return 1;
}

int config_read(const char *path, config_on_entry *visit, void *context, struct err *err)
{
    struct config_reader reader = {.path = path, .visit = visit, .context = context, .err = err};
    bool standard_input = strcmp(path, "-") == 0;
    reader.file = standard_input ? stdin : fopen(path, "re");
    if (reader.file == NULL) {
        return err_set_errno(err, ERR_USAGE, "configuration file %s", path);
    }
    int bad_line = ini_parse_stream(read_line, &reader, take_line, &reader);
    if (!reader.failed && ferror(reader.file)) {
        err_set_errno(err, ERR_USAGE, "configuration file %s", path);
        reader.failed = true;
    }
    if (!reader.failed && bad_line != 0) {
        reader.line = (unsigned long)bad_line;
        fail_line(&reader, "it is neither NAME = VALUE nor [SECTION]");
    }
    if (!standard_input) {
        fclose(reader.file);
    }
    return reader.failed ? -1 : 0;
}

const char *config_default_path(environment_lookup *environment, struct arena *arena)
{
    const char *folder = environment("XDG_CONFIG_HOME");
    const char *home = environment("HOME");
    const char *path = NULL;
    if (folder != NULL && folder[0] == '/') {
        path = arena_printf(arena, "%s/origintls/origintls.conf", folder);
    } else if (home != NULL && home[0] == '/') {
        path = arena_printf(arena, "%s/.config/origintls/origintls.conf", home);
    }
    if (path != NULL && access(path, F_OK) == 0) {
        return path;
    }
    return access(SYSTEM_CONFIG, F_OK) == 0 ? SYSTEM_CONFIG : NULL;
}

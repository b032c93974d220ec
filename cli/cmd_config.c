/* The configuration: what counts and where it came from, or an example that lists every key. */
#include "base/json_writer.h"
#include "base/utf8.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/option_text.h"
#include "cli/output.h"
#include "cli/wrap.h"
#include "recommend/record.h"

#include <stdlib.h>
#include <string.h>

struct config_arguments {
    struct global_arguments global;
    bool example;
    int format;
};

static const struct option rows[] = {
    {.name = "example",
     .type = OPTION_FLAG,
     .offset = offsetof(struct config_arguments, example),
     .help = "a commented configuration file that lists every key",
     .command_line_only = true},
    FORMAT_OPTION(config_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

static const char *environment(const char *name)
{
    return getenv(name);
}

static const char *rank_name(enum value_rank rank)
{
    switch (rank) {
    case RANK_UNSET:
    case RANK_DEFAULT:
        return "default";
    case RANK_FILE:
        return "file";
    case RANK_ENVIRONMENT:
        return "environment";
    case RANK_COMMAND_LINE:
        return "command_line";
    }
    return NULL;
}

/* Which file, or which variable; NULL where there is no such place. */
static const char *place_of(const struct command_line *line, const struct option *option, char name[VARIABLE_BYTES])
{
    switch (command_line_rank(line, option)) {
    case RANK_FILE:
        return line->config_file;
    case RANK_ENVIRONMENT:
        command_line_variable(option, name);
        return name;
    case RANK_UNSET:
    case RANK_DEFAULT:
    case RANK_COMMAND_LINE:
        break;
    }
    return NULL;
}

/* The values of one section. */
struct section {
    const struct command_line *line;
    const struct option_table *table;
    const char *name; /* NULL: of all commands */
    struct buf *out;
    struct json_writer *json; /* NULL: text */
};

static void write_json_value(const struct section *section, const struct option *option)
{
    struct json_writer *json = section->json;
    char variable[VARIABLE_BYTES];
    size_t count = option_text_count(option, section->line->arguments);
    json_object_open(json);
    json_key_text(json, "section", section->name);
    json_key_text(json, "key", option->name);
    json_key(json, "values");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        struct buf text = {.data = NULL};
        option_text_append(option, section->line->arguments, i, &text);
        json_string(json, buf_slice(&text));
        buf_release(&text);
    }
    json_array_close(json);
    json_key_text(json, "source", rank_name(command_line_rank(section->line, option)));
    json_key_text(json, "place", place_of(section->line, option, variable));
    json_object_close(json);
}

static void write_text_value(const struct section *section, const struct option *option)
{
    char variable[VARIABLE_BYTES];
    size_t count = option_text_count(option, section->line->arguments);
    const char *place = place_of(section->line, option, variable);
    const char *source = rank_name(command_line_rank(section->line, option));
    if (count == 0) {
        buf_printf(section->out, "; %s is not set\n", option->name);
    }
    for (size_t i = 0; i < count; i++) {
        struct buf text = {.data = NULL};
        option_text_append(option, section->line->arguments, i, &text);
        buf_printf(section->out, "%s = ", option->name);
        utf8_append_visible(section->out, buf_slice(&text));
        buf_printf(section->out, " ; %s", place == NULL ? source : "");
        utf8_append_visible(section->out, slice_of(place));
        buf_append_byte(section->out, '\n');
        buf_release(&text);
    }
}

static bool has_keys(const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!table->rows[i].command_line_only) {
            return true;
        }
    }
    return false;
}

static void write_section(const struct section *section)
{
    if (section->name != NULL && section->json == NULL && has_keys(section->table)) {
        buf_printf(section->out, "\n[%s]\n", section->name);
    }
    for (size_t i = 0; i < section->table->count; i++) {
        const struct option *option = &section->table->rows[i];
        if (option->command_line_only) {
            continue;
        }
        if (section->json != NULL) {
            write_json_value(section, option);
        } else {
            write_text_value(section, option);
        }
    }
}

/* Resolves the command as if it had been called with the global options that we were called with. */
static int write_command(const struct command *command, const struct command_line *given, struct buf *out,
                         struct json_writer *json, struct err *err)
{
    struct command_line line = {.command = command};
    line.given = arena_alloc(&line.arena, (given->given_count + 1) * sizeof *line.given);
    if (line.given == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < given->given_count; i++) {
        if (option_find(options_global(), slice_of(given->given[i].option->name)) == given->given[i].option) {
            line.given[line.given_count++] = given->given[i];
        }
    }
    int result = command_line_resolve(&line, environment, err);
    if (result == 0) {
        write_section(&(struct section){&line, command->options, command->name, out, json});
    }
    command_line_release(&line);
    return result;
}

static int write_commands(const struct invocation *invocation, struct buf *out, struct json_writer *json,
                          struct err *err)
{
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (write_command(*at, invocation->line, out, json, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_effective(const struct invocation *invocation, bool as_json, struct buf *out, struct err *err)
{
    const struct command_line *line = invocation->line;
    struct json_writer json;
    struct section global = {line, options_global(), NULL, out, NULL};
    if (!as_json) {
        buf_append_text(out, "; configuration file: ");
        utf8_append_visible(out, slice_of(line->config_file != NULL ? line->config_file : "none"));
        buf_append_byte(out, '\n');
        write_section(&global);
        return write_commands(invocation, out, NULL, err);
    }
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "file", line->config_file);
    json_key(&json, "settings");
    json_array_open(&json);
    global.json = &json;
    write_section(&global);
    int result = write_commands(invocation, out, &json, err);
    json_array_close(&json);
    json_object_close(&json);
    buf_append_byte(out, '\n');
    return result;
}

static void write_comment(struct buf *out, const char *text)
{
    struct buf wrapped = {.data = NULL};
    struct slice line;
    wrap_append(&wrapped, slice_of(text), &(struct wrap){.at = 0, .column = 0, .width = 76});
    for (struct slice rest = buf_slice(&wrapped); slice_next(&rest, '\n', &line);) {
        buf_printf(out, "# %.*s\n", SLICE_ARG(line));
    }
    buf_release(&wrapped);
}

/* The default behind the key where there is one, else what would stand there. */
static void write_example_key(struct buf *out, const struct option *option)
{
    struct buf help = {.data = NULL};
    buf_append_text(&help, option->help);
    for (size_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++) {
        buf_printf(&help, "%s%s", i == 0 ? ": " : ", ", option->choices[i]);
    }
    if (option->type == OPTION_LIST || option->type == OPTION_FILES) {
        buf_append_text(&help, "; may stand here several times");
    }
    if (option->initial_text != NULL) {
        buf_printf(&help, " (default: %s)", option->initial_text);
    }
    buf_append_byte(out, '\n');
    write_comment(out, buf_text(&help));
    bool plain_default = option->initial != NULL && option->initial_text == NULL;
    const char *shown = plain_default                  ? option->initial
                        : option->type == OPTION_FLAG  ? "false"
                        : option->type == OPTION_COUNT ? "0"
                        : option->placeholder != NULL  ? option->placeholder
                                                       : "VALUE";
    buf_printf(out, "#%s = %s\n", option->name, shown);
    buf_release(&help);
}

static void write_example_section(struct buf *out, const struct option_table *table, const char *name)
{
    if (!has_keys(table)) {
        return;
    }
    if (name != NULL) {
        buf_printf(out, "\n\n[%s]\n", name);
    }
    for (size_t i = 0; i < table->count; i++) {
        if (!table->rows[i].command_line_only) {
            write_example_key(out, &table->rows[i]);
        }
    }
}

static void write_example(struct buf *out)
{
    write_comment(out, "Configuration of origintls: see origintls.conf(5). Every key is listed with its default, or "
                       "in capitals with what would stand there. A key before the first section is for every command "
                       "that has it. The environment (ORIGINTLS_ and the key in capitals) and the command line come "
                       "before this file. 'origintls config' shows what counts.");
    write_example_section(out, options_global(), NULL);
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        write_example_section(out, (*at)->options, (*at)->name);
    }
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct config_arguments *arguments = invocation->arguments;
    struct buf out = {.data = NULL};
    int result = 0;
    if (arguments->example) {
        write_example(&out);
    } else {
        result = write_effective(invocation, arguments->format == FORMAT_JSON, &out, err);
    }
    if (result == 0) {
        result = output_write_buf(&out, err);
    }
    buf_release(&out);
    return result == 0 ? EXIT_DONE : -1;
}

const struct command command_config = {
    .name = "config",
    .operands = "",
    .summary = "show what is configured, and where each value came from",
    .description = "The text is a configuration file itself: every key with the value that counts, and behind it "
                   "whether that is the default, or the file or variable that set it.",
    .options = &option_table,
    .arguments_size = sizeof(struct config_arguments),
    .run = run,
};

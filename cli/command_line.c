#include "cli/command_line.h"

#include "cli/config.h"
#include "cli/suggest.h"

#include <string.h>

struct parser {
    struct command_line *line;
    int argc;
    char *const *argv;
    int at;
    bool options_ended;
    const char *group; /* the first word of a command of two words */
};

static const struct option_table *own_options(const struct command_line *line)
{
    static const struct option_table none = {NULL, 0};
    return line->command == NULL ? &none : line->command->options;
}

static const struct option *find_option(const struct command_line *line, struct slice name)
{
    const struct option *option = option_find(own_options(line), name);
    return option != NULL ? option : option_find(options_global(), name);
}

static void offer_options(struct suggestion *suggestion, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        suggest_offer(suggestion, table->rows[i].name);
    }
}

static bool any_command_has(struct slice name)
{
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        if (option_find((*command)->options, name) != NULL) {
            return true;
        }
    }
    return false;
}

static int unknown_option(const struct command_line *line, struct slice name, struct err *err)
{
    if (line->command == NULL && any_command_has(name)) {
        return err_set(err, ERR_USAGE, "option --%.*s must stand behind the command", SLICE_ARG(name));
    }
    struct suggestion suggestion = {.typed = name};
    offer_options(&suggestion, own_options(line));
    offer_options(&suggestion, options_global());
    const char *command = line->command == NULL ? "" : line->command->name;
    const char *space = line->command == NULL ? "" : " ";
    if (suggestion.word != NULL) {
        return err_set(err, ERR_USAGE, "unknown option --%.*s; did you mean --%s?", SLICE_ARG(name), suggestion.word);
    }
    return err_set(err, ERR_USAGE, "unknown option --%.*s; see 'origintls %s%s--help'", SLICE_ARG(name), command,
                   space);
}

static int remember(struct command_line *line, const struct option *option, const char *value)
{
    line->given[line->given_count++] = (struct given_option){option, value};
    return 0;
}

static int take_long(struct parser *parser, const char *text, struct err *err)
{
    struct slice name = slice_of(text);
    const char *value = strchr(text, '=');
    if (value != NULL) {
        name.len = (size_t)(value - text);
        value++;
    }
    const struct option *option = find_option(parser->line, name);
    if (option == NULL) {
        return unknown_option(parser->line, name, err);
    }
    if (!option_takes_value(option)) {
        return value == NULL ? remember(parser->line, option, NULL)
                             : err_set(err, ERR_USAGE, "option --%s takes no value", option->name);
    }
    if (value == NULL && parser->at < parser->argc) {
        value = parser->argv[parser->at++];
    }
    if (value == NULL) {
        return err_set(err, ERR_USAGE, "option --%s needs a value: %s", option->name, option->placeholder);
    }
    return remember(parser->line, option, value);
}

static int take_letters(struct parser *parser, const char *letters, struct err *err)
{
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const struct option *option = option_find_letter(options_global(), *letter);
        if (option == NULL) {
            return err_set(err, ERR_USAGE, "unknown option -%c; see 'origintls --help'", *letter);
        }
        remember(parser->line, option, NULL);
    }
    return 0;
}

static bool is_group(struct slice word)
{
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        struct slice name = slice_of((*command)->name);
        if (slice_starts_with(name, word) && name.len > word.len && name.ptr[word.len] == ' ') {
            return true;
        }
    }
    return false;
}

int command_line_unknown_command(const char *name, struct err *err)
{
    struct suggestion suggestion = {.typed = slice_of(name)};
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        suggest_offer(&suggestion, (*command)->name);
    }
    if (suggestion.word != NULL) {
        return err_set(err, ERR_USAGE, "unknown command '%s'; did you mean '%s'?", name, suggestion.word);
    }
    return err_set(err, ERR_USAGE, "unknown command '%s'; see 'origintls --help'", name);
}

static int take_command_word(struct parser *parser, const char *word, struct err *err)
{
    const char *name = word;
    if (parser->group != NULL) {
        name = arena_printf(&parser->line->arena, "%s %s", parser->group, word);
    } else if (is_group(slice_of(word))) {
        parser->group = word;
        parser->line->group = word;
        return 0;
    }
    parser->line->command = name == NULL ? NULL : command_find(slice_of(name));
    return parser->line->command != NULL ? 0 : name == NULL ? err_memory(err) : command_line_unknown_command(name, err);
}

static int take_word(struct parser *parser, const char *word, struct err *err)
{
    if (!parser->options_ended && strcmp(word, "--") == 0) {
        parser->options_ended = true;
        return 0;
    }
    if (!parser->options_ended && word[0] == '-' && word[1] == '-') {
        return take_long(parser, word + 2, err);
    }
    if (!parser->options_ended && word[0] == '-' && word[1] != '\0') {
        return take_letters(parser, word + 1, err);
    }
    if (parser->line->command == NULL) {
        return take_command_word(parser, word, err);
    }
    parser->line->operands[parser->line->operand_count++] = word;
    return 0;
}

/* No more options than letters on the command line. */
static size_t most_options(int argc, char *const *argv)
{
    size_t most = 0;
    for (int i = 1; i < argc; i++) {
        most += strlen(argv[i]) + 1;
    }
    return most;
}

int command_line_parse(struct command_line *line, int argc, char *const *argv, struct err *err)
{
    *line = (struct command_line){.command = NULL};
    line->given = arena_alloc(&line->arena, (most_options(argc, argv) + 1) * sizeof *line->given);
    line->operands = arena_alloc(&line->arena, ((size_t)argc + 1) * sizeof *line->operands);
    if (line->given == NULL || line->operands == NULL) {
        return err_memory(err);
    }
    struct parser parser = {.line = line, .argc = argc, .argv = argv, .at = 1};
    while (parser.at < argc) {
        if (take_word(&parser, argv[parser.at++], err) != 0) {
            return -1;
        }
    }
    return 0;
}

bool command_line_has(const struct command_line *line, const char *option_name)
{
    for (size_t i = 0; i < line->given_count; i++) {
        if (strcmp(line->given[i].option->name, option_name) == 0) {
            return true;
        }
    }
    return false;
}

int command_line_check_operands(const struct command_line *line, struct err *err)
{
    const struct command *command = line->command;
    if (line->operand_count < command->operands_min) {
        return err_set(err, ERR_USAGE, "%s is missing; usage: origintls %s [OPTION]... %s", command->missing,
                       command->name, command->operands);
    }
    if (line->operand_count > command->operands_max) {
        return err_set(err, ERR_USAGE, "'%s' is one operand too many; usage: origintls %s [OPTION]... %s",
                       line->operands[command->operands_max], command->name, command->operands);
    }
    return 0;
}

/* Which source set an option last, by its place in its table. */
struct merge {
    struct command_line *line;
};

static unsigned char *rank_of(const struct command_line *line, const struct option *option)
{
    const struct option_table *own = own_options(line);
    if (own->count > 0 && option >= own->rows && option < own->rows + own->count) {
        return &line->ranks_own[option - own->rows];
    }
    return &line->ranks_global[option - options_global()->rows];
}

enum value_rank command_line_rank(const struct command_line *line, const struct option *option)
{
    return (enum value_rank) * rank_of(line, option);
}

static int set_from(const struct merge *merge, const struct option *option, enum value_rank rank, const char *value,
                    struct err *err)
{
    unsigned char *last = rank_of(merge->line, option);
    if (*last != rank) {
        option_clear(option, merge->line->arguments);
        *last = (unsigned char)rank;
    }
    return option_set(option, value, merge->line->arguments, &merge->line->arena, err);
}

static int set_defaults(const struct merge *merge, const struct option_table *table, struct err *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        option_clear(option, merge->line->arguments);
        if (option->initial != NULL && set_from(merge, option, RANK_DEFAULT, option->initial, err) != 0) {
            return err_prefix(err, "default of --%s", option->name);
        }
    }
    return 0;
}

void command_line_variable(const struct option *option, char name[VARIABLE_BYTES])
{
    snprintf(name, VARIABLE_BYTES, "ORIGINTLS_%s", option->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
}

static int set_environment(const struct merge *merge, const struct option_table *table, environment_lookup *environment,
                           struct err *err)
{
    char name[VARIABLE_BYTES];
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        command_line_variable(option, name);
        const char *value = option->command_line_only ? NULL : environment(name);
        if (value != NULL && *value != '\0' && set_from(merge, option, RANK_ENVIRONMENT, value, err) != 0) {
            return err_prefix(err, "%s", name);
        }
    }
    return 0;
}

static int set_given(const struct merge *merge, struct err *err)
{
    const struct command_line *line = merge->line;
    for (size_t i = 0; i < line->given_count; i++) {
        const struct option *option = line->given[i].option;
        if (set_from(merge, option, RANK_COMMAND_LINE, line->given[i].value, err) != 0) {
            return err_prefix(err, "option --%s", option->name);
        }
    }
    return 0;
}

static bool option_belongs(const struct option *option, const struct option_table *table)
{
    return table->count > 0 && option >= table->rows && option < table->rows + table->count;
}

/* Checks a value that is for another command without keeping it. */
static int try_value(const struct command *command, const struct option *option, const char *value, struct arena *arena,
                     struct err *err)
{
    void *scratch = arena_alloc(arena, command->arguments_size);
    if (scratch == NULL) {
        return err_memory(err);
    }
    option_clear(option, scratch);
    return option_set(option, value, scratch, arena, err);
}

/* A key before any section speaks to every command that has it. Commands may take different values for one name (the
 * `format` of a report, that of an inventory): it is wrong only if none of them takes the value. */
static int apply_to_commands(const struct merge *merge, struct slice section, const struct config_entry *entry,
                             struct err *err)
{
    bool found = false, accepted = false;
    struct err refusal = ERR_INIT;
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        const struct command *command = *at;
        if (section.len > 0 && !slice_equal(section, slice_of(command->name))) {
            continue;
        }
        const struct option *option = option_find(command->options, slice_of(entry->key));
        if (option == NULL || option->command_line_only) {
            continue;
        }
        struct err attempt = ERR_INIT;
        found = true;
        int result = try_value(command, option, entry->value, &merge->line->arena, &attempt);
        if (result == 0 && option_belongs(option, own_options(merge->line)) &&
            set_from(merge, option, RANK_FILE, entry->value, err) != 0) {
            return err_prefix(err, "%s", entry->key);
        }
        accepted = accepted || result == 0;
        refusal = result != 0 ? attempt : refusal;
    }
    if (found && !accepted) {
        *err = refusal;
        return err_prefix(err, "%s", entry->key);
    }
    return found;
}

static int unknown_key(struct slice section, const char *key, struct err *err)
{
    struct suggestion suggestion = {.typed = slice_of(key)};
    offer_options(&suggestion, options_global());
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (section.len == 0 || slice_equal(section, slice_of((*at)->name))) {
            offer_options(&suggestion, (*at)->options);
        }
    }
    return suggestion.word == NULL || strcmp(suggestion.word, key) == 0
               ? err_set(err, ERR_USAGE, "unknown key '%s'", key)
               : err_set(err, ERR_USAGE, "unknown key '%s'; did you mean '%s'?", key, suggestion.word);
}

/* One line of a configuration file: NAME = VALUE in the section of a command, or before any. */
static int take_entry(void *context, const struct config_entry *entry, struct err *err)
{
    const struct merge *merge = context;
    struct slice section = slice_of(entry->section);
    if (section.len > 0 && command_find(section) == NULL) {
        return err_set(err, ERR_USAGE, "unknown section [%s]: no command is called so", entry->section);
    }
    const char *value = arena_text(&merge->line->arena, entry->value);
    if (value == NULL) {
        return err_memory(err);
    }
    const struct config_entry copy = {entry->section, entry->key, value};
    const struct option *global = option_find(options_global(), slice_of(entry->key));
    if (global != NULL && section.len == 0 && !global->command_line_only) {
        return set_from(merge, global, RANK_FILE, value, err) == 0 ? 0 : err_prefix(err, "%s", entry->key);
    }
    int found = apply_to_commands(merge, section, &copy, err);
    return found < 0 ? -1 : found > 0 ? 0 : unknown_key(section, entry->key, err);
}

/* The file that counts, or NULL for none; also *named, whether somebody asked for it. */
static const char *choose_file(const struct command_line *line, environment_lookup *environment, struct arena *arena)
{
    for (size_t i = line->given_count; i > 0; i--) {
        if (strcmp(line->given[i - 1].option->name, "config") == 0) {
            return line->given[i - 1].value;
        }
    }
    const char *variable = environment("ORIGINTLS_CONFIG");
    return variable != NULL && *variable != '\0' ? variable : config_default_path(environment, arena);
}

int command_line_resolve(struct command_line *line, environment_lookup *environment, struct err *err)
{
    const struct option_table *own = own_options(line);
    size_t size = line->command == NULL ? sizeof(struct global_arguments) : line->command->arguments_size;
    line->arguments = arena_alloc(&line->arena, size);
    struct merge merge = {line};
    line->ranks_global = arena_alloc(&line->arena, options_global()->count + 1);
    line->ranks_own = arena_alloc(&line->arena, own->count + 1);
    if (line->arguments == NULL || line->ranks_global == NULL || line->ranks_own == NULL) {
        return err_memory(err);
    }
    if (set_defaults(&merge, options_global(), err) != 0 || set_defaults(&merge, own, err) != 0) {
        return -1;
    }
    const char *file = choose_file(line, environment, &line->arena);
    line->config_file = file;
    if (file != NULL && config_read(file, take_entry, &merge, err) != 0) {
        return -1;
    }
    if (set_environment(&merge, options_global(), environment, err) != 0 ||
        set_environment(&merge, own, environment, err) != 0) {
        return -1;
    }
    return set_given(&merge, err);
}

void command_line_release(struct command_line *line)
{
    arena_release(&line->arena);
    *line = (struct command_line){.command = NULL};
}

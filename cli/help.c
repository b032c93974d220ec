#include "cli/help.h"

#include "cli/wrap.h"

#include <string.h>

#define WIDTH          80
#define OPTION_COLUMN  26
#define COMMAND_COLUMN 28

static void append_paragraphs(struct buf *out, const char *text)
{
    struct slice rest = slice_of(text);
    struct slice paragraph = SLICE_EMPTY;
    while (slice_next(&rest, '\n', &paragraph)) {
        wrap_append(out, paragraph, &(struct wrap){0, 0, WIDTH});
    }
}

static void append_choices(const struct option *option, const char *separator, struct buf *out)
{
    for (size_t i = 0; option->choices[i] != NULL; i++) {
        buf_printf(out, "%s%s", i == 0 ? "" : separator, option->choices[i]);
    }
}

void help_option_form(const struct option *option, struct buf *out)
{
    if (option->letter != 0) {
        buf_printf(out, "-%c, ", option->letter);
    }
    buf_printf(out, "--%s", option->name);
    if (!option_takes_value(option)) {
        return;
    }
    buf_append_byte(out, ' ');
    if (option->placeholder != NULL) {
        buf_append_text(out, option->placeholder);
    } else {
        append_choices(option, "|", out);
    }
}

/* The sentence, and in brackets what else is to be known. */
static void append_option_text(const struct option *option, struct buf *out)
{
    buf_append_text(out, option->help);
    if (option->choices != NULL && option->placeholder != NULL) {
        buf_append_text(out, ": ");
        append_choices(option, ", ", out);
    }
    if (option->type == OPTION_LIST || option->type == OPTION_FILES) {
        buf_append_text(out, "; repeatable");
    }
    const char *initial = option->initial_text != NULL ? option->initial_text : option->initial;
    if (initial != NULL) {
        buf_printf(out, " (default: %s)", initial);
    }
}

static void append_options(const struct option_table *table, const char *title, struct buf *out)
{
    if (table->count == 0) {
        return;
    }
    buf_printf(out, "\n%s:\n", title);
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        struct buf text = {.data = NULL};
        size_t start = out->len;
        buf_append_text(out, option->letter != 0 ? "  " : "      ");
        help_option_form(option, out);
        size_t at = out->len - start;
        if (at + 2 > OPTION_COLUMN) {
            buf_append_byte(out, '\n');
            at = 0;
        }
        append_option_text(option, &text);
        wrap_append(out, buf_slice(&text), &(struct wrap){at, OPTION_COLUMN, WIDTH});
        buf_release(&text);
    }
}

static void append_command_row(const struct command *command, struct buf *out)
{
    size_t start = out->len;
    buf_printf(out, "  %s %s", command->name, command->operands);
    size_t at = out->len - start;
    if (at + 2 > COMMAND_COLUMN) {
        buf_append_byte(out, '\n');
        at = 0;
    }
    wrap_append(out, slice_of(command->summary), &(struct wrap){at, COMMAND_COLUMN, WIDTH});
}

void help_command(const struct command *command, struct buf *out)
{
    const char *options = command->options->count > 0 ? " [OPTION]..." : "";
    const char *space = command->operands[0] != '\0' ? " " : "";
    buf_printf(out, "Usage: origintls %s%s%s%s\n\n", command->name, options, space, command->operands);
    bool question = slice_ends_with(slice_of(command->summary), SLICE("?"));
    char first = command->summary[0];
    first = first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first;
    buf_printf(out, "%c%s%s\n", first, command->summary + 1, question ? "" : ".");
    if (command->description != NULL) {
        buf_append_byte(out, '\n');
        append_paragraphs(out, command->description);
    }
    append_options(command->options, "Options", out);
    append_options(options_global(), "Global options", out);
}

void help_group(const char *group, struct buf *out)
{
    size_t len = strlen(group);
    buf_printf(out, "Usage: origintls %s COMMAND [OPTION]... [OPERAND]...\n\nCommands:\n", group);
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        if (strncmp((*command)->name, group, len) == 0 && (*command)->name[len] == ' ') {
            append_command_row(*command, out);
        }
    }
}

void help_program(struct buf *out)
{
    static const struct {
        const char *code, *meaning;
    } codes[] = {
        {"0", "done"},
        {"1", "our own failure: input or output, database, memory"},
        {"2", "usage: a wrong option, an unreadable or malformed input"},
        {"3", "no verdict: the scan, or that of some hostname, is incomplete or not allowed"},
        {"4", "the command is a question, and the answer is no"},
        {"130", "stopped by SIGINT, 143 by SIGTERM, what was learnt is written"},
    };
    buf_append_text(out, "Usage: origintls [GLOBAL OPTION]... COMMAND [OPTION]... [OPERAND]...\n\n");
    append_paragraphs(out,
                      "Finds the most secure way in which a reverse proxy could talk to each of its origins, proves "
                      "that switching to it would break nothing, and says so with the evidence.");
    buf_append_text(out, "\nCommands:\n");
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        append_command_row(*command, out);
    }
    append_options(options_global(), "Global options", out);
    buf_append_text(out, "\nExit codes:\n");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        size_t start = out->len;
        buf_printf(out, "  %s", codes[i].code);
        wrap_append(out, slice_of(codes[i].meaning), &(struct wrap){out->len - start, 7, WIDTH});
    }
    buf_append_text(out, "\n'origintls COMMAND --help' tells the options of a command.\n");
}

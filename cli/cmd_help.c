#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"

#include <string.h>

struct help_arguments {
    struct global_arguments global;
};

static const struct option_table option_table = {NULL, 0};

static bool is_group(const char *word)
{
    size_t len = strlen(word);
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        if (strncmp((*command)->name, word, len) == 0 && (*command)->name[len] == ' ') {
            return true;
        }
    }
    return false;
}

static int append_help(const struct invocation *invocation, struct buf *text, struct err *err)
{
    char name[64];
    if (invocation->operand_count == 0) {
        help_program(text);
        return 0;
    }
    const char *const *words = invocation->operands;
    snprintf(name, sizeof name, invocation->operand_count == 2 ? "%s %s" : "%s", words[0],
             invocation->operand_count == 2 ? words[1] : "");
    const struct command *command = command_find(slice_of(name));
    if (command != NULL) {
        help_command(command, text);
        return 0;
    }
    if (invocation->operand_count == 1 && is_group(words[0])) {
        help_group(words[0], text);
        return 0;
    }
    return command_line_unknown_command(name, err);
}

static int run(const struct invocation *invocation, struct err *err)
{
    struct buf text = {.data = NULL};
    int result = append_help(invocation, &text, err);
    if (result == 0) {
        result = output_write_buf(&text, err);
    }
    buf_release(&text);
    return result == 0 ? EXIT_DONE : -1;
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .operands_max = 2,
    .summary = "explain a command and its options",
    .options = &option_table,
    .arguments_size = sizeof(struct help_arguments),
    .run = run,
};

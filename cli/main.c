/* The switchboard: takes the command line apart, runs the command, prints the one error, and gives the exit code. */
#include "cli/command_line.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/process_limits.h"
#include "cli/progress.h"
#include "cli/version.h"

#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
    return getenv(name);
}

static int exit_code_of(const struct err *err)
{
    switch (err->kind) {
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_INTERRUPTED:
        return EXIT_SIGNAL_BASE + interrupt_signal();
    case ERR_NONE:
    case ERR_INTERNAL:
        break;
    }
    return EXIT_OUR_FAILURE;
}

static int print_help(const struct command_line *line, struct err *err)
{
    struct buf text = {.data = NULL};
    if (line->command != NULL) {
        help_command(line->command, &text);
    } else if (line->group != NULL) {
        help_group(line->group, &text);
    } else {
        help_program(&text);
    }
    int result = output_write_buf(&text, err);
    buf_release(&text);
    return result == 0 ? EXIT_DONE : -1;
}

static int complain_of_half_a_command(const char *group, struct err *err)
{
    struct buf words = {.data = NULL};
    size_t len = strlen(group);
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (strncmp((*at)->name, group, len) == 0 && (*at)->name[len] == ' ') {
            buf_printf(&words, "%s%s", words.len > 0 ? ", " : "", (*at)->name + len + 1);
        }
    }
    err_set(err, ERR_USAGE, "'%s' is not a whole command: one of %s must follow; see 'origintls %s --help'", group,
            buf_text(&words), group);
    buf_release(&words);
    return -1;
}

static int complain_without_command(const struct command_line *line, struct err *err)
{
    if (line->group != NULL) {
        return complain_of_half_a_command(line->group, err);
    }
    return err_set(err, ERR_USAGE, "no command; begin with 'origintls demo', or see 'origintls --help'");
}

static int run(struct command_line *line, struct err *err)
{
    if (command_line_has(line, "help")) {
        return print_help(line, err);
    }
    if (command_line_has(line, "version")) {
        return version_print(err) == 0 ? EXIT_DONE : -1;
    }
    if (line->command == NULL) {
        return complain_without_command(line, err);
    }
    if (command_line_check_operands(line, err) != 0 || command_line_resolve(line, environment, err) != 0) {
        return -1;
    }
    const struct invocation invocation = {line->arguments, line->arguments, line->operands, line->operand_count, line};
    message_log_to_stderr(invocation.global);
    progress_start(invocation.global);
    return line->command->run(&invocation, err);
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct err err = ERR_INIT;
    output_prepare();
    process_limits_prepare();
    interrupt_prepare();
    int code = command_line_parse(&line, argc, argv, &err) == 0 ? run(&line, &err) : -1;
    progress_clear();
    if (output_finish(code < 0 ? NULL : &err) != 0 && code >= 0) {
        code = -1;
    }
    if (code < 0) {
        message_error(err.message);
        code = exit_code_of(&err);
    }
    command_line_release(&line);
    return code;
}

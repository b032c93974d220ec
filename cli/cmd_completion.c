#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/output.h"

#include <string.h>

static const struct option_table option_table = {NULL, 0};

static const struct {
    const char *shell;
    void (*write)(struct buf *out);
} shells[] = {{"bash", completion_bash}, {"fish", completion_fish}, {"zsh", completion_zsh}};

static int run(const struct invocation *invocation, struct err *err)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].shell, invocation->operands[0]) == 0) {
            struct buf out = {.data = NULL};
            shells[i].write(&out);
            int result = output_write_buf(&out, err);
            buf_release(&out);
            return result == 0 ? EXIT_DONE : -1;
        }
    }
    return err_set(err, ERR_USAGE, "there is no completion for '%s'; there is for bash, fish and zsh",
                   invocation->operands[0]);
}

const struct command command_completion = {
    .name = "completion",
    .operands = "SHELL",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a shell",
    .summary = "print completion for bash, fish or zsh",
    .description = "For this session of bash: source <(origintls completion bash). The package installs all three.",
    .options = &option_table,
    .arguments_size = sizeof(struct global_arguments),
    .run = run,
};

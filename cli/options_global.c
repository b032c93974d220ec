#include "cli/command.h"

static const char *const color_choices[] = {"auto", "always", "never", NULL};

#define AT(member) offsetof(struct global_arguments, member)

static const struct option rows[] = {
    {.name = "db",
     .type = OPTION_FILE,
     .offset = AT(database),
     .placeholder = "FILE",
     .help = "the database",
     .initial_text = "$XDG_STATE_HOME/origintls/origintls.db"},
    {.name = "config",
     .type = OPTION_FILE,
     .offset = AT(config),
     .placeholder = "FILE",
     .help = "the configuration file",
     .initial_text = "$XDG_CONFIG_HOME/origintls/origintls.conf, else /etc/origintls/origintls.conf",
     .command_line_only = true},
    {.name = "verbose",
     .letter = 'v',
     .type = OPTION_COUNT,
     .offset = AT(verbose),
     .help = "tell more; twice: even more"},
    {.name = "quiet", .letter = 'q', .type = OPTION_FLAG, .offset = AT(quiet), .help = "no warnings and no progress"},
    {.name = "color",
     .type = OPTION_CHOICE,
     .offset = AT(color),
     .choices = color_choices,
     .help = "colours in text; auto: on a terminal, unless NO_COLOR is set",
     .initial = "auto"},
    {.name = "no-progress", .type = OPTION_FLAG, .offset = AT(no_progress), .help = "no progress line on a terminal"},
    {.name = "help",
     .letter = 'h',
     .type = OPTION_FLAG,
     .offset = AT(help),
     .help = "show this text",
     .command_line_only = true},
    {.name = "version",
     .type = OPTION_FLAG,
     .offset = AT(version),
     .help = "show the version",
     .command_line_only = true},
};

const struct option_table *options_global(void)
{
    static const struct option_table table = OPTION_TABLE(rows);
    return &table;
}

/* Help texts word for word, and the options that other programs rely on. */
#include "cli/help.h"
#include "tests/support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void reads_as_it_should(void **state)
{
    (void)state;
    struct buf text = {.data = NULL};
    char path[128];
    help_program(&text);
    golden_assert("tests/golden/cli/help.txt", buf_text(&text));
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        buf_reset(&text);
        help_command(*at, &text);
        snprintf(path, sizeof path, "tests/golden/cli/help_%s.txt", (*at)->name);
        for (char *c = path; *c != '\0'; c++) {
            *c = *c == ' ' ? '_' : *c;
        }
        golden_assert(path, buf_text(&text));
    }
    buf_release(&text);
}

/* Lines that are longer than a terminal, and options that the help does not name. */
static void every_help_shows_every_option_in_80_columns(void **state)
{
    (void)state;
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        struct buf text = {.data = NULL};
        struct slice line = SLICE_EMPTY;
        char name[80];
        help_command(*at, &text);
        struct slice rest = buf_slice(&text);
        while (slice_next(&rest, '\n', &line)) {
            if (line.len > 80) {
                fail_msg("%s: '%.*s' is longer than 80 columns", (*at)->name, SLICE_ARG(line));
            }
        }
        for (size_t i = 0; i < (*at)->options->count; i++) {
            snprintf(name, sizeof name, " --%s", (*at)->options->rows[i].name);
            if (strstr(buf_text(&text), name) == NULL) {
                fail_msg("%s: the help does not name%s", (*at)->name, name);
            }
        }
        buf_release(&text);
    }
}

/* What the contract with other programs promises: the options, and the defaults that it names. */
static const struct {
    const char *command;
    const char *option;
    const char *initial; /* NULL: none, or one that is told in words */
    bool repeatable;
} promised[] = {
    {"scan", "origin", NULL, true},
    {"scan", "resolve", NULL, false},
    {"scan", "edge-cidrs", NULL, false},
    {"scan", "always-https", NULL, false},
    {"scan", "header", NULL, true},
    {"scan", "user-agent", "Cloudflare-SSLDetector", false},
    {"scan", "host-header", NULL, true},
    {"scan", "sni", NULL, true},
    {"scan", "family", "any", false},
    {"scan", "mode", NULL, false},
    {"scan", "ceiling", NULL, false},
    {"scan", "setting", NULL, false},
    {"scan", "access-log", NULL, true},
    {"scan", "pairs", "60", false},
    {"scan", "min-pairs", "10", false},
    {"scan", "rate", "10", false},
    {"scan", "connections", "4", false},
    {"scan", "timeout", "30", false},
    {"scan", "trust", "system,origin_ca", false},
    {"scan", "ca-file", NULL, false},
    {"scan", "ca-only", NULL, false},
    {"scan", "crl-file", NULL, true},
    {"scan", "pin", NULL, true},
    {"scan", "client-cert", NULL, false},
    {"scan", "client-key", NULL, false},
    {"scan", "opt-out", NULL, true},
    {"scan", "require", NULL, false},
    {"scan", "at", NULL, false},
    {"scan", "seed", "0", false},
    {"scan", "dry-run", NULL, false},
    {"scan", "format", "text", false},
    {"report", "format", "text", false},
    {"explain", "format", "text", false},
    {"compare", "again-a", NULL, false},
    {"compare", "again-b", NULL, false},
    {"compare", "type", NULL, false},
    {"compare", "type-a", NULL, false},
    {"compare", "type-b", NULL, false},
    {"compare", "url-a", NULL, false},
    {"compare", "url-b", NULL, false},
    {"compare", "format", "text", false},
    {"cert", "host", NULL, false},
    {"cert", "ca-file", NULL, false},
    {"cert", "ca-only", NULL, false},
    {"cert", "crl-file", NULL, true},
    {"cert", "at", NULL, false},
    {"cert", "format", "text", false},
    {"links", "base", NULL, false},
    {"links", "format", "text", false},
    {"demo", "format", "text", false},
    {NULL, "db", NULL, false},
    {NULL, "config", NULL, false},
    {NULL, "verbose", NULL, false},
    {NULL, "quiet", NULL, false},
    {NULL, "color", "auto", false},
    {NULL, "no-progress", NULL, false},
    {NULL, "help", NULL, false},
    {NULL, "version", NULL, false},
};

static void promised_options_are_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++) {
        const char *command_name = promised[i].command;
        const struct command *command = command_name == NULL ? NULL : command_find(slice_of(command_name));
        const struct option_table *table = command_name == NULL ? options_global() : command->options;
        const struct option *option = option_find(table, slice_of(promised[i].option));
        if (option == NULL) {
            fail_msg("%s has no --%s", command_name, promised[i].option);
            return;
        }
        bool repeatable = option->type == OPTION_LIST || option->type == OPTION_FILES;
        if (repeatable != promised[i].repeatable) {
            fail_msg("--%s of %s is %srepeatable", promised[i].option, command_name, repeatable ? "" : "not ");
        }
        if (promised[i].initial != NULL && strcmp(promised[i].initial, option->initial) != 0) {
            fail_msg("--%s of %s is %s by default", promised[i].option, command_name, option->initial);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_it_should),
        cmocka_unit_test(every_help_shows_every_option_in_80_columns),
        cmocka_unit_test(promised_options_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Prints the keys of the configuration file in scdoc(5), from the tables of options: a part of origintls.conf(5). */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static void print_escaped(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("_*\\#", *c) != NULL) {
            putchar('\\');
        }
        putchar(*c);
    }
}

static void print_choices(const struct option *option)
{
    for (size_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++) {
        printf(i == 0 ? ": " : ", ");
        print_escaped(option->choices[i]);
    }
}

static void print_key(const struct option *option)
{
    const char *value = option->choices != NULL       ? "NAME"
                        : option->type == OPTION_FLAG ? "true|false"
                        : option->placeholder != NULL ? option->placeholder
                                                      : "NUMBER";
    printf("*%s* = ", option->name);
    print_escaped(value);
    printf("\n\t");
    print_escaped(option->help);
    print_choices(option);
    if (option->type == OPTION_LIST || option->type == OPTION_FILES) {
        printf("; may stand there several times");
    }
    printf(".");
    const char *initial = option->initial_text != NULL ? option->initial_text : option->initial;
    if (initial != NULL) {
        printf(" Default: ");
        print_escaped(initial);
        printf(".");
    }
    printf("\n\n");
}

static void print_section(const struct option_table *table, const char *name)
{
    bool titled = false;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].command_line_only) {
            continue;
        }
        if (!titled) {
            printf("## %s%s%s\n\n", name == NULL ? "Before any section" : "[", name == NULL ? "" : name,
                   name == NULL ? "" : "]");
            titled = true;
        }
        print_key(&table->rows[i]);
    }
}

int main(void)
{
    print_section(options_global(), NULL);
    for (const struct command *const *command = commands_all(); *command != NULL; command++) {
        print_section((*command)->options, (*command)->name);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

/* What a shell should offer, from the tables of commands and options: one line a question, what has been typed so far,
 * a tab, and the words that may come next, separated by spaces. The folder is taken to hold one file, "some.file". */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

static void ask(const char *before, const char *typed)
{
    printf("origintls %s%s%s", before, before[0] == '\0' ? "" : " ", typed);
}

static void offer(const char *prefix, const char *word)
{
    printf("%s%s ", prefix, word);
}

static void offer_options(const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        offer("--", table->rows[i].name);
    }
}

static void offer_values(const struct option *option)
{
    for (size_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++) {
        offer("", option->choices[i]);
    }
    if (option->type == OPTION_FILE || option->type == OPTION_FILES) {
        offer("", "some.file");
    }
}

static void options_of(const char *before, const struct option_table *table)
{
    ask(before, "--\t");
    offer_options(table);
    if (table != options_global()) {
        offer_options(options_global());
    }
    puts("");
}

static void values_of(const char *before, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        char typed[64];
        if (!option_takes_value(option)) {
            continue;
        }
        for (const char *between = " ="; *between != '\0'; between++) {
            snprintf(typed, sizeof typed, "--%s%c\t", option->name, *between);
            ask(before, typed);
            offer_values(option);
            puts("");
        }
    }
}

static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

static void first_words(void)
{
    size_t before = 0;
    ask("", "\t");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        size_t len = first_word((*at)->name);
        if (at == commands_all() || len != before || strncmp(at[-1]->name, (*at)->name, len) != 0) {
            printf("%.*s ", (int)len, (*at)->name);
        }
        before = len;
    }
    puts("");
}

/* All commands of the group that `name` belongs to. */
static void second_words(const char *name)
{
    size_t len = first_word(name);
    printf("origintls %.*s \t", (int)len, name);
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (first_word((*at)->name) == len && strncmp((*at)->name, name, len) == 0) {
            offer("", (*at)->name + len + 1);
        }
    }
    puts("");
}

int main(void)
{
    char before[128];
    first_words();
    options_of("", options_global());
    values_of("", options_global());
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        const char *name = (*at)->name;
        if (name[first_word(name)] != '\0') {
            second_words(name);
        }
        options_of(name, (*at)->options);
        values_of(name, (*at)->options);
        values_of(name, options_global());
        snprintf(before, sizeof before, "--db some.file --color=always %s", name);
        options_of(before, (*at)->options);
        snprintf(before, sizeof before, "%s a.word", name);
        options_of(before, (*at)->options);
    }
    return 0;
}

#include "tests/unit/cli/command_lines.h"

#include <string.h>

#define WORDS_MAX     64
#define VARIABLES_MAX 8

static char words_text[4096];

static struct {
    const char *name, *value;
} variables[VARIABLES_MAX];
static size_t variable_count;

void set_test_variable(const char *name, const char *value)
{
    if (value == NULL) {
        variable_count = 0;
    } else if (variable_count < VARIABLES_MAX) {
        variables[variable_count].name = name;
        variables[variable_count++].value = value;
    }
}

const char *environment_of_test(const char *name)
{
    for (size_t i = 0; i < variable_count; i++) {
        if (strcmp(variables[i].name, name) == 0) {
            return variables[i].value;
        }
    }
    return NULL;
}

int resolve_text(struct command_line *line, const char *text, struct err *err)
{
    static char program[] = "origintls";
    char *words[WORDS_MAX] = {program};
    int count = 1;
    size_t len = strlen(text);
    if (len >= sizeof words_text) {
        return err_set(err, ERR_INTERNAL, "the test's command line is too long");
    }
    memcpy(words_text, text, len + 1);
    for (char *word = words_text; *word != '\0' && count < WORDS_MAX;) {
        char *end = strchr(word, ' ');
        words[count++] = word;
        if (end == NULL) {
            break;
        }
        *end = '\0';
        word = end + 1;
    }
    if (command_line_parse(line, count, words, err) != 0) {
        return -1;
    }
    if (line->command != NULL && command_line_check_operands(line, err) != 0) {
        return -1;
    }
    return command_line_resolve(line, environment_of_test, err);
}

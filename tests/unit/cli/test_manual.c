/* The manual page says what the tables say: every command, option, value and default, and none that is not there. */
#include "base/file.h"
#include "cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MANUAL     "docs/origintls.1.scd"
#define TEXT_BYTES 4096

static struct buf manual;

/* Without the marks of the markup, so that both sides compare as plain words. */
static void plain(struct slice text, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < TEXT_BYTES; i++) {
        if (strchr("*_\\", text.ptr[i]) == NULL) {
            out[len++] = text.ptr[i];
        }
    }
    out[len] = '\0';
}

/* The section whose heading is this line, up to the next heading of the same or a higher level. */
static struct slice section(const char *heading)
{
    struct slice rest = buf_slice(&manual);
    struct slice line = SLICE_EMPTY;
    struct slice found = SLICE_EMPTY;
    size_t level = strspn(heading, "#");
    while (slice_next(&rest, '\n', &line)) {
        size_t hashes = 0;
        while (hashes < line.len && line.ptr[hashes] == '#') {
            hashes++;
        }
        if (found.ptr != NULL && hashes > 0 && hashes <= level) {
            found.len = (size_t)(line.ptr - found.ptr);
            return found;
        }
        if (slice_equal(line, slice_of(heading))) {
            found = rest;
        }
    }
    return found;
}

static void heading_of(const struct command *command, char *heading, size_t size)
{
    snprintf(heading, size, "## %s%s%s", command->name, command->operands[0] == '\0' ? "" : " ", command->operands);
}

/* The text below the option's line in the section, or fails. */
static void option_text(struct slice rest, const struct option *option, const char *where, char *text)
{
    struct buf form = {.data = NULL};
    struct slice line = SLICE_EMPTY;
    char wanted[TEXT_BYTES];
    char seen[TEXT_BYTES];
    help_option_form(option, &form);
    plain(buf_slice(&form), wanted);
    buf_release(&form);
    while (slice_next(&rest, '\n', &line)) {
        plain(line, seen);
        if (strcmp(seen, wanted) == 0) {
            slice_next(&rest, '\n', &line);
            plain(line, text);
            return;
        }
    }
    fail_msg("%s: the manual has no line '%s'", where, wanted);
}

static void check_option(struct slice text, const struct option *option, const char *where)
{
    char explained[TEXT_BYTES];
    char word[TEXT_BYTES];
    option_text(text, option, where, explained);
    if (option->initial != NULL && option->initial_text == NULL) {
        plain(slice_of(option->initial), word);
        if (option->choices == NULL && strstr(explained, word) == NULL) {
            fail_msg("%s: the manual does not give the default '%s' of --%s", where, word, option->name);
        }
    }
    bool repeatable = option->type == OPTION_LIST || option->type == OPTION_FILES;
    if (repeatable != (strstr(explained, "repeatable") != NULL)) {
        fail_msg("%s: whether --%s is repeatable", where, option->name);
    }
    for (size_t i = 0; option->choices != NULL && option->placeholder != NULL && option->choices[i] != NULL; i++) {
        plain(slice_of(option->choices[i]), word);
        if (strstr(explained, word) == NULL) {
            fail_msg("%s: the manual does not name the value '%s' of --%s", where, word, option->name);
        }
    }
}

static size_t count_option_lines(struct slice rest)
{
    struct slice line = SLICE_EMPTY;
    size_t count = 0;
    while (slice_next(&rest, '\n', &line)) {
        count += slice_starts_with(line, SLICE("*-"));
    }
    return count;
}

static void check_table(const struct option_table *table, const char *heading)
{
    struct slice text = section(heading);
    if (text.ptr == NULL) {
        fail_msg("the manual has no section '%s'", heading);
    }
    for (size_t i = 0; i < table->count; i++) {
        check_option(text, &table->rows[i], heading);
    }
    if (count_option_lines(text) != table->count) {
        fail_msg("%s: the manual has %zu options, the program %zu", heading, count_option_lines(text), table->count);
    }
}

static void every_option_is_explained(void **state)
{
    (void)state;
    char heading[128];
    check_table(options_global(), "# GLOBAL OPTIONS");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        heading_of(*at, heading, sizeof heading);
        check_table((*at)->options, heading);
    }
}

static void there_is_no_command_that_is_not_there(void **state)
{
    (void)state;
    struct slice rest = section("# COMMANDS");
    struct slice line = SLICE_EMPTY;
    size_t headings = 0;
    size_t commands = 0;
    while (slice_next(&rest, '\n', &line)) {
        headings += slice_starts_with(line, SLICE("## "));
    }
    while (commands_all()[commands] != NULL) {
        commands++;
    }
    assert_int_equal(headings, commands);
}

static void exit_codes_are_explained(void **state)
{
    (void)state;
    static const char *const codes[] = {"*0*\n", "*1*\n", "*2*\n", "*3*\n", "*4*\n", "*130*, *143*\n"};
    struct slice text = section("# EXIT STATUS");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (slice_find(text, slice_of(codes[i])) == text.len) {
            fail_msg("the manual does not explain exit code %s", codes[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_explained),
        cmocka_unit_test(there_is_no_command_that_is_not_there),
        cmocka_unit_test(exit_codes_are_explained),
    };
    struct err err = ERR_INIT;
    if (file_read(MANUAL, 1u << 20, &manual, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_release(&manual);
    return failed;
}

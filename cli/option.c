#include "cli/option.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_takes_value(const struct option *option)
{
    return option->type != OPTION_FLAG && option->type != OPTION_COUNT;
}

const struct option *option_find(const struct option_table *table, struct slice name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (slice_equal(name, slice_of(table->rows[i].name))) {
            return &table->rows[i];
        }
    }
    return NULL;
}

const struct option *option_find_letter(const struct option_table *table, char letter)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].letter == letter) {
            return &table->rows[i];
        }
    }
    return NULL;
}

/* Members are stored and loaded as bytes: the compiler knows the struct only at the table. */
static void store(const struct option *option, void *arguments, const void *value, size_t size)
{
    memcpy((char *)arguments + option->offset, value, size);
}

static void load(const struct option *option, const void *arguments, void *value, size_t size)
{
    memcpy(value, (const char *)arguments + option->offset, size);
}

void option_clear(const struct option *option, void *arguments)
{
    switch (option->type) {
    case OPTION_FLAG:
        store(option, arguments, &(bool){false}, sizeof(bool));
        return;
    case OPTION_COUNT:
        store(option, arguments, &(int){0}, sizeof(int));
        return;
    case OPTION_TEXT:
    case OPTION_FILE:
        store(option, arguments, &(const char *){NULL}, sizeof(const char *));
        return;
    case OPTION_LIST:
    case OPTION_FILES:
        store(option, arguments, &(struct option_list){NULL, 0}, sizeof(struct option_list));
        return;
    case OPTION_SIZE:
        store(option, arguments, &(size_t){0}, sizeof(size_t));
        return;
    case OPTION_NUMBER:
        store(option, arguments, &(double){0}, sizeof(double));
        return;
    case OPTION_UINT64:
        store(option, arguments, &(uint64_t){0}, sizeof(uint64_t));
        return;
    case OPTION_CHOICE:
        store(option, arguments, &(int){-1}, sizeof(int));
        return;
    case OPTION_CHOICES:
        store(option, arguments, &(unsigned){0}, sizeof(unsigned));
        return;
    case OPTION_TIME:
        store(option, arguments, &(int64_t){-1}, sizeof(int64_t));
        return;
    }
}

static int parse_flag(const char *text, bool *value, struct err *err)
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (slice_equal_nocase(slice_of(text), slice_of(yes[i]))) {
            *value = true;
            return 0;
        }
        if (slice_equal_nocase(slice_of(text), slice_of(no[i]))) {
            *value = false;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "'%s' is neither true nor false", text);
}

static bool is_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static int parse_uint64(const char *text, uint64_t *value, struct err *err)
{
    if (!is_digits(text)) {
        return err_set(err, ERR_USAGE, "'%s' is not a whole number", text);
    }
    errno = 0;
    *value = strtoull(text, NULL, 10);
    return errno == 0 ? 0 : err_set(err, ERR_USAGE, "'%s' is too large", text);
}

static int out_of_bounds(const struct option *option, const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE, "'%s' is not from %g to %.15g", text, option->min, option->max);
}

static int parse_size(const struct option *option, const char *text, size_t *value, struct err *err)
{
    uint64_t number = 0;
    if (parse_uint64(text, &number, err) != 0) {
        return -1;
    }
    if ((double)number < option->min || (double)number > option->max) {
        return out_of_bounds(option, text, err);
    }
    *value = (size_t)number;
    return 0;
}

static int parse_number(const struct option *option, const char *text, double *value, struct err *err)
{
    char *end = NULL;
    /* strtod also takes white space, hexadecimal and names of infinity. */
    if (*text == '\0' || strspn(text, "0123456789.eE+-") != strlen(text)) {
        return err_set(err, ERR_USAGE, "'%s' is not a number", text);
    }
    *value = strtod(text, &end);
    if (*end != '\0' || !isfinite(*value)) {
        return err_set(err, ERR_USAGE, "'%s' is not a number", text);
    }
    return *value < option->min || *value > option->max ? out_of_bounds(option, text, err) : 0;
}

static int find_choice(const struct option *option, struct slice text)
{
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (slice_equal(text, slice_of(option->choices[i]))) {
            return i;
        }
    }
    return -1;
}

static int unknown_choice(const struct option *option, struct slice text, struct err *err)
{
    char known[256] = "";
    for (size_t i = 0, used = 0; option->choices[i] != NULL && used < sizeof known; i++) {
        const char *separator = i == 0 ? "" : option->choices[i + 1] == NULL ? " or " : ", ";
        int written = snprintf(known + used, sizeof known - used, "%s%s", separator, option->choices[i]);
        used += written > 0 ? (size_t)written : 0;
    }
    return err_set(err, ERR_USAGE, "'%.*s' is not one of %s", SLICE_ARG(text), known);
}

static int parse_choices(const struct option *option, const char *text, unsigned *value, struct err *err)
{
    struct slice rest = slice_of(text);
    struct slice part = SLICE_EMPTY;
    *value = 0;
    while (slice_next(&rest, ',', &part)) {
        int choice = find_choice(option, slice_trim(part));
        if (choice < 0) {
            return unknown_choice(option, part, err);
        }
        *value |= 1u << choice;
    }
    return *value != 0 ? 0 : err_set(err, ERR_USAGE, "nothing is named");
}

static int append(const struct option *option, const char *value, void *arguments, struct arena *arena, struct err *err)
{
    struct option_list list;
    load(option, arguments, &list, sizeof list);
    /* Room doubles at each power of two. */
    if ((list.count & (list.count - 1)) == 0) {
        size_t room = list.count == 0 ? 1 : list.count * 2;
        const char **items = arena_alloc(arena, room * sizeof *items);
        if (items == NULL) {
            return err_memory(err);
        }
        if (list.count > 0) {
            memcpy(items, list.items, list.count * sizeof *items);
        }
        list.items = items;
    }
    list.items[list.count++] = value;
    store(option, arguments, &list, sizeof list);
    return 0;
}

static int set_count(const struct option *option, const char *value, void *arguments, struct err *err)
{
    int count = 0;
    uint64_t number = 0;
    load(option, arguments, &count, sizeof count);
    if (value != NULL && parse_uint64(value, &number, err) != 0) {
        return -1;
    }
    count = value == NULL ? count + 1 : (int)(number > 9 ? 9 : number);
    store(option, arguments, &count, sizeof count);
    return 0;
}

static int set_flag(const struct option *option, const char *value, void *arguments, struct err *err)
{
    bool flag = true;
    if (value != NULL && parse_flag(value, &flag, err) != 0) {
        return -1;
    }
    store(option, arguments, &flag, sizeof flag);
    return 0;
}

static int set_text(const struct option *option, const char *value, void *arguments, struct err *err)
{
    if (option->type == OPTION_FILE && *value == '\0') {
        return err_set(err, ERR_USAGE, "the name of the file is empty");
    }
    store(option, arguments, &value, sizeof value);
    return 0;
}

static int set_size(const struct option *option, const char *value, void *arguments, struct err *err)
{
    size_t size = 0;
    if (parse_size(option, value, &size, err) != 0) {
        return -1;
    }
    store(option, arguments, &size, sizeof size);
    return 0;
}

static int set_number(const struct option *option, const char *value, void *arguments, struct err *err)
{
    double number = 0;
    if (parse_number(option, value, &number, err) != 0) {
        return -1;
    }
    store(option, arguments, &number, sizeof number);
    return 0;
}

static int set_uint64(const struct option *option, const char *value, void *arguments, struct err *err)
{
    uint64_t number = 0;
    if (parse_uint64(value, &number, err) != 0) {
        return -1;
    }
    store(option, arguments, &number, sizeof number);
    return 0;
}

static int set_choice(const struct option *option, const char *value, void *arguments, struct err *err)
{
    int choice = find_choice(option, slice_of(value));
    if (choice < 0) {
        return unknown_choice(option, slice_of(value), err);
    }
    store(option, arguments, &choice, sizeof choice);
    return 0;
}

static int set_choices(const struct option *option, const char *value, void *arguments, struct err *err)
{
    unsigned choices = 0;
    if (parse_choices(option, value, &choices, err) != 0) {
        return -1;
    }
    store(option, arguments, &choices, sizeof choices);
    return 0;
}

static int set_time(const struct option *option, const char *value, void *arguments, struct err *err)
{
    int64_t unix_s = 0;
    if (time_parse(slice_of(value), &unix_s) != 0) {
        return err_set(err, ERR_USAGE, "'%s' is not an RFC 3339 time such as 2027-01-31T12:00:00Z", value);
    }
    store(option, arguments, &unix_s, sizeof unix_s);
    return 0;
}

int option_set(const struct option *option, const char *value, void *arguments, struct arena *arena, struct err *err)
{
    switch (option->type) {
    case OPTION_FLAG:
        return set_flag(option, value, arguments, err);
    case OPTION_COUNT:
        return set_count(option, value, arguments, err);
    case OPTION_TEXT:
    case OPTION_FILE:
        return set_text(option, value, arguments, err);
    case OPTION_LIST:
    case OPTION_FILES:
        return append(option, value, arguments, arena, err);
    case OPTION_SIZE:
        return set_size(option, value, arguments, err);
    case OPTION_NUMBER:
        return set_number(option, value, arguments, err);
    case OPTION_UINT64:
        return set_uint64(option, value, arguments, err);
    case OPTION_CHOICE:
        return set_choice(option, value, arguments, err);
    case OPTION_CHOICES:
        return set_choices(option, value, arguments, err);
    case OPTION_TIME:
        return set_time(option, value, arguments, err);
    }
    return err_set(err, ERR_INTERNAL, "an option of no type");
}

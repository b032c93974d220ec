#include "cli/option_text.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

/* A value of any type, copied out of the arguments. */
union value {
    bool flag;
    int number;
    unsigned bits;
    size_t size;
    double real;
    uint64_t uint64;
    int64_t time_s;
    const char *text;
    struct option_list list;
};

static size_t value_bytes(enum option_type type)
{
    switch (type) {
    case OPTION_FLAG:
        return sizeof(bool);
    case OPTION_COUNT:
    case OPTION_CHOICE:
        return sizeof(int);
    case OPTION_CHOICES:
        return sizeof(unsigned);
    case OPTION_SIZE:
        return sizeof(size_t);
    case OPTION_NUMBER:
        return sizeof(double);
    case OPTION_UINT64:
        return sizeof(uint64_t);
    case OPTION_TIME:
        return sizeof(int64_t);
    case OPTION_TEXT:
    case OPTION_FILE:
        return sizeof(const char *);
    case OPTION_LIST:
    case OPTION_FILES:
        return sizeof(struct option_list);
    }
    return 0;
}

static union value value_of(const struct option *option, const void *arguments)
{
    union value value = {.list = {NULL, 0}};
    memcpy(&value, (const char *)arguments + option->offset, value_bytes(option->type));
    return value;
}

size_t option_text_count(const struct option *option, const void *arguments)
{
    union value value = value_of(option, arguments);
    switch (option->type) {
    case OPTION_LIST:
    case OPTION_FILES:
        return value.list.count;
    case OPTION_TEXT:
    case OPTION_FILE:
        return value.text != NULL;
    case OPTION_CHOICE:
        return value.number >= 0;
    case OPTION_CHOICES:
        return value.bits != 0;
    case OPTION_TIME:
        return value.time_s >= 0;
    case OPTION_NUMBER:
        /* Negative stands for "not given". */
        return value.real >= 0;
    case OPTION_FLAG:
    case OPTION_COUNT:
    case OPTION_SIZE:
    case OPTION_UINT64:
        return 1;
    }
    return 0;
}

static void append_choices(const struct option *option, unsigned bits, struct buf *out)
{
    const char *separator = "";
    for (size_t i = 0; option->choices[i] != NULL; i++) {
        if ((bits >> i & 1u) != 0) {
            buf_printf(out, "%s%s", separator, option->choices[i]);
            separator = ",";
        }
    }
}

static void append_item(const struct option *option, const char *item, struct buf *out)
{
    struct slice text = slice_of(item);
    size_t shown = option->secret ? slice_find_byte(text, ':') : text.len;
    buf_append(out, text.ptr, shown);
    buf_append_text(out, shown < text.len ? ": (not shown)" : "");
}

void option_text_append(const struct option *option, const void *arguments, size_t index, struct buf *out)
{
    union value value = value_of(option, arguments);
    char when[RFC3339_BYTES];
    switch (option->type) {
    case OPTION_FLAG:
        buf_append_text(out, value.flag ? "true" : "false");
        break;
    case OPTION_COUNT:
        buf_printf(out, "%d", value.number);
        break;
    case OPTION_TEXT:
    case OPTION_FILE:
        buf_append_text(out, value.text);
        break;
    case OPTION_LIST:
    case OPTION_FILES:
        append_item(option, value.list.items[index], out);
        break;
    case OPTION_SIZE:
        buf_printf(out, "%zu", value.size);
        break;
    case OPTION_NUMBER:
        buf_printf(out, "%g", value.real);
        break;
    case OPTION_UINT64:
        buf_printf(out, "%" PRIu64, value.uint64);
        break;
    case OPTION_CHOICE:
        buf_append_text(out, option->choices[value.number]);
        break;
    case OPTION_CHOICES:
        append_choices(option, value.bits, out);
        break;
    case OPTION_TIME:
        buf_append_text(out, time_format(value.time_s, when));
        break;
    }
}

#include "base/arena.h"
#include "base/json_reader.h"
#include "scan/inventory_formats.h"

#include <inttypes.h>

struct members {
    struct inventory_fields fields;
    struct arena arena;
    const char *fault;
};

/* As a CSV file would write it; NULL where it is an object, an array or a number with a fraction. */
static const char *value_text(struct members *members, const struct json_value *value)
{
    struct slice text = SLICE_EMPTY;
    int64_t number = 0;
    bool flag = false;
    if (value == NULL) {
        return "";
    }
    if (json_get_text(value, &text) == 0) {
        return arena_copy(&members->arena, slice_trim(text));
    }
    if (json_get_int(value, &number) == 0) {
        return arena_printf(&members->arena, "%" PRId64, number);
    }
    return json_get_bool(value, &flag) != 0 ? NULL : flag ? "true" : "false";
}

static bool take_member(void *context, const char *key, const struct json_value *value)
{
    struct members *members = context;
    enum inventory_field field = inventory_field_find(slice_of(key));
    if (field == FIELD_COUNT) {
        members->fault = arena_printf(&members->arena, "unknown key '%.60s'", key);
        return false;
    }
    const char *text = value_text(members, value);
    if (text == NULL) {
        members->fault = arena_printf(&members->arena, "%s is no text, whole number or boolean", key);
        return false;
    }
    members->fields.value[field] = slice_of(text);
    return true;
}

static const char *read_members(struct members *members, struct slice record, struct err *fault)
{
    struct json_value *document = json_read(record, fault);
    if (document == NULL) {
        return fault->message;
    }
    if (!json_value_is_object(document)) {
        members->fault = "no JSON object";
    } else if (!json_each_member(document, take_member, members) && members->fault == NULL) {
        members->fault = "out of memory";
    }
    json_free(document);
    return members->fault;
}

int inventory_ndjson_record(struct inventory_reader *reader, struct slice record, struct err *err)
{
    struct members members = {.fault = NULL};
    struct err fault = ERR_INIT;
    if (slice_trim(record).len == 0) {
        return 0;
    }
    const char *reason = read_members(&members, record, &fault);
    int result = reason != NULL ? reader->sink.on_bad(reader->sink.context, reader->record_line, reason, err)
                                : reader->sink.on_row(reader->sink.context, &members.fields, reader->record_line, err);
    arena_release(&members.arena);
    return result;
}

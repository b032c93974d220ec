#include "base/arena.h"
#include "scan/inventory_formats.h"
#include "scan/json_reader.h"

#include <stdio.h>

struct members {
    struct inventory_fields fields;
    struct arena arena;
    char reason[128];
};

static const char *take_member(void *context, struct slice key, struct slice value)
{
    struct members *members = context;
    enum inventory_field field = inventory_field_find(key);
    if (field == FIELD_COUNT) {
        snprintf(members->reason, sizeof members->reason, "unknown key '%.*s'", (int)(key.len > 60 ? 60 : key.len),
                 key.ptr);
        return members->reason;
    }
    const char *copy = arena_copy(&members->arena, value);
    members->fields.value[field] = slice_trim(slice_make(copy, copy != NULL ? value.len : 0));
    return copy != NULL ? NULL : "out of memory";
}

int inventory_ndjson_record(struct inventory_reader *reader, struct slice record, struct err *err)
{
    struct members members = {.reason = ""};
    if (slice_trim(record).len == 0) {
        return 0;
    }
    const char *fault = json_read_flat_object(record, take_member, &members);
    int result = fault != NULL ? reader->sink.on_bad(reader->sink.context, reader->record_line, fault, err)
                               : reader->sink.on_row(reader->sink.context, &members.fields, reader->record_line, err);
    arena_release(&members.arena);
    return result;
}

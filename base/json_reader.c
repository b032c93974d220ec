#include "base/json_reader.h"

#include <jansson.h>

/* struct json_value is the library's json_t under another name; nobody else sees it. */
static const json_t *node_of(const struct json_value *value)
{
    return (const json_t *)(const void *)value;
}

static const struct json_value *value_of(const json_t *node)
{
    return json_is_null(node) ? NULL : (const struct json_value *)(const void *)node;
}

struct json_value *json_read(struct slice text, struct err *err)
{
    json_error_t fault;
    json_t *node = json_loadb(text.ptr == NULL ? "" : text.ptr, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (node == NULL) {
        err_set(err, ERR_USAGE, "no JSON: %s (column %d)", fault.text, fault.column);
    }
    return (struct json_value *)(void *)node;
}

void json_free(struct json_value *document)
{
    json_decref((json_t *)(void *)document);
}

bool json_value_is_object(const struct json_value *value)
{
    return value != NULL && json_typeof(node_of(value)) == JSON_OBJECT;
}

bool json_value_is_array(const struct json_value *value)
{
    return value != NULL && json_typeof(node_of(value)) == JSON_ARRAY;
}

const struct json_value *json_member(const struct json_value *object, const char *key)
{
    return json_value_is_object(object) ? value_of(json_object_get(node_of(object), key)) : NULL;
}

bool json_each_member(const struct json_value *object, json_on_member *visit, void *context)
{
    /* The library's iterators want a pointer that could change the object; they do not. */
    json_t *node = (json_t *)(uintptr_t)node_of(object);
    bool going = true;
    for (void *at = json_object_iter(node); at != NULL && going; at = json_object_iter_next(node, at)) {
        going = visit(context, json_object_iter_key(at), value_of(json_object_iter_value(at)));
    }
    return going;
}

size_t json_count(const struct json_value *array)
{
    return json_value_is_array(array) ? json_array_size(node_of(array)) : 0;
}

const struct json_value *json_item(const struct json_value *array, size_t i)
{
    return i < json_count(array) ? value_of(json_array_get(node_of(array), i)) : NULL;
}

int json_get_text(const struct json_value *value, struct slice *out)
{
    if (value == NULL || !json_is_string(node_of(value))) {
        return -1;
    }
    *out = slice_make(json_string_value(node_of(value)), json_string_length(node_of(value)));
    return 0;
}

int json_get_int(const struct json_value *value, int64_t *out)
{
    if (value == NULL || !json_is_integer(node_of(value))) {
        return -1;
    }
    *out = json_integer_value(node_of(value));
    return 0;
}

int json_get_number(const struct json_value *value, double *out)
{
    if (value == NULL || !json_is_number(node_of(value))) {
        return -1;
    }
    *out = json_number_value(node_of(value));
    return 0;
}

int json_get_bool(const struct json_value *value, bool *out)
{
    if (value == NULL || !json_is_boolean(node_of(value))) {
        return -1;
    }
    *out = json_is_true(node_of(value));
    return 0;
}

#include "scan/json_reader.h"

#include <jansson.h>
#include <stdio.h>

static const char *use_member(const char *key, const json_t *value, json_on_member *on_member, void *context)
{
    char number[64];
    int len = 0;
    struct slice text = SLICE_EMPTY;
    switch (json_typeof(value)) {
    case JSON_STRING:
        text = slice_make(json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        len = snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = slice_make(number, (size_t)len);
        break;
    case JSON_REAL:
        len = snprintf(number, sizeof number, "%.17g", json_real_value(value));
        text = slice_make(number, (size_t)len);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        text = json_is_true(value) ? SLICE("true") : SLICE("false");
        break;
    case JSON_NULL:
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        return "a value is an object or an array";
    }
    return on_member(context, slice_of(key), text);
}

const char *json_read_flat_object(struct slice text, json_on_member *on_member, void *context)
{
    json_error_t error;
    json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    const char *fault = root == NULL            ? "no valid JSON, or a key is there twice"
                        : !json_is_object(root) ? "no JSON object"
                                                : NULL;
    for (void *at = fault == NULL ? json_object_iter(root) : NULL; at != NULL && fault == NULL;
         at = json_object_iter_next(root, at)) {
        fault = use_member(json_object_iter_key(at), json_object_iter_value(at), on_member, context);
    }
    json_decref(root);
    return fault;
}

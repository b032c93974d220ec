#include "compare/tokenizer_states.h"

#include <string.h>

void tokenizer_begin_tag(struct tokenizer *t, bool is_end_tag)
{
    tokenizer_flush_text(t);
    t->is_end_tag = is_end_tag;
    t->self_closing = false;
    t->name_len = 0;
    t->attribute_count = 0;
    buf_reset(&t->attribute_bytes);
    t->state = STATE_TAG_NAME;
}

static bool attribute_is_kept(const struct tokenizer *t)
{
    return t->attribute_count >= 1 && t->attribute_count <= LIMIT_HTML_ATTRIBUTES;
}

void tokenizer_begin_attribute(struct tokenizer *t)
{
    if (t->attribute_count <= LIMIT_HTML_ATTRIBUTES) {
        t->attribute_count++;
    }
    if (attribute_is_kept(t)) {
        size_t at = t->attribute_bytes.len;
        t->spans[t->attribute_count - 1].name_at = at;
        t->spans[t->attribute_count - 1].name_len = 0;
        t->spans[t->attribute_count - 1].value_at = at;
        t->spans[t->attribute_count - 1].value_len = 0;
    }
    t->state = STATE_ATTRIBUTE_NAME;
}

void tokenizer_push_attribute_name(struct tokenizer *t, char c)
{
    if (attribute_is_kept(t) && t->spans[t->attribute_count - 1].name_len < sizeof t->name - 1 &&
        buf_append_byte(&t->attribute_bytes, ascii_lower(c)) == 0) {
        t->spans[t->attribute_count - 1].name_len++;
    }
}

void tokenizer_begin_value(struct tokenizer *t)
{
    if (attribute_is_kept(t)) {
        t->spans[t->attribute_count - 1].value_at = t->attribute_bytes.len;
    }
}

void tokenizer_append_value(struct tokenizer *t, const char *ptr, const char *end)
{
    if (!attribute_is_kept(t)) {
        return;
    }
    size_t len = (size_t)(end - ptr), have = t->spans[t->attribute_count - 1].value_len;
    size_t room = LIMIT_HTML_ATTRIBUTE_BYTES - have;
    size_t whole = TOKENIZER_TAG_BYTES - t->attribute_bytes.len;
    len = len < room ? len : room;
    len = len < whole ? len : whole;
    if (buf_append(&t->attribute_bytes, ptr, len) == 0) {
        t->spans[t->attribute_count - 1].value_len += len;
    }
}

static bool name_is_one_of(struct slice name, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (slice_equal(name, slice_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Start tags that end svg and math wherever they stand (13.2.6.5), the common ones. */
static bool leaves_foreign(struct slice name)
{
    static const char *const names[] = {"body", "div", "p",  "span", "table",  "ul",     "ol",   "li", "h1", "h2",
                                        "h3",   "h4",  "h5", "h6",   "img",    "br",     "hr",   "dl", "dd", "dt",
                                        "pre",  "em",  "b",  "i",    "strong", "center", "head", NULL};
    return name_is_one_of(name, names);
}

static void enter_raw_text(struct tokenizer *t, struct slice name)
{
    static const char *const raw[] = {"script",   "style",    "xmp",   "iframe",   "noembed",
                                      "noframes", "noscript", "title", "textarea", NULL};
    if (slice_equal(name, SLICE("plaintext"))) {
        t->state = STATE_PLAINTEXT;
        return;
    }
    if (!name_is_one_of(name, raw)) {
        return;
    }
    t->state = STATE_RAW;
    t->escapable = name.ptr[0] == 't';
    t->script_escaped = t->script_double_escaped = false;
    t->dashes = 0;
    memcpy(t->raw_name, name.ptr, name.len);
    t->raw_name_len = name.len;
}

static void track_foreign(struct tokenizer *t, struct slice name)
{
    if (slice_equal(name, SLICE("svg")) || slice_equal(name, SLICE("math"))) {
        if (t->is_end_tag) {
            t->foreign -= t->foreign > 0;
        } else if (!t->self_closing) {
            t->foreign++;
        }
    } else if (t->foreign > 0 && !t->is_end_tag && leaves_foreign(name)) {
        t->foreign = 0;
    }
}

void tokenizer_end_tag(struct tokenizer *t)
{
    struct slice name = slice_make(t->name, t->name_len);
    t->state = STATE_DATA;
    if (t->dialect == MARKUP_HTML) {
        track_foreign(t, name);
    }
    if (t->is_end_tag) {
        t->sink.end_tag(t->sink.context, name);
        return;
    }
    size_t count = t->attribute_count < LIMIT_HTML_ATTRIBUTES ? t->attribute_count : LIMIT_HTML_ATTRIBUTES;
    const char *bytes = buf_text(&t->attribute_bytes);
    for (size_t i = 0; i < count; i++) {
        t->attributes[i].name = slice_make(bytes + t->spans[i].name_at, t->spans[i].name_len);
        t->attributes[i].value = slice_make(bytes + t->spans[i].value_at, t->spans[i].value_len);
    }
    bool closes_itself = t->self_closing && (t->dialect == MARKUP_XML || t->foreign > 0);
    struct tag tag = {name, t->attributes, count, closes_itself};
    t->sink.start_tag(t->sink.context, &tag);
    if (t->dialect == MARKUP_HTML && t->foreign == 0) {
        enter_raw_text(t, name);
    }
}

#include "compare/tokenizer_states.h"

const char *tokenizer_step_tag_open(struct tokenizer *t, const char *p)
{
    if (ascii_is_alpha(*p)) {
        tokenizer_begin_tag(t, false);
        return p;
    }
    switch (*p) {
    case '/':
        t->state = STATE_END_TAG_OPEN;
        return p + 1;
    case '!':
        tokenizer_flush_text(t);
        t->pending_len = 0;
        t->state = STATE_DECLARATION;
        return p + 1;
    case '?':
        tokenizer_flush_text(t);
        t->state = STATE_BOGUS_COMMENT;
        return p + 1;
    default:
        t->state = STATE_DATA;
        tokenizer_literal(t, "<");
        return p;
    }
}

const char *tokenizer_step_end_tag_open(struct tokenizer *t, const char *p)
{
    if (ascii_is_alpha(*p)) {
        tokenizer_begin_tag(t, true);
        return p;
    }
    tokenizer_flush_text(t);
    t->state = *p == '>' ? STATE_DATA : STATE_BOGUS_COMMENT;
    return *p == '>' ? p + 1 : p;
}

/* Behind a tag's name, an attribute's name or a value: white space, slash and > mean the same everywhere. True if the
 * byte was one of them. */
static bool tag_punctuation(struct tokenizer *t, char c, enum tokenizer_state after_space)
{
    if (ascii_is_space(c)) {
        t->state = after_space;
    } else if (c == '/') {
        t->state = STATE_SELF_CLOSING;
    } else if (c == '>') {
        tokenizer_end_tag(t);
    } else {
        return false;
    }
    return true;
}

static void push_name(struct tokenizer *t, char c)
{
    if (t->name_len < sizeof t->name - 1) {
        t->name[t->name_len++] = ascii_lower(c);
    }
}

const char *tokenizer_step_tag_name(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    for (; p < end; p++) {
        if (tag_punctuation(t, *p, STATE_BEFORE_ATTRIBUTE)) {
            return p + 1;
        }
        push_name(t, *p);
    }
    return end;
}

const char *tokenizer_step_before_attribute(struct tokenizer *t, const char *p)
{
    if (tag_punctuation(t, *p, STATE_BEFORE_ATTRIBUTE)) {
        return p + 1;
    }
    tokenizer_begin_attribute(t);
    tokenizer_push_attribute_name(t, *p); /* also a leading = */
    return p + 1;
}

const char *tokenizer_step_attribute_name(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    for (; p < end; p++) {
        if (*p == '=') {
            t->state = STATE_BEFORE_VALUE;
            return p + 1;
        }
        if (tag_punctuation(t, *p, STATE_AFTER_ATTRIBUTE_NAME)) {
            return p + 1;
        }
        tokenizer_push_attribute_name(t, *p);
    }
    return end;
}

const char *tokenizer_step_after_attribute_name(struct tokenizer *t, const char *p)
{
    if (*p == '=') {
        t->state = STATE_BEFORE_VALUE;
        return p + 1;
    }
    if (tag_punctuation(t, *p, STATE_AFTER_ATTRIBUTE_NAME)) {
        return p + 1;
    }
    tokenizer_begin_attribute(t);
    return p;
}

const char *tokenizer_step_before_value(struct tokenizer *t, const char *p)
{
    if (ascii_is_space(*p)) {
        return p + 1;
    }
    tokenizer_begin_value(t);
    switch (*p) {
    case '"':
        t->state = STATE_VALUE_DOUBLE;
        return p + 1;
    case '\'':
        t->state = STATE_VALUE_SINGLE;
        return p + 1;
    case '>':
        tokenizer_end_tag(t);
        return p + 1;
    default:
        t->state = STATE_VALUE_UNQUOTED;
        return p;
    }
}

static const char *step_quoted_value(struct tokenizer *t, const char *p, char quote)
{
    const char *end = t->end;
    const char *stop = find_either(p, end, quote, '&');
    tokenizer_append_value(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        tokenizer_begin_reference(t, t->state);
    } else {
        t->state = STATE_AFTER_VALUE;
    }
    return stop + 1;
}

const char *tokenizer_step_value_double(struct tokenizer *t, const char *p)
{
    return step_quoted_value(t, p, '"');
}

const char *tokenizer_step_value_single(struct tokenizer *t, const char *p)
{
    return step_quoted_value(t, p, '\'');
}

const char *tokenizer_step_value_unquoted(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = p;
    while (stop < end && !ascii_is_space(*stop) && *stop != '>' && *stop != '&') {
        stop++;
    }
    tokenizer_append_value(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        tokenizer_begin_reference(t, STATE_VALUE_UNQUOTED);
    } else if (*stop == '>') {
        tokenizer_end_tag(t);
    } else {
        t->state = STATE_BEFORE_ATTRIBUTE;
    }
    return stop + 1;
}

const char *tokenizer_step_after_value(struct tokenizer *t, const char *p)
{
    if (tag_punctuation(t, *p, STATE_BEFORE_ATTRIBUTE)) {
        return p + 1;
    }
    t->state = STATE_BEFORE_ATTRIBUTE;
    return p;
}

const char *tokenizer_step_self_closing(struct tokenizer *t, const char *p)
{
    if (*p == '>') {
        t->self_closing = true;
        tokenizer_end_tag(t);
        return p + 1;
    }
    t->state = STATE_BEFORE_ATTRIBUTE;
    return p;
}

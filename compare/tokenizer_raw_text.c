#include "compare/tokenizer_states.h"

#include <string.h>

static bool raw_is_script(const struct tokenizer *t)
{
    return slice_equal(slice_make(t->raw_name, t->raw_name_len), SLICE("script"));
}

/* In an escaped script every dash matters; elsewhere only what could end the element. */
static const char *step_raw_escaped(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = p;
    for (; stop < end && *stop != '<'; stop++) {
        if (*stop == '-') {
            t->dashes++;
            continue;
        }
        if (*stop == '>' && t->dashes >= 2) {
            t->script_escaped = t->script_double_escaped = false;
        }
        t->dashes = 0;
        if (!t->script_escaped) {
            stop++;
            break;
        }
    }
    tokenizer_text(t, p, stop);
    if (stop < end && t->script_escaped) {
        t->dashes = 0;
        t->state = STATE_RAW_LESS;
        stop++;
    }
    return stop;
}

const char *tokenizer_step_raw(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    if (t->script_escaped) {
        return step_raw_escaped(t, p);
    }
    const char *stop = find_either(p, end, '<', t->escapable ? '&' : '<');
    tokenizer_text(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        tokenizer_begin_reference(t, STATE_RAW);
    } else {
        t->state = STATE_RAW_LESS;
    }
    return stop + 1;
}

const char *tokenizer_step_raw_less(struct tokenizer *t, const char *p)
{
    t->name_len = 0;
    if (*p == '/') {
        t->state = STATE_RAW_END_OPEN;
        return p + 1;
    }
    if (*p == '!' && raw_is_script(t) && !t->script_escaped) {
        tokenizer_literal(t, "<!");
        t->state = STATE_RAW_SCRIPT_BANG;
        return p + 1;
    }
    tokenizer_literal(t, "<");
    t->state = t->script_escaped && !t->script_double_escaped && ascii_is_alpha(*p) ? STATE_RAW_SCRIPT_NAME : STATE_RAW;
    return p;
}

const char *tokenizer_step_raw_end_open(struct tokenizer *t, const char *p)
{
    if (ascii_is_alpha(*p)) {
        t->state = STATE_RAW_END_NAME;
        if (t->script_double_escaped) {
            tokenizer_literal(t, "</");
            t->state = STATE_RAW_SCRIPT_NAME;
        }
        return p;
    }
    tokenizer_literal(t, "</");
    t->state = STATE_RAW;
    return p;
}

static bool ends_name(char c)
{
    return ascii_is_space(c) || c == '/' || c == '>';
}

static bool raw_name_matches(const struct tokenizer *t)
{
    return t->name_len == t->raw_name_len && memcmp(t->name, t->raw_name, t->name_len) == 0;
}

/* The letters are kept as they came in `pending`, since they are text if the name turns out to be another one. */
const char *tokenizer_step_raw_end_name(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    for (; p < end; p++) {
        if (ascii_is_alpha(*p) && t->name_len < t->raw_name_len) {
            t->pending[t->name_len] = *p;
            t->name[t->name_len++] = ascii_lower(*p);
            continue;
        }
        if (ends_name(*p) && raw_name_matches(t)) {
            size_t len = t->name_len;
            tokenizer_begin_tag(t, true);
            t->name_len = len;
            return p;
        }
        tokenizer_literal(t, "</");
        tokenizer_text(t, t->pending, t->pending + t->name_len);
        t->state = STATE_RAW;
        return p;
    }
    return end;
}

const char *tokenizer_step_raw_script_bang(struct tokenizer *t, const char *p)
{
    if (*p != '-') {
        t->state = STATE_RAW;
        return p;
    }
    tokenizer_literal(t, "-");
    if (t->state == STATE_RAW_SCRIPT_BANG) {
        t->state = STATE_RAW_SCRIPT_BANG_DASH;
    } else {
        t->script_escaped = true;
        t->dashes = 2;
        t->state = STATE_RAW;
    }
    return p + 1;
}

/* <script inside an escaped script opens the doubly escaped state, </script inside that one closes it. */
const char *tokenizer_step_raw_script_name(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *start = p;
    while (p < end && ascii_is_alpha(*p)) {
        if (t->name_len < sizeof t->name) {
            t->name[t->name_len++] = ascii_lower(*p);
        }
        p++;
    }
    tokenizer_text(t, start, p);
    if (p == end) {
        return end;
    }
    if (ends_name(*p) && slice_equal(slice_make(t->name, t->name_len), SLICE("script"))) {
        t->script_double_escaped = !t->script_double_escaped;
    }
    t->state = STATE_RAW;
    return p;
}

#include "compare/tokenizer.h"

#include "compare/tokenizer_states.h"

static const char *step_data(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = find_either(p, end, '<', '&');
    tokenizer_text(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '<') {
        t->state = STATE_TAG_OPEN;
    } else {
        tokenizer_begin_reference(t, STATE_DATA);
    }
    return stop + 1;
}

static const char *step_plaintext(struct tokenizer *t, const char *p)
{
    tokenizer_text(t, p, t->end);
    return t->end;
}

static tokenizer_step *const steps[TOKENIZER_STATES] = {
    [STATE_DATA] = step_data,
    [STATE_PLAINTEXT] = step_plaintext,
    [STATE_REFERENCE] = tokenizer_step_reference,
    [STATE_TAG_OPEN] = tokenizer_step_tag_open,
    [STATE_END_TAG_OPEN] = tokenizer_step_end_tag_open,
    [STATE_TAG_NAME] = tokenizer_step_tag_name,
    [STATE_BEFORE_ATTRIBUTE] = tokenizer_step_before_attribute,
    [STATE_ATTRIBUTE_NAME] = tokenizer_step_attribute_name,
    [STATE_AFTER_ATTRIBUTE_NAME] = tokenizer_step_after_attribute_name,
    [STATE_BEFORE_VALUE] = tokenizer_step_before_value,
    [STATE_VALUE_DOUBLE] = tokenizer_step_value_double,
    [STATE_VALUE_SINGLE] = tokenizer_step_value_single,
    [STATE_VALUE_UNQUOTED] = tokenizer_step_value_unquoted,
    [STATE_AFTER_VALUE] = tokenizer_step_after_value,
    [STATE_SELF_CLOSING] = tokenizer_step_self_closing,
    [STATE_BOGUS_COMMENT] = tokenizer_step_bogus_comment,
    [STATE_DECLARATION] = tokenizer_step_declaration,
    [STATE_COMMENT_START] = tokenizer_step_comment_edge,
    [STATE_COMMENT_START_DASH] = tokenizer_step_comment_edge,
    [STATE_COMMENT] = tokenizer_step_comment,
    [STATE_COMMENT_DASH] = tokenizer_step_comment_edge,
    [STATE_COMMENT_DASH_DASH] = tokenizer_step_comment_edge,
    [STATE_COMMENT_BANG] = tokenizer_step_comment_edge,
    [STATE_CDATA] = tokenizer_step_cdata,
    [STATE_CDATA_BRACKET] = tokenizer_step_cdata_bracket,
    [STATE_CDATA_BRACKETS] = tokenizer_step_cdata_bracket,
    [STATE_RAW] = tokenizer_step_raw,
    [STATE_RAW_LESS] = tokenizer_step_raw_less,
    [STATE_RAW_END_OPEN] = tokenizer_step_raw_end_open,
    [STATE_RAW_END_NAME] = tokenizer_step_raw_end_name,
    [STATE_RAW_SCRIPT_BANG] = tokenizer_step_raw_script_bang,
    [STATE_RAW_SCRIPT_BANG_DASH] = tokenizer_step_raw_script_bang,
    [STATE_RAW_SCRIPT_NAME] = tokenizer_step_raw_script_name,
};

void tokenizer_init(struct tokenizer *tokenizer, const struct token_sink *sink, enum markup_dialect dialect)
{
    *tokenizer = (struct tokenizer){.sink = *sink, .dialect = dialect, .state = STATE_DATA};
    buf_init(&tokenizer->attribute_bytes, TOKENIZER_TAG_BYTES);
}

void tokenizer_release(struct tokenizer *tokenizer)
{
    buf_release(&tokenizer->attribute_bytes);
}

void tokenizer_feed(struct tokenizer *tokenizer, struct slice chunk)
{
    if (chunk.len == 0) {
        return;
    }
    const char *p = chunk.ptr, *end = chunk.ptr + chunk.len;
    tokenizer->end = end;
    while (p < end) {
        p = steps[tokenizer->state](tokenizer, p);
    }
    tokenizer->end = NULL;
}

void tokenizer_finish(struct tokenizer *tokenizer)
{
    struct tokenizer *t = tokenizer;
    if (t->state == STATE_REFERENCE) {
        tokenizer_end_reference(t, '\0');
    }
    switch ((enum tokenizer_state)t->state) {
    case STATE_TAG_OPEN:
    case STATE_RAW_LESS:
        tokenizer_literal(t, "<");
        break;
    case STATE_END_TAG_OPEN:
    case STATE_RAW_END_OPEN:
        tokenizer_literal(t, "</");
        break;
    case STATE_RAW_END_NAME:
        tokenizer_literal(t, "</");
        tokenizer_text(t, t->pending, t->pending + t->name_len);
        break;
    case STATE_CDATA_BRACKET:
        tokenizer_literal(t, "]");
        break;
    case STATE_CDATA_BRACKETS:
        tokenizer_literal(t, "]]");
        break;
    default:
        break;
    }
    tokenizer_flush_text(t);
}

const struct slice *tag_attribute_find(const struct tag *tag, struct slice name)
{
    for (size_t i = 0; i < tag->attribute_count; i++) {
        if (slice_equal(tag->attributes[i].name, name)) {
            return &tag->attributes[i].value;
        }
    }
    return NULL;
}

#include "compare/tokenizer_states.h"

#include <string.h>

const char *tokenizer_step_bogus_comment(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = memchr(p, '>', (size_t)(end - p));
    if (stop == NULL) {
        return end;
    }
    t->state = STATE_DATA;
    return stop + 1;
}

/* Behind <! : two dashes begin a comment, [CDATA[ a section where it is allowed; all else ends at the next >, a
 * document type too. */
const char *tokenizer_step_declaration(struct tokenizer *t, const char *p)
{
    static const char cdata[] = "[CDATA[";
    bool may_be_cdata = t->dialect == MARKUP_XML || t->foreign > 0;
    size_t at = t->pending_len;
    if (at <= 1 && *p == '-' && (at == 0 || t->pending[0] == '-')) {
        t->pending[t->pending_len++] = '-';
        if (t->pending_len == 2) {
            t->state = STATE_COMMENT_START;
        }
        return p + 1;
    }
    if (may_be_cdata && (at == 0 || t->pending[0] == '[') && *p == cdata[at]) {
        t->pending[t->pending_len++] = *p;
        if (t->pending_len == sizeof cdata - 1) {
            t->state = STATE_CDATA;
        }
        return p + 1;
    }
    t->state = STATE_BOGUS_COMMENT;
    return p;
}

const char *tokenizer_step_comment(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = memchr(p, '-', (size_t)(end - p));
    if (stop == NULL) {
        return end;
    }
    t->state = STATE_COMMENT_DASH;
    return stop + 1;
}

/* The states around the end of a comment: by what comes next. */
const char *tokenizer_step_comment_edge(struct tokenizer *t, const char *p)
{
    enum tokenizer_state state = t->state;
    if (*p == '-') {
        t->state = state == STATE_COMMENT_START  ? STATE_COMMENT_START_DASH
                   : state == STATE_COMMENT_BANG ? STATE_COMMENT_DASH
                                                 : STATE_COMMENT_DASH_DASH;
        return p + 1;
    }
    if (*p == '>' && state != STATE_COMMENT_DASH) {
        t->state = STATE_DATA;
        return p + 1;
    }
    if (*p == '!' && state == STATE_COMMENT_DASH_DASH) {
        t->state = STATE_COMMENT_BANG;
        return p + 1;
    }
    t->state = STATE_COMMENT;
    return p;
}

const char *tokenizer_step_cdata(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    const char *stop = memchr(p, ']', (size_t)(end - p));
    tokenizer_text(t, p, stop != NULL ? stop : end);
    if (stop == NULL) {
        return end;
    }
    t->state = STATE_CDATA_BRACKET;
    return stop + 1;
}

const char *tokenizer_step_cdata_bracket(struct tokenizer *t, const char *p)
{
    bool two = t->state == STATE_CDATA_BRACKETS;
    if (*p == ']') {
        if (two) {
            tokenizer_literal(t, "]");
        }
        t->state = STATE_CDATA_BRACKETS;
        return p + 1;
    }
    if (*p == '>' && two) {
        t->state = STATE_DATA;
        return p + 1;
    }
    tokenizer_literal(t, two ? "]]" : "]");
    t->state = STATE_CDATA;
    return p;
}

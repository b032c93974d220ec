/* The inside of the tokenizer: its states, one step for each, and what the steps build. Only tokenizer*.c include this.
 *
 * A step takes bytes from `p` on, up to the end of the chunk (`end` of the tokenizer, never reached on entry), sets the
 * next state and returns where that one goes on; it may take none, but no two states hand a byte to each other for
 * ever.
 */
#ifndef ORIGINTLS_COMPARE_TOKENIZER_STATES_H
#define ORIGINTLS_COMPARE_TOKENIZER_STATES_H

#include "compare/tokenizer.h"

enum tokenizer_state {
    STATE_DATA,
    STATE_PLAINTEXT,
    STATE_REFERENCE,
    STATE_TAG_OPEN,
    STATE_END_TAG_OPEN,
    STATE_TAG_NAME,
    STATE_BEFORE_ATTRIBUTE,
    STATE_ATTRIBUTE_NAME,
    STATE_AFTER_ATTRIBUTE_NAME,
    STATE_BEFORE_VALUE,
    STATE_VALUE_DOUBLE,
    STATE_VALUE_SINGLE,
    STATE_VALUE_UNQUOTED,
    STATE_AFTER_VALUE,
    STATE_SELF_CLOSING,
    STATE_BOGUS_COMMENT,
    STATE_DECLARATION,
    STATE_COMMENT_START,
    STATE_COMMENT_START_DASH,
    STATE_COMMENT,
    STATE_COMMENT_DASH,
    STATE_COMMENT_DASH_DASH,
    STATE_COMMENT_BANG,
    STATE_CDATA,
    STATE_CDATA_BRACKET,
    STATE_CDATA_BRACKETS,
    STATE_RAW,
    STATE_RAW_LESS,
    STATE_RAW_END_OPEN,
    STATE_RAW_END_NAME,
    STATE_RAW_SCRIPT_BANG,      /* <! in a script */
    STATE_RAW_SCRIPT_BANG_DASH, /* <!- in a script */
    STATE_RAW_SCRIPT_NAME       /* a tag name inside an escaped script */
};
#define TOKENIZER_STATES (STATE_RAW_SCRIPT_NAME + 1)

#define TOKENIZER_TAG_BYTES (4u * LIMIT_HTML_ATTRIBUTE_BYTES) /* names and values of one tag together */

typedef const char *tokenizer_step(struct tokenizer *t, const char *p);

/* tokenizer_reference.c */
tokenizer_step tokenizer_step_reference;
/* tokenizer_tag_steps.c */
tokenizer_step tokenizer_step_tag_open, tokenizer_step_end_tag_open, tokenizer_step_tag_name,
    tokenizer_step_before_attribute, tokenizer_step_attribute_name, tokenizer_step_after_attribute_name,
    tokenizer_step_before_value, tokenizer_step_value_double, tokenizer_step_value_single,
    tokenizer_step_value_unquoted, tokenizer_step_after_value, tokenizer_step_self_closing;
/* tokenizer_comment.c */
tokenizer_step tokenizer_step_bogus_comment, tokenizer_step_declaration, tokenizer_step_comment,
    tokenizer_step_comment_edge, tokenizer_step_cdata, tokenizer_step_cdata_bracket;
/* tokenizer_raw_text.c */
tokenizer_step tokenizer_step_raw, tokenizer_step_raw_less, tokenizer_step_raw_end_open, tokenizer_step_raw_end_name,
    tokenizer_step_raw_script_bang, tokenizer_step_raw_script_name;

/* Hands text on, whole UTF-8 sequences only: the beginning of one is held back until the rest comes, or until
 * something else than text follows (flush). tokenizer_text.c */
void tokenizer_text(struct tokenizer *t, const char *ptr, const char *end);
void tokenizer_literal(struct tokenizer *t, const char *text);
void tokenizer_flush_text(struct tokenizer *t);

/* The tag that is being read. What exceeds a bound is dropped. Its end hands it on, and chooses the next state: data,
 * or raw text behind the start tag of such an element. tokenizer_tag.c */
void tokenizer_begin_tag(struct tokenizer *t, bool is_end_tag);
void tokenizer_begin_attribute(struct tokenizer *t);
void tokenizer_push_attribute_name(struct tokenizer *t, char c);
void tokenizer_begin_value(struct tokenizer *t);
void tokenizer_append_value(struct tokenizer *t, const char *ptr, const char *end);
void tokenizer_end_tag(struct tokenizer *t);

/* Behind an ampersand. What the reference means goes to the text or the value that `return_state` reads.
 * tokenizer_reference.c */
void tokenizer_begin_reference(struct tokenizer *t, enum tokenizer_state return_state);
/* Ends the reference before the byte `next` (0 at the end of the input). Returns whether `next` is a semicolon that
 * belongs to it. */
bool tokenizer_end_reference(struct tokenizer *t, char next);

/* The first `a` or `b`, else `end`. */
static inline const char *find_either(const char *p, const char *end, char a, char b)
{
    while (p < end && *p != a && *p != b) {
        p++;
    }
    return p;
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

#endif

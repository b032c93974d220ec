#include "base/utf8.h"
#include "compare/tokenizer_states.h"

#include <string.h>

void tokenizer_flush_text(struct tokenizer *t)
{
    if (t->held_len > 0) {
        size_t len = t->held_len;
        t->held_len = 0;
        t->sink.text(t->sink.context, slice_make(t->held, len));
    }
}

void tokenizer_text(struct tokenizer *t, const char *ptr, const char *end)
{
    while (t->held_len > 0 && ptr < end) {
        bool complete = t->held_len == utf8_sequence_length(t->held[0]);
        if (complete || ((unsigned char)*ptr & 0xc0) != 0x80) {
            tokenizer_flush_text(t);
            break;
        }
        t->held[t->held_len++] = *ptr++;
    }
    if (ptr == end) {
        return;
    }
    tokenizer_flush_text(t);
    size_t len = (size_t)(end - ptr);
    size_t tail = utf8_incomplete_tail(slice_make(ptr, len));
    if (len > tail) {
        t->sink.text(t->sink.context, slice_make(ptr, len - tail));
    }
    memcpy(t->held, end - tail, tail);
    t->held_len = tail;
}

void tokenizer_literal(struct tokenizer *t, const char *text)
{
    tokenizer_text(t, text, text + strlen(text));
}

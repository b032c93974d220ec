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

static size_t sequence_length(unsigned char first)
{
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/* How many bytes at the end of `s` begin a sequence that goes on behind it. */
static size_t incomplete_tail(struct slice s)
{
    for (size_t back = 1; back <= 3 && back <= s.len; back++) {
        unsigned char c = (unsigned char)s.ptr[s.len - back];
        if (c >= 0xc0) {
            return sequence_length(c) > back ? back : 0;
        }
        if (c < 0x80) {
            return 0;
        }
    }
    return 0;
}

void tokenizer_text(struct tokenizer *t, const char *ptr, const char *end)
{
    while (t->held_len > 0 && ptr < end) {
        bool complete = t->held_len == sequence_length((unsigned char)t->held[0]);
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
    size_t tail = incomplete_tail(slice_make(ptr, len));
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

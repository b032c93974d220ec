#include "cli/wrap.h"

static size_t count_characters(struct slice text)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.len; i++) {
        characters += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return characters;
}

void wrap_append(struct buf *out, struct slice text, const struct wrap *wrap)
{
    struct slice word = SLICE_EMPTY;
    size_t at = wrap->at;
    bool first = true;
    while (slice_next(&text, ' ', &word)) {
        size_t len = count_characters(word);
        if (!first && at + 1 + len > wrap->width) {
            buf_append_byte(out, '\n');
            at = 0;
        } else if (!first) {
            buf_append_byte(out, ' ');
            at++;
        }
        if (at < wrap->column) {
            buf_printf(out, "%*s", (int)(wrap->column - at), "");
            at = wrap->column;
        }
        buf_append_slice(out, word);
        at += len;
        first = false;
    }
    buf_append_byte(out, '\n');
}

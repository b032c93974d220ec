#include "base/utf8.h"
#include "compare/character_reference.h"
#include "compare/tokenizer_states.h"

#include <string.h>

static bool in_value(const struct tokenizer *t)
{
    return t->return_state == STATE_VALUE_DOUBLE || t->return_state == STATE_VALUE_SINGLE ||
           t->return_state == STATE_VALUE_UNQUOTED;
}

static void reference_append(struct tokenizer *t, const char *ptr, size_t len)
{
    if (in_value(t)) {
        tokenizer_append_value(t, ptr, ptr + len);
    } else {
        tokenizer_text(t, ptr, ptr + len);
    }
}

static void reference_append_code(struct tokenizer *t, uint32_t code)
{
    struct buf bytes;
    buf_init(&bytes, 8);
    utf8_append(&bytes, code);
    reference_append(t, buf_text(&bytes), bytes.len);
    buf_release(&bytes);
}

/* `pending` is # and digits. False if there was no digit. */
static bool resolve_numeric(struct tokenizer *t)
{
    bool hex = t->pending_len > 1 && ascii_lower(t->pending[1]) == 'x';
    size_t first = hex ? 2 : 1;
    if (t->pending_len == first) {
        return false;
    }
    uint32_t number = 0;
    for (size_t i = first; i < t->pending_len; i++) {
        char c = ascii_lower(t->pending[i]);
        uint32_t digit = (uint32_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
        number = number > 0x10ffff ? number : number * (hex ? 16 : 10) + digit;
    }
    reference_append_code(t, character_reference_numeric(number));
    return true;
}

/* `next` is the byte behind the name, not consumed; 0 at the end of the input. How many bytes of the name were
 * resolved. */
static size_t resolve_named(struct tokenizer *t, char next)
{
    uint32_t code = 0;
    struct slice name = slice_make(t->pending, t->pending_len);
    bool semicolon = next == ';';
    size_t taken = character_reference_named(name, semicolon, &code);
    if (taken == 0) {
        return 0;
    }
    /* In an attribute "&copy=1" and "&copyright" are parts of an address, not references. */
    bool whole = taken == name.len;
    if (in_value(t) && !(whole && semicolon) && (!whole || next == '=' || ascii_is_alnum(next))) {
        return 0;
    }
    reference_append_code(t, code);
    reference_append(t, t->pending + taken, t->pending_len - taken);
    return taken;
}

/* True if the byte belongs to the reference that is being collected. */
static bool reference_takes(const struct tokenizer *t, char c)
{
    if (t->pending_len == 0) {
        return c == '#' || ascii_is_alnum(c);
    }
    if (t->pending[0] != '#') {
        return ascii_is_alnum(c) && t->pending_len < CHARACTER_REFERENCE_NAME_BYTES;
    }
    if (t->pending_len == 1) {
        return c == 'x' || c == 'X' || ascii_is_digit(c);
    }
    bool hex = ascii_lower(t->pending[1]) == 'x';
    return ascii_is_digit(c) || (hex && ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

static void reference_push(struct tokenizer *t, char c)
{
    /* Leading zeros may go on for ever; any further digit of a number this long leaves it beyond Unicode. */
    if (t->pending_len == sizeof t->pending) {
        bool hex = ascii_lower(t->pending[1]) == 'x';
        size_t first = hex ? 2 : 1;
        if (t->pending[first] != '0') {
            return;
        }
        memmove(t->pending + first, t->pending + first + 1, t->pending_len - first - 1);
        t->pending_len--;
    }
    t->pending[t->pending_len++] = c;
}

/* Ends the reference before `next`. Returns whether `next` is a semicolon that belongs to it. */
bool tokenizer_end_reference(struct tokenizer *t, char next)
{
    t->state = t->return_state;
    bool numeric = t->pending_len > 0 && t->pending[0] == '#';
    size_t taken = numeric ? (resolve_numeric(t) ? t->pending_len : 0) : resolve_named(t, next);
    if (taken == 0) {
        reference_append(t, "&", 1);
        reference_append(t, t->pending, t->pending_len);
    }
    return taken > 0 && taken == t->pending_len && next == ';';
}

void tokenizer_begin_reference(struct tokenizer *t, enum tokenizer_state return_state)
{
    t->return_state = return_state;
    t->pending_len = 0;
    t->state = STATE_REFERENCE;
}

const char *tokenizer_step_reference(struct tokenizer *t, const char *p)
{
    const char *end = t->end;
    while (p < end && reference_takes(t, *p)) {
        reference_push(t, *p++);
    }
    if (p == end) {
        return end;
    }
    return tokenizer_end_reference(t, *p) ? p + 1 : p;
}

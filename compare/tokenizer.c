#include "compare/tokenizer.h"

#include "base/utf8.h"
#include "compare/character_reference.h"

#include <string.h>

enum state {
    DATA,
    PLAINTEXT,
    REFERENCE,
    TAG_OPEN,
    END_TAG_OPEN,
    TAG_NAME,
    BEFORE_ATTRIBUTE,
    ATTRIBUTE_NAME,
    AFTER_ATTRIBUTE_NAME,
    BEFORE_VALUE,
    VALUE_DOUBLE,
    VALUE_SINGLE,
    VALUE_UNQUOTED,
    AFTER_VALUE,
    SELF_CLOSING,
    BOGUS_COMMENT,
    DECLARATION,
    COMMENT_START,
    COMMENT_START_DASH,
    COMMENT,
    COMMENT_DASH,
    COMMENT_DASH_DASH,
    COMMENT_BANG,
    CDATA,
    CDATA_BRACKET,
    CDATA_BRACKETS,
    RAW,
    RAW_LESS,
    RAW_END_OPEN,
    RAW_END_NAME,
    RAW_SCRIPT_BANG,      /* <! in a script */
    RAW_SCRIPT_BANG_DASH, /* <!- in a script */
    RAW_SCRIPT_NAME       /* a tag name inside an escaped script */
};

#define ATTRIBUTE_BYTES_MAX (4u * LIMIT_HTML_ATTRIBUTE_BYTES) /* of one tag together */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9');
}

/* The white space of the HTML standard; vertical tab is none. */
static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* ---- text ---- */

static void flush_held(struct tokenizer *t)
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

static void emit_text(struct tokenizer *t, const char *ptr, const char *end)
{
    while (t->held_len > 0 && ptr < end) {
        bool complete = t->held_len == sequence_length((unsigned char)t->held[0]);
        if (complete || ((unsigned char)*ptr & 0xc0) != 0x80) {
            flush_held(t);
            break;
        }
        t->held[t->held_len++] = *ptr++;
    }
    if (ptr == end) {
        return;
    }
    flush_held(t);
    size_t len = (size_t)(end - ptr);
    size_t tail = incomplete_tail(slice_make(ptr, len));
    if (len > tail) {
        t->sink.text(t->sink.context, slice_make(ptr, len - tail));
    }
    memcpy(t->held, end - tail, tail);
    t->held_len = tail;
}

static void emit_literal(struct tokenizer *t, const char *text)
{
    emit_text(t, text, text + strlen(text));
}

/* ---- tags ---- */

static void begin_tag(struct tokenizer *t, bool is_end_tag)
{
    flush_held(t);
    t->is_end_tag = is_end_tag;
    t->self_closing = false;
    t->name_len = 0;
    t->attribute_count = 0;
    buf_reset(&t->attribute_bytes);
    t->state = TAG_NAME;
}

static void name_push(struct tokenizer *t, char c)
{
    if (t->name_len < sizeof t->name - 1) {
        t->name[t->name_len++] = lower(c);
    }
}

static bool attribute_is_kept(const struct tokenizer *t)
{
    return t->attribute_count >= 1 && t->attribute_count <= LIMIT_HTML_ATTRIBUTES;
}

static void begin_attribute(struct tokenizer *t)
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
    t->state = ATTRIBUTE_NAME;
}

static void attribute_name_push(struct tokenizer *t, char c)
{
    if (attribute_is_kept(t) && t->spans[t->attribute_count - 1].name_len < sizeof t->name - 1 &&
        buf_append_byte(&t->attribute_bytes, lower(c)) == 0) {
        t->spans[t->attribute_count - 1].name_len++;
    }
}

static void begin_value(struct tokenizer *t)
{
    if (attribute_is_kept(t)) {
        t->spans[t->attribute_count - 1].value_at = t->attribute_bytes.len;
    }
}

static void value_append(struct tokenizer *t, const char *ptr, const char *end)
{
    if (!attribute_is_kept(t)) {
        return;
    }
    size_t len = (size_t)(end - ptr), have = t->spans[t->attribute_count - 1].value_len;
    size_t room = LIMIT_HTML_ATTRIBUTE_BYTES - have;
    size_t whole = ATTRIBUTE_BYTES_MAX - t->attribute_bytes.len;
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
        t->state = PLAINTEXT;
        return;
    }
    if (!name_is_one_of(name, raw)) {
        return;
    }
    t->state = RAW;
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

static void emit_tag(struct tokenizer *t)
{
    struct slice name = slice_make(t->name, t->name_len);
    t->state = DATA;
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

/* ---- character references ---- */

static bool in_value(const struct tokenizer *t)
{
    return t->return_state == VALUE_DOUBLE || t->return_state == VALUE_SINGLE || t->return_state == VALUE_UNQUOTED;
}

static void reference_append(struct tokenizer *t, const char *ptr, size_t len)
{
    if (in_value(t)) {
        value_append(t, ptr, ptr + len);
    } else {
        emit_text(t, ptr, ptr + len);
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
    bool hex = t->pending_len > 1 && lower(t->pending[1]) == 'x';
    size_t first = hex ? 2 : 1;
    if (t->pending_len == first) {
        return false;
    }
    uint32_t number = 0;
    for (size_t i = first; i < t->pending_len; i++) {
        char c = lower(t->pending[i]);
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
    if (in_value(t) && !(whole && semicolon) && (!whole || next == '=' || is_alnum(next))) {
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
        return c == '#' || is_alnum(c);
    }
    if (t->pending[0] != '#') {
        return is_alnum(c) && t->pending_len < CHARACTER_REFERENCE_NAME_BYTES;
    }
    if (t->pending_len == 1) {
        return c == 'x' || c == 'X' || ascii_is_digit(c);
    }
    bool hex = lower(t->pending[1]) == 'x';
    return ascii_is_digit(c) || (hex && lower(c) >= 'a' && lower(c) <= 'f');
}

static void reference_push(struct tokenizer *t, char c)
{
    /* Leading zeros may go on for ever; any further digit of a number this long leaves it beyond Unicode. */
    if (t->pending_len == sizeof t->pending) {
        bool hex = lower(t->pending[1]) == 'x';
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
static bool end_reference(struct tokenizer *t, char next)
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

static void begin_reference(struct tokenizer *t, int return_state)
{
    t->return_state = return_state;
    t->pending_len = 0;
    t->state = REFERENCE;
}

/* ---- the states; each takes bytes from `p` and returns where the next state goes on ---- */

static const char *find_either(const char *p, const char *end, char a, char b)
{
    while (p < end && *p != a && *p != b) {
        p++;
    }
    return p;
}

static const char *step_data(struct tokenizer *t, const char *p, const char *end)
{
    const char *stop = find_either(p, end, '<', '&');
    emit_text(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '<') {
        t->state = TAG_OPEN;
    } else {
        begin_reference(t, DATA);
    }
    return stop + 1;
}

static const char *step_reference(struct tokenizer *t, const char *p, const char *end)
{
    while (p < end && reference_takes(t, *p)) {
        reference_push(t, *p++);
    }
    if (p == end) {
        return end;
    }
    return end_reference(t, *p) ? p + 1 : p;
}

static const char *step_tag_open(struct tokenizer *t, const char *p)
{
    if (is_alpha(*p)) {
        begin_tag(t, false);
        return p;
    }
    switch (*p) {
    case '/':
        t->state = END_TAG_OPEN;
        return p + 1;
    case '!':
        flush_held(t);
        t->pending_len = 0;
        t->state = DECLARATION;
        return p + 1;
    case '?':
        flush_held(t);
        t->state = BOGUS_COMMENT;
        return p + 1;
    default:
        t->state = DATA;
        emit_literal(t, "<");
        return p;
    }
}

static const char *step_end_tag_open(struct tokenizer *t, const char *p)
{
    if (is_alpha(*p)) {
        begin_tag(t, true);
        return p;
    }
    flush_held(t);
    t->state = *p == '>' ? DATA : BOGUS_COMMENT;
    return *p == '>' ? p + 1 : p;
}

/* Behind a tag's name, an attribute's name or a value: white space, slash and > mean the same everywhere. True if the
 * byte was one of them. */
static bool tag_punctuation(struct tokenizer *t, char c, int after_space)
{
    if (is_space(c)) {
        t->state = after_space;
    } else if (c == '/') {
        t->state = SELF_CLOSING;
    } else if (c == '>') {
        emit_tag(t);
    } else {
        return false;
    }
    return true;
}

static const char *step_tag_name(struct tokenizer *t, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (tag_punctuation(t, *p, BEFORE_ATTRIBUTE)) {
            return p + 1;
        }
        name_push(t, *p);
    }
    return end;
}

static const char *step_before_attribute(struct tokenizer *t, const char *p)
{
    if (tag_punctuation(t, *p, BEFORE_ATTRIBUTE)) {
        return p + 1;
    }
    begin_attribute(t);
    attribute_name_push(t, *p); /* also a leading = */
    return p + 1;
}

static const char *step_attribute_name(struct tokenizer *t, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '=') {
            t->state = BEFORE_VALUE;
            return p + 1;
        }
        if (tag_punctuation(t, *p, AFTER_ATTRIBUTE_NAME)) {
            return p + 1;
        }
        attribute_name_push(t, *p);
    }
    return end;
}

static const char *step_after_attribute_name(struct tokenizer *t, const char *p)
{
    if (*p == '=') {
        t->state = BEFORE_VALUE;
        return p + 1;
    }
    if (tag_punctuation(t, *p, AFTER_ATTRIBUTE_NAME)) {
        return p + 1;
    }
    begin_attribute(t);
    return p;
}

static const char *step_before_value(struct tokenizer *t, const char *p)
{
    if (is_space(*p)) {
        return p + 1;
    }
    begin_value(t);
    switch (*p) {
    case '"':
        t->state = VALUE_DOUBLE;
        return p + 1;
    case '\'':
        t->state = VALUE_SINGLE;
        return p + 1;
    case '>':
        emit_tag(t);
        return p + 1;
    default:
        t->state = VALUE_UNQUOTED;
        return p;
    }
}

static const char *step_quoted_value(struct tokenizer *t, const char *p, const char *end, char quote)
{
    const char *stop = find_either(p, end, quote, '&');
    value_append(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        begin_reference(t, t->state);
    } else {
        t->state = AFTER_VALUE;
    }
    return stop + 1;
}

static const char *step_unquoted_value(struct tokenizer *t, const char *p, const char *end)
{
    const char *stop = p;
    while (stop < end && !is_space(*stop) && *stop != '>' && *stop != '&') {
        stop++;
    }
    value_append(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        begin_reference(t, VALUE_UNQUOTED);
    } else if (*stop == '>') {
        emit_tag(t);
    } else {
        t->state = BEFORE_ATTRIBUTE;
    }
    return stop + 1;
}

static const char *step_after_value(struct tokenizer *t, const char *p)
{
    if (tag_punctuation(t, *p, BEFORE_ATTRIBUTE)) {
        return p + 1;
    }
    t->state = BEFORE_ATTRIBUTE;
    return p;
}

static const char *step_self_closing(struct tokenizer *t, const char *p)
{
    if (*p == '>') {
        t->self_closing = true;
        emit_tag(t);
        return p + 1;
    }
    t->state = BEFORE_ATTRIBUTE;
    return p;
}

static const char *step_bogus_comment(struct tokenizer *t, const char *p, const char *end)
{
    const char *stop = memchr(p, '>', (size_t)(end - p));
    if (stop == NULL) {
        return end;
    }
    t->state = DATA;
    return stop + 1;
}

/* Behind <! : two dashes begin a comment, [CDATA[ a section where it is allowed; all else ends at the next >, a
 * document type too. */
static const char *step_declaration(struct tokenizer *t, const char *p)
{
    static const char cdata[] = "[CDATA[";
    bool may_be_cdata = t->dialect == MARKUP_XML || t->foreign > 0;
    size_t at = t->pending_len;
    if (at <= 1 && *p == '-' && (at == 0 || t->pending[0] == '-')) {
        t->pending[t->pending_len++] = '-';
        if (t->pending_len == 2) {
            t->state = COMMENT_START;
        }
        return p + 1;
    }
    if (may_be_cdata && (at == 0 || t->pending[0] == '[') && *p == cdata[at]) {
        t->pending[t->pending_len++] = *p;
        if (t->pending_len == sizeof cdata - 1) {
            t->state = CDATA;
        }
        return p + 1;
    }
    t->state = BOGUS_COMMENT;
    return p;
}

static const char *step_comment(struct tokenizer *t, const char *p, const char *end)
{
    const char *stop = memchr(p, '-', (size_t)(end - p));
    if (stop == NULL) {
        return end;
    }
    t->state = COMMENT_DASH;
    return stop + 1;
}

/* The states around the end of a comment: by what comes next. */
static const char *step_comment_edge(struct tokenizer *t, const char *p)
{
    int state = t->state;
    if (*p == '-') {
        t->state = state == COMMENT_START  ? COMMENT_START_DASH
                   : state == COMMENT_BANG ? COMMENT_DASH
                                           : COMMENT_DASH_DASH;
        return p + 1;
    }
    if (*p == '>' && state != COMMENT_DASH) {
        t->state = DATA;
        return p + 1;
    }
    if (*p == '!' && state == COMMENT_DASH_DASH) {
        t->state = COMMENT_BANG;
        return p + 1;
    }
    t->state = COMMENT;
    return p;
}

static const char *step_cdata(struct tokenizer *t, const char *p, const char *end)
{
    const char *stop = memchr(p, ']', (size_t)(end - p));
    emit_text(t, p, stop != NULL ? stop : end);
    if (stop == NULL) {
        return end;
    }
    t->state = CDATA_BRACKET;
    return stop + 1;
}

static const char *step_cdata_bracket(struct tokenizer *t, const char *p)
{
    bool two = t->state == CDATA_BRACKETS;
    if (*p == ']') {
        if (two) {
            emit_literal(t, "]");
        }
        t->state = CDATA_BRACKETS;
        return p + 1;
    }
    if (*p == '>' && two) {
        t->state = DATA;
        return p + 1;
    }
    emit_literal(t, two ? "]]" : "]");
    t->state = CDATA;
    return p;
}

/* ---- raw text ---- */

static bool raw_is_script(const struct tokenizer *t)
{
    return slice_equal(slice_make(t->raw_name, t->raw_name_len), SLICE("script"));
}

/* In an escaped script every dash matters; elsewhere only what could end the element. */
static const char *step_raw_escaped(struct tokenizer *t, const char *p, const char *end)
{
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
    emit_text(t, p, stop);
    if (stop < end && t->script_escaped) {
        t->dashes = 0;
        t->state = RAW_LESS;
        stop++;
    }
    return stop;
}

static const char *step_raw(struct tokenizer *t, const char *p, const char *end)
{
    if (t->script_escaped) {
        return step_raw_escaped(t, p, end);
    }
    const char *stop = find_either(p, end, '<', t->escapable ? '&' : '<');
    emit_text(t, p, stop);
    if (stop == end) {
        return end;
    }
    if (*stop == '&') {
        begin_reference(t, RAW);
    } else {
        t->state = RAW_LESS;
    }
    return stop + 1;
}

static const char *step_raw_less(struct tokenizer *t, const char *p)
{
    t->name_len = 0;
    if (*p == '/') {
        t->state = RAW_END_OPEN;
        return p + 1;
    }
    if (*p == '!' && raw_is_script(t) && !t->script_escaped) {
        emit_literal(t, "<!");
        t->state = RAW_SCRIPT_BANG;
        return p + 1;
    }
    emit_literal(t, "<");
    t->state = t->script_escaped && !t->script_double_escaped && is_alpha(*p) ? RAW_SCRIPT_NAME : RAW;
    return p;
}

static const char *step_raw_end_open(struct tokenizer *t, const char *p)
{
    if (is_alpha(*p)) {
        t->state = RAW_END_NAME;
        if (t->script_double_escaped) {
            emit_literal(t, "</");
            t->state = RAW_SCRIPT_NAME;
        }
        return p;
    }
    emit_literal(t, "</");
    t->state = RAW;
    return p;
}

static bool ends_name(char c)
{
    return is_space(c) || c == '/' || c == '>';
}

static bool raw_name_matches(const struct tokenizer *t)
{
    return t->name_len == t->raw_name_len && memcmp(t->name, t->raw_name, t->name_len) == 0;
}

/* The letters are kept as they came in `pending`, since they are text if the name turns out to be another one. */
static const char *step_raw_end_name(struct tokenizer *t, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (is_alpha(*p) && t->name_len < t->raw_name_len) {
            t->pending[t->name_len] = *p;
            t->name[t->name_len++] = lower(*p);
            continue;
        }
        if (ends_name(*p) && raw_name_matches(t)) {
            size_t len = t->name_len;
            begin_tag(t, true);
            t->name_len = len;
            return p;
        }
        emit_literal(t, "</");
        emit_text(t, t->pending, t->pending + t->name_len);
        t->state = RAW;
        return p;
    }
    return end;
}

static const char *step_raw_script_bang(struct tokenizer *t, const char *p)
{
    if (*p != '-') {
        t->state = RAW;
        return p;
    }
    emit_literal(t, "-");
    if (t->state == RAW_SCRIPT_BANG) {
        t->state = RAW_SCRIPT_BANG_DASH;
    } else {
        t->script_escaped = true;
        t->dashes = 2;
        t->state = RAW;
    }
    return p + 1;
}

/* <script inside an escaped script opens the doubly escaped state, </script inside that one closes it. */
static const char *step_raw_script_name(struct tokenizer *t, const char *p, const char *end)
{
    const char *start = p;
    while (p < end && is_alpha(*p)) {
        if (t->name_len < sizeof t->name) {
            t->name[t->name_len++] = lower(*p);
        }
        p++;
    }
    emit_text(t, start, p);
    if (p == end) {
        return end;
    }
    if (ends_name(*p) && slice_equal(slice_make(t->name, t->name_len), SLICE("script"))) {
        t->script_double_escaped = !t->script_double_escaped;
    }
    t->state = RAW;
    return p;
}

/* ---- the machine ---- */

static const char *step(struct tokenizer *t, const char *p, const char *end)
{
    switch ((enum state)t->state) {
    case DATA:
        return step_data(t, p, end);
    case PLAINTEXT:
        emit_text(t, p, end);
        return end;
    case REFERENCE:
        return step_reference(t, p, end);
    case TAG_OPEN:
        return step_tag_open(t, p);
    case END_TAG_OPEN:
        return step_end_tag_open(t, p);
    case TAG_NAME:
        return step_tag_name(t, p, end);
    case BEFORE_ATTRIBUTE:
        return step_before_attribute(t, p);
    case ATTRIBUTE_NAME:
        return step_attribute_name(t, p, end);
    case AFTER_ATTRIBUTE_NAME:
        return step_after_attribute_name(t, p);
    case BEFORE_VALUE:
        return step_before_value(t, p);
    case VALUE_DOUBLE:
        return step_quoted_value(t, p, end, '"');
    case VALUE_SINGLE:
        return step_quoted_value(t, p, end, '\'');
    case VALUE_UNQUOTED:
        return step_unquoted_value(t, p, end);
    case AFTER_VALUE:
        return step_after_value(t, p);
    case SELF_CLOSING:
        return step_self_closing(t, p);
    case BOGUS_COMMENT:
        return step_bogus_comment(t, p, end);
    case DECLARATION:
        return step_declaration(t, p);
    case COMMENT:
        return step_comment(t, p, end);
    case COMMENT_START:
    case COMMENT_START_DASH:
    case COMMENT_DASH:
    case COMMENT_DASH_DASH:
    case COMMENT_BANG:
        return step_comment_edge(t, p);
    case CDATA:
        return step_cdata(t, p, end);
    case CDATA_BRACKET:
    case CDATA_BRACKETS:
        return step_cdata_bracket(t, p);
    case RAW:
        return step_raw(t, p, end);
    case RAW_LESS:
        return step_raw_less(t, p);
    case RAW_END_OPEN:
        return step_raw_end_open(t, p);
    case RAW_END_NAME:
        return step_raw_end_name(t, p, end);
    case RAW_SCRIPT_BANG:
    case RAW_SCRIPT_BANG_DASH:
        return step_raw_script_bang(t, p);
    case RAW_SCRIPT_NAME:
        return step_raw_script_name(t, p, end);
    }
    return end;
}

void tokenizer_init(struct tokenizer *tokenizer, const struct token_sink *sink, enum markup_dialect dialect)
{
    *tokenizer = (struct tokenizer){.sink = *sink, .dialect = dialect, .state = DATA};
    buf_init(&tokenizer->attribute_bytes, ATTRIBUTE_BYTES_MAX);
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
    while (p < end) {
        p = step(tokenizer, p, end);
    }
}

void tokenizer_finish(struct tokenizer *tokenizer)
{
    struct tokenizer *t = tokenizer;
    if (t->state == REFERENCE) {
        end_reference(t, '\0');
    }
    switch ((enum state)t->state) {
    case TAG_OPEN:
    case RAW_LESS:
        emit_literal(t, "<");
        break;
    case END_TAG_OPEN:
    case RAW_END_OPEN:
        emit_literal(t, "</");
        break;
    case RAW_END_NAME:
        emit_literal(t, "</");
        emit_text(t, t->pending, t->pending + t->name_len);
        break;
    case CDATA_BRACKET:
        emit_literal(t, "]");
        break;
    case CDATA_BRACKETS:
        emit_literal(t, "]]");
        break;
    default:
        break;
    }
    flush_held(t);
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

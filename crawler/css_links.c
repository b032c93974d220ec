#include "crawler/css_links.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* The words of CSS Syntax Level 3 §4 that matter here: comments, strings, url(), at-keywords. Everything else is passed
 * over byte by byte. */
struct reader {
    struct slice rest;
    struct buf value; /* the unescaped reference */
    struct css_links *links;
    struct hash_set seen;
    size_t capacity;
    bool out_of_memory;
};

static void skip(struct reader *reader, size_t bytes)
{
    reader->rest = slice_from(reader->rest, bytes);
}

static void skip_space(struct reader *reader)
{
    while (reader->rest.len > 0 && ascii_is_space(reader->rest.ptr[0]))
        skip(reader, 1);
}

static void skip_comment(struct reader *reader)
{
    skip(reader, 2);
    skip(reader, slice_find(reader->rest, SLICE("*/")));
    skip(reader, 2);
}

/* At a backslash: up to six hexadecimal digits and one white space, or the next byte itself. */
static void read_escape(struct reader *reader)
{
    uint32_t code = 0;
    size_t digits = 0;
    skip(reader, 1);
    for (; digits < 6 && reader->rest.len > 0 && ascii_hex_value(reader->rest.ptr[0]) >= 0; digits++, skip(reader, 1))
        code = code * 16 + (uint32_t)ascii_hex_value(reader->rest.ptr[0]);
    if (digits > 0) {
        utf8_append(&reader->value, code);
        if (reader->rest.len > 0 && ascii_is_space(reader->rest.ptr[0]))
            skip(reader, 1);
        return;
    }
    if (reader->rest.len == 0)
        return;
    /* A line break behind a backslash joins two lines of a string. */
    if (reader->rest.ptr[0] != '\n')
        buf_append_byte(&reader->value, reader->rest.ptr[0]);
    skip(reader, 1);
}

/* Up to `end` or, unless it is quoted, to white space. An unescaped line break ends a string. */
static void read_value(struct reader *reader, char end)
{
    bool quoted = end == '"' || end == '\'';
    buf_reset(&reader->value);
    while (reader->rest.len > 0) {
        char c = reader->rest.ptr[0];
        if (c == end || (quoted ? c == '\n' : ascii_is_space(c)))
            return;
        if (c == '\\') {
            read_escape(reader);
            continue;
        }
        buf_append_byte(&reader->value, c);
        skip(reader, 1);
    }
}

static bool is_font(struct slice text)
{
    static const char *const endings[] = {".woff2", ".woff", ".ttf", ".otf", ".eot"};
    struct slice path = slice_make(text.ptr, slice_find_byte(text, '?'));
    path.len = slice_find_byte(path, '#');
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (slice_ends_with(path, slice_of(endings[i])))
            return true;
    }
    return false;
}

static bool grow(struct reader *reader)
{
    if (reader->links->count < reader->capacity)
        return true;
    size_t capacity = reader->capacity == 0 ? 32 : reader->capacity * 2;
    struct link_reference *grown = realloc(reader->links->references, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    reader->links->references = grown;
    reader->capacity = capacity;
    return true;
}

static void add(struct reader *reader, enum link_kind kind)
{
    struct slice text = slice_trim(buf_slice(&reader->value));
    /* A fragment alone points into the document that uses the sheet. */
    if (reader->value.failed || text.len == 0 || text.len > LIMIT_URL_BYTES || text.ptr[0] == '#' ||
        slice_starts_with_nocase(text, SLICE("data:")))
        return;
    if (kind != LINK_STYLE)
        kind = is_font(text) ? LINK_OTHER : LINK_IMAGE;
    int added = hash_set_add(&reader->seen, hash_seeded(text, (uint64_t)kind));
    if (added == 0)
        return;
    if (added < 0) {
        reader->links->truncated = true;
        return;
    }
    char *copy = arena_copy(&reader->links->memory, text);
    if (copy == NULL || !grow(reader)) {
        reader->out_of_memory = true;
        return;
    }
    reader->links->references[reader->links->count++] =
        (struct link_reference){.text = slice_make(copy, text.len), .kind = kind};
}

/* Behind "url(". */
static void read_url(struct reader *reader, enum link_kind kind)
{
    skip_space(reader);
    char first = reader->rest.len > 0 ? reader->rest.ptr[0] : ')';
    if (first == '"' || first == '\'') {
        skip(reader, 1);
        read_value(reader, first);
        skip(reader, 1);
    } else {
        read_value(reader, ')');
    }
    add(reader, kind);
}

static void skip_space_and_comments(struct reader *reader)
{
    for (skip_space(reader); slice_starts_with(reader->rest, SLICE("/*")); skip_space(reader))
        skip_comment(reader);
}

/* Behind "@import": a string, or url(). */
static void read_import(struct reader *reader)
{
    skip_space_and_comments(reader);
    char first = reader->rest.len > 0 ? reader->rest.ptr[0] : ';';
    if (first == '"' || first == '\'') {
        skip(reader, 1);
        read_value(reader, first);
        add(reader, LINK_STYLE);
        skip(reader, 1);
    } else if (slice_starts_with_nocase(reader->rest, SLICE("url("))) {
        skip(reader, 4);
        read_url(reader, LINK_STYLE);
    }
}

static bool is_name_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static void read_sheet(struct reader *reader)
{
    char before = ' ';
    while (reader->rest.len > 0 && !reader->links->truncated && !reader->out_of_memory) {
        char c = reader->rest.ptr[0];
        if (c == '/' && slice_starts_with(reader->rest, SLICE("/*"))) {
            skip_comment(reader);
        } else if (c == '"' || c == '\'') {
            skip(reader, 1);
            read_value(reader, c);
            skip(reader, 1);
        } else if (c == '@' && slice_starts_with_nocase(reader->rest, SLICE("@import"))) {
            skip(reader, strlen("@import"));
            read_import(reader);
        } else if ((c == 'u' || c == 'U') && !is_name_byte(before) &&
                   slice_starts_with_nocase(reader->rest, SLICE("url("))) {
            skip(reader, strlen("url("));
            read_url(reader, LINK_IMAGE);
        } else {
            skip(reader, c == '\\' ? 2 : 1);
        }
        before = c;
    }
}

int css_links_find(struct slice sheet, struct css_links *links, struct err *err)
{
    *links = (struct css_links){0};
    struct reader reader = {.rest = sheet, .links = links};
    buf_init(&reader.value, LIMIT_HTML_ATTRIBUTE_BYTES);
    hash_set_init(&reader.seen, LIMIT_LINKS_PER_PAGE);
    read_sheet(&reader);
    buf_release(&reader.value);
    hash_set_release(&reader.seen);
    return reader.out_of_memory ? err_memory(err) : 0;
}

void css_links_release(struct css_links *links)
{
    free(links->references);
    arena_release(&links->memory);
    *links = (struct css_links){0};
}

#include "crawler/sitemap.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/gunzip.h"

#include <stdlib.h>
#include <string.h>

/* Names longer than this are nobody's. */
#define NAME_BYTES_MAX 64

struct reader {
    struct sitemap *sitemap;
    struct hash_set seen;
    struct slice prefix; /* of the root element: "sm:" of <sm:urlset> */
    struct buf text;     /* of the current location */
    bool out_of_memory;
};

static void add_location(struct reader *reader, struct slice text)
{
    struct sitemap *sitemap = reader->sitemap;
    text = slice_trim(text);
    if (text.len == 0 || text.len > LIMIT_URL_BYTES)
        return;
    int added = hash_set_add(&reader->seen, hash_slice(text));
    if (added == 0)
        return;
    if (added < 0) {
        sitemap->truncated = true;
        return;
    }
    if (sitemap->count == sitemap->capacity) {
        size_t capacity = sitemap->capacity == 0 ? 64 : sitemap->capacity * 2;
        struct slice *grown = realloc(sitemap->locations, capacity * sizeof *grown);
        if (grown == NULL) {
            reader->out_of_memory = true;
            return;
        }
        sitemap->locations = grown;
        sitemap->capacity = capacity;
    }
    char *copy = arena_copy(&sitemap->memory, text);
    if (copy == NULL)
        reader->out_of_memory = true;
    else
        sitemap->locations[sitemap->count++] = slice_make(copy, text.len);
}

/* --- XML --- */

static uint32_t number_of_reference(struct slice digits)
{
    uint32_t code = 0;
    bool hex = digits.len > 0 && ascii_lower(digits.ptr[0]) == 'x';
    for (size_t i = hex ? 1 : 0; i < digits.len; i++) {
        int value = ascii_hex_value(digits.ptr[i]);
        if (value < 0 || (!hex && value > 9))
            return UTF8_REPLACEMENT;
        code = code * (hex ? 16 : 10) + (uint32_t)value;
        if (code > 0x10ffff)
            return UTF8_REPLACEMENT;
    }
    return code;
}

/* Behind "&": appends what is meant and returns its length with the ";"; 0 if it is none of ours. */
static size_t append_reference(struct buf *out, struct slice rest)
{
    static const struct {
        const char *name;
        char meant;
    } names[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_starts_with(rest, slice_of(names[i].name))) {
            buf_append_byte(out, names[i].meant);
            return strlen(names[i].name);
        }
    }
    struct slice digits = slice_make(rest.ptr, rest.len < 12 ? rest.len : 12);
    size_t end = slice_find_byte(digits, ';');
    if (rest.len == 0 || rest.ptr[0] != '#' || end == digits.len)
        return 0;
    digits.len = end;
    utf8_append(out, number_of_reference(slice_from(digits, 1)));
    return end + 1;
}

static void append_text(struct buf *out, struct slice text)
{
    while (text.len > 0) {
        size_t plain = slice_find_byte(text, '&');
        buf_append_slice(out, slice_make(text.ptr, plain));
        text = slice_from(text, plain);
        if (text.len == 0)
            return;
        size_t len = append_reference(out, slice_from(text, 1));
        if (len == 0)
            buf_append_byte(out, '&');
        text = slice_from(text, 1 + len);
    }
}

/* The name in "<name ...>", without the bracket. */
static struct slice name_of_tag(struct slice tag)
{
    size_t end = 0;
    while (end < tag.len && end < NAME_BYTES_MAX && !ascii_is_space(tag.ptr[end]) && tag.ptr[end] != '>' &&
           tag.ptr[end] != '/')
        end++;
    return slice_make(tag.ptr, end);
}

/* "loc" or "sm:loc", as the root has it; never "image:loc". */
static bool is_location(const struct reader *reader, struct slice name)
{
    if (!slice_starts_with(name, reader->prefix))
        return false;
    return slice_equal(slice_from(name, reader->prefix.len), SLICE("loc"));
}

static void read_root(struct reader *reader, struct slice name)
{
    size_t colon = slice_find_byte(name, ':');
    struct slice local = colon < name.len ? slice_from(name, colon + 1) : name;
    if (slice_equal(local, SLICE("sitemapindex")))
        reader->sitemap->is_index = true;
    else if (!slice_equal(local, SLICE("urlset")))
        return;
    reader->prefix = colon < name.len ? slice_make(name.ptr, colon + 1) : SLICE_EMPTY;
}

/* Behind "<loc>": its text, up to the next tag; CDATA is text, too. */
static struct slice read_location(struct reader *reader, struct slice rest)
{
    buf_reset(&reader->text);
    for (;;) {
        size_t end = slice_find_byte(rest, '<');
        append_text(&reader->text, slice_make(rest.ptr, end));
        rest = slice_from(rest, end);
        if (!slice_starts_with(rest, SLICE("<![CDATA[")))
            break;
        rest = slice_from(rest, strlen("<![CDATA["));
        end = slice_find(rest, SLICE("]]>"));
        buf_append_slice(&reader->text, slice_make(rest.ptr, end));
        rest = slice_from(rest, end + 3);
    }
    /* A location that is cut off is none. */
    if (rest.len > 0 && !reader->text.failed)
        add_location(reader, buf_slice(&reader->text));
    return rest;
}

static void read_xml(struct reader *reader, struct slice rest)
{
    while (!reader->sitemap->truncated && !reader->out_of_memory) {
        rest = slice_from(rest, slice_find_byte(rest, '<'));
        if (rest.len == 0)
            return;
        if (slice_starts_with(rest, SLICE("<!--"))) {
            rest = slice_from(rest, slice_find(rest, SLICE("-->")));
            continue;
        }
        rest = slice_from(rest, 1);
        struct slice name = name_of_tag(rest);
        rest = slice_from(rest, name.len);
        if (!is_location(reader, name)) {
            read_root(reader, name);
            continue;
        }
        rest = slice_from(rest, slice_find_byte(rest, '>') + 1);
        rest = read_location(reader, rest);
    }
}

/* --- plain text --- */

static void read_text(struct reader *reader, struct slice rest)
{
    struct slice line = SLICE_EMPTY;
    while (!reader->sitemap->truncated && !reader->out_of_memory && slice_next(&rest, '\n', &line)) {
        line = slice_trim(line);
        if (slice_starts_with_nocase(line, SLICE("http://")) || slice_starts_with_nocase(line, SLICE("https://")))
            add_location(reader, line);
    }
}

static void read_body(struct reader *reader, struct slice body)
{
    if (slice_starts_with(body, SLICE("\xef\xbb\xbf")))
        body = slice_from(body, 3);
    body = slice_trim(body);
    if (body.len > 0 && body.ptr[0] == '<')
        read_xml(reader, body);
    else
        read_text(reader, body);
}

int sitemap_parse(struct slice body, struct sitemap *sitemap, struct err *err)
{
    struct reader reader = {.sitemap = sitemap};
    struct buf unpacked;
    bool cut = body.len > LIMIT_SITEMAP_BYTES;
    int result = 0;
    *sitemap = (struct sitemap){0};
    buf_init(&unpacked, 0);
    buf_init(&reader.text, 6u * LIMIT_URL_BYTES);
    hash_set_init(&reader.seen, LIMIT_SITEMAP_URLS);
    if (is_gzip(body)) {
        result = gunzip(body, LIMIT_SITEMAP_BYTES, &unpacked, &cut, err);
        body = buf_slice(&unpacked);
    }
    if (body.len > LIMIT_SITEMAP_BYTES)
        body.len = LIMIT_SITEMAP_BYTES;
    if (result == 0)
        read_body(&reader, body);
    if (reader.out_of_memory)
        result = err_memory(err);
    sitemap->truncated = sitemap->truncated || cut;
    hash_set_release(&reader.seen);
    buf_release(&reader.text);
    buf_release(&unpacked);
    return result;
}

void sitemap_release(struct sitemap *sitemap)
{
    free(sitemap->locations);
    arena_release(&sitemap->memory);
    *sitemap = (struct sitemap){0};
}

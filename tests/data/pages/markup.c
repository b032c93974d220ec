#include "tests/data/pages/markup.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>

static void replace(struct buf *page, struct buf *by)
{
    buf_release(page);
    *page = *by;
    *by = (struct buf){0};
}

static bool is_dropped_end(struct slice s)
{
    static const char *const names[] = {"</li>", "</p>", "</dd>", "</dt>", "</td>", "</tr>", "</body>"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_starts_with(s, slice_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* "plain" needs no quotes; what ends in a slash would run into the tag's end. */
static size_t plain_value_length(struct slice s)
{
    size_t i = 1;
    while (i < s.len && (ascii_is_alpha(s.ptr[i]) || ascii_is_digit(s.ptr[i]) || strchr("-_./:", s.ptr[i]) != NULL)) {
        i++;
    }
    return i > 1 && i < s.len && s.ptr[i] == '"' && s.ptr[i - 1] != '/' ? i - 1 : 0;
}

void markup_minify(struct buf *page)
{
    struct buf out = {0};
    struct slice rest = buf_slice(page);
    bool in_tag = false;
    while (rest.len > 0) {
        char c = rest.ptr[0];
        size_t plain = in_tag && c == '"' && out.len > 0 && out.data[out.len - 1] == '=' ? plain_value_length(rest) : 0;
        if (plain > 0) {
            buf_append(&out, rest.ptr + 1, plain);
            rest = slice_from(rest, plain + 2);
        } else if (!in_tag && slice_starts_with(rest, SLICE("<!--"))) {
            rest = slice_from(rest, slice_find(rest, SLICE("-->")) + 3);
        } else if (!in_tag && is_dropped_end(rest)) {
            rest = slice_from(rest, slice_find_byte(rest, '>') + 1);
        } else if (!in_tag && c == '\n' && (rest.len == 1 || rest.ptr[1] == '<')) {
            rest = slice_from(rest, 1);
        } else {
            in_tag = c == '<' || (in_tag && c != '>');
            buf_append_byte(&out, c);
            rest = slice_from(rest, 1);
        }
    }
    replace(page, &out);
}

void markup_indent(struct buf *page)
{
    struct buf out = {0};
    for (size_t i = 0; i < page->len; i++) {
        buf_append_byte(&out, page->data[i]);
        if (page->data[i] == '\n' && i + 1 < page->len && page->data[i + 1] == '<') {
            buf_append_text(&out, "\r\n\t\t    ");
        }
    }
    replace(page, &out);
}

void markup_shout(struct buf *page)
{
    bool in_tag = false, in_value = false;
    for (size_t i = 0; i < page->len; i++) {
        char *c = &page->data[i];
        if (*c == '"' && in_tag) {
            in_value = !in_value;
            *c = '\'';
        } else if (!in_value && (*c == '<' || *c == '>')) {
            in_tag = *c == '<';
        } else if (in_tag && !in_value && *c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 32);
        }
    }
}

void markup_insert(struct buf *page, const char *mark, const char *text)
{
    struct slice whole = buf_slice(page);
    size_t at = slice_find(whole, slice_of(mark));
    struct buf out = {0};
    buf_append(&out, whole.ptr, at);
    buf_append_text(&out, at < whole.len ? text : "");
    buf_append_slice(&out, slice_from(whole, at));
    replace(page, &out);
}

void markup_replace_all(struct buf *page, const char *from, const char *to)
{
    struct slice rest = buf_slice(page), wanted = slice_of(from);
    struct buf out = {0};
    while (rest.len > 0) {
        size_t at = slice_find(rest, wanted);
        buf_append(&out, rest.ptr, at);
        if (at < rest.len) {
            buf_append_text(&out, to);
            at += wanted.len;
        }
        rest = slice_from(rest, at);
    }
    replace(page, &out);
}

void markup_drop_between(struct buf *page, const char *begin, const char *end)
{
    struct slice whole = buf_slice(page);
    size_t from = slice_find(whole, slice_of(begin)) + strlen(begin);
    struct slice behind = slice_from(whole, from);
    size_t to = slice_find(behind, slice_of(end));
    if (from >= whole.len || to == behind.len) {
        return;
    }
    struct buf out = {0};
    buf_append(&out, whole.ptr, from);
    buf_append_slice(&out, slice_from(behind, to));
    replace(page, &out);
}

void markup_cut(struct buf *page, unsigned percent)
{
    page->len = page->len * percent / 100;
    page->data[page->len] = '\0';
}

void markup_encode(struct buf *page, const char *encoding, const char *label)
{
    markup_replace_all(page, "<meta charset=\"utf-8\">", "");
    struct buf meta = {0};
    buf_printf(&meta, "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=%s\">", label);
    markup_insert(page, "<title>", buf_text(&meta));
    buf_release(&meta);
    iconv_t conversion = iconv_open(encoding, "UTF-8");
    if (conversion == (iconv_t)-1) {
        return;
    }
    struct buf out = {0};
    char *in = page->data, chunk[4096];
    size_t left = page->len;
    while (left > 0) {
        char *to = chunk;
        size_t room = sizeof chunk, before = left;
        iconv(conversion, &in, &left, &to, &room);
        buf_append(&out, chunk, sizeof chunk - room);
        if (left == before && left > 0 && room == sizeof chunk) {
            in++;
            left--;
        }
    }
    iconv_close(conversion);
    replace(page, &out);
}

#include "reports/text_page.h"

#include "base/utf8.h"

#include <string.h>

#define COLUMNS_DEFAULT 100
#define COLUMNS_LEAST   60
#define COLUMNS_MOST    120

static const char *const color_codes[] = {
    [TEXT_PLAIN] = "",        [TEXT_BOLD] = "\x1b[1m",     [TEXT_DIM] = "\x1b[2m",
    [TEXT_GOOD] = "\x1b[32m", [TEXT_WARNING] = "\x1b[33m", [TEXT_BAD] = "\x1b[31m",
};

void text_page_init(struct text_page *page, const struct report_style *style, struct buf *out)
{
    int columns = style->columns == 0 ? COLUMNS_DEFAULT : style->columns;
    columns = columns < COLUMNS_LEAST ? COLUMNS_LEAST : columns;
    columns = columns > COLUMNS_MOST ? COLUMNS_MOST : columns;
    *page = (struct text_page){.out = out, .color = style->color, .columns = columns};
}

/* East Asian wide characters take two columns, combining marks none (Unicode Standard Annex 11, in rough ranges). */
static int code_width(uint32_t code)
{
    if ((code >= 0x300 && code <= 0x36f) || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x20d0 && code <= 0x20ff)) {
        return 0;
    }
    bool wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
                (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
                (code >= 0x20000 && code <= 0x3fffd);
    return wide ? 2 : 1;
}

int text_width(struct slice text)
{
    int width = 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        i += utf8_decode(slice_from(text, i), &code);
        width += code_width(code);
    }
    return width;
}

/* The longest beginning that takes at most `columns`; never empty unless text is. */
static struct slice fitting(struct slice text, int columns)
{
    int width = 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        size_t len = utf8_decode(slice_from(text, i), &code);
        width += code_width(code);
        if (width > columns && i > 0) {
            return slice_make(text.ptr, i);
        }
        i += len;
    }
    return text;
}

static void put_escaped(struct text_page *page, enum text_color color, struct slice text)
{
    if (text.len == 0) {
        return;
    }
    bool paint = page->color && color != TEXT_PLAIN;
    if (paint) {
        buf_append_text(page->out, color_codes[color]);
    }
    buf_append_slice(page->out, text);
    if (paint) {
        buf_append_text(page->out, "\x1b[0m");
    }
    page->column += text_width(text);
}

void text_put(struct text_page *page, enum text_color color, const char *text)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    page->out->failed = page->out->failed || visible.failed;
    put_escaped(page, color, buf_slice(&visible));
    buf_release(&visible);
}

void text_printf(struct text_page *page, enum text_color color, const char *format, ...)
{
    struct buf text;
    buf_init(&text, 0);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    page->out->failed = page->out->failed || text.failed;
    text_put(page, color, buf_text(&text));
    buf_release(&text);
}

void text_pad(struct text_page *page, int column)
{
    do {
        buf_append_byte(page->out, ' ');
        page->column++;
    } while (page->column < column);
}

void text_end_line(struct text_page *page)
{
    buf_append_byte(page->out, '\n');
    page->column = 0;
}

static void continue_on_next_line(struct text_page *page, int indent)
{
    text_end_line(page);
    if (indent > 0) {
        text_pad(page, indent);
    }
}

/* Puts one word, after a blank where `spaced`; on the next line where it does not fit on this one. */
static void put_word(struct text_page *page, int indent, enum text_color color, struct slice word, bool spaced)
{
    if (page->column + spaced + text_width(word) <= page->columns) {
        if (spaced) {
            text_pad(page, page->column + 1);
        }
    } else if (page->column > indent) {
        continue_on_next_line(page, indent);
    }
    while (page->column + text_width(word) > page->columns) {
        struct slice part = fitting(word, page->columns - page->column);
        put_escaped(page, color, part);
        word = slice_from(word, part.len);
        if (word.len == 0) {
            return;
        }
        continue_on_next_line(page, indent);
    }
    put_escaped(page, color, word);
}

static void wrap_escaped(struct text_page *page, int indent, enum text_color color, struct slice text)
{
    struct slice word;
    bool spaced = false;
    while (slice_next(&text, ' ', &word)) {
        if (word.len == 0) {
            continue;
        }
        put_word(page, indent, color, word, spaced);
        spaced = true;
    }
}

void text_wrap(struct text_page *page, int indent, enum text_color color, const char *text)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    page->out->failed = page->out->failed || visible.failed;
    wrap_escaped(page, indent, color, buf_slice(&visible));
    buf_release(&visible);
}

void text_wrap_cut(struct text_page *page, int indent, enum text_color color, const char *text, int max_columns)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    if (text_width(buf_slice(&visible)) > max_columns) {
        struct slice kept = fitting(buf_slice(&visible), max_columns - 1);
        visible.len = kept.len;
        buf_append_text(&visible, "…");
    }
    page->out->failed = page->out->failed || visible.failed;
    wrap_escaped(page, indent, color, buf_slice(&visible));
    buf_release(&visible);
}

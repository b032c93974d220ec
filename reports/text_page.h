/* A page of text for people: columns, wrapping, colour. Everything that is put on the page is escaped here, so a text
 * from an origin cannot move a cursor, hide what follows or pretend to be a line of ours.
 */
#ifndef ORIGINTLS_REPORTS_TEXT_PAGE_H
#define ORIGINTLS_REPORTS_TEXT_PAGE_H

#include "base/buf.h"
#include "reports/report.h"

enum text_color { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_GOOD, TEXT_WARNING, TEXT_BAD };

struct text_page {
    struct buf *out; /* borrowed */
    bool color;
    int columns;
    int column; /* how many are filled on this line */
};

void text_page_init(struct text_page *page, const struct report_style *style, struct buf *out);
void text_put(struct text_page *page, enum text_color color, const char *text);
void text_printf(struct text_page *page, enum text_color color, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Blanks up to `column`; at least one where the line is further already. */
void text_pad(struct text_page *page, int column);
/* Puts text from where the line stands, breaking between words so that no line is longer than the page; further lines
 * start at `indent`. A word that is longer than a line is broken anywhere. */
void text_wrap(struct text_page *page, int indent, enum text_color color, const char *text);
/* text_wrap of at most `max_columns`, the rest replaced by "…": for URLs, which may be longer than a page. */
void text_wrap_cut(struct text_page *page, int indent, enum text_color color, const char *text, int max_columns);
void text_end_line(struct text_page *page);

/* How many columns of a terminal the visible text takes. */
int text_width(struct slice text);

#endif

/* HTML of any bytes: every link is a URL in normal form, the ceilings hold, and the size of the pieces changes nothing.
 */
#include "base/limits.h"
#include "crawler/html_links.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct html_links *read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct html_links *links = html_links_new(SLICE_EMPTY, NULL);
    for (size_t at = 0; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        html_links_feed(links, slice_make((const char *)data + at, len));
    }
    check(html_links_finish(links, NULL) == 0);
    return links;
}

static void check_same(const struct html_links *a, const struct html_links *b)
{
    size_t count_a = 0;
    size_t count_b = 0;
    const struct link_reference *references_a = html_links_references(a, &count_a);
    const struct link_reference *references_b = html_links_references(b, &count_b);
    check(count_a == count_b);
    for (size_t i = 0; i < count_a; i++)
        check(references_a[i].kind == references_b[i].kind && slice_equal(references_a[i].text, references_b[i].text));
    check(slice_equal(html_links_base(a), html_links_base(b)));
}

static void check_document(const uint8_t *data, size_t size)
{
    struct url document;
    struct document_links links;
    check(url_parse(SLICE("http://example.com/a/b?c"), &document) == URL_OK);
    check(links_of_document(slice_make((const char *)data, size), &document, SLICE("text/html"), &links, NULL) == 0);
    check(links.count <= LIMIT_LINKS_PER_PAGE);
    for (size_t i = 0; i < links.count; i++) {
        struct url again;
        check(strlen(links.items[i].url.text) <= LIMIT_URL_BYTES);
        check(url_parse(slice_of(links.items[i].url.text), &again) == URL_OK);
        check(url_equal(&again, &links.items[i].url));
        url_release(&again);
    }
    document_links_release(&links);
    url_release(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_document(data, size);
    struct html_links *whole = read_in_pieces(data, size, size > 0 ? size : 1);
    struct html_links *pieces = read_in_pieces(data, size, 7);
    if (!html_links_truncated(whole) && !html_links_truncated(pieces))
        check_same(whole, pieces);
    html_links_free(whole);
    html_links_free(pieces);
    return 0;
}

/* The tokenizer and the reading of pages on hostile markup.
 *
 * Input: one byte that seeds the sizes of chunks (its lowest bit: XML), then the markup. The tokens must not depend on
 * the chunks, and what a page keeps of them must stay within its bounds. */
#include "base/rng.h"
#include "compare/page.h"
#include "compare/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "invariant broken: %s\n", what);
        abort();
    }
}

static void write_text(void *context, struct slice text)
{
    buf_append_slice(context, text);
}

static void write_start(void *context, const struct tag *tag)
{
    require(tag->attribute_count <= LIMIT_HTML_ATTRIBUTES, "few attributes");
    require(tag->name.len > 0 && tag->name.len < 64, "a short name");
    buf_append_text(context, "\001<");
    buf_append_slice(context, tag->name);
    for (size_t i = 0; i < tag->attribute_count; i++) {
        require(tag->attributes[i].value.len <= LIMIT_HTML_ATTRIBUTE_BYTES, "a short value");
        buf_append_text(context, "\002");
        buf_append_slice(context, tag->attributes[i].name);
        buf_append_text(context, "\003");
        buf_append_slice(context, tag->attributes[i].value);
    }
}

static void write_end(void *context, struct slice name)
{
    buf_append_text(context, "\004");
    buf_append_slice(context, name);
}

static void tokenize(struct slice input, enum markup_dialect dialect, uint64_t seed, struct buf *out)
{
    struct token_sink sink = {out, write_text, write_start, write_end};
    struct tokenizer *tokenizer = malloc(sizeof *tokenizer);
    struct rng rng;
    rng_init(&rng, seed);
    if (tokenizer == NULL) {
        return;
    }
    tokenizer_init(tokenizer, &sink, dialect);
    while (input.len > 0) {
        size_t len = seed == 0 ? input.len : 1 + (size_t)rng_below(&rng, 5);
        len = len < input.len ? len : input.len;
        tokenizer_feed(tokenizer, slice_make(input.ptr, len));
        input = slice_from(input, len);
    }
    tokenizer_finish(tokenizer);
    tokenizer_release(tokenizer);
    free(tokenizer);
}

static void read_page(struct slice body, bool is_xml)
{
    struct compare_response response = {.outcome = EXCHANGE_ANSWERED,
                                        .status = 200,
                                        .body = body,
                                        .host = SLICE("a.example"),
                                        .path = SLICE("/x/y?z"),
                                        .https = true};
    struct page page;
    page_read(&page, &response, is_xml ? MEDIA_XML : MEDIA_HTML);
    require(page.words.count <= 2 * LIMIT_SHINGLES_PER_PAGE && page.tags.count <= LIMIT_SHINGLES_PER_PAGE, "few words");
    require(page.resources.count <= LIMIT_RESOURCES_PER_PAGE, "few resources");
    require(page.title_len <= PAGE_TITLE_BYTES && page.text_len <= PAGE_TEXT_BYTES, "a short outline");
    require(memchr(page.mixed.active_example, '\0', MIXED_CONTENT_EXAMPLE_BYTES) != NULL, "an example that ends");
    require(page.mixed.active <= page.resources.count || page.resources.count == LIMIT_RESOURCES_PER_PAGE,
            "mixed content is a resource");
    page_release(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct slice body = slice_make((const char *)data + 1, size - 1);
    enum markup_dialect dialect = data[0] & 1 ? MARKUP_XML : MARKUP_HTML;
    struct buf whole = {0}, chunked = {0};
    tokenize(body, dialect, 0, &whole);
    tokenize(body, dialect, data[0] + 1u, &chunked);
    require(slice_equal(buf_slice(&whole), buf_slice(&chunked)), "chunks do not matter");
    buf_release(&whole);
    buf_release(&chunked);
    read_page(body, dialect == MARKUP_XML);
    return 0;
}

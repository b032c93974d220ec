#include "compare/page.h"

#include "base/charset.h"
#include "base/hash.h"
#include "base/limits.h"
#include "compare/page_reader.h"

#define IDENTITY_MAX 64 /* a page with more headings than this says nothing by them */

/* What ends a block: so that members, rules and lines may change places. */
static const char *block_ends(enum media_kind kind)
{
    switch (kind) {
    case MEDIA_JSON:
        return "{}[],";
    case MEDIA_SCRIPT:
    case MEDIA_STYLE:
        return "{};";
    default:
        return "\n";
    }
}

/* Numbers are data here, and stay words. */
static void read_tokens(struct page_reader *r, struct slice text, enum media_kind kind)
{
    bool ends[256] = {false};
    for (const char *c = block_ends(kind); *c != '\0'; c++) {
        ends[(unsigned char)*c] = true;
    }
    r->visible.numbers = NULL;
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (ends[(unsigned char)text.ptr[i]]) {
            word_reader_feed(&r->visible, slice_make(text.ptr + start, i - start));
            word_reader_break(&r->visible);
            start = i + 1;
        }
    }
    word_reader_feed(&r->visible, slice_from(text, start));
    word_reader_break(&r->visible);
    page_reader_keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, text);
}

/* Chunks whose ends depend on the bytes around them alone, 64 bytes long on average: an insertion moves no other end.
 */
static void read_bytes(struct page_reader *r, struct slice body)
{
    uint64_t window = 0;
    size_t start = 0;
    for (size_t i = 0; i < body.len; i++) {
        window = (window << 1) + ((unsigned char)body.ptr[i] + 1u) * 0x9e3779b97f4a7c15u;
        if (window >> 58 == 0 || i - start >= 1024 || i + 1 == body.len) {
            uint64_t hash = hash_bytes(body.ptr + start, i + 1 - start);
            hash_list_push(&r->page->words, hash | 1);
            hash_list_push(&r->page->words, SHINGLE_BREAK);
            r->visible.word_count++;
            start = i + 1;
        }
    }
}

const char *response_charset(const struct compare_response *response, enum media_kind kind)
{
    return charset_detect(response->body, charset_of_content_type(response->content_type), kind == MEDIA_XML);
}

static void read_text(struct page_reader *r, enum media_kind kind)
{
    struct buf storage;
    buf_init(&storage, 4u * LIMIT_BODY_BYTES);
    bool is_xml = kind == MEDIA_XML;
    struct slice body = r->response->body;
    const char *charset = response_charset(r->response, kind);
    struct slice text = charset_decode(body, charset, &storage);
    if (kind == MEDIA_HTML) {
        page_reader_markup(r, text, MARKUP_HTML);
    } else if (is_xml) {
        r->is_xml = true;
        r->visible.numbers = NULL; /* numbers are data here, and stay words */
        page_reader_markup(r, text, MARKUP_XML);
    } else {
        read_tokens(r, text, kind);
    }
    buf_release(&storage);
}

static void init_lists(struct page *page)
{
    *page = (struct page){.words.max = 2 * LIMIT_SHINGLES_PER_PAGE,
                          .data.max = LIMIT_SHINGLES_PER_PAGE,
                          .tags.max = LIMIT_SHINGLES_PER_PAGE,
                          .numbers.max = LIMIT_SHINGLES_PER_PAGE,
                          .resources.max = LIMIT_RESOURCES_PER_PAGE,
                          .secure.max = LIMIT_RESOURCES_PER_PAGE,
                          .insecure.max = LIMIT_RESOURCES_PER_PAGE,
                          .identity.max = IDENTITY_MAX};
}

/* Everything but the sequences (words, data, tags) becomes a set. */
static void finish_page(struct page_reader *r)
{
    struct page *page = r->page;
    struct hash_list *sets[] = {&page->resources, &page->secure,  &page->insecure,
                                &page->identity,  &page->numbers, &r->passive};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        page->out_of_memory = page->out_of_memory || hash_list_to_set(sets[i]) != 0 || sets[i]->failed;
    }
    page->out_of_memory =
        page->out_of_memory || page->words.failed || page->data.failed || page->tags.failed || r->field_words.failed;
    page->word_count = r->visible.word_count;
    page->data_word_count = r->data.word_count;
    page->upgrades_insecure =
        page->upgrades_insecure || page_reader_policy_upgrades(r->response->content_security_policy);
    if (page->upgrades_insecure) {
        page->insecure.count = 0;
        page->mixed = (struct mixed_content){0};
        return;
    }
    page->mixed.active = (unsigned)page->insecure.count;
    page->mixed.passive = (unsigned)r->passive.count;
}

void page_read(struct page *page, const struct compare_response *response, enum media_kind kind)
{
    init_lists(page);
    struct page_reader r = {.page = page,
                            .response = response,
                            .field_words.max = LIMIT_SHINGLES_PER_PAGE,
                            .passive.max = LIMIT_RESOURCES_PER_PAGE,
                            .base = {response->host, response->path, REFERENCE_INHERITED}};
    r.visible = (struct word_reader){.words = &page->words, .numbers = &page->numbers};
    r.data = (struct word_reader){.words = &page->data, .numbers = &r.dropped};
    r.field = (struct word_reader){.words = &r.field_words};
    if (media_kind_is_text(kind)) {
        read_text(&r, kind);
    } else {
        read_bytes(&r, response->body);
    }
    finish_page(&r);
    hash_list_release(&r.field_words);
    hash_list_release(&r.passive);
    buf_release(&r.base_storage);
    buf_release(&r.address);
}

void page_release(struct page *page)
{
    hash_list_release(&page->words);
    hash_list_release(&page->data);
    hash_list_release(&page->tags);
    hash_list_release(&page->resources);
    hash_list_release(&page->identity);
    hash_list_release(&page->numbers);
    hash_list_release(&page->secure);
    hash_list_release(&page->insecure);
}

struct page_outline page_outline(const struct page *page)
{
    return (struct page_outline){.title = slice_trim(slice_make(page->title, page->title_len)),
                                 .text = slice_trim(slice_make(page->text, page->text_len)),
                                 .word_count = page->word_count,
                                 .has_password_field = page->has_password_field,
                                 .has_captcha = page->has_captcha};
}

void mixed_content_find(const struct compare_response *response, struct mixed_content *found)
{
    *found = (struct mixed_content){0};
    bool html =
        response->outcome == EXCHANGE_ANSWERED && media_kind_of(response->content_type, response->body) == MEDIA_HTML;
    if (!html || slice_find_nocase(response->body, SLICE("http:")) == response->body.len) {
        return;
    }
    struct page page;
    page_read(&page, response, MEDIA_HTML);
    *found = page.mixed;
    page_release(&page);
}

#include "compare/page.h"

#include "base/hash.h"
#include "base/limits.h"
#include "compare/charset.h"
#include "compare/element.h"
#include "compare/reference.h"
#include "compare/tokenizer.h"
#include "compare/word_reader.h"

#include <stdlib.h>
#include <string.h>

#define IDENTITY_MAX 64 /* a page with more headings than this says nothing by them */

enum resource_kind { RESOURCE_SCRIPT, RESOURCE_STYLE, RESOURCE_IMAGE, RESOURCE_MEDIA, RESOURCE_FRAME, RESOURCE_FORM };

struct reader {
    struct page *page;
    const struct compare_response *response;
    struct word_reader visible;
    struct word_reader data;
    const struct element *hidden; /* the element whose text is not visible and that is open; NULL: none */
    unsigned hidden_depth;        /* how often it is open */
    struct hash_list field_words; /* of the title or heading that is being read */
    struct word_reader field;
    bool in_title, in_heading, has_title, has_base;
    bool is_xml; /* no element means what it means in HTML */
    struct reference_base base;
    struct buf base_storage;
    struct buf address;
    struct hash_list passive; /* addresses of upgradable resources that are loaded over http */
    struct hash_list dropped; /* without room: tokens with digits in scripts are nonces and counters */
};

/* ---- identity ---- */

static void add_identity(struct reader *r, enum identity_field field, uint64_t hash)
{
    hash_list_push(&r->page->identity, (hash & ~(uint64_t)IDENTITY_FIELD_MASK) | field);
}

static void add_identity_words(struct reader *r, enum identity_field field)
{
    word_reader_break(&r->field);
    if (r->field_words.count > 0) {
        add_identity(r, field, hash_bytes(r->field_words.values, r->field_words.count * sizeof(uint64_t)));
    }
    r->field_words.count = 0;
}

static void add_identity_text(struct reader *r, enum identity_field field, struct slice text)
{
    struct word_reader reader = {.words = &r->field_words};
    if (!r->in_title && !r->in_heading) {
        r->field = reader;
        word_reader_feed(&r->field, text);
        add_identity_words(r, field);
    }
}

static void add_identity_address(struct reader *r, enum identity_field field, struct slice reference)
{
    if (reference_fold(reference, &r->base, &r->address) != REFERENCE_OTHER) {
        add_identity(r, field, hash_slice(buf_slice(&r->address)));
    }
}

static void begin_field(struct reader *r)
{
    r->field = (struct word_reader){.words = &r->field_words};
    r->field_words.count = 0;
}

static void end_heading(struct reader *r)
{
    if (r->in_heading) {
        r->in_heading = false;
        add_identity_words(r, IDENTITY_HEADING);
    }
}

/* ---- resources ---- */

static bool is_blockable(enum resource_kind kind)
{
    return kind != RESOURCE_IMAGE && kind != RESOURCE_MEDIA;
}

static void keep_example(char *example, struct slice reference)
{
    if (example[0] != '\0') {
        return;
    }
    size_t len = reference.len < MIXED_CONTENT_EXAMPLE_BYTES ? reference.len : MIXED_CONTENT_EXAMPLE_BYTES - 1;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)reference.ptr[i];
        example[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    example[len] = '\0';
}

static void note_scheme(struct reader *r, enum resource_kind kind, enum reference_scheme scheme, struct slice reference,
                        uint64_t key)
{
    bool insecure = scheme == REFERENCE_HTTP;
    if (is_blockable(kind)) {
        hash_list_push(insecure ? &r->page->insecure : &r->page->secure, key);
    } else if (insecure) {
        hash_list_push(&r->passive, key);
    }
    if (insecure) {
        keep_example(is_blockable(kind) ? r->page->mixed.active_example : r->page->mixed.passive_example, reference);
    }
}

/* The query of a file that is served as it lies is there to bust caches; that of a program says what it shows. */
static struct slice without_cache_buster(struct slice address)
{
    static const char *const endings[] = {".js",  ".css", ".png",  ".jpg", ".jpeg",
                                          ".gif", ".svg", ".webp", ".ico", ".mjs"};
    struct slice path = slice_make(address.ptr, slice_find_byte(address, '?'));
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (slice_ends_with(path, slice_of(endings[i]))) {
            return path;
        }
    }
    return address;
}

static void add_resource(struct reader *r, enum resource_kind kind, const struct slice *reference)
{
    if (reference == NULL || reference->len == 0) {
        return;
    }
    enum reference_scheme scheme = reference_fold(*reference, &r->base, &r->address);
    if (scheme == REFERENCE_OTHER) {
        return;
    }
    uint64_t key = hash_seeded(without_cache_buster(buf_slice(&r->address)), (uint64_t)kind + 1);
    hash_list_push(&r->page->resources, key);
    note_scheme(r, kind, scheme, slice_trim(*reference), key);
}

/* ---- elements ---- */

static struct slice attribute(const struct tag *tag, const char *name)
{
    const struct slice *value = tag_attribute_find(tag, slice_of(name));
    return value != NULL ? *value : SLICE_EMPTY;
}

static void read_link(struct reader *r, const struct tag *tag)
{
    struct slice rel = attribute(tag, "rel");
    const struct slice *href = tag_attribute_find(tag, SLICE("href"));
    if (href == NULL) {
        return;
    }
    if (slice_find_nocase(rel, SLICE("stylesheet")) < rel.len) {
        add_resource(r, RESOURCE_STYLE, href);
    } else if (slice_equal_nocase(slice_trim(rel), SLICE("canonical"))) {
        add_identity_address(r, IDENTITY_CANONICAL, *href);
    }
}

/* "5; url=/there" */
static void read_refresh(struct reader *r, struct slice content)
{
    size_t at = slice_find_nocase(content, SLICE("url"));
    struct slice rest = slice_trim(slice_from(content, at + 3));
    if (at == content.len || rest.len == 0 || rest.ptr[0] != '=') {
        return;
    }
    rest = slice_trim(slice_from(rest, 1));
    if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'')) {
        rest = slice_make(rest.ptr + 1, slice_find_byte(slice_from(rest, 1), rest.ptr[0]));
    }
    add_identity_address(r, IDENTITY_REFRESH, rest);
}

static bool asks_for_upgrade(struct slice policy)
{
    return slice_find_nocase(policy, SLICE("upgrade-insecure-requests")) < policy.len;
}

static void read_meta(struct reader *r, const struct tag *tag)
{
    struct slice name = attribute(tag, "name"), property = attribute(tag, "property");
    struct slice equivalent = attribute(tag, "http-equiv"), content = attribute(tag, "content");
    if (slice_equal_nocase(name, SLICE("description"))) {
        add_identity_text(r, IDENTITY_DESCRIPTION, content);
    } else if (slice_equal_nocase(property, SLICE("og:title"))) {
        add_identity_text(r, IDENTITY_OG_TITLE, content);
    } else if (slice_equal_nocase(property, SLICE("og:url"))) {
        add_identity_address(r, IDENTITY_OG_URL, content);
    } else if (slice_equal_nocase(equivalent, SLICE("refresh"))) {
        read_refresh(r, content);
    } else if (slice_equal_nocase(equivalent, SLICE("content-security-policy")) && asks_for_upgrade(content)) {
        r->page->upgrades_insecure = true;
    }
}

static void read_base(struct reader *r, const struct tag *tag)
{
    const struct slice *href = tag_attribute_find(tag, SLICE("href"));
    if (href == NULL || r->has_base) {
        return;
    }
    r->has_base = true;
    enum reference_scheme scheme = reference_fold(*href, &r->base, &r->base_storage);
    if (scheme == REFERENCE_OTHER || r->base_storage.len < 3) {
        return;
    }
    struct slice folded = slice_from(buf_slice(&r->base_storage), 2);
    size_t slash = slice_find_byte(folded, '/');
    r->base = (struct reference_base){slice_make(folded.ptr, slash), slice_from(folded, slash), scheme};
}

static void read_image(struct reader *r, const struct tag *tag)
{
    const struct slice *lazy = tag_attribute_find(tag, SLICE("data-src"));
    add_resource(r, RESOURCE_IMAGE, lazy != NULL ? lazy : tag_attribute_find(tag, SLICE("src")));
}

static void read_input(struct reader *r, const struct tag *tag)
{
    struct slice type = attribute(tag, "type");
    if (slice_equal_nocase(type, SLICE("password"))) {
        r->page->has_password_field = true;
    } else if (slice_equal_nocase(type, SLICE("image"))) {
        add_resource(r, RESOURCE_IMAGE, tag_attribute_find(tag, SLICE("src")));
    }
}

static bool names_captcha(struct slice text)
{
    static const char *const marks[] = {"recaptcha",          "hcaptcha",         "h-captcha",  "turnstile",
                                        "challenge-platform", "captcha-delivery", "funcaptcha", "geetest"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (slice_find_nocase(text, slice_of(marks[i])) < text.len) {
            return true;
        }
    }
    return false;
}

static void read_role(struct reader *r, const struct element *element, const struct tag *tag)
{
    switch ((enum element_role)element->role) {
    case ROLE_NONE:
    case ROLE_TEMPLATE:
        return;
    case ROLE_BASE:
        read_base(r, tag);
        return;
    case ROLE_FORM:
        add_resource(r, RESOURCE_FORM, tag_attribute_find(tag, SLICE("action")));
        return;
    case ROLE_FRAME:
    case ROLE_EMBED:
        add_resource(r, RESOURCE_FRAME, tag_attribute_find(tag, SLICE("src")));
        r->page->has_captcha = r->page->has_captcha || names_captcha(attribute(tag, "src"));
        return;
    case ROLE_OBJECT:
        add_resource(r, RESOURCE_FRAME, tag_attribute_find(tag, SLICE("data")));
        return;
    case ROLE_HEADING:
        end_heading(r);
        r->in_heading = true;
        begin_field(r);
        return;
    case ROLE_HTML:
        add_identity_text(r, IDENTITY_LANGUAGE, attribute(tag, "lang"));
        return;
    case ROLE_IMAGE:
        read_image(r, tag);
        return;
    case ROLE_INPUT:
        read_input(r, tag);
        return;
    case ROLE_LINK:
        read_link(r, tag);
        return;
    case ROLE_MEDIA:
        add_resource(r, RESOURCE_MEDIA, tag_attribute_find(tag, SLICE("src")));
        return;
    case ROLE_META:
        read_meta(r, tag);
        return;
    case ROLE_SCRIPT:
        add_resource(r, RESOURCE_SCRIPT, tag_attribute_find(tag, SLICE("src")));
        r->page->has_captcha = r->page->has_captcha || names_captcha(attribute(tag, "src"));
        return;
    case ROLE_TITLE:
        if (!r->has_title) {
            r->has_title = r->in_title = true;
            begin_field(r);
        }
        return;
    }
}

/* ---- text ---- */

/* In lower case, white space collapsed. */
static void keep_text(char *kept, size_t *len, size_t max, struct slice text)
{
    for (size_t i = 0; i < text.len && *len < max; i++) {
        char c = ascii_lower(text.ptr[i]);
        bool space = ascii_is_space(c);
        if (!space || (*len > 0 && kept[*len - 1] != ' ')) {
            kept[(*len)++] = space ? ' ' : c;
        }
    }
}

static void on_text(void *context, struct slice text)
{
    struct reader *r = context;
    if (r->in_title) {
        word_reader_feed(&r->field, text);
        keep_text(r->page->title, &r->page->title_len, PAGE_TITLE_BYTES, text);
    } else if (r->hidden == NULL) {
        word_reader_feed(&r->visible, text);
        keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, text);
        if (r->in_heading) {
            word_reader_feed(&r->field, text);
        }
    } else if (r->hidden->role == ROLE_SCRIPT) {
        word_reader_feed(&r->data, text);
    }
}

static void end_block(struct reader *r, const struct element *element)
{
    if (element->flow == FLOW_BLOCK) {
        word_reader_break(&r->visible);
        keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, SLICE(" "));
    }
}

static uint64_t hash_name(struct slice name)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * 0x9e3779b97f4a7c15u;
    }
    return hash | 1;
}

static const struct element *meaning(const struct reader *r, struct slice name)
{
    return element_find(r->is_xml ? SLICE("") : name);
}

static void on_start_tag(void *context, const struct tag *tag)
{
    struct reader *r = context;
    const struct element *element = meaning(r, tag->name);
    if (r->hidden != NULL) {
        r->hidden_depth += element == r->hidden;
        return;
    }
    end_block(r, element);
    read_role(r, element, tag);
    if (element->place == PLACE_BODY) {
        hash_list_push(&r->page->tags, hash_name(tag->name));
    } else if (element->place == PLACE_HIDDEN && !tag->self_closing) {
        r->hidden = element;
        r->hidden_depth = 1;
    }
}

static void on_end_tag(void *context, struct slice name)
{
    struct reader *r = context;
    const struct element *element = meaning(r, name);
    if (r->hidden != NULL) {
        if (element != r->hidden || --r->hidden_depth > 0) {
            return;
        }
        if (r->in_title) {
            r->in_title = false;
            add_identity_words(r, IDENTITY_TITLE);
        }
        word_reader_break(&r->data);
        r->hidden = NULL;
        return;
    }
    end_block(r, element);
    if (element->role == ROLE_HEADING) {
        end_heading(r);
    } else if (element->role == ROLE_HTML) {
        r->page->is_closed = true;
    }
}

/* ---- whole bodies ---- */

static void read_markup(struct reader *r, struct slice text, enum markup_dialect dialect)
{
    struct token_sink sink = {r, on_text, on_start_tag, on_end_tag};
    struct tokenizer *tokenizer = malloc(sizeof *tokenizer);
    if (tokenizer == NULL) {
        r->page->out_of_memory = true;
        return;
    }
    tokenizer_init(tokenizer, &sink, dialect);
    tokenizer_feed(tokenizer, text);
    tokenizer_finish(tokenizer);
    tokenizer_release(tokenizer);
    free(tokenizer);
    if (r->in_title) {
        add_identity_words(r, IDENTITY_TITLE);
    }
    end_heading(r);
    word_reader_break(&r->data);
    word_reader_break(&r->visible);
}

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
static void read_tokens(struct reader *r, struct slice text, enum media_kind kind)
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
    keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, text);
}

/* Chunks whose ends depend on the bytes around them alone, 64 bytes long on average: an insertion moves no other end.
 */
static void read_bytes(struct reader *r, struct slice body)
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

static void read_text(struct reader *r, enum media_kind kind)
{
    char charset[CHARSET_NAME_BYTES];
    struct buf storage;
    buf_init(&storage, 4u * LIMIT_BODY_BYTES);
    bool is_xml = kind == MEDIA_XML;
    charset_detect(r->response->body, r->response->content_type, is_xml, charset);
    struct slice text = charset_decode(r->response->body, charset, &storage);
    if (kind == MEDIA_HTML) {
        read_markup(r, text, MARKUP_HTML);
    } else if (is_xml) {
        r->is_xml = true;
        r->visible.numbers = NULL; /* numbers are data here, and stay words */
        read_markup(r, text, MARKUP_XML);
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
static void finish_page(struct reader *r)
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
    page->upgrades_insecure = page->upgrades_insecure || asks_for_upgrade(r->response->content_security_policy);
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
    struct reader r = {.page = page,
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

/* What a body consists of, as far as a comparison cares: five lists of 64-bit hashes and an outline.
 *
 * Read in one pass by the tokenizer. Nothing of the body is kept but the beginning of its text, for the classifier.
 */
#ifndef ORIGINTLS_COMPARE_PAGE_H
#define ORIGINTLS_COMPARE_PAGE_H

#include "compare/classify.h"
#include "compare/media_type.h"
#include "compare/mixed_content.h"
#include "compare/shingle.h"

#define PAGE_TITLE_BYTES 256
#define PAGE_TEXT_BYTES  2048

/* Fields by which a page says what it is. The lowest four bits of an identity value hold the field. */
enum identity_field {
    IDENTITY_TITLE,
    IDENTITY_CANONICAL,
    IDENTITY_HEADING, /* each h1 */
    IDENTITY_OG_URL,
    IDENTITY_OG_TITLE,
    IDENTITY_DESCRIPTION,
    IDENTITY_LANGUAGE,
    IDENTITY_REFRESH /* target of a meta refresh */
};
#define IDENTITY_FIELD_MASK 15u

struct page {
    struct hash_list words;     /* visible text of HTML and XML; tokens of other text; chunks of binaries */
    struct hash_list data;      /* words of inline scripts: what a page without visible text is made of */
    struct hash_list tags;      /* names of start tags in the body, in order */
    struct hash_list resources; /* what the page loads: kind and address without its scheme */
    struct hash_list identity;
    struct hash_list numbers; /* of the visible text of HTML; elsewhere numbers are words */
    size_t word_count;
    size_t data_word_count;
    /* Addresses of blockable resources by the scheme under which a page shown over https loads them. */
    struct hash_list secure, insecure;
    struct mixed_content mixed;
    bool upgrades_insecure; /* carries upgrade-insecure-requests */
    bool is_closed;         /* </html> was seen */
    bool has_password_field;
    bool has_captcha;
    bool out_of_memory;
    char title[PAGE_TITLE_BYTES];
    size_t title_len;
    char text[PAGE_TEXT_BYTES];
    size_t text_len;
};

/* By its Content-Type, its body and its kind. */
const char *response_charset(const struct compare_response *response, enum media_kind kind);
/* Reads the body of `response` as what `kind` says. `page` need not be initialised; release it in any case. */
void page_read(struct page *page, const struct compare_response *response, enum media_kind kind);
void page_release(struct page *page);
struct page_outline page_outline(const struct page *page);

#endif

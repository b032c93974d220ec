/* A page while it is read: what page*.c share. Only they include this.
 */
#ifndef ORIGINTLS_COMPARE_PAGE_READER_H
#define ORIGINTLS_COMPARE_PAGE_READER_H

#include "compare/element.h"
#include "compare/page.h"
#include "compare/reference.h"
#include "compare/tokenizer.h"
#include "compare/word_reader.h"

enum resource_kind { RESOURCE_SCRIPT, RESOURCE_STYLE, RESOURCE_IMAGE, RESOURCE_MEDIA, RESOURCE_FRAME, RESOURCE_FORM };

struct page_reader {
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

/* Markup to text, elements and tags. page_markup.c */
void page_reader_markup(struct page_reader *r, struct slice text, enum markup_dialect dialect);
/* Appends in lower case, white space collapsed, up to `max` bytes. */
void page_reader_keep_text(char *kept, size_t *len, size_t max, struct slice text);

/* What the start tag of an element says. page_elements.c */
void page_reader_element(struct page_reader *r, const struct element *element, const struct tag *tag);
/* Whether a Content-Security-Policy asks for upgrade-insecure-requests. */
bool page_reader_policy_upgrades(struct slice policy);

/* What the page says it is: fields whose words are read one after another (title, heading), or given at once. The
 * latter are passed over while one of the former is open. page_identity.c */
void page_reader_begin_field(struct page_reader *r);
void page_reader_end_field(struct page_reader *r, enum identity_field field);
void page_reader_end_heading(struct page_reader *r); /* if one is open */
void page_reader_identity_text(struct page_reader *r, enum identity_field field, struct slice text);
void page_reader_identity_address(struct page_reader *r, enum identity_field field, struct slice reference);

/* What the page loads, and by which scheme. `reference` may be NULL: then there is nothing. page_resources.c */
void page_reader_resource(struct page_reader *r, enum resource_kind kind, const struct slice *reference);

#endif

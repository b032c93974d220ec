#include "compare/page_reader.h"

#include "base/hash.h"

static void add_identity(struct page_reader *r, enum identity_field field, uint64_t hash)
{
    hash_list_push(&r->page->identity, (hash & ~(uint64_t)IDENTITY_FIELD_MASK) | field);
}

void page_reader_end_field(struct page_reader *r, enum identity_field field)
{
    word_reader_break(&r->field);
    if (r->field_words.count > 0) {
        add_identity(r, field, hash_bytes(r->field_words.values, r->field_words.count * sizeof(uint64_t)));
    }
    r->field_words.count = 0;
}

void page_reader_identity_text(struct page_reader *r, enum identity_field field, struct slice text)
{
    struct word_reader reader = {.words = &r->field_words};
    if (!r->in_title && !r->in_heading) {
        r->field = reader;
        word_reader_feed(&r->field, text);
        page_reader_end_field(r, field);
    }
}

void page_reader_identity_address(struct page_reader *r, enum identity_field field, struct slice reference)
{
    if (reference_fold(reference, &r->base, &r->address) != REFERENCE_OTHER) {
        add_identity(r, field, hash_slice(buf_slice(&r->address)));
    }
}

void page_reader_begin_field(struct page_reader *r)
{
    r->field = (struct word_reader){.words = &r->field_words};
    r->field_words.count = 0;
}

void page_reader_end_heading(struct page_reader *r)
{
    if (r->in_heading) {
        r->in_heading = false;
        page_reader_end_field(r, IDENTITY_HEADING);
    }
}

#include "compare/page_reader.h"

#include <stdlib.h>

/* In lower case, white space collapsed. */
void page_reader_keep_text(char *kept, size_t *len, size_t max, struct slice text)
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
    struct page_reader *r = context;
    if (r->in_title) {
        word_reader_feed(&r->field, text);
        page_reader_keep_text(r->page->title, &r->page->title_len, PAGE_TITLE_BYTES, text);
    } else if (r->hidden == NULL) {
        word_reader_feed(&r->visible, text);
        page_reader_keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, text);
        if (r->in_heading) {
            word_reader_feed(&r->field, text);
        }
    } else if (r->hidden->role == ROLE_SCRIPT) {
        word_reader_feed(&r->data, text);
    }
}

static void end_block(struct page_reader *r, const struct element *element)
{
    if (element->flow == FLOW_BLOCK) {
        word_reader_break(&r->visible);
        page_reader_keep_text(r->page->text, &r->page->text_len, PAGE_TEXT_BYTES, SLICE(" "));
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

static const struct element *meaning(const struct page_reader *r, struct slice name)
{
    return element_find(r->is_xml ? SLICE("") : name);
}

static void on_start_tag(void *context, const struct tag *tag)
{
    struct page_reader *r = context;
    const struct element *element = meaning(r, tag->name);
    if (r->hidden != NULL) {
        r->hidden_depth += element == r->hidden;
        return;
    }
    end_block(r, element);
    page_reader_element(r, element, tag);
    if (element->place == PLACE_BODY) {
        hash_list_push(&r->page->tags, hash_name(tag->name));
    } else if (element->place == PLACE_HIDDEN && !tag->self_closing) {
        r->hidden = element;
        r->hidden_depth = 1;
    }
}

static void on_end_tag(void *context, struct slice name)
{
    struct page_reader *r = context;
    const struct element *element = meaning(r, name);
    if (r->hidden != NULL) {
        if (element != r->hidden || --r->hidden_depth > 0) {
            return;
        }
        if (r->in_title) {
            r->in_title = false;
            page_reader_end_field(r, IDENTITY_TITLE);
        }
        word_reader_break(&r->data);
        r->hidden = NULL;
        return;
    }
    end_block(r, element);
    if (element->role == ROLE_HEADING) {
        page_reader_end_heading(r);
    } else if (element->role == ROLE_HTML) {
        r->page->is_closed = true;
    }
}

void page_reader_markup(struct page_reader *r, struct slice text, enum markup_dialect dialect)
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
        page_reader_end_field(r, IDENTITY_TITLE);
    }
    page_reader_end_heading(r);
    word_reader_break(&r->data);
    word_reader_break(&r->visible);
}

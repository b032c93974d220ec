/* Responses that are no HTML, and pages that are no page of the site. */
#ifndef ORIGINTLS_TESTS_DATA_PAGES_DOCUMENTS_H
#define ORIGINTLS_TESTS_DATA_PAGES_DOCUMENTS_H

#include "tests/data/pages/language.h"

enum document {
    DOCUMENT_JSON,
    DOCUMENT_FEED,
    DOCUMENT_SCRIPT,
    DOCUMENT_STYLE,
    DOCUMENT_TEXT,
    DOCUMENT_PDF,
    DOCUMENT_IMAGE
};

const char *document_type(enum document document);
/* Replaces `out`: what is the same with every load follows from `seed`, what is not from `load`. */
void document_write(enum document document, enum language language, uint64_t seed, uint64_t load, struct buf *out);

/* Pages such as servers, hosters and firewalls show, each in its own words. */
extern const char *const foreign_pages[];
extern const size_t foreign_page_count;

#endif

/* What an element means to the comparison. */
#ifndef ORIGINTLS_COMPARE_ELEMENT_H
#define ORIGINTLS_COMPARE_ELEMENT_H

#include "base/slice.h"

enum element_flow {
    FLOW_BLOCK, /* ends a block of text; links too, so that short ones may change places without a trace */
    FLOW_INLINE /* the text goes on */
};

enum element_place {
    PLACE_BODY,  /* counts for the structure */
    PLACE_HEAD,  /* does not: metadata that middle boxes add or drop */
    PLACE_HIDDEN /* neither does its text */
};

enum element_role {
    ROLE_NONE,
    ROLE_BASE,
    ROLE_EMBED,
    ROLE_FORM,
    ROLE_FRAME,
    ROLE_HEADING,
    ROLE_HTML,
    ROLE_IMAGE,
    ROLE_INPUT,
    ROLE_LINK,
    ROLE_MEDIA,
    ROLE_META,
    ROLE_OBJECT,
    ROLE_SCRIPT,
    ROLE_TEMPLATE,
    ROLE_TITLE
};

struct element {
    char name[12];
    unsigned char flow, place, role;
};

/* Never NULL: names that are not in the table are blocks of the body without a role. `name` in lower case. */
const struct element *element_find(struct slice name);

#endif

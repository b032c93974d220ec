/* The table of phrases by which pages that are no pages of the site are recognised. Data only. */
#ifndef ORIGINTLS_COMPARE_CLASSIFY_TABLE_H
#define ORIGINTLS_COMPARE_CLASSIFY_TABLE_H

#include "compare/classify.h"

struct class_rule {
    enum page_class page_class;
    const char *name;  /* what exactly it is, for the detail */
    const char *title; /* lower case; must be part of the title; NULL: any */
    const char *text;  /* lower case; must be part of the beginning of the text of a short page; NULL: any */
    size_t most_words; /* of the visible text */
};

/* The first rule that matches decides. */
extern const struct class_rule class_rules[];
extern const size_t class_rule_count;

#endif

/* The decision: from measured features to a verdict. A small function of numbers; it never sees a body. */
#ifndef ORIGINTLS_COMPARE_JUDGEMENT_H
#define ORIGINTLS_COMPARE_JUDGEMENT_H

#include "compare/measure.h"
#include "compare/media_type.h"

struct judgement_input {
    struct measure text, structure, resources, identity, numbers;
    enum media_kind kind;
    bool measured;           /* second fetches were given: noise is known */
    unsigned renamed_fields; /* identity fields with one stable value on one side and another on the other */
    unsigned equal_fields;   /* identity fields with a value that was there in every fetch; not the language */
    bool one_side_is_cut;    /* one side always ends its document, the other never does */
    struct slice no_text_a, no_text_b; /* the type of bytes that are no text, though `kind` is; empty: it is text */
    bool alike_in_length; /* bodies of about equal length and the same sniffed type: all that noisy binaries can show */
    const char *downgraded_example;          /* an address; only where result->downgraded > 0 */
    const char *class_name_a, *class_name_b; /* what exactly was recognised, or NULL */
};

/* Fills verdict, needs_again and reason of `result`, whose features, classes and directions are filled already. */
void judge_features(const struct judgement_input *in, struct compare_result *result);

#endif

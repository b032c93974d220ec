#include "compare/compare.h"

#include "base/charset.h"
#include "compare/constants.h"
#include "compare/judgement.h"
#include "compare/measure.h"
#include "compare/page.h"

#include <stdio.h>
#include <string.h>

/* One fetch, read. */
struct sample {
    const struct compare_response *response;
    struct page page;
    struct hash_list text, structure; /* sets of shingles */
};

struct comparison {
    struct sample samples[4]; /* a, b, again_a, again_b */
    size_t count;             /* 2 or 4 */
    enum media_kind kind;
    unsigned width;
    bool scripted; /* inline scripts are the text */
};

enum { SAMPLE_A, SAMPLE_B, SAMPLE_AGAIN_A, SAMPLE_AGAIN_B };

const char *compare_verdict_name(enum compare_verdict verdict)
{
    switch (verdict) {
    case COMPARE_SAME:
        return "same";
    case COMPARE_EQUIVALENT:
        return "equivalent";
    case COMPARE_DIFFERENT:
        return "different";
    case COMPARE_UNSTABLE:
        return "unstable";
    }
    return "unknown";
}

static void conclude(struct compare_result *result, enum compare_verdict verdict, const char *reason)
{
    result->verdict = verdict;
    snprintf(result->reason, sizeof result->reason, "%s", reason);
}

enum page_class compare_classify(const struct compare_response *response, const char **name)
{
    if (name != NULL) {
        *name = NULL;
    }
    enum media_kind kind = media_kind_of(response->content_type, response->body);
    if ((kind != MEDIA_HTML && kind != MEDIA_TEXT) || response->body.len > CLASSIFIED_BODY_BYTES) {
        return PAGE_ORDINARY;
    }
    struct page page;
    page_read(&page, response, kind);
    struct page_outline outline = page_outline(&page);
    enum page_class page_class = page_classify(&outline, name);
    page_release(&page);
    return page_class;
}

/* ---- headers ---- */

static struct slice without_scheme(struct slice origin)
{
    size_t at = slice_find(origin, SLICE("://"));
    return at < origin.len ? slice_from(origin, at + 3) : origin;
}

static bool origin_access_lost(const struct compare_response *a, const struct compare_response *b)
{
    struct slice before = slice_trim(a->access_control_allow_origin),
                 after = slice_trim(b->access_control_allow_origin);
    return before.len > 0 && !slice_equal(after, SLICE("*")) &&
           !slice_equal_nocase(without_scheme(before), without_scheme(after));
}

/* Where no type is sent, scripts and style sheets are taken for what they are asked for as. */
static enum media_kind kind_beside(enum media_kind kind, const struct compare_response *response, enum media_kind other)
{
    bool by_context = other == MEDIA_SCRIPT || other == MEDIA_STYLE;
    return by_context && kind == MEDIA_TEXT && slice_trim(response->content_type).len == 0 ? other : kind;
}

/* Concludes where the headers alone make a difference. */
static bool conclude_headers(const struct compare_response *a, const struct compare_response *b, enum media_kind kind_a,
                             enum media_kind kind_b, struct compare_result *result)
{
    if (!media_kind_same(kind_a, kind_b)) {
        result->verdict = COMPARE_DIFFERENT;
        snprintf(result->reason, sizeof result->reason, "it is served as %s today and as %s then",
                 media_kind_name(kind_a), media_kind_name(kind_b));
        return true;
    }
    if (origin_access_lost(a, b)) {
        conclude(result, COMPARE_DIFFERENT,
                 "Access-Control-Allow-Origin is narrower or gone: scripts of other sites could no longer read it");
        return true;
    }
    return false;
}

static bool same_charset(const struct compare_response *a, const struct compare_response *b, enum media_kind kind)
{
    if (slice_equal(a->content_type, b->content_type) || !media_kind_is_text(kind)) {
        return true;
    }
    const char *charset_a = response_charset(a, kind), *charset_b = response_charset(b, kind);
    if (strcmp(charset_a, charset_b) == 0) {
        return true;
    }
    struct buf text_a, text_b;
    buf_init(&text_a, 4u * LIMIT_BODY_BYTES);
    buf_init(&text_b, 4u * LIMIT_BODY_BYTES);
    bool same = slice_equal(charset_decode(a->body, charset_a, &text_a), charset_decode(b->body, charset_b, &text_b));
    buf_release(&text_a);
    buf_release(&text_b);
    return same;
}

/* ---- reading ---- */

static bool fits_width(unsigned limit, const struct comparison *c)
{
    return c->samples[SAMPLE_A].page.word_count < limit || c->samples[SAMPLE_B].page.word_count < limit;
}

static void choose_width(struct comparison *c)
{
    if (c->kind == MEDIA_HTML) {
        c->scripted = c->samples[SAMPLE_A].page.word_count < SCRIPTED_PAGE_WORDS &&
                      c->samples[SAMPLE_B].page.word_count < SCRIPTED_PAGE_WORDS;
    }
    c->width = fits_width(TINY_TEXT_WORDS, c)    ? SHINGLE_WIDTH_SINGLE
               : fits_width(SHORT_TEXT_WORDS, c) ? SHINGLE_WIDTH_SHORT
                                                 : SHINGLE_WIDTH;
}

static int make_sets(struct sample *sample, const struct comparison *c)
{
    struct page *page = &sample->page;
    sample->text.max = sample->structure.max = LIMIT_SHINGLES_PER_PAGE;
    shingle_words(&page->words, c->width, &sample->text);
    if (c->scripted) {
        shingle_words(&page->data, SHINGLE_WIDTH_SHORT, &sample->text);
    }
    shingle_words(&page->tags, STRUCTURE_WIDTH, &sample->structure);
    if (hash_list_to_set(&sample->text) != 0 || hash_list_to_set(&sample->structure) != 0) {
        return -1;
    }
    return sample->text.failed || sample->structure.failed || page->out_of_memory ? -1 : 0;
}

static int read_samples(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct compare_response *response = c->samples[i].response;
        page_read(&c->samples[i].page, response, media_kind_of(response->content_type, response->body));
    }
    choose_width(c);
    for (size_t i = 0; i < c->count; i++) {
        if (make_sets(&c->samples[i], c) != 0) {
            return -1;
        }
    }
    return 0;
}

static void release_samples(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++) {
        page_release(&c->samples[i].page);
        hash_list_release(&c->samples[i].text);
        hash_list_release(&c->samples[i].structure);
    }
}

/* ---- features ---- */

#define FETCHED(c, list)                                                                                               \
    {                                                                                                                  \
        &(c)->samples[SAMPLE_A].list, (c)->count == 4 ? &(c)->samples[SAMPLE_AGAIN_A].list : NULL,                     \
            &(c)->samples[SAMPLE_B].list, (c)->count == 4 ? &(c)->samples[SAMPLE_AGAIN_B].list : NULL                  \
    }

static bool has_everywhere(const struct fetched_sets *sets, bool side_b, uint64_t value)
{
    const struct hash_list *first = side_b ? sets->b : sets->a, *again = side_b ? sets->again_b : sets->again_a;
    return set_has(first, value) && (again == NULL || set_has(again, value));
}

static bool has_anywhere(const struct fetched_sets *sets, bool side_b, uint64_t value)
{
    const struct hash_list *first = side_b ? sets->b : sets->a, *again = side_b ? sets->again_b : sets->again_a;
    return set_has(first, value) || (again != NULL && set_has(again, value));
}

/* The fields of which a side has a stable value that the other never shows. */
static unsigned fields_only_here(const struct fetched_sets *sets, bool side_b)
{
    const struct hash_list *own = side_b ? sets->b : sets->a;
    unsigned fields = 0;
    for (size_t i = 0; i < own->count; i++) {
        uint64_t value = own->values[i];
        if (has_everywhere(sets, side_b, value) && !has_anywhere(sets, !side_b, value)) {
            fields |= 1u << (value & IDENTITY_FIELD_MASK);
        }
    }
    return fields;
}

static unsigned fields_everywhere(const struct fetched_sets *sets)
{
    unsigned fields = 0;
    for (size_t i = 0; i < sets->a->count; i++) {
        uint64_t value = sets->a->values[i];
        if (has_everywhere(sets, false, value) && has_everywhere(sets, true, value)) {
            fields |= 1u << (value & IDENTITY_FIELD_MASK);
        }
    }
    return fields & ~(1u << IDENTITY_LANGUAGE);
}

static unsigned count_bits(unsigned bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* Distinct addresses that `from` always loads by https and `to` always by http. */
static unsigned count_downgraded(const struct fetched_sets *secure, const struct fetched_sets *insecure, bool to_b)
{
    const struct hash_list *from = to_b ? secure->a : secure->b;
    unsigned count = 0;
    for (size_t i = 0; i < from->count; i++) {
        uint64_t value = from->values[i];
        count += has_everywhere(secure, !to_b, value) && !has_anywhere(insecure, !to_b, value) &&
                 has_everywhere(insecure, to_b, value);
    }
    return count;
}

static void compare_directions(const struct comparison *c, struct compare_result *result)
{
    if (!c->samples[SAMPLE_A].response->https || !c->samples[SAMPLE_B].response->https) {
        return;
    }
    const struct fetched_sets secure = FETCHED(c, page.secure), insecure = FETCHED(c, page.insecure);
    result->downgraded = count_downgraded(&secure, &insecure, true);
    result->upgraded = count_downgraded(&secure, &insecure, false);
}

static bool is_always_closed(const struct comparison *c, size_t first, bool closed)
{
    for (size_t i = first; i < c->count; i += 2) {
        if (c->samples[i].page.is_closed != closed || c->samples[i].response->truncated) {
            return false;
        }
    }
    return true;
}

static bool one_side_is_cut(const struct comparison *c)
{
    return (is_always_closed(c, SAMPLE_A, true) && is_always_closed(c, SAMPLE_B, false)) ||
           (is_always_closed(c, SAMPLE_A, false) && is_always_closed(c, SAMPLE_B, true));
}

/* What a side holds that is called text and is none: compressed bytes that do not say so. Empty: nothing. */
static struct slice type_of_no_text(const struct comparison *c, size_t side)
{
    struct slice body = c->samples[side].response->body, type = compare_sniff_type(body);
    return media_kind_is_text(c->kind) && !media_kind_is_text(media_kind_of(SLICE_EMPTY, body)) ? type : SLICE_EMPTY;
}

static bool alike_in_length(const struct comparison *c)
{
    struct slice a = c->samples[SAMPLE_A].response->body, b = c->samples[SAMPLE_B].response->body;
    size_t small = a.len < b.len ? a.len : b.len, large = a.len < b.len ? b.len : a.len;
    return large - small <= large / 4 && slice_equal(compare_sniff_type(a), compare_sniff_type(b));
}

static void classify_sides(const struct comparison *c, struct judgement_input *in, struct compare_result *result)
{
    if (c->kind != MEDIA_HTML && c->kind != MEDIA_TEXT) {
        return;
    }
    struct page_outline a = page_outline(&c->samples[SAMPLE_A].page), b = page_outline(&c->samples[SAMPLE_B].page);
    result->class_a = page_classify(&a, &in->class_name_a);
    result->class_b = page_classify(&b, &in->class_name_b);
}

static double larger(double x, double y)
{
    return x > y ? x : y;
}

static void copy_features(const struct judgement_input *in, struct compare_result *result)
{
    result->text = in->text.feature;
    result->structure = in->structure.feature;
    result->resources = in->resources.feature;
    result->identity = in->identity.feature;
    result->numbers = in->numbers.feature;
    result->text_similarity = result->text.similarity;
    result->structure_similarity = result->structure.similarity;
    result->resource_similarity = result->resources.similarity;
    result->noise = larger(result->text.noise, larger(result->structure.noise, result->resources.noise));
}

static void measure_features(const struct comparison *c, struct noise_memory *memory, struct judgement_input *in)
{
    const struct fetched_sets text = FETCHED(c, text), structure = FETCHED(c, structure);
    const struct fetched_sets resources = FETCHED(c, page.resources), identity = FETCHED(c, page.identity);
    const struct fetched_sets numbers = FETCHED(c, page.numbers);
    measure_sets(&text, memory, &in->text);
    measure_sets(&structure, memory, &in->structure);
    measure_sets(&resources, memory, &in->resources);
    measure_sets(&numbers, memory, &in->numbers);
    measure_sets(&identity, NULL, &in->identity);
    in->renamed_fields = count_bits(fields_only_here(&identity, false) & fields_only_here(&identity, true));
    in->equal_fields = count_bits(fields_everywhere(&identity));
    if (memory != NULL) {
        measure_learn(&text, memory);
        measure_learn(&structure, memory);
        measure_learn(&resources, memory);
        measure_learn(&numbers, memory);
    }
}

static void compare_samples(const struct comparison *c, struct noise_memory *memory, struct compare_result *result)
{
    struct judgement_input in = {.kind = c->kind, .measured = c->count == 4};
    measure_features(c, memory, &in);
    copy_features(&in, result);
    compare_directions(c, result);
    classify_sides(c, &in, result);
    in.one_side_is_cut = c->kind == MEDIA_HTML && one_side_is_cut(c);
    in.no_text_a = type_of_no_text(c, SAMPLE_A);
    in.no_text_b = type_of_no_text(c, SAMPLE_B);
    in.alike_in_length = alike_in_length(c);
    in.downgraded_example = c->samples[SAMPLE_B].page.mixed.active_example;
    result->mixed_a = c->samples[SAMPLE_A].page.mixed;
    result->mixed_b = c->samples[SAMPLE_B].page.mixed;
    judge_features(&in, result);
}

/* ---- the whole ---- */

static struct compare_result result_of_equals(void)
{
    struct compare_feature equal = {.similarity = 1.0};
    return (struct compare_result){.verdict = COMPARE_SAME,
                                   .compared = true,
                                   .text_similarity = 1.0,
                                   .structure_similarity = 1.0,
                                   .resource_similarity = 1.0,
                                   .text = equal,
                                   .structure = equal,
                                   .resources = equal,
                                   .identity = equal,
                                   .numbers = equal};
}

void compare_bodies_with_noise(const struct compare_response *a, const struct compare_response *b,
                               const struct compare_response *again_a, const struct compare_response *again_b,
                               struct noise_memory *memory, struct compare_result *result)
{
    *result = result_of_equals();
    enum media_kind kind_a = media_kind_of(a->content_type, a->body), kind_b = media_kind_of(b->content_type, b->body);
    kind_a = kind_beside(kind_a, a, kind_b);
    kind_b = kind_beside(kind_b, b, kind_a);
    if (conclude_headers(a, b, kind_a, kind_b, result)) {
        result->compared = false;
        return;
    }
    if (slice_equal(a->body, b->body) && same_charset(a, b, kind_a)) {
        bool same_type = slice_equal_nocase(media_type_essence(a->content_type), media_type_essence(b->content_type));
        conclude(result, same_type ? COMPARE_SAME : COMPARE_EQUIVALENT, "equal bytes");
        return;
    }
    struct comparison c = {.count = again_a != NULL && again_b != NULL ? 4 : 2, .kind = kind_a};
    c.samples[SAMPLE_A].response = a;
    c.samples[SAMPLE_B].response = b;
    c.samples[SAMPLE_AGAIN_A].response = again_a;
    c.samples[SAMPLE_AGAIN_B].response = again_b;
    if (read_samples(&c) == 0) {
        compare_samples(&c, memory, result);
    } else {
        result->out_of_memory = true;
        result->compared = false;
        conclude(result, COMPARE_UNSTABLE, "there was no memory to compare it");
    }
    release_samples(&c);
}

void compare_bodies(const struct compare_response *a, const struct compare_response *b,
                    const struct compare_response *again_a, const struct compare_response *again_b,
                    struct compare_result *result)
{
    compare_bodies_with_noise(a, b, again_a, again_b, NULL, result);
}

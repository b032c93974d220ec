/* The labelled pages: hand-made pairs one by one, and properties that must hold of every made-up page. */
#include "compare/compare.h"
#include "tests/data/pages/fixtures.h"
#include "tests/data/pages/markup.h"
#include "tests/data/pages/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define SEEDS 40

static void check_fixture(void *context, const char *sentence, bool same, enum half half, struct page_pair *pair)
{
    (void)half;
    unsigned *count = context;
    const struct compare_response *r = pair->responses;
    struct compare_result result;
    compare_bodies(&r[FETCH_A], &r[FETCH_B], &r[FETCH_AGAIN_A], &r[FETCH_AGAIN_B], &result);
    bool judged_same = result.verdict == COMPARE_SAME || result.verdict == COMPARE_EQUIVALENT;
    if (judged_same != same) {
        fail_msg("%s: %s: %s", sentence, compare_verdict_name(result.verdict), result.reason);
    }
    (*count)++;
}

static void hand_made_pairs_come_out_right(void **state)
{
    (void)state;
    unsigned count = 0;
    struct err err = ERR_INIT;
    if (fixtures_read(FIXTURES_PATH, check_fixture, &count, &err) != 0) {
        fail_msg("%s", err.message);
    }
    assert_true(count >= 20);
}

/* A page of a site with every sort of link, twice the same on each side. */
static void make_pair(uint64_t seed, unsigned habits, struct page_pair *pair)
{
    struct site site;
    page_pair_init(pair);
    site_make(&site, seed);
    site.language = (enum language)(seed % LANGUAGE_COUNT);
    site.layout = (enum layout)(seed % LAYOUT_COUNT);
    site.habits = habits;
    struct pair_side side = {&site, 3, LINKS_HTTP};
    page_pair_render(pair, &side, &side, seed);
    page_pair_view(pair);
}

static void a_page_is_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct page_pair pair;
        struct compare_result result;
        make_pair(seed, HABIT_ADS, &pair);
        compare_bodies(&pair.responses[FETCH_A], &pair.responses[FETCH_A], NULL, NULL, &result);
        assert_int_equal(result.verdict, COMPARE_SAME);
        assert_true(result.text_similarity == 1.0 && result.structure_similarity == 1.0 && result.noise == 0.0);
        page_pair_release(&pair);
    }
}

static void check_same_numbers(const char *name, const struct compare_result *x, const struct compare_result *y)
{
    /* Directions have no mirror image. */
    if (x->downgraded + x->upgraded > 0) {
        assert_int_equal(x->downgraded, y->upgraded);
        return;
    }
    if (x->verdict != y->verdict) {
        fail_msg("%s: %s, but %s", name, x->reason, y->reason);
    }
    assert_true(x->text_similarity == y->text_similarity && x->structure_similarity == y->structure_similarity);
    assert_true(x->resource_similarity == y->resource_similarity && x->noise == y->noise);
    assert_true(x->text.excess == y->text.excess && x->structure.excess == y->structure.excess);
    assert_int_equal(x->needs_again, y->needs_again);
    assert_int_equal(x->class_a, y->class_b);
}

static void sides_may_be_swapped(void **state)
{
    (void)state;
    const struct pair_kind *tables[] = {pair_kinds_same, pair_kinds_different};
    const size_t counts[] = {pair_kinds_same_count, pair_kinds_different_count};
    for (size_t i = 0; i < counts[0] + counts[1]; i++) {
        const struct pair_kind *kind = i < counts[0] ? &tables[0][i] : &tables[1][i - counts[0]];
        struct page_pair pair;
        struct compare_result forth, back;
        page_pair_init(&pair);
        page_pair_make(kind, 17 * i + 5, &pair);
        const struct compare_response *r = pair.responses;
        compare_bodies(&r[FETCH_A], &r[FETCH_B], NULL, NULL, &forth);
        compare_bodies(&r[FETCH_B], &r[FETCH_A], NULL, NULL, &back);
        check_same_numbers(kind->name, &forth, &back);
        compare_bodies(&r[FETCH_A], &r[FETCH_B], &r[FETCH_AGAIN_A], &r[FETCH_AGAIN_B], &forth);
        compare_bodies(&r[FETCH_B], &r[FETCH_A], &r[FETCH_AGAIN_B], &r[FETCH_AGAIN_A], &back);
        check_same_numbers(kind->name, &forth, &back);
        page_pair_release(&pair);
    }
}

static void check_untouched(const struct page_pair *pair, const char *what, uint64_t seed)
{
    struct compare_result result;
    compare_bodies(&pair->responses[FETCH_A], &pair->responses[FETCH_B], NULL, NULL, &result);
    bool alike =
        result.text_similarity == 1.0 && result.structure_similarity == 1.0 && result.resource_similarity == 1.0;
    if (!alike || result.needs_again || (result.verdict != COMPARE_EQUIVALENT && result.verdict != COMPARE_SAME)) {
        fail_msg("%s, seed %llu: %s: %s", what, (unsigned long long)seed, compare_verdict_name(result.verdict),
                 result.reason);
    }
}

static void rewriting_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const names[] = {
        "minified", "indented", "capitals", "https links", "protocol-relative links", "relative links"};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        for (int change = 0; change < 6; change++) {
            struct page_pair pair;
            make_pair(seed, 0, &pair);
            struct buf *b = &pair.bodies[FETCH_B];
            char own[80], target[80];
            snprintf(own, sizeof own, "http://%s", pair.host);
            snprintf(target, sizeof target, "%s%s", change == 3 ? "https://" : "//", pair.host);
            if (change == 0) {
                markup_minify(b);
            } else if (change == 1) {
                markup_indent(b);
            } else if (change == 2) {
                markup_shout(b);
            } else {
                markup_replace_all(b, own, change == 5 ? "" : target);
            }
            page_pair_view(&pair);
            check_untouched(&pair, names[change], seed);
            page_pair_release(&pair);
        }
    }
}

/* Ever more sentences are replaced by ones that occur nowhere else. The verdict is held to that only where the new ones
 * are about as long as the old: in scripts without spaces they are far shorter, so that the first ones are text that is
 * missing, which weighs more than text that is replaced. */
static void growing_edits_never_bring_pages_nearer(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        double before = 1.0;
        bool was_different = false;
        for (int edits = 1; edits <= 60; edits++) {
            struct buf a = {0}, b = {0};
            buf_append_text(&a, "<title>x</title>");
            buf_append_text(&b, "<title>x</title>");
            for (int i = 0; i < 60; i++) {
                struct rng rng;
                rng_init(&rng, seed * 1000 + (uint64_t)i);
                size_t from = a.len;
                buf_append_text(&a, "<p>");
                language_sentence((enum language)(seed % LANGUAGE_COUNT), &rng, &a);
                if ((i * 7) % 60 < edits) {
                    buf_printf(&b, "<p>edit%c%c has its own words%c%c here instead of them", 'a' + i / 8, 'a' + i % 8,
                               'a' + i % 8, 'a' + i / 8);
                } else {
                    buf_append(&b, a.data + from, a.len - from);
                }
            }
            struct compare_response x = {.outcome = EXCHANGE_ANSWERED,
                                         .status = 200,
                                         .content_type = SLICE("text/html; charset=utf-8"),
                                         .body = buf_slice(&a),
                                         .host = SLICE("h")},
                                    y = x;
            y.body = buf_slice(&b);
            struct compare_result result;
            compare_bodies(&x, &y, &x, &y, &result);
            assert_true(result.text_similarity <= before);
            bool as_long = language_has_spaces((enum language)(seed % LANGUAGE_COUNT));
            assert_false(as_long && was_different && result.verdict != COMPARE_DIFFERENT);
            before = result.text_similarity;
            was_different = result.verdict == COMPARE_DIFFERENT;
            buf_release(&a);
            buf_release(&b);
        }
        assert_true(was_different);
        assert_true(before < 0.2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_made_pairs_come_out_right),
        cmocka_unit_test(a_page_is_itself),
        cmocka_unit_test(sides_may_be_swapped),
        cmocka_unit_test(rewriting_leaves_no_trace),
        cmocka_unit_test(growing_edits_never_bring_pages_nearer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

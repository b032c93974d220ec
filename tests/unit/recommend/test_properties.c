/* What must hold for any evidence: thousands of seeded cases. */
#include "base/rng.h"
#include "recommend/decide.h"
#include "recommend/recommend.h"
#include "tests/unit/recommend/prose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CASES       20000
#define COMPARISONS 40

struct sample {
    struct origin_evidence evidence;
    struct comparison comparisons[COMPARISONS + 1];
};

static const char *const paths[] = {"/", "/a", "/b", "/c/d", "/e?f=1", "/login", "/style.css", "/api/v1"};
static const enum code pair_codes[] = {CODE_NONE, CODE_CONTENT_DIFFERS, CODE_HTTPS_UNAVAILABLE, CODE_REDIRECT_LOOP,
                                       CODE_REDIRECT_DIFFERS};
static const enum code stops[] = {CODE_BLOCKED, CODE_INTERRUPTED, CODE_UNREACHABLE, CODE_NO_ROUTE};

static bool once_in(struct rng *rng, unsigned n)
{
    return rng_below(rng, n) == 0;
}

static enum pair_verdict random_verdict(struct rng *rng)
{
    return once_in(rng, 6) ? (enum pair_verdict)rng_below(rng, PAIR_VERDICT_COUNT) : PAIR_SAME;
}

static struct comparison random_comparison(struct rng *rng, const struct origin_evidence *evidence)
{
    mode_set above = mode_set_range((enum mode)(evidence->current + 1), evidence->ceiling);
    enum pair_verdict verdict = random_verdict(rng);
    bool against = pair_verdict_is_against(verdict);

    return (struct comparison){
        .path = paths[rng_below(rng, sizeof(paths) / sizeof(paths[0]))],
        .visitor = (enum scheme)rng_below(rng, SCHEME_COUNT),
        .candidates = once_in(rng, 5) ? (mode_set)(above & rng_next(rng)) : above,
        .is_pair = !once_in(rng, 8),
        .confirmed = !once_in(rng, 4),
        .today = (enum side_state)rng_below(rng, SIDE_LOOPS + 1),
        .tomorrow = (enum side_state)rng_below(rng, SIDE_LOOPS + 1),
        .verdict = verdict,
        .code = against ? pair_codes[rng_below(rng, 5)] : CODE_NONE,
        .detail = once_in(rng, 3) ? "seen" : NULL,
        .seen_at_s = (int64_t)rng_below(rng, 5),
    };
}

static void random_sample(struct rng *rng, struct sample *out)
{
    enum mode current = (enum mode)rng_below(rng, MODE_COUNT);

    memset(out, 0, sizeof(*out));
    out->evidence = (struct origin_evidence){
        .current = current,
        .ceiling = (enum mode)rng_below(rng, MODE_COUNT),
        .always_https = once_in(rng, 4),
        .min_pairs = rng_below(rng, 12),
        .every_link_compared = once_in(rng, 3),
        .http = once_in(rng, 4) ? (enum port_state)rng_below(rng, PORT_CLIENT_CERTIFICATE + 1) : PORT_ANSWERS,
        .https = once_in(rng, 4) ? (enum port_state)rng_below(rng, PORT_CLIENT_CERTIFICATE + 1) : PORT_ANSWERS,
        .certificate = {.judged = !once_in(rng, 6),
                        .problems = once_in(rng, 3) ? (uint32_t)rng_below(rng, 1024) : 0,
                        .expires_soon = once_in(rng, 8)},
        .comparisons = out->comparisons,
        .comparison_count = rng_below(rng, COMPARISONS),
        .stopped = once_in(rng, 8) ? stops[rng_below(rng, 4)] : CODE_NONE,
        .now_s = 3,
    };
    for (size_t i = 0; i < out->evidence.comparison_count; i++)
        out->comparisons[i] = random_comparison(rng, &out->evidence);
}

static void judge(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    memset(out, 0, sizeof(*out));
    assert_int_equal(recommend_origin(evidence, arena, out), 0);
}

/* Everything that the judgement says, as text. */
static void say(const struct origin_evidence *evidence, struct buf *out)
{
    struct arena arena = {0};
    struct origin_record origin;
    struct hostname_record hostname = {.hostname = "a.test",
                                       .current_mode = evidence->current,
                                       .ceiling = evidence->ceiling,
                                       .origins = &origin,
                                       .origin_count = 1};
    struct decision_policy policy = DECISION_POLICY_INIT;

    judge(evidence, &arena, &origin);
    recommend_hostname(&hostname);
    assert_int_equal(decide_hostname(&hostname, &policy, &arena), 0);
    prose_hostname(out, "a", &hostname);
    for (int i = 0; i < PAIR_VERDICT_COUNT; i++)
        buf_printf(out, "%u ", origin.pairs.of[i]);
    for (size_t i = 0; i < origin.blocker_count; i++)
        buf_printf(out, "%lld ", (long long)origin.blockers[i].first_seen_s);
    buf_printf(out, "%u %u %f", origin.confidence.pairs, origin.confidence.against, origin.confidence.upper_bound);
    arena_release(&arena);
}

static void test_what_always_holds(void **state)
{
    (void)state;
    struct rng rng;
    size_t complete = 0;

    rng_init(&rng, 1);
    for (size_t i = 0; i < CASES; i++) {
        struct sample sample;
        struct arena arena = {0};
        struct origin_record origin;
        random_sample(&rng, &sample);
        judge(&sample.evidence, &arena, &origin);
        mode_set ruled_out = recommend_ruled_out(&sample.evidence);

        assert_int_equal(origin.safe_modes & ~mode_set_range(MODE_OFF, sample.evidence.ceiling), 0);
        assert_int_equal(origin.supported_mode, mode_set_strongest(origin.safe_modes));
        if (origin.status == STATUS_COMPLETE) {
            complete++;
            assert_int_equal(origin.incomplete_reason, CODE_NONE);
            for (int mode = sample.evidence.current + 1; mode <= (int)sample.evidence.ceiling; mode++)
                assert_false(mode_set_has(ruled_out, (enum mode)mode) &&
                             mode_set_has(origin.safe_modes, (enum mode)mode));
        } else {
            assert_int_equal(origin.status, STATUS_INCOMPLETE);
            assert_int_equal(origin.safe_modes, 0);
            assert_in_range(origin.incomplete_reason, CODE_BLOCKED, CODE_INTERRUPTED);
            assert_non_null(origin.incomplete_detail);
        }
        for (size_t b = 0; b < origin.blocker_count; b++) {
            assert_int_not_equal(origin.blockers[b].rules_out, 0);
            assert_non_null(origin.blockers[b].detail);
        }
        assert_int_equal(pair_counts_compared(&origin.pairs) >= origin.confidence.pairs, 1);
        arena_release(&arena);
    }
    /* Both outcomes were really tried. */
    assert_in_range(complete, CASES / 10, CASES - CASES / 10);
}

static void test_never_weaker_than_today(void **state)
{
    (void)state;
    struct rng rng;

    rng_init(&rng, 2);
    for (size_t i = 0; i < CASES; i++) {
        struct sample sample;
        struct arena arena = {0};
        struct origin_record origin;
        struct hostname_record hostname = {.hostname = "a.test", .origins = &origin, .origin_count = 1};
        struct decision_policy policy = DECISION_POLICY_INIT;
        random_sample(&rng, &sample);
        judge(&sample.evidence, &arena, &origin);
        hostname.current_mode = sample.evidence.current;
        hostname.ceiling = sample.evidence.ceiling;
        recommend_hostname(&hostname);
        assert_int_equal(decide_hostname(&hostname, &policy, &arena), 0);
        assert_true(strlen(hostname.decision.reason) > 10);
        if (hostname.status == STATUS_COMPLETE) {
            assert_true(hostname.recommended_mode >= hostname.current_mode);
            assert_int_equal(hostname.decision.action == ACTION_NONE,
                             hostname.recommended_mode == hostname.current_mode);
        } else {
            assert_int_equal(hostname.recommended_mode, MODE_NONE);
            assert_int_equal(hostname.supported_mode, MODE_NONE);
            assert_int_equal(hostname.decision.action, ACTION_NONE);
        }
        assert_int_equal(hostname.decision.percent, hostname.decision.action == ACTION_UPGRADE ? 1 : 0);
        arena_release(&arena);
    }
}

/* One more confirmed difference rules its candidates out and makes no mode safe that was not. */
static void test_a_difference_never_helps(void **state)
{
    (void)state;
    struct rng rng;

    rng_init(&rng, 3);
    for (size_t i = 0; i < CASES; i++) {
        struct sample sample;
        struct arena arena = {0};
        struct origin_record before;
        struct origin_record after;
        random_sample(&rng, &sample);
        mode_set above = mode_set_range((enum mode)(sample.evidence.current + 1), sample.evidence.ceiling);
        mode_set candidates = (mode_set)(above & rng_next(&rng));
        if (candidates == 0)
            continue;
        judge(&sample.evidence, &arena, &before);
        sample.comparisons[sample.evidence.comparison_count++] = (struct comparison){.path = "/new",
                                                                                     .visitor = SCHEME_HTTPS,
                                                                                     .candidates = candidates,
                                                                                     .is_pair = true,
                                                                                     .confirmed = true,
                                                                                     .today = SIDE_UNKNOWN,
                                                                                     .tomorrow = SIDE_WORKS,
                                                                                     .verdict = PAIR_DIFFERENT,
                                                                                     .code = CODE_CONTENT_DIFFERS};
        judge(&sample.evidence, &arena, &after);
        assert_int_equal(after.safe_modes & candidates, 0);
        if (before.status == STATUS_COMPLETE) {
            /* A verdict is lost only with a mode that was safe: a weaker one may have been left open below it. */
            if (after.status != STATUS_COMPLETE)
                assert_int_not_equal(before.safe_modes & candidates, 0);
            assert_int_equal(after.safe_modes & ~before.safe_modes, 0);
        }
        arena_release(&arena);
    }
}

static void test_the_order_of_the_scan_does_not_matter(void **state)
{
    (void)state;
    struct rng rng;

    rng_init(&rng, 4);
    for (size_t i = 0; i < CASES; i++) {
        struct sample sample;
        struct buf before;
        struct buf after;
        random_sample(&rng, &sample);
        buf_init(&before, 0);
        buf_init(&after, 0);
        say(&sample.evidence, &before);
        for (size_t n = sample.evidence.comparison_count; n > 1; n--) {
            size_t j = rng_below(&rng, n);
            struct comparison swapped = sample.comparisons[n - 1];
            sample.comparisons[n - 1] = sample.comparisons[j];
            sample.comparisons[j] = swapped;
        }
        say(&sample.evidence, &after);
        assert_string_equal(buf_text(&before), buf_text(&after));
        buf_release(&before);
        buf_release(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_always_holds),
        cmocka_unit_test(test_never_weaker_than_today),
        cmocka_unit_test(test_a_difference_never_helps),
        cmocka_unit_test(test_the_order_of_the_scan_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

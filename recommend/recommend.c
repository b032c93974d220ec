#include "recommend/recommend.h"

#include "recommend/candidate.h"
#include "recommend/confidence.h"
#include "recommend/facts.h"
#include "recommend/findings.h"

#include <stdlib.h>
#include <string.h>

#define EXTRA_WARNINGS 3 /* current_mode_broken, small_sample, weak_evidence */

mode_set recommend_ruled_out(const struct origin_evidence *evidence)
{
    return candidate_ruled_out(evidence);
}

static int warn(struct arena *arena, enum code code, const char *detail, struct origin_record *out)
{
    for (size_t i = 0; i < out->warning_count; i++) {
        if (out->warnings[i].code == code)
            return 0;
    }
    detail = arena_text(arena, detail);
    if (detail == NULL)
        return -1;
    out->warnings[out->warning_count++] = (struct warning){code, NULL, detail};
    return 0;
}

static int leave_without_verdict(struct arena *arena, enum code reason, const char *detail, struct origin_record *out)
{
    out->status = STATUS_INCOMPLETE;
    out->incomplete_reason = reason;
    out->incomplete_detail = arena_text(arena, detail);
    out->safe_modes = 0;
    out->supported_mode = MODE_NONE;
    return out->incomplete_detail == NULL ? -1 : 0;
}

/* Today's mode, and the weaker ones that make the very same requests: nothing else below it is known. */
static mode_set safe_without_change(const struct origin_evidence *evidence)
{
    char detail[LIMIT_DETAIL_BYTES];
    const struct certificate_evidence *certificate = &evidence->certificate;
    bool certificate_holds = certificate->judged && certificate_first_problem(certificate) == CODE_NONE;
    mode_set safe = 0;

    if (fact_today_serves(evidence, detail) != ANSWER_YES)
        return 0;
    for (int i = 0; i <= (int)evidence->current && i <= (int)evidence->ceiling; i++) {
        enum mode mode = (enum mode)i;
        if (mode_same_actions(evidence->current, mode, evidence->always_https) &&
            (certificate_holds || !mode_needs_certificate(mode)))
            safe |= mode_set_of(mode);
    }
    return safe;
}

static int judge_today(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    char detail[LIMIT_DETAIL_BYTES];

    if (evidence->ceiling <= evidence->current) {
        struct candidate_judgement judgement;
        candidate_judge(evidence, evidence->current, &judgement);
        if (judgement.state == CANDIDATE_OPEN)
            return leave_without_verdict(arena, judgement.reason, judgement.detail, out);
    }
    out->safe_modes = safe_without_change(evidence);
    if (fact_today_works(evidence, detail) == ANSWER_NO)
        return warn(arena, CODE_CURRENT_MODE_BROKEN, detail, out);
    return 0;
}

/* The strongest safe candidate is what counts: one that is open leaves the origin without a verdict only if it might
 * turn out stronger. */
static int judge_candidates(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    mode_set safe = 0;

    for (int i = evidence->ceiling; i > (int)evidence->current; i--) {
        struct candidate_judgement judgement;
        candidate_judge(evidence, (enum mode)i, &judgement);
        if (judgement.state == CANDIDATE_OPEN && safe == 0)
            return leave_without_verdict(arena, judgement.reason, judgement.detail, out);
        if (judgement.state != CANDIDATE_SAFE)
            continue;
        safe |= mode_set_of((enum mode)i);
        if (judgement.reason != CODE_NONE && warn(arena, judgement.reason, judgement.detail, out) != 0)
            return -1;
    }
    out->safe_modes |= safe;
    return 0;
}

static void count_pairs(const struct origin_evidence *evidence, struct pair_counts *out)
{
    *out = (struct pair_counts){{0}};
    for (size_t i = 0; i < evidence->comparison_count; i++)
        out->of[evidence->comparisons[i].verdict] += evidence->comparisons[i].is_pair;
}

/* Of the pairs that speak of the supported mode, if it is stronger than today's; else of all: those show why not. */
static struct confidence confidence_in(const struct origin_evidence *evidence, enum mode supported)
{
    uint32_t usable = 0;
    uint32_t against = 0;

    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        bool counts = supported <= evidence->current || mode_set_has(comparison->candidates, supported);
        if (!comparison->is_pair || !counts)
            continue;
        usable += pair_verdict_is_usable(comparison->verdict);
        against += pair_verdict_is_against(comparison->verdict);
    }
    return confidence_of(against, usable);
}

/* The share of logged requests that usable comparisons stand for; the comparisons are sorted by path. */
static double request_coverage(const struct origin_evidence *evidence)
{
    const char *counted = NULL;
    double covered = 0.0;

    if (!(evidence->logged_requests > 0.0))
        return -1.0;
    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        if (!pair_verdict_is_usable(comparison->verdict) || (counted != NULL && strcmp(counted, comparison->path) == 0))
            continue;
        counted = comparison->path;
        covered += comparison->weight;
    }
    covered /= evidence->logged_requests;
    return covered > 1.0 ? 1.0 : covered;
}

static int judge_sorted(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    out->status = STATUS_COMPLETE;
    out->incomplete_reason = CODE_NONE;
    out->incomplete_detail = NULL;
    out->safe_modes = 0;
    count_pairs(evidence, &out->pairs);
    if (findings_blockers(evidence, arena, out) != 0 || findings_warnings(evidence, EXTRA_WARNINGS, arena, out) != 0 ||
        judge_today(evidence, arena, out) != 0)
        return -1;
    if (out->status == STATUS_COMPLETE && judge_candidates(evidence, arena, out) != 0)
        return -1;
    out->supported_mode = mode_set_strongest(out->safe_modes);
    out->confidence = confidence_in(evidence, out->supported_mode);
    out->confidence.request_coverage = request_coverage(evidence);
    return 0;
}

int recommend_origin(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    struct origin_evidence sorted = *evidence;
    size_t bytes = evidence->comparison_count * sizeof(struct comparison);
    struct comparison *comparisons = malloc(bytes + 1);
    int result = -1;

    if (comparisons == NULL)
        return -1;
    if (bytes > 0)
        memcpy(comparisons, evidence->comparisons, bytes);
    qsort(comparisons, evidence->comparison_count, sizeof(struct comparison), comparison_order);
    sorted.comparisons = comparisons;
    result = judge_sorted(&sorted, arena, out);
    free(comparisons);
    return result;
}

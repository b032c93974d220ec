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
static int judge_today(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    char detail[LIMIT_DETAIL_BYTES];
    bool nothing_above = evidence->ceiling <= evidence->current;

    for (int i = 0; i <= (int)evidence->current && i <= (int)evidence->ceiling; i++) {
        struct candidate_judgement judgement;
        if (!mode_same_actions(evidence->current, (enum mode)i, evidence->always_https))
            continue;
        candidate_judge(evidence, (enum mode)i, &judgement);
        if (judgement.state == CANDIDATE_SAFE)
            out->safe_modes |= mode_set_of((enum mode)i);
    }
    if (nothing_above) {
        struct candidate_judgement judgement;
        candidate_judge(evidence, evidence->current, &judgement);
        if (judgement.state == CANDIDATE_OPEN)
            return leave_without_verdict(arena, judgement.reason, judgement.detail, out);
    }
    if (fact_today_works(evidence, detail) == ANSWER_NO)
        return warn(arena, CODE_CURRENT_MODE_BROKEN, detail, out);
    return 0;
}

static int judge_candidates(const struct origin_evidence *evidence, struct arena *arena, struct origin_record *out)
{
    mode_set safe = 0;

    for (int i = evidence->current + 1; i <= (int)evidence->ceiling; i++) {
        struct candidate_judgement judgement;
        candidate_judge(evidence, (enum mode)i, &judgement);
        if (judgement.state == CANDIDATE_OPEN)
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

static void count_pairs(const struct origin_evidence *evidence, struct origin_record *out)
{
    uint32_t against = 0;

    out->pairs = (struct pair_counts){{0}};
    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        if (!comparison->is_pair)
            continue;
        out->pairs.of[comparison->verdict]++;
        against += pair_verdict_is_against(comparison->verdict);
    }
    out->confidence = confidence_of(against, pair_counts_usable(&out->pairs));
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
    count_pairs(evidence, out);
    out->confidence.request_coverage = request_coverage(evidence);
    if (findings_blockers(evidence, arena, out) != 0 || findings_warnings(evidence, EXTRA_WARNINGS, arena, out) != 0 ||
        judge_today(evidence, arena, out) != 0)
        return -1;
    if (out->status == STATUS_COMPLETE && judge_candidates(evidence, arena, out) != 0)
        return -1;
    out->supported_mode = mode_set_strongest(out->safe_modes);
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

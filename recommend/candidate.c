#include "recommend/candidate.h"

#include "recommend/facts.h"

#include <stdio.h>
#include <string.h>

mode_set candidate_ruled_out(const struct origin_evidence *evidence)
{
    enum code port = fact_https_port(evidence);
    bool bad_certificate = certificate_first_problem(&evidence->certificate) != CODE_NONE;
    mode_set set = 0;

    for (int i = 0; i < MODE_COUNT; i++) {
        enum mode mode = (enum mode)i;
        if (port != CODE_NONE && mode_uses_https(mode, evidence->always_https))
            set |= mode_set_of(mode);
        if (bad_certificate && mode_needs_certificate(mode))
            set |= mode_set_of(mode);
    }
    for (size_t i = 0; i < evidence->comparison_count; i++) {
        if (comparison_is_against(&evidence->comparisons[i]))
            set |= evidence->comparisons[i].candidates;
    }
    return set;
}

/* The pairs of one visitor scheme that speak of one candidate. */
struct tally {
    size_t compared;
    size_t of[PAIR_VERDICT_COUNT];
    size_t both_fail;
    size_t usable;
};

static struct tally count_pairs(const struct origin_evidence *evidence, enum mode candidate, enum scheme visitor)
{
    struct tally tally = {0};

    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        if (!comparison->is_pair || comparison->visitor != visitor || !mode_set_has(comparison->candidates, candidate))
            continue;
        tally.compared++;
        tally.of[comparison->verdict]++;
        tally.usable += pair_verdict_is_usable(comparison->verdict);
        tally.both_fail += comparison->verdict == PAIR_UNUSABLE && comparison->today == SIDE_FAILS &&
                           comparison->tomorrow == SIDE_FAILS;
    }
    return tally;
}

static void leave_open(struct candidate_judgement *out, enum code reason)
{
    out->state = CANDIDATE_OPEN;
    out->reason = reason;
}

static void judge_too_few(const struct origin_evidence *evidence, const struct tally *tally, size_t minimum,
                          struct candidate_judgement *out)
{
    size_t weak = tally->of[PAIR_WEAK];
    bool all_found = evidence->every_link_compared;

    if (weak > 0 && tally->usable + weak >= minimum) {
        out->reason = CODE_WEAK_EVIDENCE;
        snprintf(out->detail, sizeof(out->detail),
                 "%zu usable pairs, and %zu equal refusals (401, 403, 404 or 405); %zu usable pairs are asked for.",
                 tally->usable, weak, minimum);
    } else if (all_found && tally->usable >= 1) {
        out->reason = CODE_SMALL_SAMPLE;
        snprintf(out->detail, sizeof(out->detail),
                 "All URLs that were found were compared: %zu usable pairs of %zu; %zu are asked for.", tally->usable,
                 tally->compared, minimum);
    } else if (tally->of[PAIR_UNSTABLE] > 0 && tally->usable + tally->of[PAIR_UNSTABLE] >= minimum) {
        leave_open(out, CODE_UNSTABLE_CONTENT);
        snprintf(out->detail, sizeof(out->detail),
                 "%zu of %zu URLs change from load to load, and only %zu usable pairs are left; %zu are asked for.",
                 tally->of[PAIR_UNSTABLE], tally->compared, tally->usable, minimum);
    } else {
        leave_open(out, CODE_TOO_FEW_PAIRS);
        snprintf(out->detail, sizeof(out->detail), "%zu usable pairs of %zu compared; %zu are asked for.",
                 tally->usable, tally->compared, minimum);
    }
}

static void judge_pairs(const struct origin_evidence *evidence, enum mode candidate, enum scheme visitor,
                        struct candidate_judgement *out)
{
    struct tally tally = count_pairs(evidence, candidate, visitor);
    /* Even a policy that asks for nothing cannot make evidence out of nothing. */
    size_t minimum = evidence->min_pairs > 0 ? evidence->min_pairs : 1;

    if (2 * tally.both_fail > tally.compared) {
        leave_open(out, CODE_ORIGIN_ERRORS);
        snprintf(out->detail, sizeof(out->detail), "%zu of %zu URLs fail however they are fetched.", tally.both_fail,
                 tally.compared);
    } else if (4 * tally.of[PAIR_UNSTABLE] > tally.compared) {
        leave_open(out, CODE_UNSTABLE_CONTENT);
        snprintf(out->detail, sizeof(out->detail), "%zu of %zu URLs change from load to load.", tally.of[PAIR_UNSTABLE],
                 tally.compared);
    } else if (tally.usable < minimum) {
        judge_too_few(evidence, &tally, minimum, out);
    }
}

/* The detail of the first comparison that `matches`, and how many others there are. */
static bool find_comparison(const struct origin_evidence *evidence, enum mode candidate,
                            bool matches(const struct comparison *), struct candidate_judgement *out)
{
    const struct comparison *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        if (!matches(comparison) || (comparison->candidates != 0 && !mode_set_has(comparison->candidates, candidate)))
            continue;
        if (first == NULL)
            first = comparison;
        count++;
    }
    if (first == NULL)
        return false;
    snprintf(out->detail, sizeof(out->detail), "%.120s: %.200s (%zu of %zu URLs).", first->path,
             first->detail == NULL ? "not told" : first->detail, count, evidence->comparison_count);
    return true;
}

static bool is_interference(const struct comparison *comparison)
{
    return comparison->verdict == PAIR_INTERFERENCE;
}

/* Why nothing can be said whatever the pairs say. */
static bool is_open_by_itself(const struct origin_evidence *evidence, enum mode candidate,
                              struct candidate_judgement *out)
{
    bool uses_https = mode_uses_https(candidate, evidence->always_https);

    if (evidence->stopped != CODE_NONE) {
        leave_open(out, evidence->stopped);
        snprintf(out->detail, sizeof(out->detail), "%s",
                 evidence->stopped_detail != NULL ? evidence->stopped_detail : code_sentence(evidence->stopped));
    } else if (fact_no_route(evidence)) {
        leave_open(out, CODE_NO_ROUTE);
        snprintf(out->detail, sizeof(out->detail), "%s", code_sentence(CODE_NO_ROUTE));
    } else if (fact_unreachable(evidence)) {
        leave_open(out, CODE_UNREACHABLE);
        snprintf(out->detail, sizeof(out->detail), "HTTP: %.150s; HTTPS: %.150s.",
                 evidence->http_detail != NULL ? evidence->http_detail : "no answer",
                 evidence->https_detail != NULL ? evidence->https_detail : "no answer");
    } else if (uses_https && evidence->https == PORT_UNKNOWN) {
        leave_open(out, CODE_INTERRUPTED);
        snprintf(out->detail, sizeof(out->detail), "The HTTPS port was not asked.");
    } else if (mode_needs_certificate(candidate) && !evidence->certificate.judged) {
        leave_open(out, CODE_INTERRUPTED);
        snprintf(out->detail, sizeof(out->detail), "The certificate was not seen.");
    } else if (find_comparison(evidence, candidate, is_interference, out)) {
        leave_open(out, CODE_BLOCKED);
    } else if (find_comparison(evidence, candidate, comparison_is_suspect, out)) {
        leave_open(out, CODE_UNSTABLE_CONTENT);
    }
    return out->state == CANDIDATE_OPEN;
}

/* A mode that makes the same requests as today's works if today's does. */
static void judge_same_requests(const struct origin_evidence *evidence, struct candidate_judgement *out)
{
    switch (fact_today_serves(evidence, out->detail)) {
    case ANSWER_YES:
        return;
    case ANSWER_NO:
        out->state = CANDIDATE_BROKEN;
        return;
    case ANSWER_UNKNOWN:
        leave_open(out, CODE_TOO_FEW_PAIRS);
        snprintf(out->detail, sizeof(out->detail), "No URL could be judged under %s, the mode in use today.",
                 mode_name(evidence->current));
        return;
    }
}

void candidate_judge(const struct origin_evidence *evidence, enum mode candidate, struct candidate_judgement *out)
{
    *out = (struct candidate_judgement){.state = CANDIDATE_SAFE};
    if (mode_set_has(candidate_ruled_out(evidence), candidate)) {
        out->state = CANDIDATE_RULED_OUT;
        return;
    }
    if (is_open_by_itself(evidence, candidate, out))
        return;
    if (mode_same_actions(evidence->current, candidate, evidence->always_https)) {
        judge_same_requests(evidence, out);
        return;
    }
    for (int visitor = 0; visitor < SCHEME_COUNT && out->state == CANDIDATE_SAFE; visitor++) {
        if (!mode_same_action(evidence->current, candidate, evidence->always_https, (enum scheme)visitor))
            judge_pairs(evidence, candidate, (enum scheme)visitor, out);
    }
}

#include "scan/comparison_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Resets in a row on a port that else answers: something cuts us off. */
#define RESETS_ARE_INTERFERENCE 3

/* The journeys of one candidate, and of the second fetches where noise is measured. */
struct journeys {
    struct journey today, tomorrow;
    bool measured; /* the two below are there */
    struct journey today_again, tomorrow_again;
    enum mode candidate;
};

static enum mode stronger(enum mode a, enum mode b)
{
    return a > b ? a : b;
}

void comparison_walk(const struct comparison_task *task, struct exchange_set *set, enum walk_scope scope,
                     enum mode candidate, struct journey *journey)
{
    const struct scan_hostname *host = task->origin->host;
    struct zone_scan *scan = host->scan;
    const char *hostname = host->inventory->hostname;
    if (scope == SCOPE_TODAY) {
        journey_walk(scan->today, scan->today_count, task->spec.visitor, hostname, task->spec.path, exchange_set_lookup,
                     set, journey);
        return;
    }
    struct journey_hostname *modes = calloc(scan->today_count, sizeof *modes);
    if (modes == NULL) {
        scan->out_of_memory = true;
        *journey = (struct journey){.end = JOURNEY_FAILURE};
        return;
    }
    for (size_t i = 0; i < scan->today_count; i++) {
        modes[i] = scan->today[i];
        if (modes[i].hostname == hostname) {
            modes[i].mode = candidate;
        } else if (scope == SCOPE_WHOLE_ZONE) {
            modes[i].mode = stronger(modes[i].mode, candidate);
        }
    }
    journey_walk(modes, scan->today_count, task->spec.visitor, hostname, task->spec.path, exchange_set_lookup, set,
                 journey);
    free(modes);
}

static enum side_state side_of(const struct journey *journey)
{
    switch (journey->end) {
    case JOURNEY_PAGE:
    case JOURNEY_OUTSIDE:
        return SIDE_WORKS;
    case JOURNEY_ANSWER:
        return SIDE_ANSWERS;
    case JOURNEY_LOOP:
    case JOURNEY_TOO_LONG:
        return SIDE_LOOPS;
    case JOURNEY_FAILURE:
        return SIDE_FAILS;
    case JOURNEY_NEEDS:
        return SIDE_UNKNOWN;
    }
    return SIDE_UNKNOWN;
}

/* The answer at the end of a journey. One that left the zone ended well, with nothing to look at; what it is called is
 * written to `away`. */
static struct compare_response end_view(const struct exchange_set *set, const struct journey *journey, char *away)
{
    struct exchange *exchange = journey->fact != NULL ? exchange_set_find(set, &journey->last) : NULL;
    if (exchange != NULL && journey->end != JOURNEY_OUTSIDE) {
        return exchange_view(exchange);
    }
    snprintf(away, LIMIT_DETAIL_BYTES, "a redirect to %s",
             journey->outside_url != NULL ? journey->outside_url : "another site");
    return (struct compare_response){.outcome = EXCHANGE_ANSWERED, .status = 204, .retry_after_s = -1, .phrase = away};
}

static bool has_end_exchange(const struct journey *journey)
{
    return journey->end == JOURNEY_PAGE || journey->end == JOURNEY_ANSWER || journey->end == JOURNEY_FAILURE;
}

static bool nothing_came(const struct journey *journey)
{
    return journey->end == JOURNEY_FAILURE && (journey->fact == NULL || journey->fact->status == 0);
}

/* The two answers at the ends decide; second fetches are used where both journeys were walked again to such ends. */
static void judge_answers(struct comparison_task *task, const struct journeys *journeys, struct judgement *out)
{
    char away_a[LIMIT_DETAIL_BYTES], away_b[LIMIT_DETAIL_BYTES];
    struct pair_input input = {
        .a = end_view(&task->first, &journeys->today, away_a),
        .b = end_view(&task->first, &journeys->tomorrow, away_b),
        .retries = task->retries,
        .origin_resets = task->origin->http.resets >= RESETS_ARE_INTERFERENCE ||
                         task->origin->https.resets >= RESETS_ARE_INTERFERENCE,
        .noise = &task->origin->noise,
    };
    struct compare_response again_a, again_b;
    if (journeys->measured && has_end_exchange(&journeys->today_again) && has_end_exchange(&journeys->tomorrow_again)) {
        again_a = end_view(&task->again, &journeys->today_again, away_a);
        again_b = end_view(&task->again, &journeys->tomorrow_again, away_b);
        input.again_a = &again_a;
        input.again_b = &again_b;
    }
    struct pair_result result;
    pair_judge(&input, &result);
    out->verdict = result.verdict;
    out->next = result.next == PAIR_FOLLOW_REDIRECTS ? PAIR_DONE : result.next;
    out->wait_s = result.wait_s;
    out->refused = result.both_refused;
    out->forbidden = result.both_forbidden;
    out->warnings = result.warnings;
    out->mixed = result.mixed_b;
    out->code = result.blocker == PAIR_BLOCKER_CONTENT_DIFFERS     ? CODE_CONTENT_DIFFERS
                : result.blocker == PAIR_BLOCKER_HTTPS_UNAVAILABLE ? CODE_HTTPS_UNAVAILABLE
                                                                   : CODE_NONE;
    snprintf(out->detail, sizeof out->detail, "%s", result.detail);
    if (out->next == PAIR_FETCH_AGAIN && input.again_a != NULL) {
        out->next = PAIR_DONE;
    }
    /* Walked again, and one side did not come to an answer this time. */
    if (out->next == PAIR_FETCH_AGAIN && journeys->measured) {
        out->next = PAIR_DONE;
        out->verdict = PAIR_UNSTABLE;
    }
}

static bool ends_at_same_place(const struct journey *a, const struct journey *b, enum mode candidate)
{
    char detail[LIMIT_DETAIL_BYTES + 1];
    enum journey_relation relation = journey_compare(a, b, candidate, detail);
    return relation == JOURNEYS_SAME_EXCHANGE || relation == JOURNEYS_COMPARE || relation == JOURNEYS_SAME_OUTSIDE ||
           relation == JOURNEYS_BOTH_FAIL;
}

static bool is_refusal(const struct journey *journey)
{
    int status = has_end_exchange(journey) && journey->fact != NULL ? journey->fact->status : 0;
    return status == 401 || status == 403 || status == 407 || status == 429 || status == 503;
}

/* All four journeys end on pages of one hostname, by one scheme. */
static bool ends_on_pages(const struct journeys *journeys)
{
    const struct journey *all[] = {&journeys->today, &journeys->tomorrow, &journeys->today_again,
                                   &journeys->tomorrow_again};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i]->end != JOURNEY_PAGE || all[i]->scheme != all[0]->scheme ||
            strcmp(all[i]->hostname, all[0]->hostname) != 0) {
            return false;
        }
    }
    return true;
}

/* The journeys part ways. A redirect that changes from load to load, and a firewall's refusal on one side, are told
 * apart from a difference first. One that leads elsewhere with each load over either scheme (a session in its URL) is
 * judged by the pages that it ends on. */
static void judge_redirects(struct comparison_task *task, enum journey_relation relation,
                            const struct journeys *journeys, struct judgement *out)
{
    const struct journey *today = &journeys->today, *tomorrow = &journeys->tomorrow;
    if (is_refusal(today) != is_refusal(tomorrow) && has_end_exchange(today) && has_end_exchange(tomorrow)) {
        judge_answers(task, journeys, out);
        return;
    }
    out->verdict = PAIR_DIFFERENT;
    out->code = relation == JOURNEYS_LOOP ? CODE_REDIRECT_LOOP : CODE_REDIRECT_DIFFERS;
    if (!journeys->measured) {
        out->next = PAIR_FETCH_AGAIN;
        return;
    }
    bool today_stays = ends_at_same_place(today, &journeys->today_again, journeys->candidate);
    bool tomorrow_stays = ends_at_same_place(tomorrow, &journeys->tomorrow_again, journeys->candidate);
    if (!today_stays && !tomorrow_stays && relation == JOURNEYS_ELSEWHERE && ends_on_pages(journeys)) {
        judge_answers(task, journeys, out);
        if (pair_verdict_is_against(out->verdict)) {
            out->verdict = PAIR_UNSTABLE;
            out->code = CODE_NONE;
        }
        return;
    }
    if (!today_stays || !tomorrow_stays) {
        out->verdict = PAIR_UNSTABLE;
        out->code = CODE_NONE;
        snprintf(out->detail, sizeof out->detail, "its redirects lead elsewhere from one load to the next");
    }
}

static void judge_relation(struct comparison_task *task, enum journey_relation relation,
                           const struct journeys *journeys, struct judgement *out)
{
    bool today_fails = journeys->today.end == JOURNEY_FAILURE;
    switch (relation) {
    case JOURNEYS_SAME_OUTSIDE:
        out->verdict = PAIR_SAME;
        return;
    case JOURNEYS_BOTH_FAIL:
        out->verdict = PAIR_UNUSABLE;
        if (today_fails && journeys->tomorrow.end == JOURNEY_FAILURE) {
            judge_answers(task, journeys, out);
        }
        return;
    case JOURNEYS_IMPROVED:
        out->verdict = PAIR_IMPROVED;
        if (today_fails && journeys->tomorrow.end == JOURNEY_PAGE) {
            judge_answers(task, journeys, out);
        }
        return;
    case JOURNEYS_SAME_EXCHANGE:
    case JOURNEYS_COMPARE:
    case JOURNEYS_FAIL:
        judge_answers(task, journeys, out);
        return;
    case JOURNEYS_LOOP:
    case JOURNEYS_SCHEME_LOST:
    case JOURNEYS_ELSEWHERE:
        judge_redirects(task, relation, journeys, out);
        return;
    }
}

static void judge_scope(struct comparison_task *task, enum mode candidate, enum walk_scope scope, struct judgement *out)
{
    struct journeys journeys = {.candidate = candidate, .measured = task->measuring_noise};
    comparison_walk(task, &task->first, SCOPE_TODAY, candidate, &journeys.today);
    comparison_walk(task, &task->first, scope, candidate, &journeys.tomorrow);
    if (journeys.measured) {
        comparison_walk(task, &task->again, SCOPE_TODAY, candidate, &journeys.today_again);
        comparison_walk(task, &task->again, scope, candidate, &journeys.tomorrow_again);
    }
    *out = (struct judgement){.today = side_of(&journeys.today), .tomorrow = side_of(&journeys.tomorrow)};
    out->nothing_answered = nothing_came(&journeys.today) && nothing_came(&journeys.tomorrow);
    enum journey_relation relation = journey_compare(&journeys.today, &journeys.tomorrow, candidate, out->detail);
    judge_relation(task, relation, &journeys, out);
}

/* How much a judgement says against a mode, or how little it proves: of two the heavier one counts. */
static int gravity(const struct judgement *judgement)
{
    static const int of[PAIR_VERDICT_COUNT] = {
        [PAIR_SAME] = 0,     [PAIR_EQUIVALENT] = 1,   [PAIR_IMPROVED] = 2,    [PAIR_WEAK] = 3,      [PAIR_UNUSABLE] = 4,
        [PAIR_UNSTABLE] = 5, [PAIR_INTERFERENCE] = 6, [PAIR_UNAVAILABLE] = 7, [PAIR_DIFFERENT] = 8,
    };
    return of[judgement->verdict] + (judgement->next != PAIR_DONE ? PAIR_VERDICT_COUNT : 0);
}

void comparison_judge(struct comparison_task *task, enum mode candidate, struct judgement *out)
{
    judge_scope(task, candidate, SCOPE_THIS_HOSTNAME, out);
    if (task->origin->host->scan->today_count == 1) {
        return;
    }
    struct judgement zone;
    judge_scope(task, candidate, SCOPE_WHOLE_ZONE, &zone);
    if (gravity(&zone) > gravity(out)) {
        *out = zone;
    }
}

void comparison_judge_today(struct comparison_task *task, struct judgement *out)
{
    struct journey today;
    comparison_walk(task, &task->first, SCOPE_TODAY, MODE_NONE, &today);
    *out = (struct judgement){.today = side_of(&today), .verdict = PAIR_UNUSABLE};
    out->nothing_answered = nothing_came(&today);
    if (out->today == SIDE_LOOPS) {
        snprintf(out->detail, sizeof out->detail, "its redirects loop");
    } else if (today.end == JOURNEY_FAILURE && today.fact != NULL && today.fact->failure != NULL) {
        snprintf(out->detail, sizeof out->detail, "%s", today.fact->failure);
    }
}

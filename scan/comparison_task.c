#include "scan/zone_state.h"

#include "base/clock.h"
#include "compare/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Resets in a row on a port that else answers: something cuts us off. */
#define RESETS_ARE_INTERFERENCE 3

struct comparison_task {
    struct scan_origin *origin, *asked_of;
    struct comparison_spec spec;
    bool tomorrow_first;
    unsigned retries;
    bool measuring_noise;             /* `again` is being filled */
    struct exchange_set first, again; /* the second fetches measure noise */
    struct exchange_key asked;
    comparison_done *done;
    void *context;
};

/* What the two journeys of one candidate came to. */
struct judgement {
    enum pair_verdict verdict;
    enum pair_next next;
    int64_t wait_s;
    enum code code;
    enum side_state today, tomorrow;
    bool refused, nothing_answered;
    unsigned warnings; /* enum pair_warning */
    struct mixed_content mixed;
    char detail[LIMIT_DETAIL_BYTES + 1];
};

/* Which hostnames are taken under the candidate: the one that is judged, or all of the zone. */
enum walk_scope { SCOPE_TODAY, SCOPE_THIS_HOSTNAME, SCOPE_WHOLE_ZONE };

static void task_free(struct comparison_task *task)
{
    exchange_set_release(&task->first);
    exchange_set_release(&task->again);
    free(task);
}

static enum mode stronger(enum mode a, enum mode b)
{
    return a > b ? a : b;
}

static void walk(const struct comparison_task *task, struct exchange_set *set, enum walk_scope scope,
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

/* The answer at the end of a journey. One that left the zone ended well, with nothing to look at. */
static struct compare_response end_view(const struct exchange_set *set, const struct journey *journey)
{
    struct exchange *exchange = journey->fact != NULL ? exchange_set_find(set, &journey->last) : NULL;
    if (exchange != NULL && journey->end != JOURNEY_OUTSIDE) {
        return exchange_view(exchange);
    }
    return (struct compare_response){.outcome = EXCHANGE_ANSWERED, .status = 204, .retry_after_s = -1};
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
static void judge_answers(struct comparison_task *task, const struct journey *today, const struct journey *tomorrow,
                          const struct journey *today_again, const struct journey *tomorrow_again,
                          struct judgement *out)
{
    struct pair_input input = {
        .a = end_view(&task->first, today),
        .b = end_view(&task->first, tomorrow),
        .retries = task->retries,
        .origin_resets = task->origin->http.resets >= RESETS_ARE_INTERFERENCE ||
                         task->origin->https.resets >= RESETS_ARE_INTERFERENCE,
        .noise = &task->origin->noise,
    };
    struct compare_response again_a, again_b;
    if (today_again != NULL && has_end_exchange(today_again) && has_end_exchange(tomorrow_again)) {
        again_a = end_view(&task->again, today_again);
        again_b = end_view(&task->again, tomorrow_again);
        input.again_a = &again_a;
        input.again_b = &again_b;
    }
    struct pair_result result;
    pair_judge(&input, &result);
    out->verdict = (enum pair_verdict)result.verdict;
    out->next = result.next == PAIR_FOLLOW_REDIRECTS ? PAIR_DONE : result.next;
    out->wait_s = result.wait_s;
    out->refused = result.both_refused;
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
    if (out->next == PAIR_FETCH_AGAIN && today_again != NULL) {
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

/* The journeys part ways. A redirect that changes from load to load, and a firewall's refusal on one side, are told
 * apart from a difference first. */
static void judge_redirects(struct comparison_task *task, enum journey_relation relation, const struct journey *today,
                            const struct journey *tomorrow, const struct journey *today_again,
                            const struct journey *tomorrow_again, enum mode candidate, struct judgement *out)
{
    if (is_refusal(today) != is_refusal(tomorrow) && has_end_exchange(today) && has_end_exchange(tomorrow)) {
        judge_answers(task, today, tomorrow, today_again, tomorrow_again, out);
        return;
    }
    out->verdict = PAIR_DIFFERENT;
    out->code = relation == JOURNEYS_LOOP ? CODE_REDIRECT_LOOP : CODE_REDIRECT_DIFFERS;
    if (today_again == NULL) {
        out->next = PAIR_FETCH_AGAIN;
        return;
    }
    if (!ends_at_same_place(today, today_again, candidate) ||
        !ends_at_same_place(tomorrow, tomorrow_again, candidate)) {
        out->verdict = PAIR_UNSTABLE;
        out->code = CODE_NONE;
        snprintf(out->detail, sizeof out->detail, "its redirects lead elsewhere from one load to the next");
    }
}

static void judge_relation(struct comparison_task *task, enum journey_relation relation, const struct journey *today,
                           const struct journey *tomorrow, const struct journey *today_again,
                           const struct journey *tomorrow_again, enum mode candidate, struct judgement *out)
{
    switch (relation) {
    case JOURNEYS_SAME_OUTSIDE:
        out->verdict = PAIR_SAME;
        return;
    case JOURNEYS_BOTH_FAIL:
        if (today->end != JOURNEY_FAILURE || tomorrow->end != JOURNEY_FAILURE) {
            out->verdict = PAIR_UNUSABLE;
            return;
        }
        judge_answers(task, today, tomorrow, today_again, tomorrow_again, out);
        return;
    case JOURNEYS_IMPROVED:
        if (today->end != JOURNEY_FAILURE || tomorrow->end != JOURNEY_PAGE) {
            out->verdict = PAIR_IMPROVED;
            return;
        }
        judge_answers(task, today, tomorrow, today_again, tomorrow_again, out);
        return;
    case JOURNEYS_SAME_EXCHANGE:
    case JOURNEYS_COMPARE:
    case JOURNEYS_FAIL:
        judge_answers(task, today, tomorrow, today_again, tomorrow_again, out);
        return;
    case JOURNEYS_LOOP:
    case JOURNEYS_SCHEME_LOST:
    case JOURNEYS_ELSEWHERE:
        judge_redirects(task, relation, today, tomorrow, today_again, tomorrow_again, candidate, out);
        return;
    }
}

static void judge_scope(struct comparison_task *task, enum mode candidate, enum walk_scope scope, struct judgement *out)
{
    struct journey today, tomorrow, today_again, tomorrow_again;
    walk(task, &task->first, SCOPE_TODAY, candidate, &today);
    walk(task, &task->first, scope, candidate, &tomorrow);
    if (task->measuring_noise) {
        walk(task, &task->again, SCOPE_TODAY, candidate, &today_again);
        walk(task, &task->again, scope, candidate, &tomorrow_again);
    }
    *out = (struct judgement){.today = side_of(&today), .tomorrow = side_of(&tomorrow), .next = PAIR_DONE};
    out->nothing_answered = nothing_came(&today) && nothing_came(&tomorrow);
    enum journey_relation relation = journey_compare(&today, &tomorrow, candidate, out->detail);
    judge_relation(task, relation, &today, &tomorrow, task->measuring_noise ? &today_again : NULL,
                   task->measuring_noise ? &tomorrow_again : NULL, candidate, out);
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

static void judge_candidate(struct comparison_task *task, enum mode candidate, struct judgement *out)
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

static const char *keep_text(struct comparison_task *task, const char *text)
{
    return text[0] == '\0' ? NULL : arena_text(&task->origin->host->scan->arena, text);
}

static void note_warnings(struct comparison_task *task, const struct judgement *judgement)
{
    char detail[LIMIT_DETAIL_BYTES];
    if (judgement->warnings & PAIR_WARNING_MIXED_CONTENT) {
        const struct mixed_content *mixed = &judgement->mixed;
        const char *example = mixed->active > 0 ? mixed->active_example : mixed->passive_example;
        snprintf(detail, sizeof detail, "%u active and %u passive references by http, for instance %s", mixed->active,
                 mixed->passive, example);
        origin_add_notice(task->origin, CODE_MIXED_CONTENT, task->spec.path, detail);
    }
    if (judgement->warnings & PAIR_WARNING_HSTS_NEW) {
        origin_add_notice(task->origin, CODE_HSTS_NEW, NULL,
                          judgement->warnings & PAIR_WARNING_HSTS_SUBDOMAINS
                              ? "Strict-Transport-Security with includeSubDomains"
                              : "Strict-Transport-Security");
    }
}

static void fill_finding(struct comparison_task *task, size_t candidate, const struct judgement *judgement,
                         struct finding *finding)
{
    const struct comparison_spec *spec = &task->spec;
    *finding = (struct finding){
        .comparison =
            {
                .path = spec->path,
                .visitor = spec->visitor,
                .candidates = spec->candidate_count > 0 ? spec->modes[candidate] : 0,
                .is_pair = spec->is_pair,
                .today = judgement->today,
                .tomorrow = judgement->tomorrow,
                .verdict = judgement->verdict,
                .code = judgement->code,
                .detail = keep_text(task, judgement->detail),
                .seen_at_s = clock_wall_s(),
                .weight = spec->weight,
            },
        .representative = spec->candidate_count > 0 ? spec->representatives[candidate] : MODE_NONE,
        .url = spec->url,
    };
    bool against = pair_verdict_is_against(judgement->verdict);
    finding->confirm_due = spec->candidate_count > 0 && against;
    if (against && finding->comparison.code == CODE_NONE) {
        finding->comparison.code = CODE_CONTENT_DIFFERS;
    }
}

/* The page that the visitor sees today is read for links: it was fetched anyway. */
static void learn_links(struct comparison_task *task)
{
    struct journey today;
    walk(task, &task->first, SCOPE_TODAY, MODE_NONE, &today);
    struct exchange *exchange = today.end == JOURNEY_PAGE ? exchange_set_find(&task->first, &today.last) : NULL;
    if (exchange != NULL) {
        hostname_learn(task->origin->host, exchange);
    }
}

static void judge_today_alone(struct comparison_task *task, struct comparison_outcome *outcome)
{
    struct journey today;
    walk(task, &task->first, SCOPE_TODAY, MODE_NONE, &today);
    struct judgement judgement = {.today = side_of(&today), .verdict = PAIR_UNUSABLE};
    judgement.nothing_answered = nothing_came(&today);
    if (today.end == JOURNEY_FAILURE && today.fact != NULL && today.fact->failure != NULL) {
        snprintf(judgement.detail, sizeof judgement.detail, "%s", today.fact->failure);
    }
    if (judgement.today == SIDE_LOOPS) {
        snprintf(judgement.detail, sizeof judgement.detail, "its redirects loop");
    }
    fill_finding(task, 0, &judgement, &outcome->findings[outcome->count++]);
    outcome->nothing_answered = judgement.nothing_answered;
}

static void fetch_on(void *context);

static void on_pause_ended(void *context)
{
    struct comparison_task *task = context;
    origin_pause_ends(task->origin);
    fetch_on(task);
}

/* After a pause, with everything fetched anew and the schemes in reversed order. */
static void start_over(struct comparison_task *task, int64_t wait_s)
{
    struct zone_scan *scan = task->origin->host->scan;
    wishes_back_off(scan->wishes, &task->origin->address, wait_s * 1000);
    task->retries++;
    task->tomorrow_first = !task->tomorrow_first;
    task->measuring_noise = false;
    exchange_set_release(&task->first);
    exchange_set_release(&task->again);
    if (wishes_timer(scan->wishes, wait_s * 1000, on_pause_ended, task) != 0) {
        scan->out_of_memory = true;
        task_free(task);
    }
}

static void finish(struct comparison_task *task, const struct comparison_outcome *outcome)
{
    learn_links(task);
    task->done(task->context, task->origin, outcome);
    task_free(task);
}

/* Cut short: by a signal, or by a page with more redirects than a set holds. Proves nothing. */
static void finish_unjudged(struct comparison_task *task)
{
    struct comparison_outcome outcome = {.count = 0};
    struct judgement judgement = {.verdict = PAIR_UNUSABLE};
    size_t count = task->spec.candidate_count > 0 ? task->spec.candidate_count : 1;
    for (size_t i = 0; i < count; i++) {
        fill_finding(task, i, &judgement, &outcome.findings[outcome.count++]);
    }
    finish(task, &outcome);
}

/* Every exchange that the journeys need is there. */
static void judge(struct comparison_task *task)
{
    struct comparison_outcome outcome = {.count = 0};
    struct judgement judgements[COMPARISON_CANDIDATES_MAX];
    bool measure_noise = false, retry = false;
    int64_t wait_s = 0;
    if (task->spec.candidate_count == 0) {
        judge_today_alone(task, &outcome);
        finish(task, &outcome);
        return;
    }
    for (size_t i = 0; i < task->spec.candidate_count; i++) {
        judge_candidate(task, task->spec.representatives[i], &judgements[i]);
        measure_noise = measure_noise || judgements[i].next == PAIR_FETCH_AGAIN;
        retry = retry || judgements[i].next == PAIR_RETRY_LATER;
        wait_s = judgements[i].wait_s > wait_s ? judgements[i].wait_s : wait_s;
    }
    if (retry && task->retries < LIMIT_RETRIES_PER_PAIR && origin_may_pause(task->origin)) {
        start_over(task, wait_s);
        return;
    }
    if (measure_noise && !task->measuring_noise) {
        task->measuring_noise = true;
        fetch_on(task);
        return;
    }
    outcome.nothing_answered = true;
    for (size_t i = 0; i < task->spec.candidate_count; i++) {
        fill_finding(task, i, &judgements[i], &outcome.findings[outcome.count++]);
        note_warnings(task, &judgements[i]);
        outcome.nothing_answered = outcome.nothing_answered && judgements[i].nothing_answered;
        outcome.refused = outcome.refused || judgements[i].refused;
    }
    finish(task, &outcome);
}

/* The next exchange that some journey waits for, in the order of this round; false if there is none. */
static bool next_needed(struct comparison_task *task, struct exchange_set *set, struct exchange_key *needed)
{
    struct journey journey;
    bool today_needs, tomorrow_needs = false;
    walk(task, set, SCOPE_TODAY, MODE_NONE, &journey);
    today_needs = journey.end == JOURNEY_NEEDS;
    struct exchange_key today_key = journey.needed;
    for (size_t i = 0; i < task->spec.candidate_count && !tomorrow_needs; i++) {
        walk(task, set, SCOPE_THIS_HOSTNAME, task->spec.representatives[i], &journey);
        if (journey.end != JOURNEY_NEEDS && task->origin->host->scan->today_count > 1) {
            walk(task, set, SCOPE_WHOLE_ZONE, task->spec.representatives[i], &journey);
        }
        tomorrow_needs = journey.end == JOURNEY_NEEDS;
    }
    if (!today_needs && !tomorrow_needs) {
        return false;
    }
    bool take_tomorrow = tomorrow_needs && (task->tomorrow_first || !today_needs);
    *needed = take_tomorrow ? journey.needed : today_key;
    return true;
}

static void on_exchange(void *context, struct fetch_response *response)
{
    struct comparison_task *task = context;
    origin_note(task->asked_of, kind_origin(task->asked.kind), response);
    exchange_set_add(task->measuring_noise ? &task->again : &task->first, &task->asked, response);
    fetch_on(task);
}

static void fetch_on(void *context)
{
    struct comparison_task *task = context;
    struct zone_scan *scan = task->origin->host->scan;
    struct exchange_set *set = task->measuring_noise ? &task->again : &task->first;
    if (!next_needed(task, set, &task->asked)) {
        judge(task);
        return;
    }
    if (!scan->interrupted && !scan->out_of_memory && set->count < EXCHANGE_SET_MAX) {
        task->asked_of = scan_origin_for(task->origin, task->asked.hostname);
        const struct cookie_jar *jar = exchange_set_jar(set, task->asked.cookies);
        if (task->asked_of != NULL && origin_fetch(task->asked_of, &task->asked, jar, on_exchange, task) == 0) {
            return;
        }
    }
    finish_unjudged(task);
}

int comparison_start(struct scan_origin *origin, const struct comparison_spec *spec, comparison_done *done,
                     void *context)
{
    struct zone_scan *scan = origin->host->scan;
    struct comparison_task *task = calloc(1, sizeof *task);
    if (task == NULL) {
        scan->out_of_memory = true;
        return -1;
    }
    task->origin = origin;
    task->spec = *spec;
    task->tomorrow_first = spec->tomorrow_first;
    task->done = done;
    task->context = context;
    if (wishes_timer(scan->wishes, 0, fetch_on, task) != 0) {
        scan->out_of_memory = true;
        task_free(task);
        return -1;
    }
    return 0;
}

#include "scan/comparison_state.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void task_free(struct comparison_task *task)
{
    exchange_set_release(&task->first);
    exchange_set_release(&task->again);
    free(task);
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
                              ? "over https the origin sends Strict-Transport-Security with includeSubDomains, which "
                                "visitors do not get today"
                              : "over https the origin sends Strict-Transport-Security, which visitors do not get "
                                "today");
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
    comparison_walk(task, &task->first, SCOPE_TODAY, MODE_NONE, &today);
    struct exchange *exchange = today.end == JOURNEY_PAGE ? exchange_set_find(&task->first, &today.last) : NULL;
    if (exchange != NULL) {
        hostname_learn(task->origin->host, exchange);
    }
}

static void judge_today_alone(struct comparison_task *task, struct comparison_outcome *outcome)
{
    struct judgement judgement;
    comparison_judge_today(task, &judgement);
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
        comparison_judge(task, task->spec.representatives[i], &judgements[i]);
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
        outcome.forbidden = outcome.forbidden || judgements[i].forbidden;
    }
    finish(task, &outcome);
}

/* The next exchange that some journey waits for, in the order of this round; false if there is none. */
static bool next_needed(struct comparison_task *task, struct exchange_set *set, struct exchange_key *needed)
{
    struct journey journey;
    bool today_needs, tomorrow_needs = false;
    comparison_walk(task, set, SCOPE_TODAY, MODE_NONE, &journey);
    today_needs = journey.end == JOURNEY_NEEDS;
    struct exchange_key today_key = journey.needed;
    for (size_t i = 0; i < task->spec.candidate_count && !tomorrow_needs; i++) {
        comparison_walk(task, set, SCOPE_THIS_HOSTNAME, task->spec.representatives[i], &journey);
        if (journey.end != JOURNEY_NEEDS && task->origin->host->scan->today_count > 1) {
            comparison_walk(task, set, SCOPE_WHOLE_ZONE, task->spec.representatives[i], &journey);
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
        if (task->asked_of != NULL && origin_fetch(task->asked_of, &task->asked, jar, NULL, on_exchange, task) == 0) {
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

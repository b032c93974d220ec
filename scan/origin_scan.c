#include "scan/zone_state.h"

#include "recommend/recommend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Comparisons in a row in which neither side answered: the origin is gone. */
#define FAILURES_IN_ROW_MAX 5
/* Pairs that interference spoilt for good: asking on would be impolite and prove nothing. */
#define INTERFERENCE_MAX 3
/* URLs in a row that both sides forbid: it is us that they mean. Folders without an index are some among others. */
#define FORBIDDEN_FIRST_MAX  3
#define FORBIDDEN_IN_ROW_MAX 10
/* So often a difference must be seen again where more pages change as a whole than differ. */
#define CONFIRMATIONS_AMID_CHANGE 4
/* Differences are rare if at most one comparison in so many is one. */
#define RARE_SHARE 8
/* So often an origin is given time to recover or to let us in again. */
#define PAUSES_MAX LIMIT_RETRIES_PER_PAIR
/* Requests beside those of pairs: robots.txt, probes, the crawl, journeys. */
#define REQUESTS_BESIDE_PAIRS 120

int origin_add_notice(struct scan_origin *origin, enum code code, const char *path, const char *detail)
{
    struct zone_scan *scan = origin->host->scan;
    struct origin_notice_list *list = &origin->notices;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].code == code) {
            return 0; /* once for each kind: the first example */
        }
    }
    if (scan_grow(scan, &list->items, &list->capacity, list->count, sizeof *list->items) != 0) {
        return -1;
    }
    list->items[list->count++] =
        (struct notice){code, arena_text(&scan->arena, path), arena_text(&scan->arena, detail)};
    return 0;
}

void origin_stop(struct scan_origin *origin, enum code why, const char *detail)
{
    if (origin->stopped == CODE_NONE) {
        origin->stopped = why;
        origin->stopped_detail = detail;
    }
    origin->open = 0;
    for (size_t i = 0; i < origin->finding_count; i++) {
        origin->findings[i].confirm_due = false;
    }
}

bool origin_may_pause(struct scan_origin *origin)
{
    if (origin->waiting == 0) {
        if (origin->pauses == PAUSES_MAX) {
            return false;
        }
        origin->pauses++;
    }
    origin->waiting++;
    return true;
}

void origin_pause_ends(struct scan_origin *origin)
{
    origin->waiting--;
}

/* ---- which candidates are still in question */

static void close_ruled_out(struct scan_origin *origin)
{
    struct arena arena = {0};
    struct origin_evidence evidence;
    if (origin_evidence(origin, &arena, &evidence) != 0) {
        origin->host->scan->out_of_memory = true;
    } else {
        origin->open &= (mode_set)~recommend_ruled_out(&evidence);
    }
    arena_release(&arena);
}

/* What both ports did; NULL where nothing is known or there is no memory. */
static const char *unreachable_detail(const struct scan_origin *origin)
{
    struct arena *arena = &origin->host->scan->arena;
    const char *http = origin->http.detail, *https = origin->https.detail;
    if (http == NULL || https == NULL) {
        return http != NULL ? http : https;
    }
    return strcmp(http, https) == 0 ? arena_printf(arena, "on both ports: %.300s", http)
                                    : arena_printf(arena, "HTTP: %.200s; HTTPS: %.200s", http, https);
}

/* Dead ports that leave nothing to compare. */
static bool stop_if_unreachable(struct scan_origin *origin)
{
    if (origin->http.state == PORT_ANSWERS || origin->https.state == PORT_ANSWERS) {
        return false;
    }
    if (origin->http.state == PORT_NO_ROUTE || origin->https.state == PORT_NO_ROUTE) {
        origin_stop(origin, CODE_NO_ROUTE, "this machine has no route to the address");
        return true;
    }
    origin_stop(origin, CODE_UNREACHABLE, unreachable_detail(origin));
    return true;
}

void origin_compare(struct scan_origin *origin)
{
    origin->phase = ORIGIN_COMPARING;
    origin->open = origin->host->candidates;
    if (stop_if_unreachable(origin)) {
        return;
    }
    close_ruled_out(origin);
}

/* ---- results */

static int add_finding(struct scan_origin *origin, const struct finding *finding)
{
    if (scan_grow(origin->host->scan, &origin->findings, &origin->finding_capacity, origin->finding_count,
                  sizeof *origin->findings) != 0) {
        return -1;
    }
    origin->findings[origin->finding_count++] = *finding;
    return 0;
}

/* Stops for want of access, and says what was seen last, and where. */
static void stop_blocked(struct scan_origin *origin, const struct comparison *seen)
{
    const char *detail = seen->detail != NULL ? seen->detail : "our requests are refused";
    const char *text = arena_printf(&origin->host->scan->arena, "%.300s (%.100s)", detail, seen->path);
    origin_stop(origin, CODE_BLOCKED, text != NULL ? text : detail);
}

static bool nothing_came(const struct scan_origin *origin)
{
    for (size_t i = 0; i < origin->finding_count; i++) {
        if (origin->findings[i].comparison.verdict != PAIR_UNUSABLE) {
            return false;
        }
    }
    return true;
}

static bool is_blocked(const struct scan_origin *origin, const struct comparison_outcome *outcome)
{
    size_t forbidden_max = nothing_came(origin) ? FORBIDDEN_FIRST_MAX : FORBIDDEN_IN_ROW_MAX;
    return outcome->refused || origin->forbidden >= forbidden_max || origin->interference >= INTERFERENCE_MAX;
}

static void count_failures(struct scan_origin *origin, const struct comparison_outcome *outcome)
{
    const struct comparison *last = &outcome->findings[0].comparison;
    origin->failures_in_row = outcome->nothing_answered ? origin->failures_in_row + 1 : 0;
    origin->forbidden = outcome->forbidden ? origin->forbidden + last->is_pair : 0;
    for (size_t i = 0; i < outcome->count; i++) {
        origin->interference += outcome->findings[i].comparison.verdict == PAIR_INTERFERENCE;
    }
    if (is_blocked(origin, outcome)) {
        stop_blocked(origin, last);
    } else if (origin->failures_in_row >= FAILURES_IN_ROW_MAX) {
        origin_stop(origin, CODE_ORIGIN_ERRORS, "the origin stopped answering");
    }
}

static void on_compared(void *context, struct scan_origin *origin, const struct comparison_outcome *outcome)
{
    (void)context;
    origin->tasks--;
    for (size_t i = 0; i < outcome->count; i++) {
        struct finding finding = outcome->findings[i];
        origin->against += finding.confirm_due;
        add_finding(origin, &finding);
    }
    count_failures(origin, outcome);
    hostname_continue(origin->host);
}

/* The finding that a confirming comparison repeats. */
static struct finding *find_same(struct scan_origin *origin, const struct finding *finding)
{
    for (size_t i = 0; i < origin->finding_count; i++) {
        struct finding *other = &origin->findings[i];
        if (other->url == finding->url && other->representative == finding->representative &&
            other->comparison.visitor == finding->comparison.visitor &&
            pair_verdict_is_against(other->comparison.verdict) && !other->comparison.confirmed) {
            return other;
        }
    }
    return NULL;
}

/* A page whose noise fell the same way twice is rare but holds a whole hostname; one that really differs does so every
 * time. So where hardly any page differs, and by its content alone, a third round is asked for; and more of them where
 * others were seen to change as a whole from load to load. */
static unsigned confirmations_needed(const struct scan_origin *origin, const struct finding *finding)
{
    size_t against = 0, unstable = 0;
    for (size_t i = 0; i < origin->finding_count; i++) {
        enum pair_verdict verdict = origin->findings[i].comparison.verdict;
        against += pair_verdict_is_against(verdict);
        unstable += verdict == PAIR_UNSTABLE;
    }
    bool is_rare = against * RARE_SHARE <= origin->finding_count;
    if (finding->comparison.code != CODE_CONTENT_DIFFERS) {
        return 1;
    }
    return unstable > against ? CONFIRMATIONS_AMID_CHANGE : is_rare ? 2 : 1;
}

static void settle_finding(const struct scan_origin *origin, struct finding *first, const struct finding *second)
{
    const struct comparison *again = &second->comparison;
    if (pair_verdict_is_against(again->verdict)) {
        first->confirmations++;
        first->comparison.confirmed = first->confirmations >= confirmations_needed(origin, first);
        first->confirm_due = !first->comparison.confirmed;
        return;
    }
    /* Seen once, gone later: no reason against a mode, and none for it. */
    bool proves_nothing = again->verdict == PAIR_INTERFERENCE || again->verdict == PAIR_UNUSABLE;
    first->comparison.verdict = proves_nothing ? again->verdict : PAIR_UNSTABLE;
    first->comparison.code = CODE_NONE;
    if (again->verdict == PAIR_INTERFERENCE) {
        first->comparison.detail = again->detail;
    }
}

static void on_confirmed(void *context, struct scan_origin *origin, const struct comparison_outcome *outcome)
{
    (void)context;
    origin->tasks--;
    for (size_t i = 0; i < outcome->count; i++) {
        struct finding *first = find_same(origin, &outcome->findings[i]);
        if (first != NULL) {
            settle_finding(origin, first, &outcome->findings[i]);
            origin->against -= !first->confirm_due;
        }
    }
    close_ruled_out(origin);
    hostname_continue(origin->host);
}

/* ---- going on */

static void finish_origin(struct scan_origin *origin)
{
    if (origin->forbidden > 0 && nothing_came(origin)) {
        stop_blocked(origin, &origin->findings[origin->finding_count - 1].comparison);
    }
    if (origin->host->scan->interrupted) {
        origin_stop(origin, CODE_INTERRUPTED, "the scan was interrupted");
    }
    bool limited = origin != origin->host->lead && origin_url_limit(origin) < origin->host->sample_count;
    origin->every_link_compared = origin->host->frontier != NULL && frontier_exhausted(origin->host->frontier) &&
                                  !limited && origin->next_url >= origin->host->sample_count;
    origin->phase = ORIGIN_DONE;
}

static bool start_confirming(struct scan_origin *origin)
{
    struct comparison_spec spec;
    bool started = false;
    while (origin->tasks < origin->host->scan->options->connections && origin_next_confirm_spec(origin, &spec)) {
        if (comparison_start(origin, &spec, on_confirmed, NULL) == 0) {
            origin->tasks++;
            started = true;
        }
    }
    return started;
}

/* Which spec comes next in this phase. `later` is set where none is there now but one may come. */
static bool next_spec(struct scan_origin *origin, struct comparison_spec *spec, bool *later)
{
    bool pairs_due = origin_acts_differently(origin);
    bool found = pairs_due ? origin_next_pair_spec(origin, spec) : origin_next_today_spec(origin, spec);
    size_t limit = pairs_due ? origin_url_limit(origin) : ORIGIN_TODAY_URLS;
    *later = !found && origin->next_url < limit && !hostname_sample_ended(origin->host);
    return found;
}

static size_t request_budget(const struct scan_origin *origin)
{
    /* A pair costs two requests, two more where it differs, and as many again in the confirming round. */
    return origin->host->scan->options->pairs * 8 + REQUESTS_BESIDE_PAIRS;
}

static bool must_stop(const struct scan_origin *origin)
{
    return origin->stopped != CODE_NONE || origin->host->scan->interrupted || origin->host->scan->out_of_memory ||
           origin->requests >= request_budget(origin);
}

/* Everything in question is settled, and today's mode was looked at. */
static bool is_settled(const struct scan_origin *origin)
{
    return origin->open == 0 && origin->host->candidates != 0 && origin->finding_count > 0;
}

static void compare_on(struct scan_origin *origin)
{
    struct comparison_spec spec;
    bool later = false;
    while (!must_stop(origin) && !is_settled(origin) && origin->waiting == 0 && origin->against < origin->confirm_at &&
           origin->tasks < origin->host->scan->options->connections) {
        if (!next_spec(origin, &spec, &later)) {
            break;
        }
        if (comparison_start(origin, &spec, on_compared, NULL) == 0) {
            origin->tasks++;
        }
    }
    if (origin->tasks == 0 && !later) {
        origin->phase = ORIGIN_CONFIRMING;
    }
}

static bool more_to_compare(struct scan_origin *origin)
{
    return !must_stop(origin) && !is_settled(origin) && origin->next_url < origin_url_limit(origin) &&
           hostname_sample(origin->host, origin->next_url) != NULL;
}

/* The confirming round comes at the end, or early once so much speaks against a mode that going on may be a waste. */
static void confirm_on(struct scan_origin *origin)
{
    if (!must_stop(origin)) {
        start_confirming(origin);
    }
    if (origin->tasks > 0) {
        return;
    }
    if (more_to_compare(origin)) {
        origin->confirm_at = origin->against + 3 + origin->confirm_at;
        origin->phase = ORIGIN_COMPARING;
        compare_on(origin);
        if (origin->phase == ORIGIN_COMPARING) {
            return;
        }
    }
    finish_origin(origin);
}

void origin_continue(struct scan_origin *origin)
{
    if (origin->phase == ORIGIN_COMPARING) {
        compare_on(origin);
    }
    if (origin->phase == ORIGIN_CONFIRMING) {
        confirm_on(origin);
    }
}

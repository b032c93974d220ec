#include "compare/pair.h"

#include "compare/constants.h"
#include "compare/media_type.h"
#include "compare/reference.h"

#include <stdarg.h>
#include <stdio.h>

/* What one side of a pair is worth. */
enum side {
    SIDE_PAGE,        /* 2xx with a body that is a page of the site, or may be */
    SIDE_EMPTY,       /* 2xx without a body, where a body is due */
    SIDE_REDIRECT,    /* 3xx with a Location */
    SIDE_REFUSAL,     /* 401, 403, 407, 429, a challenge or captcha of whatever status, a maintenance page with 2xx */
    SIDE_BUSY,        /* 503 */
    SIDE_GONE,        /* 404, 410 */
    SIDE_ANSWER,      /* any other answer below 500 */
    SIDE_ERROR,       /* 5xx but 503 */
    SIDE_INTERRUPTED, /* a timeout or reset after the connection stood: may have been chance */
    SIDE_FAILED       /* every other failure */
};

struct judged_side {
    enum side side;
    const struct compare_response *response;
    enum page_class page_class;
    const char *class_name;
};

const char *pair_blocker_code(enum pair_blocker blocker)
{
    switch (blocker) {
    case PAIR_BLOCKER_NONE:
        return NULL;
    case PAIR_BLOCKER_CONTENT_DIFFERS:
        return "content_differs";
    case PAIR_BLOCKER_HTTPS_UNAVAILABLE:
        return "https_unavailable";
    }
    return NULL;
}

/* ---- one side ---- */

bool response_is_success(const struct compare_response *response)
{
    return response->outcome == EXCHANGE_ANSWERED && response->status >= 200 && response->status <= 299;
}

static bool is_permanent(int status)
{
    return status == 301 || status == 308;
}

bool response_is_redirect(const struct compare_response *response)
{
    bool redirects =
        is_permanent(response->status) || response->status == 302 || response->status == 303 || response->status == 307;
    return response->outcome == EXCHANGE_ANSWERED && redirects && slice_trim(response->location).len > 0;
}

static bool is_refusal_status(int status)
{
    return status == 401 || status == 403 || status == 407 || status == 429;
}

static bool has_no_body(const struct compare_response *response)
{
    return slice_trim(response->body).len == 0;
}

static enum side side_of_answer(const struct compare_response *r, enum page_class page_class)
{
    if (response_is_redirect(r)) {
        return SIDE_REDIRECT;
    }
    bool challenged = page_class == PAGE_CHALLENGE || page_class == PAGE_CAPTCHA;
    if (is_refusal_status(r->status) || challenged || (response_is_success(r) && page_class == PAGE_MAINTENANCE)) {
        return SIDE_REFUSAL;
    }
    if (response_is_success(r)) {
        return has_no_body(r) && r->status != 204 && r->status != 205 ? SIDE_EMPTY : SIDE_PAGE;
    }
    if (r->status == 503) {
        return SIDE_BUSY;
    }
    if (r->status == 404 || r->status == 410) {
        return SIDE_GONE;
    }
    return r->status >= 500 || r->status < 200 ? SIDE_ERROR : SIDE_ANSWER;
}

static struct judged_side judge_side(const struct compare_response *response)
{
    struct judged_side judged = {.side = SIDE_FAILED, .response = response};
    if (response->outcome == EXCHANGE_TIMEOUT || response->outcome == EXCHANGE_RESET) {
        judged.side = SIDE_INTERRUPTED;
    } else if (response->outcome == EXCHANGE_ANSWERED) {
        judged.page_class = compare_classify(response, &judged.class_name);
        judged.side = side_of_answer(response, judged.page_class);
    }
    return judged;
}

static bool is_success(enum side side)
{
    return side == SIDE_PAGE || side == SIDE_EMPTY || side == SIDE_REDIRECT;
}

/* Fails today in a way that any success tomorrow mends; 404 and 410 are answers. */
static bool is_failure(enum side side)
{
    return side == SIDE_BUSY || side == SIDE_ERROR || side == SIDE_INTERRUPTED || side == SIDE_FAILED;
}

/* "HTTP 503", "timeout", "HTTP 200 without a body", "a captcha (HTTP 403)" */
static const char *describe(const struct judged_side *side, char *text, size_t size)
{
    const struct compare_response *r = side->response;
    if (r->phrase != NULL || r->outcome != EXCHANGE_ANSWERED) {
        snprintf(text, size, "%s", r->phrase != NULL ? r->phrase : exchange_outcome_name(r->outcome));
    } else if (side->side == SIDE_EMPTY) {
        snprintf(text, size, "HTTP %d without a body", r->status);
    } else if (side->page_class != PAGE_ORDINARY) {
        snprintf(text, size, "HTTP %d, a %s%s%s%s", r->status, page_class_name(side->page_class),
                 side->class_name != NULL ? " (" : "", side->class_name != NULL ? side->class_name : "",
                 side->class_name != NULL ? ")" : "");
    } else {
        snprintf(text, size, "HTTP %d", r->status);
    }
    return text;
}

/* ---- conclusions ---- */

struct judging {
    const struct pair_input *in;
    struct pair_result *out;
    struct judged_side a, b;
};

static void conclude(struct judging *j, enum pair_verdict verdict, const char *what)
{
    char today[160], tomorrow[160];
    j->out->verdict = verdict;
    snprintf(j->out->detail, sizeof j->out->detail, "%s: today %s, then %s", what, describe(&j->a, today, sizeof today),
             describe(&j->b, tomorrow, sizeof tomorrow));
}

static int64_t larger(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

/* Asks for another try after the wait that the origin named, if the budget and the longest wait allow it. */
static void retry(struct judging *j)
{
    int64_t asked = larger(j->in->a.retry_after_s, j->in->b.retry_after_s);
    int64_t wait = larger(asked, (int64_t)RETRY_FIRST_WAIT_S << (j->in->retries < 16 ? j->in->retries : 16));
    if (j->in->retries < LIMIT_RETRIES_PER_PAIR && asked <= LIMIT_RETRY_AFTER_SECONDS) {
        j->out->next = PAIR_RETRY_LATER;
        j->out->wait_s = wait < LIMIT_RETRY_AFTER_SECONDS ? wait : LIMIT_RETRY_AFTER_SECONDS;
    }
}

static void conclude_unavailable(struct judging *j)
{
    conclude(j, PAIR_UNAVAILABLE, "it works today and fails then");
    j->out->blocker = PAIR_BLOCKER_HTTPS_UNAVAILABLE;
    j->out->usable = true;
}

static void conclude_interference(struct judging *j)
{
    conclude(j, PAIR_INTERFERENCE, "something refuses us on one side only");
    j->out->usable = false;
    j->out->blocker = PAIR_BLOCKER_NONE;
    retry(j);
}

static void conclude_different(struct judging *j, const char *what)
{
    conclude(j, PAIR_DIFFERENT, what);
    j->out->blocker = PAIR_BLOCKER_CONTENT_DIFFERS;
    j->out->usable = true;
}

static void take_bodies_verdict(struct judging *j)
{
    struct pair_result *out = j->out;
    const struct compare_result *bodies = &out->bodies;
    int today = j->a.response->status, tomorrow = j->b.response->status;
    if (today != tomorrow && bodies->verdict == COMPARE_DIFFERENT) {
        snprintf(out->detail, sizeof out->detail, "today HTTP %d, then HTTP %d: %.*s", today, tomorrow,
                 LIMIT_DETAIL_BYTES - 40, bodies->reason);
    } else {
        snprintf(out->detail, sizeof out->detail, "%s", bodies->reason);
    }
    out->usable = bodies->verdict != COMPARE_UNSTABLE;
    switch (bodies->verdict) {
    case COMPARE_SAME:
        out->verdict = PAIR_SAME;
        return;
    case COMPARE_EQUIVALENT:
        out->verdict = PAIR_EQUIVALENT;
        return;
    case COMPARE_DIFFERENT:
        out->verdict = PAIR_DIFFERENT;
        out->blocker = PAIR_BLOCKER_CONTENT_DIFFERS;
        return;
    case COMPARE_UNSTABLE:
        out->verdict = PAIR_UNSTABLE;
        return;
    }
}

/* A second fetch that is not of the same sort as the first measures no noise. */
static const struct compare_response *usable_again(const struct compare_response *again, enum side side)
{
    return again != NULL && again->outcome == EXCHANGE_ANSWERED && judge_side(again).side == side ? again : NULL;
}

static void compare_pages(struct judging *j)
{
    const struct pair_input *in = j->in;
    struct pair_result *out = j->out;
    const struct compare_response *again_a = usable_again(in->again_a, j->a.side);
    const struct compare_response *again_b = usable_again(in->again_b, j->b.side);
    bool both = again_a != NULL && again_b != NULL;
    compare_bodies_with_noise(&in->a, &in->b, both ? again_a : NULL, both ? again_b : NULL, in->noise, &out->bodies);
    out->compared = true;
    take_bodies_verdict(j);
    bool asked = in->again_a != NULL && in->again_b != NULL;
    if (!asked && out->bodies.needs_again) {
        out->next = PAIR_FETCH_AGAIN;
    } else if (asked && !both) {
        conclude(j, PAIR_UNSTABLE, "the second fetches answered otherwise than the first");
        out->blocker = PAIR_BLOCKER_NONE;
        out->usable = false;
        retry(j);
    }
}

/* ---- rules ---- */

/* What the pair counts as if the journeys turn out to agree, or cannot be followed. */
static void judge_redirects(struct judging *j)
{
    if (pair_same_redirect(&j->in->a, &j->in->b)) {
        conclude(j, PAIR_SAME, "redirects to the same place");
    } else {
        conclude_different(j, "the redirects differ");
    }
    j->out->usable = true;
    j->out->next = PAIR_FOLLOW_REDIRECTS;
}

static void judge_two_pages(struct judging *j)
{
    if (j->a.side == SIDE_PAGE && j->b.side == SIDE_EMPTY) {
        conclude_unavailable(j);
    } else if (j->a.side == SIDE_EMPTY && j->b.side == SIDE_PAGE) {
        conclude_different(j, "an empty answer gets a body");
    } else if (has_no_body(j->a.response) != has_no_body(j->b.response)) {
        conclude_different(j, "only one side has content");
    } else {
        compare_pages(j);
    }
}

static bool may_be_weak(const struct judged_side *side)
{
    int status = side->response->status;
    bool by_site = side->page_class != PAGE_SERVER_DEFAULT && !page_class_is_interference(side->page_class);
    return by_site && !has_no_body(side->response) &&
           (status == 401 || status == 403 || status == 404 || status == 405);
}

/* A refusal of this URL, or of us: one alone does not tell. */
static bool is_forbidden(const struct judged_side *side)
{
    return (side->response->status == 403 || side->response->status == 407) &&
           !page_class_is_interference(side->page_class);
}

/* The same refusal of both is what an API without a key gives, unless it is the server itself or a firewall that
 * speaks. */
static void judge_two_answers(struct judging *j)
{
    const struct compare_response *a = &j->in->a, *b = &j->in->b;
    bool same = false;
    if (a->status == b->status && may_be_weak(&j->a) && may_be_weak(&j->b)) {
        compare_pages(j);
        same = j->out->verdict == PAIR_SAME || j->out->verdict == PAIR_EQUIVALENT;
    }
    j->out->blocker = PAIR_BLOCKER_NONE;
    j->out->usable = false;
    bool refused = j->a.side == SIDE_REFUSAL && j->b.side == SIDE_REFUSAL && a->status != 401 && b->status != 401;
    j->out->both_forbidden = refused && !same && is_forbidden(&j->a) && is_forbidden(&j->b);
    bool maintained = j->a.page_class == PAGE_MAINTENANCE && j->b.page_class == PAGE_MAINTENANCE;
    j->out->both_refused = refused && !same && !maintained && !j->out->both_forbidden;
    if (same) {
        conclude(j, PAIR_WEAK, "the same answer, which is no page");
    } else if (refused) {
        conclude(j, PAIR_UNUSABLE, maintained ? "both sides are out of service" : "both sides refuse us");
    } else {
        conclude(j, PAIR_UNUSABLE, "neither side gives a page");
    }
}

static bool is_answer(enum side side)
{
    return side == SIDE_REFUSAL || side == SIDE_GONE || side == SIDE_ANSWER;
}

static bool is_refused(const struct judging *j)
{
    bool interrupted = j->a.side == SIDE_INTERRUPTED || j->b.side == SIDE_INTERRUPTED;
    return j->a.side == SIDE_REFUSAL || j->b.side == SIDE_REFUSAL || (j->in->origin_resets && interrupted);
}

static void judge_one_success(struct judging *j)
{
    enum side a = j->a.side, b = j->b.side;
    if (is_success(a)) {
        conclude_unavailable(j);
    } else if (is_failure(a) && b == SIDE_EMPTY) {
        conclude(j, PAIR_UNUSABLE, "neither side gives a page");
    } else if (is_failure(a)) {
        conclude(j, PAIR_IMPROVED, "it fails today and works then");
        j->out->usable = true;
    } else {
        conclude_different(j, "another answer");
    }
    if (a == SIDE_BUSY || b == SIDE_BUSY) {
        bool too_long = larger(j->in->a.retry_after_s, j->in->b.retry_after_s) > LIMIT_RETRY_AFTER_SECONDS;
        if (too_long) {
            conclude_interference(j);
        }
        retry(j);
    }
}

static void judge_two_failures(struct judging *j)
{
    enum side a = j->a.side, b = j->b.side;
    bool a_5xx = a == SIDE_BUSY || a == SIDE_ERROR, b_5xx = b == SIDE_BUSY || b == SIDE_ERROR;
    j->out->both_server_errors = a_5xx && b_5xx;
    conclude(j, PAIR_UNUSABLE, "both sides fail");
    if (a == SIDE_BUSY && b == SIDE_BUSY) {
        retry(j);
    }
}

static void judge_sides(struct judging *j)
{
    enum side a = j->a.side, b = j->b.side;
    bool any_success = is_success(a) || is_success(b), both_succeed = is_success(a) && is_success(b);
    bool no_route = j->in->a.outcome == EXCHANGE_NO_ROUTE || j->in->b.outcome == EXCHANGE_NO_ROUTE;
    if (no_route) {
        conclude(j, PAIR_UNUSABLE, "there is no route from here");
    } else if (any_success && is_refused(j)) {
        conclude_interference(j);
    } else if (any_success && (a == SIDE_REDIRECT || b == SIDE_REDIRECT) && a != SIDE_BUSY && b != SIDE_BUSY) {
        judge_redirects(j);
    } else if (both_succeed) {
        judge_two_pages(j);
    } else if (any_success) {
        judge_one_success(j);
    } else if (is_answer(a) && is_answer(b)) {
        judge_two_answers(j);
    } else {
        judge_two_failures(j);
    }
    if ((a == SIDE_INTERRUPTED || b == SIDE_INTERRUPTED) && j->in->retries == 0) {
        retry(j);
    }
}

static bool sends_hsts(const struct compare_response *response)
{
    struct slice value = response->strict_transport_security;
    size_t at = slice_find_nocase(value, SLICE("max-age"));
    struct slice rest = slice_trim(slice_from(value, at + 7));
    while (rest.len > 0 && (rest.ptr[0] == '=' || rest.ptr[0] == '"' || rest.ptr[0] == ' ' || rest.ptr[0] == '0')) {
        rest = slice_from(rest, 1);
    }
    return at < value.len && rest.len > 0 && ascii_is_digit(rest.ptr[0]);
}

static unsigned warnings_of(const struct pair_input *in, const struct mixed_content *mixed_b)
{
    unsigned warnings = 0;
    if (in->b.https && mixed_b->active + mixed_b->passive > 0) {
        warnings |= PAIR_WARNING_MIXED_CONTENT;
    }
    if (sends_hsts(&in->b) && !sends_hsts(&in->a)) {
        struct slice value = in->b.strict_transport_security;
        warnings |= PAIR_WARNING_HSTS_NEW;
        if (slice_find_nocase(value, SLICE("includesubdomains")) < value.len) {
            warnings |= PAIR_WARNING_HSTS_SUBDOMAINS;
        }
    }
    return warnings;
}

/* Most pages come byte for byte the same over both schemes: what is true of one answer need not be read again from the
 * other. */
static bool is_same_answer(const struct compare_response *a, const struct compare_response *b)
{
    return a->outcome == b->outcome && a->status == b->status && a->truncated == b->truncated &&
           slice_equal(a->content_type, b->content_type) && slice_equal(a->location, b->location) &&
           slice_equal(a->content_security_policy, b->content_security_policy) && slice_equal(a->host, b->host) &&
           slice_equal(a->path, b->path) && slice_equal(a->body, b->body);
}

void pair_judge(const struct pair_input *in, struct pair_result *out)
{
    *out = (struct pair_result){.verdict = PAIR_UNUSABLE, .next = PAIR_DONE};
    bool same_answer = is_same_answer(&in->a, &in->b);
    struct judging j = {in, out, judge_side(&in->a), {0}};
    j.b = same_answer ? j.a : judge_side(&in->b);
    j.b.response = &in->b;
    judge_sides(&j);
    if (response_is_success(&in->a)) {
        mixed_content_find(&in->a, &out->mixed_a);
    }
    if (same_answer) {
        out->mixed_b = out->mixed_a;
    } else if (response_is_success(&in->b)) {
        mixed_content_find(&in->b, &out->mixed_b);
    }
    out->warnings = warnings_of(in, &out->mixed_b);
}

bool pair_same_redirect(const struct compare_response *a, const struct compare_response *b)
{
    if (!response_is_redirect(a) || !response_is_redirect(b) || is_permanent(a->status) != is_permanent(b->status)) {
        return false;
    }
    struct buf target_a, target_b;
    buf_init(&target_a, 0);
    buf_init(&target_b, 0);
    struct reference_base base_a = {a->host, a->path, REFERENCE_INHERITED};
    struct reference_base base_b = {b->host, b->path, REFERENCE_INHERITED};
    enum reference_scheme scheme_a = reference_fold(a->location, &base_a, &target_a);
    enum reference_scheme scheme_b = reference_fold(b->location, &base_b, &target_b);
    bool same = scheme_a != REFERENCE_OTHER && scheme_b != REFERENCE_OTHER &&
                slice_equal(buf_slice(&target_a), buf_slice(&target_b));
    buf_release(&target_a);
    buf_release(&target_b);
    return same;
}

#include "recommend/journey.h"

#include <stdio.h>
#include <string.h>

/* Where a visitor stands before the next request. */
struct state {
    enum scheme scheme;
    const struct journey_hostname *host;
    const char *path;
    uint64_t cookies;
};

static bool same_state(const struct state *a, const struct state *b)
{
    return a->scheme == b->scheme && a->host == b->host && a->cookies == b->cookies && strcmp(a->path, b->path) == 0;
}

static const struct journey_hostname *find_hostname(const struct journey_hostname *hostnames, size_t count,
                                                    const char *hostname)
{
    for (size_t i = 0; hostname != NULL && i < count; i++) {
        if (strcmp(hostnames[i].hostname, hostname) == 0)
            return &hostnames[i];
    }
    return NULL;
}

static enum journey_end end_of_class(enum exchange_class class)
{
    switch (class) {
    case EXCHANGE_PAGE:
        return JOURNEY_PAGE;
    case EXCHANGE_REDIRECT:
    case EXCHANGE_ANSWER:
        return JOURNEY_ANSWER;
    case EXCHANGE_FAILURE:
        return JOURNEY_FAILURE;
    }
    return JOURNEY_FAILURE;
}

static bool end_outside(const struct exchange_fact *fact, struct journey *out)
{
    out->end = JOURNEY_OUTSIDE;
    out->outside_url = fact->target_url;
    out->scheme = fact->target_scheme;
    out->hostname = fact->target_hostname;
    out->path = fact->target_path;
    return false;
}

/* Takes the visitor's request at *state to its answer. True: it is a redirect within the zone, and *state stands at its
 * target. False: the journey has ended and *out says how. */
static bool step(const struct journey_hostname *hostnames, size_t count, struct state *state, exchange_lookup *lookup,
                 void *context, struct journey *out)
{
    struct edge_action action = mode_edge_action(state->host->mode, state->host->always_https, state->scheme);
    struct exchange_key key = {state->host->hostname, state->path, action.kind, state->cookies};
    const struct exchange_fact *fact = NULL;
    const struct journey_hostname *target = NULL;

    if (action.redirects) {
        state->scheme = state->scheme == SCHEME_HTTP ? SCHEME_HTTPS : SCHEME_HTTP;
        return true;
    }
    fact = lookup(context, &key);
    if (fact == NULL) {
        out->end = JOURNEY_NEEDS;
        out->needed = key;
        return false;
    }
    if (fact->class != EXCHANGE_REDIRECT || fact->target_path == NULL) {
        out->end = end_of_class(fact->class);
        out->last = key;
        out->fact = fact;
        return false;
    }
    target = fact->target_default_port ? find_hostname(hostnames, count, fact->target_hostname) : NULL;
    if (target == NULL)
        return end_outside(fact, out);
    *state = (struct state){fact->target_scheme, target, fact->target_path, fact->cookies_after};
    return true;
}

static bool seen_before(const struct state *seen, int count, const struct state *state)
{
    for (int i = 0; i < count; i++) {
        if (same_state(&seen[i], state))
            return true;
    }
    return false;
}

void journey_walk(const struct journey_hostname *hostnames, size_t hostname_count, enum scheme visitor,
                  const char *hostname, const char *path, exchange_lookup *lookup, void *context, struct journey *out)
{
    struct state seen[LIMIT_REDIRECT_HOPS + 1];
    struct state state = {visitor, find_hostname(hostnames, hostname_count, hostname), path, 0};

    *out = (struct journey){.end = JOURNEY_OUTSIDE, .scheme = visitor, .hostname = hostname, .path = path};
    if (state.host == NULL)
        return;
    for (;;) {
        out->scheme = state.scheme;
        out->hostname = state.host->hostname;
        out->path = state.path;
        seen[out->hops] = state;
        if (!step(hostnames, hostname_count, &state, lookup, context, out)) {
            out->hops += out->end == JOURNEY_OUTSIDE;
            return;
        }
        out->hops++;
        if (seen_before(seen, out->hops, &state)) {
            out->end = JOURNEY_LOOP;
            return;
        }
        if (out->hops > LIMIT_REDIRECT_HOPS) {
            out->end = JOURNEY_TOO_LONG;
            return;
        }
    }
}

/* What the visitor is left with. */
enum outcome { OUTCOME_ARRIVES, OUTCOME_ANSWERED, OUTCOME_ENDLESS, OUTCOME_FAILS };

static enum outcome outcome_of(enum journey_end end)
{
    switch (end) {
    case JOURNEY_PAGE:
    case JOURNEY_OUTSIDE:
        return OUTCOME_ARRIVES;
    case JOURNEY_ANSWER:
        return OUTCOME_ANSWERED;
    case JOURNEY_LOOP:
    case JOURNEY_TOO_LONG:
        return OUTCOME_ENDLESS;
    case JOURNEY_NEEDS:
    case JOURNEY_FAILURE:
        return OUTCOME_FAILS;
    }
    return OUTCOME_FAILS;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The URL behind its scheme; the scheme is compared apart. */
static const char *without_scheme(const char *url)
{
    const char *behind = url == NULL ? NULL : strstr(url, "://");

    return behind == NULL ? url : behind;
}

static bool same_place(const struct journey *a, const struct journey *b)
{
    if (a->end == JOURNEY_OUTSIDE || b->end == JOURNEY_OUTSIDE)
        return a->end == b->end && same_text(without_scheme(a->outside_url), without_scheme(b->outside_url));
    return same_text(a->hostname, b->hostname) && same_text(a->path, b->path);
}

static bool same_exchange(const struct exchange_key *a, const struct exchange_key *b)
{
    return a->kind == b->kind && a->cookies == b->cookies && same_text(a->hostname, b->hostname) &&
           same_text(a->path, b->path);
}

static enum journey_relation relation(const struct journey *today, const struct journey *tomorrow)
{
    enum outcome before = outcome_of(today->end);
    enum outcome after = outcome_of(tomorrow->end);

    if (before == OUTCOME_ENDLESS || before == OUTCOME_FAILS)
        return after == OUTCOME_ARRIVES ? JOURNEYS_IMPROVED : JOURNEYS_BOTH_FAIL;
    if (after == OUTCOME_ENDLESS)
        return JOURNEYS_LOOP;
    if (after == OUTCOME_FAILS)
        return JOURNEYS_FAIL;
    if (!same_place(today, tomorrow))
        return JOURNEYS_ELSEWHERE;
    if (today->scheme == SCHEME_HTTPS && tomorrow->scheme == SCHEME_HTTP)
        return JOURNEYS_SCHEME_LOST;
    if (today->end == JOURNEY_OUTSIDE)
        return JOURNEYS_SAME_OUTSIDE;
    return same_exchange(&today->last, &tomorrow->last) ? JOURNEYS_SAME_EXCHANGE : JOURNEYS_COMPARE;
}

#define SHOWN_URL_BYTES 120 /* of one URL in a sentence that has to name two */
#define CLAUSE_BYTES    190

static void describe_place(const struct journey *journey, char *text)
{
    if (journey->end == JOURNEY_OUTSIDE)
        snprintf(text, SHOWN_URL_BYTES, "%s", journey->outside_url == NULL ? "another site" : journey->outside_url);
    else
        snprintf(text, SHOWN_URL_BYTES, "%s://%s%s", scheme_name(journey->scheme),
                 journey->hostname == NULL ? "" : journey->hostname, journey->path == NULL ? "" : journey->path);
}

static void describe_end(const struct journey *journey, char *text)
{
    char place[SHOWN_URL_BYTES];
    const struct exchange_fact *fact = journey->fact;

    describe_place(journey, place);
    switch (journey->end) {
    case JOURNEY_PAGE:
    case JOURNEY_OUTSIDE:
        snprintf(text, CLAUSE_BYTES, "ends at %s", place);
        return;
    case JOURNEY_ANSWER:
        snprintf(text, CLAUSE_BYTES, "ends with %d at %s", fact == NULL ? 0 : fact->status, place);
        return;
    case JOURNEY_LOOP:
        snprintf(text, CLAUSE_BYTES, "loops after %d redirect%s at %s", journey->hops, journey->hops == 1 ? "" : "s",
                 place);
        return;
    case JOURNEY_TOO_LONG:
        snprintf(text, CLAUSE_BYTES, "has not ended after %d redirects", LIMIT_REDIRECT_HOPS);
        return;
    case JOURNEY_FAILURE:
        snprintf(text, CLAUSE_BYTES, "fails at %s (%.40s)", place,
                 fact == NULL || fact->failure == NULL ? "no answer" : fact->failure);
        return;
    case JOURNEY_NEEDS:
        snprintf(text, CLAUSE_BYTES, "is not known beyond %s", place);
        return;
    }
}

enum journey_relation journey_compare(const struct journey *today, const struct journey *tomorrow, enum mode candidate,
                                      char *detail)
{
    char before[CLAUSE_BYTES];
    char after[CLAUSE_BYTES];
    const char *name = mode_name(candidate);

    describe_end(today, before);
    describe_end(tomorrow, after);
    snprintf(detail, LIMIT_DETAIL_BYTES, "%s today, %s%s%s", before, after, name == NULL ? "" : " under ",
             name == NULL ? "" : name);
    return relation(today, tomorrow);
}

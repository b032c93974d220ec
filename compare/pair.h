/* Into which counter does a pair of exchanges fall, and what should the engine do next?
 *
 * `a` is the exchange under today's mode, `b` the one under the candidate mode, of the same URL for the same visitor.
 * The rules are those of the contract: one-sided refusals are interference, failures under the candidate alone make it
 * unavailable, the same failure on both sides proves nothing, and a success in place of a failure is an improvement
 * (404 and 410 are answers, not failures of today).
 *
 * Pure. The engine calls `pair_judge` after each round and does what `next` says, until PAIR_DONE.
 */
#ifndef ORIGINTLS_COMPARE_PAIR_H
#define ORIGINTLS_COMPARE_PAIR_H

#include "base/pair_verdict.h"
#include "compare/compare.h"

enum pair_next {
    PAIR_DONE,
    PAIR_FETCH_AGAIN, /* fetch both sides a second time now, to measure noise, and judge with again_a and again_b */
    PAIR_RETRY_LATER, /* wait at least `wait_s`, fetch both sides anew in reversed order, judge with retries + 1 */
    /* A side redirects: judge the two journeys. The verdict is what follows from the first hop alone: `same` where both
     * go to one place up to the scheme (which may still be a loop), `different` else. */
    PAIR_FOLLOW_REDIRECTS
};

/* Where b was never connected the engine knows a better code (https_refused, tls_handshake_failed ...) and takes that.
 */
enum pair_blocker { PAIR_BLOCKER_NONE, PAIR_BLOCKER_CONTENT_DIFFERS, PAIR_BLOCKER_HTTPS_UNAVAILABLE };

enum pair_warning {
    PAIR_WARNING_MIXED_CONTENT = 1 << 0,  /* b holds mixed content and its visitor came by https */
    PAIR_WARNING_HSTS_NEW = 1 << 1,       /* b sends Strict-Transport-Security with a life, a does not */
    PAIR_WARNING_HSTS_SUBDOMAINS = 1 << 2 /* ... and it has includeSubDomains */
};

struct pair_input {
    struct compare_response a, b;
    const struct compare_response *again_a, *again_b; /* NULL until PAIR_FETCH_AGAIN was done; both or neither */
    unsigned retries;   /* how many times PAIR_RETRY_LATER was done for this pair; at LIMIT_RETRIES_PER_PAIR it is not
                           asked for */
    bool origin_resets; /* the origin answered before and now resets one connection after another: interference */
    struct noise_memory *noise; /* of this hostname and origin; may be NULL */
};

struct pair_result {
    enum pair_verdict verdict; /* with any `next`: what holds if nothing more is asked */
    enum pair_next next;
    int64_t wait_s;            /* with PAIR_RETRY_LATER; what exceeds LIMIT_RETRY_AFTER_SECONDS is never asked for */
    enum pair_blocker blocker; /* only with PAIR_DIFFERENT and PAIR_UNAVAILABLE */
    bool usable;             /* at least one side succeeds and nothing interferes or is unstable; weak pairs are not */
    bool both_server_errors; /* 5xx on both sides */
    bool both_refused;       /* both sides refuse our requests as such (429, challenge, captcha): stop asking */
    bool both_forbidden;     /* both answer 403 or 407: this URL is refused, or, if others are as well, we are */
    unsigned warnings;       /* enum pair_warning */
    bool compared;           /* `bodies` was filled */
    struct compare_result bodies;
    struct mixed_content mixed_a, mixed_b; /* as if shown over https, for every HTML answer (2xx) */
    char detail[LIMIT_DETAIL_BYTES + 1];   /* one sentence */
};

void pair_judge(const struct pair_input *in, struct pair_result *out);

const char *pair_blocker_code(enum pair_blocker blocker); /* as in the contract; NULL for none */

/* Both redirect, both for good (301, 308) or both for now, to the same place up to the scheme and default port: own
 * relative and absolute targets are the same. */
bool pair_same_redirect(const struct compare_response *a, const struct compare_response *b);

/* Answered with 301, 302, 303, 307 or 308 and a Location. */
bool response_is_redirect(const struct compare_response *response);
/* Answered with 2xx. */
bool response_is_success(const struct compare_response *response);

#endif

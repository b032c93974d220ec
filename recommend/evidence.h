/* All that one scan learnt about one hostname on one origin, as values: what recommend_origin() judges. */
#ifndef ORIGINTLS_RECOMMEND_EVIDENCE_H
#define ORIGINTLS_RECOMMEND_EVIDENCE_H

#include "recommend/codes.h"
#include "recommend/mode.h"
#include "recommend/record.h"

/* What a port of the origin did. */
enum port_state {
    PORT_UNKNOWN,           /* not asked */
    PORT_ANSWERS,           /* connects (and, for https, completes a handshake) */
    PORT_REFUSED,           /* asked twice */
    PORT_SILENT,            /* asked three times with growing pauses */
    PORT_UNREACHABLE,       /* no route at the origin's end, host unreachable */
    PORT_NO_ROUTE,          /* no route at ours: our failure, not the origin's */
    PORT_NO_TLS,            /* connects, but no handshake succeeds */
    PORT_CLIENT_CERTIFICATE /* accepts only clients with a certificate, and none was given */
};

/* How one side of a comparison fared. */
enum side_state { SIDE_UNKNOWN, SIDE_WORKS, SIDE_ANSWERS, SIDE_FAILS, SIDE_LOOPS };

/* One URL for one visitor scheme: today's mode against some candidate modes. */
struct comparison {
    const char *path; /* with the query */
    enum scheme visitor;
    mode_set candidates; /* the modes that it speaks of; 0: only today's mode was looked at */
    bool is_pair;        /* the first exchanges differ in kind: it counts as a pair. Else only later hops differ */
    bool confirmed;      /* a verdict against a mode: seen in two rounds */
    enum side_state today, tomorrow;
    enum pair_verdict verdict;
    enum code code; /* what to call it if it rules out: content_differs, https_unavailable, redirect_* */
    const char *detail;
    int64_t seen_at_s;
    double weight; /* requests that the URL stands for, over both visitor schemes; 0 where no log was given */
};

/* A warning that was noticed on the way (mixed_content, hsts_new, weak_protocol ...). The detail of hsts_new quotes the
 * header: a decision looks for includeSubDomains in it. */
struct notice {
    enum code code;
    const char *path; /* NULL: of the origin as a whole */
    const char *detail;
};

struct certificate_evidence {
    bool judged;       /* a chain was seen */
    uint32_t problems; /* bit 1 << (code - CODE_CERTIFICATE_PIN_MISMATCH) */
    const char *details[CODE_CERTIFICATE_INVALID - CODE_CERTIFICATE_PIN_MISMATCH + 1]; /* per problem; NULL: none */
    bool expires_soon;
    const char *expires_soon_detail;
};

/* Everything is borrowed; the judgement copies what it keeps. */
struct origin_evidence {
    enum mode current, ceiling;
    bool always_https;
    size_t min_pairs;         /* fewer usable pairs give no verdict */
    bool every_link_compared; /* the crawl found no further URL */

    enum port_state http, https;
    const char *http_detail, *https_detail;
    struct certificate_evidence certificate;

    const struct comparison *comparisons;
    size_t comparison_count;
    const struct notice *notices;
    size_t notice_count;
    double logged_requests; /* all requests for the hostname in the access logs; 0: no log */

    /* CODE_NONE, or why the scan stopped by itself: CODE_BLOCKED, CODE_INTERRUPTED, CODE_UNREACHABLE, CODE_NO_ROUTE.
     * Facts that settle every candidate mode (a refused https port) are a verdict all the same. */
    enum code stopped;
    const char *stopped_detail;
    int64_t now_s;
};

#endif

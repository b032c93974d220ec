/* Every code that the program says about an origin, with the sentences that people read: one table.
 *
 * A code may be a blocker (it rules modes out), a reason why there is no verdict, or a warning; some are both blocker
 * and warning. Names are those of the JSON.
 */
#ifndef ORIGINTLS_RECOMMEND_CODES_H
#define ORIGINTLS_RECOMMEND_CODES_H

#include "recommend/mode.h"

enum code {
    CODE_NONE = 0,
    /* The https port. */
    CODE_HTTPS_REFUSED,
    CODE_HTTPS_TIMEOUT,
    CODE_HTTPS_UNREACHABLE,
    CODE_TLS_HANDSHAKE_FAILED,
    CODE_CLIENT_CERTIFICATE_REQUIRED,
    /* What the visitor would see. */
    CODE_CONTENT_DIFFERS,
    CODE_HTTPS_UNAVAILABLE,
    CODE_REDIRECT_LOOP,
    CODE_REDIRECT_DIFFERS,
    /* The certificate, in the order of precedence. */
    CODE_CERTIFICATE_PIN_MISMATCH,
    CODE_CERTIFICATE_REVOKED,
    CODE_CERTIFICATE_EXPIRED,
    CODE_CERTIFICATE_NOT_YET_VALID,
    CODE_CERTIFICATE_NAME_MISMATCH,
    CODE_CERTIFICATE_SELF_SIGNED,
    CODE_CERTIFICATE_CHAIN_INCOMPLETE,
    CODE_CERTIFICATE_UNTRUSTED,
    CODE_CERTIFICATE_WEAK,
    CODE_CERTIFICATE_INVALID,
    CODE_CERTIFICATE_EXPIRES_SOON, /* blocks the decision only; else a warning */
    /* Why there is no verdict. */
    CODE_BLOCKED,
    CODE_UNREACHABLE,
    CODE_NO_ROUTE,
    CODE_TOO_FEW_PAIRS,
    CODE_UNSTABLE_CONTENT,
    CODE_ORIGIN_ERRORS,
    CODE_INTERRUPTED,
    /* Warnings. */
    CODE_SMALL_SAMPLE,
    CODE_WEAK_EVIDENCE,
    CODE_HSTS_NEW,
    CODE_CERTIFICATE_CN_ONLY,
    CODE_MIXED_CONTENT,
    CODE_CURRENT_MODE_BROKEN,
    CODE_WEAK_PROTOCOL,
    CODE_WEAK_CIPHER,
    CODE_NO_HTTP2,
    CODE_NO_SESSION_RESUMPTION,
    CODE_CRL_STALE, /* a revocation list past its next update: it still revokes */
    CODE_COUNT
};

/* "https_refused"; NULL for CODE_NONE. */
const char *code_name(enum code code);
/* The code with this name, or CODE_NONE. */
enum code code_parse(struct slice name);
/* The weakest mode that the code rules out by itself: MODE_FULL for https_refused, MODE_FULL_STRICT for the certificate
 * codes; MODE_NONE where it depends on the pair (content_differs, redirect_loop ...) or rules out nothing. */
enum mode code_rules_out(enum code code);
/* One of the problems that make a certificate invalid: pin_mismatch ... invalid. */
bool code_is_certificate(enum code code);
/* "certificate_expired" → "expired", CODE_NONE → "valid"; other names as they are. */
const char *code_certificate_verdict(enum code code);
/* What was seen, for somebody who runs web servers: a sentence. "" for CODE_NONE. */
const char *code_sentence(enum code code);
/* What a visitor would get under a mode that the code rules out: "error 521", "a redirect loop" ...; "" if nothing. */
const char *code_visitor_sees(enum code code);
/* The smallest change by which the operator lifts it: a sentence. */
const char *code_remedy(enum code code);

#endif

#include "recommend/facts.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>

static bool takes_no_connection(enum port_state port)
{
    return port == PORT_REFUSED || port == PORT_SILENT || port == PORT_UNREACHABLE;
}

static enum code code_of_https_port(enum port_state port)
{
    switch (port) {
    case PORT_REFUSED:
        return CODE_HTTPS_REFUSED;
    case PORT_SILENT:
        return CODE_HTTPS_TIMEOUT;
    case PORT_UNREACHABLE:
        return CODE_HTTPS_UNREACHABLE;
    case PORT_NO_TLS:
        return CODE_TLS_HANDSHAKE_FAILED;
    case PORT_CLIENT_CERTIFICATE:
        return CODE_CLIENT_CERTIFICATE_REQUIRED;
    case PORT_UNKNOWN:
    case PORT_ANSWERS:
    case PORT_NO_ROUTE:
        return CODE_NONE;
    }
    return CODE_NONE;
}

enum code fact_https_port(const struct origin_evidence *evidence)
{
    if (takes_no_connection(evidence->https) && evidence->http != PORT_ANSWERS)
        return CODE_NONE;
    return code_of_https_port(evidence->https);
}

bool fact_unreachable(const struct origin_evidence *evidence)
{
    if (takes_no_connection(evidence->https))
        return evidence->http != PORT_ANSWERS;
    return takes_no_connection(evidence->http) && evidence->https == PORT_UNKNOWN;
}

bool fact_no_route(const struct origin_evidence *evidence)
{
    return evidence->http == PORT_NO_ROUTE || evidence->https == PORT_NO_ROUTE;
}

bool certificate_has_problem(const struct certificate_evidence *certificate, enum code code)
{
    return certificate->judged && code_is_certificate(code) &&
           (certificate->problems & 1u << (code - CODE_CERTIFICATE_PIN_MISMATCH)) != 0;
}

enum code certificate_first_problem(const struct certificate_evidence *certificate)
{
    for (int code = CODE_CERTIFICATE_PIN_MISMATCH; code <= CODE_CERTIFICATE_INVALID; code++) {
        if (certificate_has_problem(certificate, (enum code)code))
            return (enum code)code;
    }
    return CODE_NONE;
}

const char *certificate_problem_detail(const struct certificate_evidence *certificate, enum code code)
{
    const char *detail = certificate->details[code - CODE_CERTIFICATE_PIN_MISMATCH];

    return detail != NULL ? detail : code_sentence(code);
}

static bool comparison_goes_wrong(const struct comparison *comparison)
{
    return comparison->candidates != 0 &&
           (pair_verdict_is_against(comparison->verdict) || comparison->code == CODE_REDIRECT_LOOP ||
            comparison->code == CODE_REDIRECT_DIFFERS);
}

bool comparison_is_against(const struct comparison *comparison)
{
    return comparison->confirmed && comparison_goes_wrong(comparison);
}

bool comparison_is_suspect(const struct comparison *comparison)
{
    return !comparison->confirmed && comparison_goes_wrong(comparison);
}

static bool side_is_broken(enum side_state side)
{
    return side == SIDE_FAILS || side == SIDE_LOOPS;
}

static enum answer ports_serve_today(const struct origin_evidence *evidence, char *detail)
{
    bool needs_https = mode_uses_https(evidence->current, evidence->always_https);
    bool needs_http = mode_uses_http(evidence->current, evidence->always_https);
    enum code https = fact_https_port(evidence);

    if (needs_https && https != CODE_NONE) {
        snprintf(detail, LIMIT_DETAIL_BYTES, "%s",
                 evidence->https_detail != NULL ? evidence->https_detail : code_sentence(https));
        return ANSWER_NO;
    }
    if (needs_http && takes_no_connection(evidence->http) && !fact_unreachable(evidence)) {
        snprintf(detail, LIMIT_DETAIL_BYTES, "The HTTP port takes no connections%s%s.",
                 evidence->http_detail != NULL ? ": " : "", evidence->http_detail != NULL ? evidence->http_detail : "");
        return ANSWER_NO;
    }
    return ANSWER_UNKNOWN;
}

static enum answer comparisons_serve_today(const struct origin_evidence *evidence, char *detail)
{
    size_t known = 0;
    size_t broken = 0;

    for (size_t i = 0; i < evidence->comparison_count; i++) {
        const struct comparison *comparison = &evidence->comparisons[i];
        if (comparison->today == SIDE_UNKNOWN)
            continue;
        known++;
        if (!side_is_broken(comparison->today))
            continue;
        broken++;
        if (strcmp(comparison->path, "/") == 0) {
            snprintf(detail, LIMIT_DETAIL_BYTES, "The home page %s for %s visitors under %s.",
                     comparison->today == SIDE_LOOPS ? "redirects in a loop" : "fails",
                     scheme_name(comparison->visitor), mode_name(evidence->current));
            return ANSWER_NO;
        }
    }
    if (2 * broken > known) {
        snprintf(detail, LIMIT_DETAIL_BYTES, "%zu of %zu URLs fail or loop under %s.", broken, known,
                 mode_name(evidence->current));
        return ANSWER_NO;
    }
    return known > 0 ? ANSWER_YES : ANSWER_UNKNOWN;
}

enum answer fact_today_serves(const struct origin_evidence *evidence, char *detail)
{
    enum answer answer = ports_serve_today(evidence, detail);

    return answer != ANSWER_UNKNOWN ? answer : comparisons_serve_today(evidence, detail);
}

enum answer fact_today_works(const struct origin_evidence *evidence, char *detail)
{
    enum answer serves = fact_today_serves(evidence, detail);
    enum code problem = certificate_first_problem(&evidence->certificate);

    if (serves == ANSWER_NO || !mode_needs_certificate(evidence->current))
        return serves;
    if (problem != CODE_NONE) {
        snprintf(detail, LIMIT_DETAIL_BYTES, "%s", certificate_problem_detail(&evidence->certificate, problem));
        return ANSWER_NO;
    }
    return evidence->certificate.judged ? serves : ANSWER_UNKNOWN;
}

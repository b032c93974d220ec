#include "scan/zone_state.h"

#include <stdio.h>

static struct comparison *copy_comparisons(const struct scan_origin *origin, struct arena *arena)
{
    struct comparison *all = arena_alloc(arena, (origin->finding_count + 1) * sizeof *all);
    for (size_t i = 0; all != NULL && i < origin->finding_count; i++) {
        all[i] = origin->findings[i].comparison;
    }
    return all;
}

static int fill_certificate(const struct scan_origin *origin, struct arena *arena,
                            struct certificate_evidence *evidence)
{
    const struct certificate_result *result = &origin->certificate;
    *evidence = (struct certificate_evidence){.judged = origin->certificate_judged};
    if (!origin->certificate_judged) {
        return 0;
    }
    _Static_assert(CODE_CERTIFICATE_INVALID - CODE_CERTIFICATE_PIN_MISMATCH + 1 == CERTIFICATE_PROBLEM_COUNT,
                   "problems and codes stand in the same order");
    evidence->problems = result->problems;
    for (size_t i = 0; i < CERTIFICATE_PROBLEM_COUNT; i++) {
        evidence->details[i] = result->details[i];
    }
    const struct certificate_expiry_policy policy = CERTIFICATE_EXPIRY_POLICY_DEFAULT;
    evidence->expires_soon = certificate_expires_soon(&result->facts, &policy);
    if (evidence->expires_soon) {
        evidence->expires_soon_detail =
            arena_printf(arena, "%lld days left of %lld", (long long)(result->facts.left_s / 86400),
                         (long long)(result->facts.lifetime_s / 86400));
        return evidence->expires_soon_detail == NULL ? -1 : 0;
    }
    return 0;
}

int origin_evidence(const struct scan_origin *origin, struct arena *arena, struct origin_evidence *evidence)
{
    const struct zone_scan *scan = origin->host->scan;
    *evidence = (struct origin_evidence){
        .current = hostname_mode(origin->host),
        .ceiling = hostname_ceiling(origin->host),
        .always_https = origin->host->inventory->always_https,
        .min_pairs = scan->options->min_pairs,
        .every_link_compared = origin->every_link_compared,
        .http = origin->http.state,
        .https = origin->https.state,
        .http_detail = origin->http.detail,
        .https_detail = origin->https.detail,
        .comparisons = copy_comparisons(origin, arena),
        .comparison_count = origin->finding_count,
        .notices = origin->notices.items,
        .notice_count = origin->notices.count,
        .logged_requests = origin->host->requests_logged,
        .stopped = origin->stopped,
        .stopped_detail = origin->stopped_detail,
        .now_s = scan->started_s,
    };
    return evidence->comparisons == NULL ? -1 : fill_certificate(origin, arena, &evidence->certificate);
}

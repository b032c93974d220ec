#include "scan/zone_state.h"

#include "base/hash.h"
#include "base/limits.h"

#include <string.h>

static const char *keep(struct scan_origin *origin, const char *text)
{
    return arena_text(&origin->host->scan->arena, text);
}

static size_t pins_for(struct scan_origin *origin, const struct certificate_pin **pins)
{
    struct zone_scan *scan = origin->host->scan;
    size_t count = 0;
    for (size_t i = 0; i < scan->options->pin_count; i++) {
        if (strcmp(scan->options->pins[i].hostname, origin->host->inventory->hostname) == 0) {
            memcpy(scan->pins[count++].sha256, scan->options->pins[i].spki_sha256, CERTIFICATE_PIN_BYTES);
        }
    }
    *pins = scan->pins;
    return count;
}

/* An address may stand for several servers, each with a chain of its own: every different one is judged, once. */
static bool is_new_chain(struct scan_origin *origin, const struct fetch_tls *tls)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < tls->chain_count; i++) {
        hash = hash_mix(hash, hash_slice(tls->chain[i]));
    }
    for (size_t i = 0; i < origin->chains_judged; i++) {
        if (origin->chains[i] == hash) {
            return false;
        }
    }
    if (tls->chain_count == 0 || origin->chains_judged == LIMIT_CHAINS_PER_ORIGIN) {
        return false;
    }
    origin->chains[origin->chains_judged++] = hash;
    return true;
}

/* A visitor may meet either chain: what is wrong with one of them is wrong with the origin. The facts are those of the
 * worse one, else of the one that ends first. */
static void join_certificates(struct scan_origin *origin, struct certificate_result *more)
{
    struct certificate_result *kept = &origin->certificate;
    bool worse = more->verdict < kept->verdict ||
                 (more->verdict == kept->verdict && more->facts.not_after_s < kept->facts.not_after_s);
    struct certificate_result other = worse ? *kept : *more;
    if (worse) {
        *kept = *more;
    }
    for (size_t i = 0; i < CERTIFICATE_PROBLEM_COUNT; i++) {
        if (kept->details[i] == NULL && other.details[i] != NULL) {
            kept->details[i] = keep(origin, other.details[i]);
        }
    }
    kept->problems |= other.problems;
    certificate_result_release(&other);
}

void origin_note_certificate(struct scan_origin *origin, const struct fetch_tls *tls)
{
    if (!is_new_chain(origin, tls)) {
        return;
    }
    struct zone_scan *scan = origin->host->scan;
    const char *hostname =
        origin->host->inventory->sni != NULL ? origin->host->inventory->sni : origin->host->inventory->hostname;
    struct certificate_input input = {
        .chain = tls->chain,
        .chain_len = tls->chain_count,
        .parsed = &tls->parsed,
        .hostname = slice_of(hostname),
        .trust = scan->options->trust,
        .time_s = scan->options->certificate_time_s >= 0 ? scan->options->certificate_time_s : scan->started_s,
        .stapled_ocsp = tls->ocsp,
    };
    input.pin_count = pins_for(origin, &input.pins);
    struct certificate_result result;
    if (certificate_judge(&input, &result, NULL) != 0) {
        certificate_result_release(&result);
        scan->out_of_memory = true;
        return;
    }
    if (result.cn_only) {
        origin_add_notice(origin, CODE_CERTIFICATE_CN_ONLY, NULL, result.facts.subject);
    }
    if (result.crl_stale) {
        origin_add_notice(origin, CODE_CRL_STALE, NULL, result.facts.issuer);
    }
    if (origin->certificate_judged) {
        join_certificates(origin, &result);
    } else {
        origin->certificate = result;
        origin->certificate_judged = true;
    }
}

#include "scan/zone_scan.h"
#include "scan/zone_state.h"

#include "base/clock.h"
#include "base/hash.h"
#include "recommend/decide.h"
#include "recommend/recommend.h"

#include <string.h>

/* Texts of the engine die with it; those of the record are its own. */
static const char *copy(struct scan_record *record, const char *text)
{
    return arena_text(&record->arena, text);
}

static const char *const *copy_texts(struct scan_record *record, const char *const *texts, size_t count)
{
    const char **copies = arena_alloc(&record->arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; copies != NULL && i < count; i++) {
        copies[i] = copy(record, texts[i]);
    }
    return copies;
}

static void fill_certificate(struct scan_record *record, const struct scan_origin *origin,
                             struct certificate_record *out)
{
    const struct certificate_result *result = &origin->certificate;
    *out = (struct certificate_record){.seen = origin->certificate_judged, .not_before_s = -1, .not_after_s = -1};
    if (!out->seen) {
        return;
    }
    bool valid = result->problems == 0;
    const struct certificate_facts *facts = &result->facts;
    out->verdict = valid ? CODE_NONE : (enum code)(CODE_CERTIFICATE_PIN_MISMATCH + (int)result->verdict);
    out->trust = trust_kind_name(result->trust);
    out->not_before_s = facts->not_before_s;
    out->not_after_s = facts->not_after_s;
    out->names = copy_texts(record, facts->names, facts->name_count);
    out->name_count = facts->name_count;
    out->subject = copy(record, facts->subject);
    out->issuer = copy(record, facts->issuer);
    out->key = copy(record, facts->key);
    out->signature = copy(record, facts->signature_algorithm);
    out->spki_sha256 = copy(record, facts->spki_sha256);
    out->serial = copy(record, facts->serial);
    out->detail = valid ? NULL : copy(record, result->details[result->verdict]);
}

static void fill_tls(struct scan_record *record, const struct scan_origin *origin, struct tls_record *out)
{
    *out = origin->tls;
    out->versions = copy_texts(record, origin->tls.versions, origin->tls.version_count);
    out->version = copy(record, origin->tls.version);
    out->cipher = copy(record, origin->tls.cipher);
    out->group = copy(record, origin->tls.group);
    out->signature = copy(record, origin->tls.signature);
    out->alpn = copy(record, origin->tls.alpn);
    out->detail = copy(record, origin->tls.detail);
    /* nginx takes any certificate in the handshake, and says over HTTP that it was the wrong one. */
    if (out->client_certificate_accepted > 0 && origin_refuses_certificate(origin)) {
        out->client_certificate_accepted = 0;
    }
    out->refusals = arena_alloc(&record->arena, (out->refusal_count + 1) * sizeof *out->refusals);
    for (size_t i = 0; out->refusals != NULL && i < out->refusal_count; i++) {
        out->refusals[i] = origin->tls.refusals[i]; /* names that last for ever */
    }
}

static int fill_pairs(struct scan_record *record, const struct scan_origin *origin, struct origin_record *out)
{
    out->compared = arena_alloc(&record->arena, (origin->finding_count + 1) * sizeof *out->compared);
    if (out->compared == NULL) {
        return -1;
    }
    for (size_t i = 0; i < origin->finding_count; i++) {
        const struct comparison *comparison = &origin->findings[i].comparison;
        if (!comparison->is_pair) {
            continue;
        }
        out->compared[out->compared_count++] = (struct pair_record){
            .path = copy(record, comparison->path),
            .visitor = comparison->visitor,
            .candidates = comparison->candidates,
            .verdict = comparison->verdict,
            .confirmed = comparison->confirmed,
            .detail = copy(record, comparison->detail),
        };
    }
    return 0;
}

static int fill_origin(struct scan_record *record, struct scan_origin *origin, struct origin_record *out)
{
    struct origin_evidence evidence;
    struct arena arena = {0};
    int result = -1;
    if (origin->opted_out) {
        out->status = STATUS_OPTED_OUT;
        out->supported_mode = MODE_NONE;
        out->confidence = (struct confidence){.upper_bound = -1, .level = 0.95, .request_coverage = -1};
        result = 0;
    } else if (origin_evidence(origin, &arena, &evidence) == 0 &&
               recommend_origin(&evidence, &record->arena, out) == 0) {
        result = 0;
    }
    arena_release(&arena);
    out->address = copy(record, origin->address_text);
    out->http_port = origin->http_port;
    out->https_port = origin->https_port;
    out->source = origin->source;
    fill_certificate(record, origin, &out->certificate);
    fill_tls(record, origin, &out->tls);
    return result != 0 ? -1 : fill_pairs(record, origin, out);
}

/* A hostname without any origin that was looked at has no evidence to judge. */
static void fill_unseen(struct scan_record *record, struct hostname_record *out, const struct scan_hostname *host)
{
    out->status = host->opted_out ? STATUS_OPTED_OUT : STATUS_INCOMPLETE;
    out->incomplete_reason = host->opted_out              ? CODE_NONE
                             : host->scan->interrupted    ? CODE_INTERRUPTED
                             : host->stopped != CODE_NONE ? host->stopped
                                                          : CODE_UNREACHABLE;
    out->incomplete_detail = host->opted_out || host->scan->interrupted ? NULL : copy(record, host->stopped_detail);
    out->supported_mode = out->recommended_mode = MODE_NONE;
    out->safe_modes = 0;
    out->confidence = (struct confidence){.upper_bound = -1, .level = 0.95, .request_coverage = -1};
}

static int fill_hostname(struct scan_record *record, struct scan_hostname *host, struct hostname_record *out)
{
    const struct inventory_hostname *inventory = host->inventory;
    out->hostname = copy(record, inventory->hostname);
    out->current_mode = inventory->mode;
    out->ceiling = inventory->ceiling;
    out->setting = inventory->setting;
    out->always_https = inventory->always_https;
    out->candidates = copy_texts(record, host->found_hostnames, host->found_hostname_count);
    out->candidate_count = host->found_hostname_count;
    out->origins = arena_alloc(&record->arena, (host->origin_count + 1) * sizeof *out->origins);
    if (out->origins == NULL) {
        return -1;
    }
    for (size_t i = 0; i < host->origin_count; i++) {
        if (fill_origin(record, &host->origins[i], &out->origins[out->origin_count++]) != 0) {
            return -1;
        }
    }
    if (out->origin_count == 0 || host->opted_out) {
        fill_unseen(record, out, host);
        return 0;
    }
    recommend_hostname(out);
    return 0;
}

/* Some hostname's addresses come from public DNS, where a proxied name is the edge itself. */
static bool may_be_edge(const struct zone_scan *scan)
{
    for (size_t i = 0; i < scan->hostname_count && scan->options->edge_range_count == 0; i++) {
        for (size_t j = 0; j < scan->hostnames[i].origin_count; j++) {
            if (scan->hostnames[i].origins[j].source == SOURCE_DNS) {
                return true;
            }
        }
    }
    return false;
}

/* With --resolve, ZONE and www.ZONE are taken where they exist: a name that public DNS does not know is no hostname of
 * the zone, as long as the other one is. */
static bool is_absent(const struct zone_scan *scan, const struct scan_hostname *host)
{
    const struct inventory_hostname *inventory = host->inventory;
    bool from_dns = inventory->origin_count == 1 && inventory->origins[0].source == SOURCE_DNS;
    if (!from_dns || host->name_exists || host->opted_out || scan->interrupted) {
        return false;
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        if (scan->hostnames[i].origin_count > 0) {
            return true;
        }
    }
    return false;
}

static void fill_head(struct zone_scan *scan, double seconds, struct scan_record *record)
{
    const struct scan_options *options = scan->options;
    uint64_t id = hash_slice(slice_of(options->inventory->zone));
    record->zone = copy(record, options->inventory->zone);
    record->started_s = scan->started_s;
    record->finished_s = clock_wall_s();
    id = hash_mix(hash_mix(id, (uint64_t)scan->started_s), (uint64_t)clock_monotonic_ms());
    record->scan_id =
        arena_printf(&record->arena, "%llx-%016llx", (unsigned long long)scan->started_s, (unsigned long long)id);
    record->program_version = copy(record, options->program_version);
    record->next_scan_s = -1;
    record->seed = options->seed;
    record->trust = copy_texts(record, options->trust_names, options->trust_name_count);
    record->trust_count = options->trust_name_count;
    record->cost = (struct scan_cost){
        .requests = scan->cost.requests,
        .connections = scan->cost.connections,
        .handshakes = scan->cost.handshakes,
        .hellos = scan->cost.hellos,
        .bytes = scan->cost.bytes,
        .seconds = seconds,
    };
    record->ceiling = MODE_NONE;
    for (size_t i = 0; i < scan->hostname_count; i++) {
        enum mode ceiling = scan->hostnames[i].inventory->ceiling;
        record->ceiling = ceiling > record->ceiling ? ceiling : record->ceiling;
    }
}

int zone_scan_record(struct zone_scan *scan, double seconds, struct scan_record *record, struct err *err)
{
    *record = (struct scan_record){.next_scan_s = -1};
    if (scan->out_of_memory) {
        return err_memory(err);
    }
    const struct decision_policy policy = {.addresses_may_be_the_edge = may_be_edge(scan), .first_percent = 1};
    fill_head(scan, seconds, record);
    record->hostnames = arena_alloc(&record->arena, (scan->hostname_count + 1) * sizeof *record->hostnames);
    if (record->hostnames == NULL) {
        goto fail;
    }
    for (size_t i = 0; i < scan->hostname_count; i++) {
        if (is_absent(scan, &scan->hostnames[i])) {
            continue;
        }
        struct hostname_record *hostname = &record->hostnames[record->hostname_count++];
        if (fill_hostname(record, &scan->hostnames[i], hostname) != 0) {
            goto fail;
        }
    }
    recommend_zone(record);
    if (decide_record(record, &policy) != 0) {
        goto fail;
    }
    return 0;
fail:
    scan_record_release(record);
    return err_memory(err);
}

#include "tests/support/sample_record.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory in a test is the end of it. */
static void *zeroed(struct scan_record *record, size_t bytes)
{
    void *memory = arena_alloc(&record->arena, bytes);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static const char *const both_roots[] = {"system", "origin_ca"};
static const char *const modern_versions[] = {"TLSv1.2", "TLSv1.3"};
static const char *const old_versions[] = {"TLSv1", "TLSv1.1"};
static const char *const www_names[] = {"example.com", "*.example.com"};
static const char *const linked[] = {"shop.example.org", "static.example.org"};

static const struct confidence no_confidence = {.upper_bound = -1, .level = 0.95, .request_coverage = -1};

static void start_record(struct scan_record *record, const char *zone, const char *scan_id)
{
    memset(record, 0, sizeof *record);
    record->zone = zone;
    record->scan_id = scan_id;
    record->program_version = "0.1.0";
    record->started_s = time_from_civil(2026, 11, 23, 17, 45, 0);
    record->finished_s = record->started_s + 13;
    record->next_scan_s = -1;
    record->trust = both_roots;
    record->trust_count = 2;
    record->ceiling = MODE_FULL_STRICT;
    record->current_mode = MODE_FLEXIBLE;
    record->supported_mode = MODE_NONE;
    record->recommended_mode = MODE_NONE;
    record->decision = (struct decision){.action = ACTION_NONE, .from = MODE_FLEXIBLE, .to = MODE_NONE};
    record->confidence = no_confidence;
}

static void add_hostnames(struct scan_record *record, size_t count)
{
    record->hostnames = zeroed(record, count * sizeof *record->hostnames);
    record->hostname_count = count;
}

static struct hostname_record *start_hostname(struct scan_record *record, size_t index, const char *name,
                                              size_t origins)
{
    struct hostname_record *hostname = &record->hostnames[index];
    hostname->hostname = name;
    hostname->current_mode = MODE_FLEXIBLE;
    hostname->ceiling = MODE_FULL_STRICT;
    hostname->supported_mode = MODE_NONE;
    hostname->recommended_mode = MODE_NONE;
    hostname->decision = (struct decision){.action = ACTION_NONE, .from = MODE_FLEXIBLE, .to = MODE_NONE};
    hostname->confidence = no_confidence;
    hostname->origins = zeroed(record, origins * sizeof *hostname->origins);
    hostname->origin_count = origins;
    for (size_t i = 0; i < origins; i++) {
        struct origin_record *origin = &hostname->origins[i];
        origin->http_port = 80;
        origin->https_port = 443;
        origin->source = SOURCE_OPTION;
        origin->supported_mode = MODE_NONE;
        origin->confidence = no_confidence;
        origin->certificate.not_before_s = origin->certificate.not_after_s = -1;
        tls_record_init(&origin->tls);
    }
    return hostname;
}

static void settle(struct hostname_record *hostname, enum mode recommended, mode_set safe)
{
    hostname->status = STATUS_COMPLETE;
    hostname->supported_mode = recommended;
    hostname->recommended_mode = recommended;
    hostname->safe_modes = safe;
    for (size_t i = 0; i < hostname->origin_count; i++) {
        hostname->origins[i].status = STATUS_COMPLETE;
        hostname->origins[i].supported_mode = recommended;
        hostname->origins[i].safe_modes = safe;
    }
}

static void give_certificate(struct origin_record *origin)
{
    origin->certificate = (struct certificate_record){
        .seen = true,
        .verdict = CODE_NONE,
        .trust = "public",
        .not_before_s = time_from_civil(2026, 11, 1, 0, 0, 0),
        .not_after_s = time_from_civil(2027, 1, 30, 0, 0, 0),
        .names = www_names,
        .name_count = 2,
        .subject = "CN=example.com",
        .issuer = "CN=Example Issuing CA 3",
        .key = "ECDSA P-256",
        .signature = "ecdsa-with-SHA256",
        .spki_sha256 = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
        .serial = "04A1",
    };
}

static struct tls_refusal refusals[] = {{"TLSv1.1", "refused", "protocol_version"}, {"rc4", "reset", NULL}};

static void give_tls(struct origin_record *origin)
{
    origin->tls = (struct tls_record){
        .seen = true,
        .completed = true,
        .versions = modern_versions,
        .version_count = 2,
        .version = "TLSv1.3",
        .cipher = "TLS_AES_128_GCM_SHA256",
        .group = "X25519",
        .signature = "ecdsa_secp256r1_sha256",
        .alpn = "h2",
        .client_certificate = CLIENT_CERTIFICATE_NONE,
        .client_certificate_accepted = -1,
        .resumption = 1,
        .resumption_id = -1,
        .resumption_ticket = -1,
        .resumption_psk = 1,
        .chain_length = 2,
        .round_trips = 1,
        .handshake_bytes_read = 2467,
        .handshake_bytes_written = 401,
        .groups = {1, 1, 0, -1},
        .legacy = {0, 0, 0, 1, 0, 0},
        .faults = {0, 0, 1},
        .refusals = refusals,
        .refusal_count = 2,
        .post_quantum = "supported",
        .sni = "ignored",
        .ocsp_stapled = 0,
    };
}

static void give_pairs(struct scan_record *record, struct origin_record *origin, size_t count)
{
    origin->compared = zeroed(record, (count + 1) * sizeof *origin->compared);
    origin->compared_count = count;
    for (size_t i = 0; i < count; i++) {
        origin->compared[i] =
            (struct pair_record){.path = arena_printf(&record->arena, "/section-%zu/page-%zu", i % 7, i),
                                 .visitor = SCHEME_HTTPS,
                                 .candidates = mode_set_range(MODE_FULL, MODE_FULL_STRICT),
                                 .verdict = i % 10 == 0 ? PAIR_EQUIVALENT : PAIR_SAME};
    }
}

/* The counters and the confidence that follow from the pairs. */
static void count_pairs(struct hostname_record *hostname, struct origin_record *origin, double upper_bound)
{
    origin->pairs = (struct pair_counts){{0}};
    for (size_t i = 0; i < origin->compared_count; i++) {
        origin->pairs.of[origin->compared[i].verdict]++;
    }
    uint32_t against = origin->pairs.of[PAIR_DIFFERENT] + origin->pairs.of[PAIR_UNAVAILABLE];
    origin->confidence = (struct confidence){pair_counts_usable(&origin->pairs), against, upper_bound, 0.95, -1};
    hostname->confidence = origin->confidence;
}

static void differ(struct origin_record *origin, size_t index, enum pair_verdict verdict, const char *detail)
{
    origin->compared[index].verdict = verdict;
    origin->compared[index].confirmed = true;
    origin->compared[index].detail = detail;
}

static void add_blocker(struct scan_record *record, struct origin_record *origin, struct blocker blocker)
{
    struct blocker *larger = zeroed(record, (origin->blocker_count + 1) * sizeof *larger);
    if (origin->blocker_count > 0) {
        memcpy(larger, origin->blockers, origin->blocker_count * sizeof *larger);
    }
    larger[origin->blocker_count++] = blocker;
    origin->blockers = larger;
}

static void add_warning(struct scan_record *record, struct origin_record *origin, struct warning warning)
{
    struct warning *larger = zeroed(record, (origin->warning_count + 1) * sizeof *larger);
    if (origin->warning_count > 0) {
        memcpy(larger, origin->warnings, origin->warning_count * sizeof *larger);
    }
    larger[origin->warning_count++] = warning;
    origin->warnings = larger;
}

void sample_upgrade(struct scan_record *record)
{
    start_record(record, "example.com", "5f2b7c90-0001");
    record->seed = UINT64_MAX - 6;
    record->status = STATUS_COMPLETE;
    record->supported_mode = record->recommended_mode = MODE_FULL_STRICT;
    record->next_scan_s = record->finished_s + 2 * 86400;
    add_hostnames(record, 1);
    struct hostname_record *www = start_hostname(record, 0, "example.com", 1);
    settle(www, MODE_FULL_STRICT, mode_set_range(MODE_FLEXIBLE, MODE_FULL_STRICT));
    www->decision =
        (struct decision){.action = ACTION_UPGRADE,
                          .from = MODE_FLEXIBLE,
                          .to = MODE_FULL_STRICT,
                          .rule = RULE_PAIRS_AGREE,
                          .reason = "Every sampled URL gives the visitor the same thing, and the certificate is valid.",
                          .numbers = "[{\"name\":\"same\",\"value\":60},{\"name\":\"pairs\",\"value\":60},{\"name\":"
                                     "\"bound\",\"value\":0.0487}]",
                          .policy = "[{\"name\":\"ceiling\",\"value\":\"full_strict\"},{\"name\":\"min_pairs\","
                                    "\"value\":10},{\"name\":\"stop\",\"value\":false}]",
                          .percent = 1};
    struct origin_record *origin = &www->origins[0];
    origin->address = "192.0.2.10";
    give_certificate(origin);
    give_tls(origin);
    give_pairs(record, origin, 60);
    count_pairs(www, origin, 0.04870291);
    www->confidence.request_coverage = 0.8311;
    record->decision = www->decision;
    record->confidence = www->confidence;
    record->cost = (struct scan_cost){134, 9, 7, 0, 2311845, 12.4};
}

static void blocked_hostname(struct scan_record *record, size_t index)
{
    struct hostname_record *api = start_hostname(record, index, "api.example.org", 1);
    api->status = STATUS_INCOMPLETE;
    api->incomplete_reason = CODE_BLOCKED;
    api->decision.reason = "There is no verdict.";
    struct origin_record *origin = &api->origins[0];
    origin->address = "2001:db8::7";
    origin->source = SOURCE_DNS;
    origin->status = STATUS_INCOMPLETE;
    origin->incomplete_reason = CODE_BLOCKED;
    origin->incomplete_detail = "403 over https for 9 of 9 URLs, 200 over http";
    give_pairs(record, origin, 9);
    for (size_t i = 0; i < 9; i++) {
        differ(origin, i, i < 8 ? PAIR_INTERFERENCE : PAIR_UNUSABLE, "403 over https");
    }
    origin->compared[1].visitor = SCHEME_HTTP;
    origin->compared[1].confirmed = false;
    count_pairs(api, origin, -1);
}

static void uneven_hostname(struct scan_record *record, size_t index)
{
    struct hostname_record *www = start_hostname(record, index, "www.example.org", 2);
    settle(www, MODE_FLEXIBLE, mode_set_of(MODE_FLEXIBLE));
    www->decision.reason = "Stronger modes are ruled out.";
    www->candidates = linked;
    www->candidate_count = 2;
    struct origin_record *good = &www->origins[0];
    good->address = "192.0.2.11";
    good->supported_mode = MODE_FULL_STRICT;
    good->safe_modes = mode_set_range(MODE_FLEXIBLE, MODE_FULL_STRICT);
    give_certificate(good);
    give_tls(good);
    give_pairs(record, good, 20);
    count_pairs(www, good, 0.1391);
    add_warning(record, good, (struct warning){CODE_MIXED_CONTENT, "/news?page=2", "2 images over http"});

    struct origin_record *bad = &www->origins[1];
    bad->address = "192.0.2.12";
    bad->http_port = 8080;
    bad->https_port = 8443;
    bad->source = SOURCE_INVENTORY;
    give_certificate(bad);
    bad->certificate.verdict = CODE_CERTIFICATE_EXPIRED;
    bad->certificate.trust = "none";
    bad->certificate.not_after_s = record->finished_s - 3 * 86400 - 60;
    bad->certificate.detail = "expired on 2026-11-20";
    give_tls(bad);
    bad->tls.versions = old_versions;
    bad->tls.client_certificate = CLIENT_CERTIFICATE_REQUESTED;
    bad->tls.resumption = 0;
    bad->tls.alpn = NULL;
    give_pairs(record, bad, 20);
    for (size_t i = 0; i < 7; i++) {
        differ(bad, i, i == 6 ? PAIR_UNAVAILABLE : PAIR_DIFFERENT,
               "the title is \"Welcome to nginx!\" instead of \"News\"");
        add_blocker(record, bad,
                    (struct blocker){i == 6 ? CODE_HTTPS_UNAVAILABLE : CODE_CONTENT_DIFFERS,
                                     mode_set_range(MODE_FULL, MODE_FULL_STRICT), bad->compared[i].path,
                                     i == 6 ? "404 over https, 200 over http" : bad->compared[i].detail,
                                     record->finished_s});
    }
    differ(bad, 7, PAIR_UNSTABLE, "differs from load to load");
    add_blocker(record, bad,
                (struct blocker){CODE_CERTIFICATE_EXPIRED, mode_set_of(MODE_FULL_STRICT), NULL, "expired on 2026-11-20",
                                 record->finished_s});
    add_warning(record, bad, (struct warning){CODE_WEAK_PROTOCOL, NULL, "nothing newer than TLS 1.1"});
    count_pairs(www, bad, 0.5582);
}

static void broken_hostname(struct scan_record *record, size_t index)
{
    struct hostname_record *shop = start_hostname(record, index, "shop.example.org", 1);
    settle(shop, MODE_FULL, mode_set_of(MODE_FULL));
    shop->current_mode = MODE_FULL;
    shop->decision = (struct decision){.action = ACTION_NONE,
                                       .from = MODE_FULL,
                                       .to = MODE_FULL,
                                       .rule = RULE_NOTHING_WORKS,
                                       .reason = "Today's mode no longer works.",
                                       .numbers = "[{\"name\":\"from\",\"value\":\"full\"}]"};
    shop->supported_mode = MODE_NONE;
    shop->safe_modes = 0;
    shop->setting = SETTING_CUSTOM;
    struct origin_record *origin = &shop->origins[0];
    origin->address = "192.0.2.13";
    origin->supported_mode = MODE_NONE;
    origin->safe_modes = 0;
    add_blocker(record, origin,
                (struct blocker){CODE_HTTPS_REFUSED, mode_set_range(MODE_FULL, MODE_FULL_STRICT), NULL,
                                 "connection refused twice", record->finished_s - 5 * 86400});
    add_warning(record, origin, (struct warning){CODE_CURRENT_MODE_BROKEN, "/", "connection refused"});
}

static void held_hostname(struct scan_record *record, size_t index)
{
    struct hostname_record *blog = start_hostname(record, index, "blog.example.org", 1);
    settle(blog, MODE_STRICT, mode_set_range(MODE_OFF, MODE_STRICT));
    blog->current_mode = MODE_OFF;
    blog->ceiling = MODE_STRICT;
    blog->always_https = true;
    blog->decision =
        (struct decision){.action = ACTION_HOLD,
                          .from = MODE_OFF,
                          .to = MODE_STRICT,
                          .rule = RULE_SMALL_SAMPLE,
                          .reason = "The sample is small: visitor logs, or a lower --min-pairs, would settle it.",
                          .numbers = "[{\"name\":\"to\",\"value\":\"strict\"}]"};
    struct origin_record *origin = &blog->origins[0];
    origin->address = "192.0.2.14";
    give_certificate(origin);
    origin->certificate.trust = "origin_ca";
    give_tls(origin);
    give_pairs(record, origin, 3);
    origin->compared[0].verdict = PAIR_WEAK;
    origin->compared[1].verdict = PAIR_IMPROVED;
    origin->compared[2].verdict = PAIR_SAME;
    count_pairs(blog, origin, 0.7764);
    add_warning(record, origin, (struct warning){CODE_SMALL_SAMPLE, NULL, "every link was compared: 3"});
}

void sample_mixed(struct scan_record *record)
{
    start_record(record, "example.org", "5f2b7c90-0002");
    record->status = STATUS_PARTIAL;
    record->ceiling = MODE_STRICT;
    record->decision.reason = "Some hostnames have no verdict.";
    add_hostnames(record, 4);
    uneven_hostname(record, 0);
    blocked_hostname(record, 1);
    broken_hostname(record, 2);
    held_hostname(record, 3);
    record->cost = (struct scan_cost){1, 1, 0, 3, 1, 0.25};
}

/* What might be found in any field that an origin fills. */
static const char *hostile_text(struct scan_record *record)
{
    return arena_printf(&record->arena, "%s%s%s%s%s%s", "\x1b[2J\x1b]0;owned\x07\r\n",
                        "<script>alert(1)</script>\"';--",
                        "\xe2\x80\xae"
                        "gnp.exe\xe2\x80\xac\xc2\x9b"
                        "31m",
                        "\xff\xfe\xc0\xaf\xed\xa0\x80", "=cmd|' /C calc'!A0\t{{7*7}}\\",
                        "</script><!--]]>&#1;```|[x](javascript:x)\xef\xbf\xbe\xef\xbf\xbf\xc2\xad\xf3\xa0\x81\x81");
}

static const char *long_text(struct scan_record *record, size_t length)
{
    char *text = zeroed(record, length + 1);
    memset(text, 'a', length);
    return text;
}

static void hostile_certificate(struct scan_record *record, struct origin_record *origin, const char *evil)
{
    give_certificate(origin);
    const char **names = zeroed(record, 3 * sizeof *names);
    names[0] = evil;
    names[1] = "";
    names[2] = long_text(record, 10000);
    origin->certificate.names = names;
    origin->certificate.name_count = 3;
    origin->certificate.subject = origin->certificate.issuer = origin->certificate.serial = evil;
    origin->certificate.key = origin->certificate.signature = evil;
    origin->certificate.not_before_s = -1;
    origin->certificate.not_after_s = INT64_MAX;
    origin->certificate.verdict = CODE_CERTIFICATE_INVALID;
    origin->certificate.detail = evil;
}

void sample_hostile(struct scan_record *record)
{
    start_record(record, "hostile.example", "5f2b7c90-0003");
    const char *evil = hostile_text(record);
    record->status = STATUS_COMPLETE;
    record->supported_mode = record->recommended_mode = MODE_FLEXIBLE;
    record->decision.reason = evil;
    add_hostnames(record, 1);
    struct hostname_record *hostname = start_hostname(record, 0, long_text(record, 10000), 1);
    settle(hostname, MODE_FLEXIBLE, mode_set_of(MODE_FLEXIBLE));
    const char **candidates = zeroed(record, sizeof *candidates);
    candidates[0] = evil;
    hostname->candidates = candidates;
    hostname->candidate_count = 1;
    struct origin_record *origin = &hostname->origins[0];
    origin->address = evil;
    origin->incomplete_detail = evil;
    hostile_certificate(record, origin, evil);
    give_tls(origin);
    origin->tls.cipher = origin->tls.group = origin->tls.alpn = origin->tls.signature = evil;
    give_pairs(record, origin, 2);
    differ(origin, 1, PAIR_DIFFERENT, evil);
    origin->compared[1].path = evil;
    count_pairs(hostname, origin, 1);
    add_blocker(record, origin,
                (struct blocker){CODE_CONTENT_DIFFERS, mode_set_range(MODE_FULL, MODE_FULL_STRICT), evil, evil, 0});
    add_blocker(record, origin,
                (struct blocker){CODE_CONTENT_DIFFERS, mode_set_range(MODE_FULL, MODE_FULL_STRICT),
                                 long_text(record, 10000), "", INT64_MAX});
    add_warning(record, origin, (struct warning){CODE_MIXED_CONTENT, evil, evil});
}

void sample_numbered(struct scan_record *record, unsigned number, size_t pairs)
{
    start_record(record, NULL, NULL);
    record->zone = arena_printf(&record->arena, "zone-%06u.example", number);
    record->scan_id = arena_printf(&record->arena, "numbered-%u-%zu", number, pairs);
    record->seed = number;
    record->status = STATUS_COMPLETE;
    record->supported_mode = record->recommended_mode = MODE_FLEXIBLE;
    record->decision.reason = "Stronger modes are ruled out.";
    add_hostnames(record, 1);
    struct hostname_record *www = start_hostname(record, 0, record->zone, 1);
    settle(www, MODE_FLEXIBLE, mode_set_of(MODE_FLEXIBLE));
    www->decision.reason = record->decision.reason;
    struct origin_record *origin = &www->origins[0];
    origin->address = arena_printf(&record->arena, "198.51.%u.%u", number / 250 % 250, number % 250);
    give_certificate(origin);
    const char **names = zeroed(record, sizeof *names);
    names[0] = record->zone;
    origin->certificate.names = names;
    origin->certificate.name_count = 1;
    origin->certificate.serial = record->scan_id;
    give_tls(origin);
    give_pairs(record, origin, pairs);
    for (size_t i = 0; i < pairs; i += 10) {
        differ(origin, i, PAIR_DIFFERENT, "the title is \"Welcome\" instead of \"News\"");
        add_blocker(record, origin,
                    (struct blocker){CODE_CONTENT_DIFFERS, mode_set_range(MODE_FULL, MODE_FULL_STRICT),
                                     origin->compared[i].path, origin->compared[i].detail, record->finished_s});
    }
    count_pairs(www, origin, 0.2);
    record->cost = (struct scan_cost){134, 9, 7, 0, 2311845, 12.4};
}

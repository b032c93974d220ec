/* One finished scan as values: what the store keeps, what reports print. Owns everything it points to through its
 * arena.
 *
 * Times are seconds since 1970; -1 is "not known". Texts are NUL-terminated; NULL is "not known".
 */
#ifndef ORIGINTLS_RECOMMEND_RECORD_H
#define ORIGINTLS_RECOMMEND_RECORD_H

#include "base/arena.h"
#include "base/pair_verdict.h"
#include "recommend/codes.h"
#include "recommend/mode.h"
#include "recommend/ramp.h"
#include "recommend/rules.h"

#define RECORD_SCHEMA_VERSION 1

enum scan_status { STATUS_COMPLETE, STATUS_PARTIAL, STATUS_INCOMPLETE, STATUS_OPTED_OUT };
const char *scan_status_name(enum scan_status status);
int scan_status_parse(struct slice name, enum scan_status *status);

enum setting { SETTING_AUTO, SETTING_CUSTOM };
const char *setting_name(enum setting setting);
int setting_parse(struct slice name, enum setting *setting);

/* Where an address came from. */
enum origin_source { SOURCE_INVENTORY, SOURCE_OPTION, SOURCE_DNS };
const char *origin_source_name(enum origin_source source);
int origin_source_parse(struct slice name, enum origin_source *source);

struct pair_counts {
    uint32_t of[PAIR_VERDICT_COUNT];
};
uint32_t pair_counts_compared(const struct pair_counts *counts); /* the sum */
uint32_t pair_counts_usable(const struct pair_counts *counts);

struct blocker {
    enum code code;
    mode_set rules_out; /* never empty; the weakest is `rules_out` of the JSON, all are `rules_out_all` */
    const char *url;    /* path and query; NULL: of the origin as a whole */
    const char *detail;
    int64_t first_seen_s;
};

struct warning {
    enum code code;
    const char *url;
    const char *detail;
};

enum decision_action { ACTION_NONE, ACTION_HOLD, ACTION_UPGRADE };
const char *decision_action_name(enum decision_action action);
int decision_action_parse(struct slice name, enum decision_action *action);

struct decision {
    enum decision_action action;
    enum mode from, to;  /* MODE_NONE where nothing is known */
    enum rule rule;      /* the first that decided; RULE_NONE in records of older versions */
    const char *reason;  /* its sentence */
    const char *numbers; /* what filled the places of the sentence: a JSON array of name and value; NULL: not known */
    const char *policy;  /* what was asked of the policy, likewise; NULL: nothing was */
    int percent;         /* of visitors that get `to` now; 0 unless upgrade */
};

/* How sure: of `pairs` usable pairs, `against` would break; the share of breaking URLs is below `upper_bound` at
 * `level`. Where a mode stronger than today's is supported, the pairs that speak of it are counted; else all, to show
 * why not. */
struct confidence {
    uint32_t pairs;
    uint32_t against;
    double upper_bound;      /* < 0: not known (no pairs were due) */
    double level;            /* 0.95 */
    double request_coverage; /* share of logged requests that the compared URLs stand for; < 0: no log */
};

struct scan_cost {
    uint64_t requests, connections, handshakes, hellos, bytes;
    double seconds;
};

enum client_certificate {
    CLIENT_CERTIFICATE_UNKNOWN,
    CLIENT_CERTIFICATE_NONE,
    CLIENT_CERTIFICATE_REQUESTED,
    CLIENT_CERTIFICATE_REQUIRED
};
const char *client_certificate_name(enum client_certificate value); /* NULL for unknown */

struct certificate_record {
    bool seen;
    enum code verdict; /* CODE_NONE: valid */
    const char *trust; /* "public" ... "none" */
    int64_t not_before_s, not_after_s;
    const char *const *names;
    size_t name_count;
    const char *subject, *issuer, *key, *signature, *spki_sha256, *serial;
    const char *detail; /* of the verdict; NULL when valid */
};

#define TLS_RECORD_GROUPS 4
#define TLS_RECORD_LEGACY 6
#define TLS_RECORD_FAULTS 3
extern const char *const tls_record_groups[TLS_RECORD_GROUPS]; /* "X25519", "P-256" ... */
extern const char *const tls_record_legacy[TLS_RECORD_LEGACY]; /* "SSLv3" ... "static_rsa", "3des", "rc4" */
extern const char *const tls_record_faults[TLS_RECORD_FAULTS]; /* "split_client_hello" ... */

/* A question that was not answered with yes, and how: "P-384", "refused", "handshake_failure". */
struct tls_refusal {
    const char *asked, *outcome;
    const char *alert; /* NULL: none */
};

/* What is known of an origin's TLS. An answer is 1 yes, 0 no, -1 not known: not asked, or the answer told nothing. */
struct tls_record {
    bool seen;                   /* TLS was asked for, and something can be told */
    bool completed;              /* a handshake as the edge makes it succeeded */
    const char *detail;          /* why not; NULL if it did */
    const char *const *versions; /* those that were seen to work, weakest first */
    size_t version_count;
    const char *version; /* of the handshake that fetched content */
    const char *cipher, *group, *signature, *alpn;
    enum client_certificate client_certificate;
    int client_certificate_accepted; /* the one that was given */
    int resumption;                  /* as the edge would; and by each way: */
    int resumption_id, resumption_ticket, resumption_psk;
    int chain_length;
    int round_trips;                                        /* of a handshake, without that of TCP; -1: not known */
    int64_t handshake_bytes_read, handshake_bytes_written; /* -1: not known */
    int groups[TLS_RECORD_GROUPS];                          /* does it take the group */
    int legacy[TLS_RECORD_LEGACY];                          /* does it take this from whoever offers nothing better */
    int faults[TLS_RECORD_FAULTS];                          /* does a client meet this who offers post-quantum */
    struct tls_refusal *refusals;
    size_t refusal_count;
    const char *post_quantum; /* X25519MLKEM768: "supported", "not_supported", "broken"; NULL: not known */
    const char *sni;          /* without the name: "required", "ignored", "other_certificate"; NULL: not known */
    int ocsp_stapled;
};

/* Of nothing is anything known. */
void tls_record_init(struct tls_record *tls);
/* Below TLS 1.2; without forward secrecy, RC4 or 3DES: what the edge itself would get. False for NULL. */
bool tls_version_is_weak(const char *version);
bool tls_cipher_is_weak(const char *cipher);
#define TLS_RECORD_WARNINGS 4
/* The warnings that follow from a record; how many. */
size_t tls_record_warnings(const struct tls_record *tls, enum code codes[TLS_RECORD_WARNINGS]);

/* One compared URL, as the store keeps it. `detail` only where the verdict is different, unavailable, unstable or
 * interference; a hash of the path always. */
struct pair_record {
    const char *path;
    enum scheme visitor;
    mode_set candidates;
    enum pair_verdict verdict;
    bool confirmed;
    const char *detail;
};

struct origin_record {
    const char *address; /* canonical text, no brackets */
    uint16_t http_port, https_port;
    enum origin_source source;
    enum scan_status status; /* complete, incomplete or opted_out */
    enum code incomplete_reason;
    const char *incomplete_detail;
    enum mode supported_mode;
    mode_set safe_modes;
    struct blocker *blockers;
    size_t blocker_count;
    struct warning *warnings;
    size_t warning_count;
    struct pair_counts pairs;
    struct pair_record *compared; /* every pair, in the order of the scan */
    size_t compared_count;
    struct certificate_record certificate;
    struct tls_record tls;
    struct confidence confidence;
};

/* The latest rollout of a hostname, as it stands now: not part of what the scan found. */
struct rollout_summary {
    enum rollout_state state;
    enum mode from, to;
    int percent;                       /* of visitors that get `to` now */
    int64_t opened_s, step_s, ended_s; /* step_s: when the present step began; -1: not yet, or still open */
    const char *rule, *reason;         /* that decided last */
    double power;                      /* how probable it is that harm would have been found; < 0: not known */
};

struct hostname_record {
    const char *hostname;
    enum scan_status status;
    enum code incomplete_reason;
    const char *incomplete_detail; /* where no origin tells one; the store keeps it within the decision's reason */
    enum mode current_mode, ceiling;
    enum setting setting;
    bool always_https;
    enum mode supported_mode, recommended_mode;
    mode_set safe_modes;
    struct decision decision;
    const struct rollout_summary *rollout; /* NULL: there never was one */
    struct confidence confidence;
    struct origin_record *origins;
    size_t origin_count;
    const char *const *candidates; /* other hostnames of the zone that its pages link to and the plan does not know */
    size_t candidate_count;
};

struct scan_record {
    struct arena arena; /* owns everything below */
    const char *zone, *scan_id, *program_version;
    int64_t started_s, finished_s, next_scan_s;
    uint64_t seed;
    const char *const *trust; /* "system", "origin_ca", "custom" */
    size_t trust_count;
    enum mode ceiling;
    enum scan_status status;
    enum code incomplete_reason;
    enum mode current_mode, supported_mode, recommended_mode;
    struct decision decision;
    struct confidence confidence;
    struct scan_cost cost;
    struct hostname_record *hostnames;
    size_t hostname_count;
};

/* Frees everything; a zeroed record is fine. */
void scan_record_release(struct scan_record *record);

#endif

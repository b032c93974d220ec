/* Short English for values, shared by the text reports. Each appends to `out`. */
#ifndef ORIGINTLS_REPORTS_PHRASES_H
#define ORIGINTLS_REPORTS_PHRASES_H

#include "base/buf.h"
#include "recommend/record.h"

const char *phrase_mode(enum mode mode); /* "unknown" for none */
/* "full, full_strict" */
void phrase_modes(struct buf *out, mode_set modes);
/* "1 request", "2 requests" */
void phrase_count(struct buf *out, uint64_t count, const char *noun);
/* "2.3 MB" */
void phrase_bytes(struct buf *out, uint64_t bytes);
/* "2026-11-23", "2026-11-23 17:45 UTC"; "at an unknown time" for -1 */
void phrase_day(struct buf *out, int64_t unix_s);
void phrase_minute(struct buf *out, int64_t unix_s);
/* "flexible → full_strict", or "flexible" where nothing stronger is recommended */
void phrase_change(struct buf *out, enum mode current, enum mode recommended);
/* "upgrade, 1 % of visitors first", "hold", "no change", "no verdict: blocked", "opted out" */
void phrase_decision(struct buf *out, const struct decision *decision, enum scan_status status,
                     enum code incomplete_reason);
/* "By the policy: --upgrade-pairs 10, --stop off": what the decision asked of it; nothing where it did not. */
void phrase_policy(struct buf *out, const struct decision *decision);
/* "Rollout: 10 % of visitors have full (ramping). WHY" */
void phrase_rollout(struct buf *out, const struct rollout_summary *rollout);
/* "60 usable pairs, none of them would break: with 95 % confidence fewer than 4.9 % of all URLs would." and "The
 * compared URLs stand for 83 % of the logged requests.": the first where the reason of the decision does not say it
 * already. */
void phrase_confidence(struct buf *out, const struct confidence *confidence, enum decision_action action);
/* "60: 51 same, 9 equivalent" */
void phrase_pairs(struct buf *out, const struct pair_counts *pairs);
/* "valid (public), until 2027-02-07 (76 days left), ECDSA P-256, issued by R3" as seen at now_s */
void phrase_certificate(struct buf *out, const struct certificate_record *certificate, int64_t now_s);
/* "TLSv1.2 TLSv1.3, TLS_AES_128_GCM_SHA256, X25519, h2" */
void phrase_tls(struct buf *out, const struct tls_record *tls);
/* "groups X25519 P-256, not P-384; also takes TLSv1 static_rsa from others; no faults": what hellos found out. Empty
 * where nothing was asked. */
void phrase_tls_reach(struct buf *out, const struct tls_record *tls);
/* "134 requests, 9 connections, 7 handshakes, 2 hellos, 2.3 MB, 12.4 s" */
void phrase_cost(struct buf *out, const struct scan_cost *cost);
/* "192.0.2.10, ports 80 and 443"; IPv6 in brackets */
void phrase_origin(struct buf *out, const struct origin_record *origin);

#endif

#include "scan/tls_facts.h"

#include "crawler/fetch_tls.h"

#include <string.h>

static int known(enum tls_answer answer)
{
    return answer == TLS_UNKNOWN ? -1 : answer == TLS_YES;
}

static enum client_certificate client_certificate_of(enum tls_client_certificate value)
{
    switch (value) {
    case TLS_CLIENT_CERTIFICATE_NONE:
        return CLIENT_CERTIFICATE_NONE;
    case TLS_CLIENT_CERTIFICATE_REQUESTED:
        return CLIENT_CERTIFICATE_REQUESTED;
    case TLS_CLIENT_CERTIFICATE_REQUIRED:
        return CLIENT_CERTIFICATE_REQUIRED;
    case TLS_CLIENT_CERTIFICATE_UNKNOWN:
        break;
    }
    return CLIENT_CERTIFICATE_UNKNOWN;
}

static int list_versions(const struct tls_capabilities *found, struct arena *arena, struct tls_record *tls)
{
    const char **versions = arena_alloc(arena, TLS_VERSIONS * sizeof *versions);
    for (size_t i = 0; versions != NULL && i < TLS_VERSIONS; i++) {
        if (found->versions[i].answer == TLS_YES) {
            versions[tls->version_count++] = hello_version_name(tls_probe_versions[i]);
        }
    }
    tls->versions = versions;
    return versions != NULL ? 0 : -1;
}

size_t tls_facts_asked(const struct tls_capabilities *found, struct tls_asked asked[TLS_ASKED_MAX])
{
    size_t count = 0;
    asked[count++] = (struct tls_asked){"edge_offer", &found->edge};
    for (size_t i = 0; i < TLS_VERSIONS; i++) {
        asked[count++] = (struct tls_asked){hello_version_name(tls_probe_versions[i]), &found->versions[i]};
    }
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        asked[count++] = (struct tls_asked){hello_group_name(tls_probe_groups[i]), &found->groups[i]};
    }
    asked[count++] = (struct tls_asked){"X25519MLKEM768", &found->hybrid};
    asked[count++] = (struct tls_asked){"static_rsa", &found->static_rsa};
    asked[count++] = (struct tls_asked){"3des", &found->triple_des};
    asked[count++] = (struct tls_asked){"rc4", &found->rc4};
    asked[count++] = (struct tls_asked){"large_hello", &found->large_hello};
    asked[count++] = (struct tls_asked){"unknown_key_share", &found->unknown_share};
    asked[count++] = (struct tls_asked){"hello_retry_request", &found->retry};
    return count;
}

static int list_refusals(const struct tls_capabilities *found, struct arena *arena, struct tls_record *tls)
{
    struct tls_asked asked[TLS_ASKED_MAX];
    size_t count = tls_facts_asked(found, asked);
    tls->refusals = arena_alloc(arena, count * sizeof *tls->refusals);
    for (size_t i = 0; tls->refusals != NULL && i < count; i++) {
        const struct tls_finding *finding = asked[i].finding;
        bool refused = finding->outcome == HELLO_REFUSED;
        if (finding->asked && finding->answer != TLS_YES) {
            tls->refusals[tls->refusal_count++] =
                (struct tls_refusal){.asked = asked[i].name,
                                     .outcome = hello_outcome_name(finding->outcome),
                                     .alert = refused ? fetch_tls_alert_name(finding->alert) : NULL};
        }
    }
    return tls->refusals != NULL ? 0 : -1;
}

static void fill_answers(const struct tls_capabilities *found, struct tls_record *tls)
{
    for (size_t i = 0; i < TLS_RECORD_GROUPS; i++) {
        tls->groups[i] = known(found->groups[i].answer);
    }
    const struct tls_finding *const legacy[TLS_RECORD_LEGACY] = {&found->versions[0], &found->versions[1],
                                                                 &found->versions[2], &found->static_rsa,
                                                                 &found->triple_des,  &found->rc4};
    for (size_t i = 0; i < TLS_RECORD_LEGACY; i++) {
        tls->legacy[i] = known(legacy[i]->answer);
    }
    const struct tls_finding *const faults[TLS_RECORD_FAULTS] = {&found->large_hello, &found->retry,
                                                                 &found->unknown_share};
    for (size_t i = 0; i < TLS_RECORD_FAULTS; i++) {
        tls->faults[i] = faults[i]->asked ? (found->faults & 1u << i) != 0 : -1;
    }
}

int tls_facts_record(const struct tls_capabilities *found, struct arena *arena, struct tls_record *tls)
{
    tls_record_init(tls);
    if (list_versions(found, arena, tls) != 0 || list_refusals(found, arena, tls) != 0) {
        return -1;
    }
    tls->seen = !found->no_connection;
    tls->completed = found->completed;
    tls->detail = found->completed ? NULL : arena_text(arena, found->detail);
    tls->version = arena_text(arena, found->tls.version);
    tls->cipher = arena_text(arena, found->tls.cipher);
    tls->group = arena_text(arena, found->tls.group);
    tls->signature = arena_text(arena, found->tls.signature);
    tls->alpn = arena_text(arena, found->tls.alpn);
    tls->client_certificate = client_certificate_of(found->client_certificate);
    tls->client_certificate_accepted = known(found->client_certificate_accepted);
    tls->resumption = known(found->resumption);
    tls->resumption_id = known(found->resumption_id);
    tls->resumption_ticket = known(found->resumption_ticket);
    tls->resumption_psk = known(found->resumption_psk);
    tls->chain_length = (int)found->tls.chain_count;
    tls->sni = tls_sni_name(found->sni);
    tls->post_quantum = tls_post_quantum_name(found->post_quantum);
    if (found->completed) {
        tls->ocsp_stapled = found->tls.ocsp.len > 0;
        tls->handshake_bytes_read = (int64_t)found->handshake_bytes_read;
        tls->handshake_bytes_written = (int64_t)found->handshake_bytes_written;
        tls->round_trips = (int)found->round_trips;
    }
    fill_answers(found, tls);
    return 0;
}

void tls_facts_add(struct tls_record *content, const struct tls_record *probed)
{
    struct tls_record before = *content;
    *content = *probed;
    content->seen = before.seen || probed->seen;
    if (before.client_certificate != CLIENT_CERTIFICATE_UNKNOWN) {
        content->client_certificate = before.client_certificate;
    }
    if (!before.completed) {
        return;
    }
    content->completed = true;
    content->detail = NULL;
    content->version = before.version;
    content->cipher = before.cipher;
    content->group = before.group;
    content->signature = before.signature;
    content->chain_length = before.chain_length;
    content->alpn = probed->completed ? probed->alpn : before.alpn;
    if (probed->version_count == 0) {
        content->versions = before.versions;
        content->version_count = before.version_count;
    }
}

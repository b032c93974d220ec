#include "crawler/tls_probe_questions.h"

#include <string.h>

const uint16_t tls_probe_versions[TLS_VERSIONS] = {HELLO_SSL3, HELLO_TLS10, HELLO_TLS11, HELLO_TLS12, HELLO_TLS13};
const uint16_t tls_probe_groups[TLS_GROUPS] = {HELLO_X25519, HELLO_P256, HELLO_P384, HELLO_P521};

bool tls_inquiry_has_version(const struct tls_capabilities *found, const char *name)
{
    return found->completed && found->tls.version != NULL && strcmp(found->tls.version, name) == 0;
}

bool tls_inquiry_speaks_tls13(const struct tls_inquiry *inquiry)
{
    return tls_inquiry_has_version(inquiry->found, "TLSv1.3") ||
           inquiry->found->versions[TLS_INDEX_TLS13].answer == TLS_YES;
}

bool tls_inquiry_is_below_tls13(const struct tls_capabilities *found)
{
    return found->completed && !tls_inquiry_has_version(found, "TLSv1.3");
}

bool tls_inquiry_lacks_lower_versions(const struct tls_capabilities *found)
{
    for (size_t i = TLS_INDEX_TLS10; i <= TLS_INDEX_TLS12; i++) {
        if (found->versions[i].answer != TLS_NO) {
            return false;
        }
    }
    return true;
}

enum tls_answer tls_answer_of(bool yes)
{
    return yes ? TLS_YES : TLS_NO;
}

enum tls_sni tls_inquiry_compare_certificates(const struct tls_inquiry *inquiry, struct slice certificate)
{
    const struct fetch_tls *tls = &inquiry->found->tls;
    if (certificate.len == 0 || tls->chain_count == 0) {
        return TLS_SNI_UNKNOWN;
    }
    return slice_equal(certificate, tls->chain[0]) ? TLS_SNI_IGNORED : TLS_SNI_OTHER_CERTIFICATE;
}

bool tls_is_always_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)inquiry, (void)question;
    return true;
}

/* In the order in which they are asked: later ones build on what earlier ones brought. */
const struct tls_question *const tls_questions[] = {
    &tls_ask_edge_handshake,
    &tls_ask_edge_hello,
    &tls_ask_resumption,
    &tls_ask_tls13,
    &tls_ask_lower_version,
    &tls_ask_lower_version,
    &tls_ask_lower_version,
    &tls_ask_lower_version,
    &tls_ask_hybrid,
    &tls_ask_nameless_hello,
    &tls_ask_group,
    &tls_ask_group,
    &tls_ask_group,
    &tls_ask_group,
    &tls_ask_group,
    &tls_ask_legacy,
    &tls_ask_legacy,
    &tls_ask_legacy,
    &tls_ask_legacy,
    &tls_ask_shares,
    &tls_ask_large_hello,
    &tls_ask_unknown_share,
    &tls_ask_retry,
    &tls_ask_tls12_with_ticket,
    &tls_ask_tls12_resumption,
    &tls_ask_tls12_with_id,
    &tls_ask_id_resumption,
    &tls_ask_bare_handshake,
    &tls_ask_nameless_handshake,
};

const size_t tls_question_count = sizeof tls_questions / sizeof *tls_questions;

static void conclude_versions(struct tls_capabilities *found)
{
    for (size_t i = 0; i < TLS_VERSIONS; i++) {
        if (tls_inquiry_has_version(found, hello_version_name(tls_probe_versions[i]))) {
            found->versions[i].answer = TLS_YES;
        }
    }
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        const char *name = hello_group_name(tls_probe_groups[i]);
        if (found->tls.group != NULL && strcmp(found->tls.group, name) == 0) {
            found->groups[i].answer = TLS_YES;
        }
    }
}

/* Without a version that has such ciphers there is nothing to ask. */
static void conclude_legacy(struct tls_capabilities *found)
{
    struct tls_finding *const findings[] = {&found->static_rsa, &found->triple_des, &found->rc4};
    for (size_t i = 0; i < TLS_LEGACY_CIPHERS; i++) {
        if (!findings[i]->asked && tls_inquiry_lacks_lower_versions(found)) {
            findings[i]->answer = TLS_NO;
        }
    }
}

static void conclude_faults(struct tls_capabilities *found)
{
    if (found->unknown_share.answer == TLS_NO) {
        found->faults |= TLS_FAULT_UNKNOWN_KEY_SHARE;
    } else if (found->large_hello.answer == TLS_NO) {
        found->faults |= TLS_FAULT_SPLIT_CLIENT_HELLO;
    }
    if (found->retry.answer == TLS_NO) {
        found->faults |= TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST;
    }
}

static enum tls_client_certificate conclude_client_certificate(const struct tls_inquiry *inquiry)
{
    if (inquiry->refused_without) {
        return TLS_CLIENT_CERTIFICATE_REQUIRED;
    }
    if (inquiry->requested) {
        return TLS_CLIENT_CERTIFICATE_REQUESTED;
    }
    return inquiry->found->completed ? TLS_CLIENT_CERTIFICATE_NONE : TLS_CLIENT_CERTIFICATE_UNKNOWN;
}

/* A server may forget the session of a client that it turned away; that says nothing of those whom it lets in. Whether it
 * gives tickets was seen before that. */
static void conclude_resumption(const struct tls_inquiry *inquiry)
{
    struct tls_capabilities *found = inquiry->found;
    bool given = inquiry->request->client_certificate != NULL;
    bool turned_away = given ? found->client_certificate_accepted == TLS_NO : inquiry->refused_without;
    enum tls_answer *const answers[] = {&found->resumption, &found->resumption_id, &found->resumption_psk};
    for (size_t i = 0; turned_away && i < sizeof answers / sizeof *answers; i++) {
        *answers[i] = *answers[i] == TLS_YES ? TLS_YES : TLS_UNKNOWN;
    }
}

void tls_inquiry_conclude(struct tls_inquiry *inquiry)
{
    struct tls_capabilities *found = inquiry->found;
    conclude_versions(found);
    conclude_legacy(found);
    conclude_faults(found);
    conclude_resumption(inquiry);
    found->client_certificate = conclude_client_certificate(inquiry);
    if (tls_inquiry_is_below_tls13(found) && found->post_quantum == TLS_POST_QUANTUM_UNKNOWN &&
        found->versions[TLS_INDEX_TLS13].answer != TLS_YES) {
        found->post_quantum = TLS_POST_QUANTUM_NOT_SUPPORTED;
    }
}

#include "crawler/tls_probe_questions.h"

#include "crawler/edge_offer.h"

#include <string.h>

#define SPLIT_AT_BYTES 1400 /* about what fits into one segment on the way */

const uint16_t tls_probe_versions[TLS_VERSIONS] = {HELLO_SSL3, HELLO_TLS10, HELLO_TLS11, HELLO_TLS12, HELLO_TLS13};
const uint16_t tls_probe_groups[TLS_GROUPS] = {HELLO_X25519, HELLO_P256, HELLO_P384, HELLO_P521};

enum { INDEX_TLS12 = 3, INDEX_TLS13 = 4 };

/* More than the edge offers: a version counts as spoken with whatever cipher. */
static const uint16_t other_ciphers[] = {0xc009, 0xc00a, 0xc014, 0x003c, 0x003d, 0x009d, 0xc027,
                                         0xcca8, 0xcca9, 0x009e, 0x009f, 0x0033, 0x0039, 0x000a,
                                         0xc008, 0xc012, 0x0005, 0xc011, 0xc007, 0x0004};
static const struct hello_list static_rsa_ciphers = {{0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d}, 6};
static const struct hello_list triple_des_ciphers = {{0xc012, 0xc008, 0x000a}, 3};
static const struct hello_list rc4_ciphers = {{0xc011, 0xc007, 0x0005, 0x0004}, 4};

/* What the edge connects with was seen, or everything failed. */
static bool is_version(const struct tls_capabilities *found, const char *name)
{
    return found->completed && found->tls.version != NULL && strcmp(found->tls.version, name) == 0;
}

static bool speaks_tls13(const struct tls_inquiry *inquiry)
{
    return is_version(inquiry->found, "TLSv1.3") || inquiry->found->versions[INDEX_TLS13].answer == TLS_YES;
}

static bool is_below_tls13(const struct tls_capabilities *found)
{
    return found->completed && !is_version(found, "TLSv1.3");
}

static bool has_failed(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return !inquiry->found->completed;
}

static bool is_always_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)inquiry, (void)question;
    return true;
}

/* ---- handshakes ---- */

static void replace_session(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    handshake_session_free(inquiry->resume_by);
    inquiry->resume_by = result->session;
    result->session = NULL;
}

/* Answers that say that a client certificate was expected (495 and 496 are nginx's own, mostly told as 400). */
static bool is_refusal(int http_status)
{
    return http_status == 400 || http_status == 401 || http_status == 403 || http_status == 495 || http_status == 496;
}

static void note_client_certificate(struct tls_inquiry *inquiry, const struct handshake_result *result, bool given)
{
    bool refused = result->outcome == HANDSHAKE_FAILED || result->refused_afterwards || is_refusal(result->http_status);
    inquiry->requested = inquiry->requested || result->tls.client_certificate_requested;
    if (!result->tls.client_certificate_requested) {
        return;
    }
    if (given) {
        inquiry->found->client_certificate_accepted = refused ? TLS_NO : TLS_YES;
    } else {
        inquiry->refused_without = inquiry->refused_without || refused;
    }
}

static void make_edge_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->offer_h2 = true;
    handshake->http_request = inquiry->http_request;
}

/* The facts go over to the capabilities, and with them the memory that they live in. */
static void hear_edge_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    note_client_certificate(inquiry, result, inquiry->request->client_certificate != NULL);
    found->completed = result->outcome == HANDSHAKE_COMPLETED;
    found->no_connection = result->outcome == HANDSHAKE_NO_CONNECTION;
    found->tcp = result->tcp;
    found->tls = result->tls;
    found->detail = result->detail;
    found->memory = result->memory;
    result->memory = (struct arena){0};
    result->tls.parsed.count = 0;
    found->handshake_bytes_read = result->bytes_read;
    found->handshake_bytes_written = result->bytes_written;
    found->round_trips = result->round_trips;
    if (!found->completed) {
        return;
    }
    if (result->session_kind != HANDSHAKE_SESSION_PSK && is_version(found, "TLSv1.3")) {
        found->resumption_psk = TLS_NO;
    }
    if (result->session_kind != HANDSHAKE_SESSION_TICKET && is_below_tls13(found)) {
        found->resumption_ticket = TLS_NO;
    }
    found->resumption = result->session_kind == HANDSHAKE_SESSION_NONE ? TLS_NO : TLS_UNKNOWN;
    replace_session(inquiry, result);
}

static bool is_session_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && inquiry->resume_by != NULL;
}

/* Resumes, and where a client certificate was asked for, finds out over HTTP/1.1 whether it is needed. */
static bool is_second_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_session_due(inquiry, question) || (inquiry->found->completed && inquiry->requested);
}

static void make_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->offer_h2 = !inquiry->requested;
    handshake->http_request = inquiry->requested ? inquiry->http_request : NULL;
    handshake->resume = inquiry->resume_by;
}

static enum tls_answer yes_if(bool yes)
{
    return yes ? TLS_YES : TLS_NO;
}

static void hear_resumption(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    bool asked_by_session = inquiry->resume_by != NULL;
    /* A resumed handshake asks for no certificate again; that of the first one still counts. */
    result->tls.client_certificate_requested = result->tls.client_certificate_requested || inquiry->requested;
    note_client_certificate(inquiry, result, inquiry->request->client_certificate != NULL);
    if (!asked_by_session || result->outcome != HANDSHAKE_COMPLETED) {
        return;
    }
    found->resumption = yes_if(result->resumed);
    if (is_version(found, "TLSv1.3")) {
        found->resumption_psk = found->resumption;
    } else if (found->resumption_ticket == TLS_NO) {
        found->resumption_id = found->resumption;
    } else {
        found->resumption_ticket = found->resumption;
    }
}

/* Without the certificate that was given: is it asked for only, or needed? */
static bool is_bare_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->requested && inquiry->request->client_certificate != NULL;
}

static void make_bare_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->http_request = inquiry->http_request;
}

static void hear_bare_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    note_client_certificate(inquiry, result, false);
}

static bool is_tls12_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return is_version(inquiry->found, "TLSv1.3") && inquiry->found->versions[INDEX_TLS12].answer == TLS_YES;
}

static void make_tls12_with_ticket(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->version_max = HELLO_TLS12;
}

static void hear_tls12_with_ticket(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    replace_session(inquiry, result);
    if (result->outcome == HANDSHAKE_COMPLETED && result->session_kind != HANDSHAKE_SESSION_TICKET) {
        inquiry->found->resumption_ticket = TLS_NO;
    }
}

static bool is_ticket_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_session_due(inquiry, question) && is_tls12_due(inquiry, question) &&
           inquiry->found->resumption_ticket == TLS_UNKNOWN;
}

static void make_tls12_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_with_ticket(inquiry, handshake);
    handshake->resume = inquiry->resume_by;
}

static void hear_ticket(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    inquiry->found->resumption_ticket = result->outcome == HANDSHAKE_COMPLETED ? yes_if(result->resumed) : TLS_UNKNOWN;
}

static bool is_id_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return inquiry->found->resumption_id == TLS_UNKNOWN &&
           (is_tls12_due(inquiry, question) || is_below_tls13(inquiry->found));
}

static void make_tls12_with_id(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_with_ticket(inquiry, handshake);
    handshake->without_tickets = true;
    /* With an answer, so that the connection ends well for the server: else it drops the session that it keeps. */
    handshake->http_request = inquiry->http_request;
}

static void hear_tls12_with_id(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    replace_session(inquiry, result);
    if (result->outcome == HANDSHAKE_COMPLETED && result->session_kind != HANDSHAKE_SESSION_ID) {
        inquiry->found->resumption_id = TLS_NO;
    }
}

static bool is_id_resumption_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return is_session_due(inquiry, question) && is_id_due(inquiry, question);
}

static void make_id_resumption(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    make_tls12_resumption(inquiry, handshake);
    handshake->without_tickets = true;
}

static void hear_id(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    found->resumption_id = result->outcome == HANDSHAKE_COMPLETED ? yes_if(result->resumed) : TLS_UNKNOWN;
    if (is_below_tls13(found) && found->resumption == TLS_UNKNOWN) {
        found->resumption = found->resumption_id;
    }
}

static bool is_nameless_handshake_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && inquiry->sni != NULL && inquiry->found->sni == TLS_SNI_UNKNOWN;
}

static void make_nameless_handshake(const struct tls_inquiry *inquiry, struct handshake_request *handshake)
{
    handshake->client_certificate = inquiry->request->client_certificate;
    handshake->sni = NULL;
}

static enum tls_sni compare_certificates(const struct tls_inquiry *inquiry, struct slice certificate)
{
    const struct fetch_tls *tls = &inquiry->found->tls;
    if (certificate.len == 0 || tls->chain_count == 0) {
        return TLS_SNI_UNKNOWN;
    }
    return slice_equal(certificate, tls->chain[0]) ? TLS_SNI_IGNORED : TLS_SNI_OTHER_CERTIFICATE;
}

static void hear_nameless_handshake(struct tls_inquiry *inquiry, struct handshake_result *result)
{
    if (result->outcome == HANDSHAKE_COMPLETED && result->tls.chain_count > 0) {
        inquiry->found->sni = compare_certificates(inquiry, result->tls.chain[0]);
    } else if (result->outcome == HANDSHAKE_FAILED) {
        inquiry->found->sni = TLS_SNI_REQUIRED;
    }
}

/* ---- hellos ---- */

static void fill_finding(struct tls_finding *finding, const struct hello_result *result, enum tls_answer answer)
{
    *finding = (struct tls_finding){.answer = answer,
                                    .asked = true,
                                    .outcome = result->outcome,
                                    .alert = result->answer.alert,
                                    .cipher = result->answer.cipher};
}

/* Neither silence nor a lost connection is an answer. */
static bool is_answered(const struct hello_result *result)
{
    return result->outcome != HELLO_SILENCE && result->outcome != HELLO_NO_CONNECTION;
}

static enum tls_answer answer_if(const struct hello_result *result, bool yes)
{
    return is_answered(result) ? yes_if(yes) : TLS_UNKNOWN;
}

static void make_edge_hello(const struct tls_inquiry *inquiry, const struct tls_question *question,
                            struct hello_request *hello)
{
    (void)inquiry, (void)question, (void)hello;
}

static void hear_edge_hello(struct tls_inquiry *inquiry, const struct tls_question *question,
                            const struct hello_result *result)
{
    (void)question;
    fill_finding(&inquiry->found->edge, result, answer_if(result, result->outcome == HELLO_TAKEN));
}

static void offer_versions(struct hello_offer *offer, uint16_t version_min, uint16_t version_max)
{
    offer->version_min = version_min;
    offer->version_max = version_max;
}

static bool is_version_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    return !is_version(inquiry->found, hello_version_name(tls_probe_versions[question->index]));
}

static void make_version(const struct tls_inquiry *inquiry, const struct tls_question *question,
                         struct hello_request *hello)
{
    (void)inquiry;
    uint16_t version = tls_probe_versions[question->index];
    struct hello_list *ciphers = &hello->offer.ciphers;
    offer_versions(&hello->offer, version, version);
    for (size_t i = 0; i < sizeof other_ciphers / sizeof *other_ciphers && ciphers->count < HELLO_LIST_MAX; i++) {
        ciphers->codes[ciphers->count++] = other_ciphers[i];
    }
}

static void hear_version(struct tls_inquiry *inquiry, const struct tls_question *question,
                         const struct hello_result *result)
{
    bool spoken = (result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN) &&
                  result->answer.version == tls_probe_versions[question->index];
    fill_finding(&inquiry->found->versions[question->index], result, answer_if(result, spoken));
}

/* One group alone, without a share: TLS 1.3 has to ask for it. In TLS 1.2 the server picks it or refuses. */
static void make_lone_group(const struct tls_inquiry *inquiry, uint16_t group, struct hello_request *hello)
{
    hello->offer.groups = (struct hello_list){.codes = {group}, .count = 1};
    hello->offer.key_shares.count = 0;
    if (speaks_tls13(inquiry)) {
        offer_versions(&hello->offer, HELLO_TLS13, HELLO_TLS13);
        return;
    }
    struct hello_list ecdhe = {.count = 0};
    for (size_t i = 0; i < hello->offer.ciphers.count; i++) {
        if (hello->offer.ciphers.codes[i] >= 0xc000) {
            ecdhe.codes[ecdhe.count++] = hello->offer.ciphers.codes[i];
        }
    }
    hello->offer.ciphers = ecdhe;
    offer_versions(&hello->offer, HELLO_TLS10, HELLO_TLS12);
    hello->want_flight = true;
}

static bool is_group_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    const char *used = inquiry->found->tls.group;
    const char *name = hello_group_name(tls_probe_groups[question->index]);
    return inquiry->found->completed && (used == NULL || strcmp(used, name) != 0);
}

static void make_group(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello)
{
    make_lone_group(inquiry, tls_probe_groups[question->index], hello);
}

static void hear_group(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result)
{
    const char *signature = inquiry->found->tls.signature;
    bool picked = (result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN) &&
                  result->answer.group == tls_probe_groups[question->index];
    enum tls_answer answer = answer_if(result, picked);
    /* In TLS 1.2 an ECDSA certificate needs its own curve among the groups too: a refusal may be for that. */
    bool ambiguous = !speaks_tls13(inquiry) && signature != NULL && strncmp(signature, "ecdsa", 5) == 0;
    fill_finding(&inquiry->found->groups[question->index], result,
                 answer == TLS_NO && ambiguous ? TLS_UNKNOWN : answer);
}

static bool is_tls13_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return speaks_tls13(inquiry) && inquiry->found->completed;
}

static void make_hybrid(const struct tls_inquiry *inquiry, const struct tls_question *question,
                        struct hello_request *hello)
{
    (void)question;
    make_lone_group(inquiry, HELLO_X25519MLKEM768, hello);
    hello->follow_retry = inquiry->request->depth == TLS_PROBE_ALL;
}

static enum tls_post_quantum judge_hybrid(const struct hello_result *result)
{
    bool asked_for_it = result->answer.group == HELLO_X25519MLKEM768;
    switch (result->outcome) {
    case HELLO_TAKEN:
        return result->retried && asked_for_it ? TLS_POST_QUANTUM_SUPPORTED : TLS_POST_QUANTUM_BROKEN;
    case HELLO_ASKED_AGAIN:
        return asked_for_it && !result->retried ? TLS_POST_QUANTUM_SUPPORTED : TLS_POST_QUANTUM_BROKEN;
    case HELLO_REFUSED:
        return result->retried ? TLS_POST_QUANTUM_BROKEN : TLS_POST_QUANTUM_NOT_SUPPORTED;
    case HELLO_CLOSED:
    case HELLO_RESET:
    case HELLO_SILENCE:
    case HELLO_NONSENSE:
        return TLS_POST_QUANTUM_BROKEN;
    case HELLO_NO_CONNECTION:
        break;
    }
    return TLS_POST_QUANTUM_UNKNOWN;
}

static void hear_hybrid(struct tls_inquiry *inquiry, const struct tls_question *question,
                        const struct hello_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    (void)question;
    found->post_quantum = judge_hybrid(result);
    enum tls_answer answer = found->post_quantum == TLS_POST_QUANTUM_UNKNOWN
                                 ? TLS_UNKNOWN
                                 : yes_if(found->post_quantum == TLS_POST_QUANTUM_SUPPORTED);
    fill_finding(&found->hybrid, result, answer);
    if (result->retried && found->post_quantum == TLS_POST_QUANTUM_BROKEN) {
        found->faults |= TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST;
    }
}

/* As a client offers it that has the hybrid: its share first, and that of X25519 behind. */
static void offer_first(struct hello_offer *offer, uint16_t group)
{
    struct hello_list groups = {.codes = {group}, .count = 1};
    for (size_t i = 0; i < offer->groups.count && groups.count < HELLO_LIST_MAX; i++) {
        groups.codes[groups.count++] = offer->groups.codes[i];
    }
    offer->groups = groups;
    offer->key_shares = (struct hello_list){.codes = {group, HELLO_X25519}, .count = 2};
}

static void make_large_hello(const struct tls_inquiry *inquiry, const struct tls_question *question,
                             struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_first(&hello->offer, HELLO_X25519MLKEM768);
    hello->split_at = SPLIT_AT_BYTES;
}

static enum tls_answer is_taken(const struct hello_result *result)
{
    if (result->outcome == HELLO_NO_CONNECTION) {
        return TLS_UNKNOWN;
    }
    return yes_if(result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN);
}

static void hear_large_hello(struct tls_inquiry *inquiry, const struct tls_question *question,
                             const struct hello_result *result)
{
    (void)question;
    fill_finding(&inquiry->found->large_hello, result, is_taken(result));
}

static void make_unknown_share(const struct tls_inquiry *inquiry, const struct tls_question *question,
                               struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_first(&hello->offer, HELLO_UNKNOWN_GROUP);
}

static void hear_unknown_share(struct tls_inquiry *inquiry, const struct tls_question *question,
                               const struct hello_result *result)
{
    (void)question;
    fill_finding(&inquiry->found->unknown_share, result, is_taken(result));
}

static void make_retry(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello)
{
    (void)inquiry, (void)question;
    hello->offer.key_shares.count = 0;
    hello->follow_retry = true;
}

static void hear_retry(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result)
{
    (void)question;
    enum tls_answer answer = result->outcome == HELLO_NO_CONNECTION
                                 ? TLS_UNKNOWN
                                 : yes_if(result->outcome == HELLO_TAKEN && result->retried);
    fill_finding(&inquiry->found->retry, result, answer);
}

static void make_legacy(const struct tls_inquiry *inquiry, const struct tls_question *question,
                        struct hello_request *hello)
{
    static const struct hello_list *const ciphers[] = {&static_rsa_ciphers, &triple_des_ciphers, &rc4_ciphers};
    (void)inquiry;
    hello->offer.ciphers = *ciphers[question->index];
    offer_versions(&hello->offer, HELLO_TLS10, HELLO_TLS12);
}

static void hear_legacy(struct tls_inquiry *inquiry, const struct tls_question *question,
                        const struct hello_result *result)
{
    struct tls_finding *findings[] = {&inquiry->found->static_rsa, &inquiry->found->triple_des, &inquiry->found->rc4};
    fill_finding(findings[question->index], result, answer_if(result, result->outcome == HELLO_TAKEN));
}

static bool is_nameless_hello_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && inquiry->sni != NULL && inquiry->found->versions[INDEX_TLS12].answer != TLS_NO;
}

/* Below TLS 1.3 the certificate can be read. */
static void make_nameless_hello(const struct tls_inquiry *inquiry, const struct tls_question *question,
                                struct hello_request *hello)
{
    (void)inquiry, (void)question;
    hello->offer.sni = SLICE_EMPTY;
    offer_versions(&hello->offer, HELLO_TLS10, HELLO_TLS12);
    hello->want_flight = true;
}

#define ALERT_UNRECOGNIZED_NAME 112

static void hear_nameless_hello(struct tls_inquiry *inquiry, const struct tls_question *question,
                                const struct hello_result *result)
{
    struct tls_capabilities *found = inquiry->found;
    (void)question;
    bool tls12_works = is_below_tls13(found) || found->versions[INDEX_TLS12].answer == TLS_YES;
    bool refused =
        result->outcome == HELLO_REFUSED || result->outcome == HELLO_CLOSED || result->outcome == HELLO_RESET;
    if (result->outcome == HELLO_TAKEN) {
        found->sni = compare_certificates(inquiry, result->answer.certificate);
    } else if (refused && (tls12_works || result->answer.alert == ALERT_UNRECOGNIZED_NAME)) {
        found->sni = TLS_SNI_REQUIRED;
    }
}

#define HANDSHAKE(depth_, due_, make_, hear_)                                                                          \
    {                                                                                                                  \
        .depth = depth_, .due = due_, .make_handshake = make_, .hear_handshake = hear_                                 \
    }
#define HELLO(depth_, due_, make_, hear_, index_)                                                                      \
    {                                                                                                                  \
        .depth = depth_, .is_hello = true, .due = due_, .make_hello = make_, .hear_hello = hear_, .index = index_      \
    }

const struct tls_question tls_questions[] = {
    HANDSHAKE(TLS_PROBE_CHEAP, is_always_due, make_edge_handshake, hear_edge_handshake),
    HELLO(TLS_PROBE_CHEAP, has_failed, make_edge_hello, hear_edge_hello, 0),
    HANDSHAKE(TLS_PROBE_CHEAP, is_second_handshake_due, make_resumption, hear_resumption),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 4),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 3),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 2),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 1),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 0),
    HELLO(TLS_PROBE_CHEAP, is_tls13_due, make_hybrid, hear_hybrid, 0),
    HELLO(TLS_PROBE_CHEAP, is_nameless_hello_due, make_nameless_hello, hear_nameless_hello, 0),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 0),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 1),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 2),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 3),
    HELLO(TLS_PROBE_ALL, is_always_due, make_legacy, hear_legacy, 0),
    HELLO(TLS_PROBE_ALL, is_always_due, make_legacy, hear_legacy, 1),
    HELLO(TLS_PROBE_ALL, is_always_due, make_legacy, hear_legacy, 2),
    HELLO(TLS_PROBE_ALL, is_tls13_due, make_large_hello, hear_large_hello, 0),
    HELLO(TLS_PROBE_ALL, is_tls13_due, make_unknown_share, hear_unknown_share, 0),
    HELLO(TLS_PROBE_ALL, is_tls13_due, make_retry, hear_retry, 0),
    HANDSHAKE(TLS_PROBE_ALL, is_tls12_due, make_tls12_with_ticket, hear_tls12_with_ticket),
    HANDSHAKE(TLS_PROBE_ALL, is_ticket_due, make_tls12_resumption, hear_ticket),
    HANDSHAKE(TLS_PROBE_ALL, is_id_due, make_tls12_with_id, hear_tls12_with_id),
    HANDSHAKE(TLS_PROBE_ALL, is_id_resumption_due, make_id_resumption, hear_id),
    HANDSHAKE(TLS_PROBE_ALL, is_bare_handshake_due, make_bare_handshake, hear_bare_handshake),
    HANDSHAKE(TLS_PROBE_ALL, is_nameless_handshake_due, make_nameless_handshake, hear_nameless_handshake),
};

const size_t tls_question_count = sizeof tls_questions / sizeof *tls_questions;

static void conclude_versions(struct tls_capabilities *found)
{
    for (size_t i = 0; i < TLS_VERSIONS; i++) {
        if (is_version(found, hello_version_name(tls_probe_versions[i]))) {
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

void tls_inquiry_conclude(struct tls_inquiry *inquiry)
{
    struct tls_capabilities *found = inquiry->found;
    conclude_versions(found);
    conclude_faults(found);
    found->client_certificate = conclude_client_certificate(inquiry);
    if (is_below_tls13(found) && found->post_quantum == TLS_POST_QUANTUM_UNKNOWN &&
        found->versions[INDEX_TLS13].answer != TLS_YES) {
        found->post_quantum = TLS_POST_QUANTUM_NOT_SUPPORTED;
    }
}

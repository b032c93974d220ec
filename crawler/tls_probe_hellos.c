/* Questions that take no more than a hello. */
#include "crawler/tls_probe_questions.h"

#include <string.h>

#define SPLIT_AT_BYTES 1400 /* about what fits into one segment on the way */

/* More than the edge offers: a version counts as spoken with whatever cipher. */
static const uint16_t other_ciphers[] = {0xc009, 0xc00a, 0xc014, 0x003c, 0x003d, 0x009d, 0xc027,
                                         0xcca8, 0xcca9, 0x009e, 0x009f, 0x0033, 0x0039, 0x000a,
                                         0xc008, 0xc012, 0x0005, 0xc011, 0xc007, 0x0004};
static const struct hello_list static_rsa_ciphers = {{0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d}, 6};
static const struct hello_list triple_des_ciphers = {{0xc012, 0xc008, 0x000a}, 3};
static const struct hello_list rc4_ciphers = {{0xc011, 0xc007, 0x0005, 0x0004}, 4};

static bool has_failed(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return !inquiry->found->completed;
}

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
    return is_answered(result) ? tls_answer_of(yes) : TLS_UNKNOWN;
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
    return !tls_inquiry_has_version(inquiry->found, hello_version_name(tls_probe_versions[question->index]));
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
    if (tls_inquiry_speaks_tls13(inquiry)) {
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
    bool ambiguous = !tls_inquiry_speaks_tls13(inquiry) && signature != NULL && strncmp(signature, "ecdsa", 5) == 0;
    fill_finding(&inquiry->found->groups[question->index], result,
                 answer == TLS_NO && ambiguous ? TLS_UNKNOWN : answer);
}

static bool is_tls13_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return tls_inquiry_speaks_tls13(inquiry) && inquiry->found->completed;
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
                                 : tls_answer_of(found->post_quantum == TLS_POST_QUANTUM_SUPPORTED);
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
    return tls_answer_of(result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN);
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
                                 : tls_answer_of(result->outcome == HELLO_TAKEN && result->retried);
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
    return inquiry->found->completed && inquiry->sni != NULL &&
           inquiry->found->versions[TLS_INDEX_TLS12].answer != TLS_NO;
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
    bool tls12_works = tls_inquiry_is_below_tls13(found) || found->versions[TLS_INDEX_TLS12].answer == TLS_YES;
    bool refused =
        result->outcome == HELLO_REFUSED || result->outcome == HELLO_CLOSED || result->outcome == HELLO_RESET;
    if (result->outcome == HELLO_TAKEN) {
        found->sni = tls_inquiry_compare_certificates(inquiry, result->answer.certificate);
    } else if (refused && (tls12_works || result->answer.alert == ALERT_UNRECOGNIZED_NAME)) {
        found->sni = TLS_SNI_REQUIRED;
    }
}

#define HELLO(depth_, due_, make_, hear_, index_)                                                                      \
    {                                                                                                                  \
        .depth = depth_, .is_hello = true, .due = due_, .make_hello = make_, .hear_hello = hear_, .index = index_      \
    }

const struct tls_question tls_ask_edge_hello = HELLO(TLS_PROBE_CHEAP, has_failed, make_edge_hello, hear_edge_hello, 0);
const struct tls_question tls_ask_version[TLS_VERSIONS] = {
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 0),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 1),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 2),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 3),
    HELLO(TLS_PROBE_DEFAULT, is_version_due, make_version, hear_version, 4),
};
const struct tls_question tls_ask_hybrid = HELLO(TLS_PROBE_CHEAP, is_tls13_due, make_hybrid, hear_hybrid, 0);
const struct tls_question tls_ask_nameless_hello =
    HELLO(TLS_PROBE_CHEAP, is_nameless_hello_due, make_nameless_hello, hear_nameless_hello, 0);
const struct tls_question tls_ask_group[TLS_GROUPS] = {
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 0),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 1),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 2),
    HELLO(TLS_PROBE_ALL, is_group_due, make_group, hear_group, 3),
};
const struct tls_question tls_ask_legacy[TLS_LEGACY_CIPHERS] = {
    HELLO(TLS_PROBE_ALL, tls_is_always_due, make_legacy, hear_legacy, 0),
    HELLO(TLS_PROBE_ALL, tls_is_always_due, make_legacy, hear_legacy, 1),
    HELLO(TLS_PROBE_ALL, tls_is_always_due, make_legacy, hear_legacy, 2),
};
const struct tls_question tls_ask_large_hello =
    HELLO(TLS_PROBE_ALL, is_tls13_due, make_large_hello, hear_large_hello, 0);
const struct tls_question tls_ask_unknown_share =
    HELLO(TLS_PROBE_ALL, is_tls13_due, make_unknown_share, hear_unknown_share, 0);
const struct tls_question tls_ask_retry = HELLO(TLS_PROBE_ALL, is_tls13_due, make_retry, hear_retry, 0);

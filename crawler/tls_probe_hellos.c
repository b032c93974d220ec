/* Questions that take no more than a hello: versions, groups, ciphers, the name. */
#include "crawler/tls_probe_questions.h"

#include <string.h>

/* More than the edge offers: a version counts as spoken with whatever cipher. AES-CCM of TLS 1.3; then for the versions
 * below it CBC, CCM, ChaCha20, Camellia, ARIA, DHE, 3DES, RC4. */
static const uint16_t other_ciphers[] = {0x1304, 0x1305, 0xc009, 0xc00a, 0xc014, 0xc023, 0xc024, 0xc027, 0xc0ac,
                                         0xc0ad, 0xc0ae, 0xc0af, 0xcca8, 0xcca9, 0xccaa, 0xc05c, 0xc05d, 0xc060,
                                         0xc061, 0x003c, 0x003d, 0x009d, 0xc09c, 0xc09d, 0x0041, 0x0084, 0x009e,
                                         0x009f, 0x0033, 0x0039, 0x0067, 0x006b, 0x0045, 0x0088, 0x0032, 0x0038,
                                         0xc008, 0xc012, 0x0016, 0x000a, 0xc007, 0xc011, 0x0005, 0x0004};
static const struct hello_list static_rsa_ciphers = {{0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d}, 6};
static const struct hello_list triple_des_ciphers = {{0xc012, 0xc008, 0x000a}, 3};
static const struct hello_list rc4_ciphers = {{0xc011, 0xc007, 0x0005, 0x0004}, 4};

static bool has_failed(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return !inquiry->found->completed;
}

void tls_finding_fill(struct tls_finding *finding, const struct hello_result *result, enum tls_answer answer)
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

enum tls_answer tls_answer_if(const struct hello_result *result, bool yes)
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
    tls_finding_fill(&inquiry->found->edge, result, tls_answer_if(result, result->outcome == HELLO_TAKEN));
}

static void offer_versions(struct hello_offer *offer, uint16_t version_min, uint16_t version_max)
{
    offer->version_min = version_min;
    offer->version_max = version_max;
}

static void offer_version(struct hello_request *hello, uint16_t version)
{
    struct hello_list *ciphers = &hello->offer.ciphers;
    offer_versions(&hello->offer, version, version);
    hello->offer.alpn_h2 = false; /* nor is a server without HTTP to refuse for that */
    for (size_t i = 0; i < sizeof other_ciphers / sizeof *other_ciphers && ciphers->count < HELLO_LIST_MAX; i++) {
        ciphers->codes[ciphers->count++] = other_ciphers[i];
    }
}

static bool is_had(const struct tls_inquiry *inquiry, size_t version)
{
    return tls_inquiry_has_version(inquiry->found, hello_version_name(tls_probe_versions[version]));
}

static bool is_tls13_unknown(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return !is_had(inquiry, TLS_INDEX_TLS13);
}

static void make_tls13(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello)
{
    (void)inquiry, (void)question;
    offer_version(hello, HELLO_TLS13);
}

static void hear_tls13(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result)
{
    (void)question;
    bool spoken = (result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN) &&
                  result->answer.version == HELLO_TLS13;
    tls_finding_fill(&inquiry->found->versions[TLS_INDEX_TLS13], result, tls_answer_if(result, spoken));
}

/* The highest version below TLS 1.3 that nothing is known about; TLS_INDEX_TLS13: none. Below TLS 1.3 a hello names
 * just the highest version that the client has, and the server picks the highest that it has up to there. */
static size_t highest_open_version(const struct tls_inquiry *inquiry)
{
    for (size_t i = TLS_INDEX_TLS13; i-- > 0;) {
        if (!inquiry->found->versions[i].asked && !is_had(inquiry, i)) {
            return i;
        }
    }
    return TLS_INDEX_TLS13;
}

static bool is_lower_version_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return highest_open_version(inquiry) != TLS_INDEX_TLS13;
}

static void make_lower_version(const struct tls_inquiry *inquiry, const struct tls_question *question,
                               struct hello_request *hello)
{
    (void)question;
    offer_version(hello, tls_probe_versions[highest_open_version(inquiry)]);
}

#define ALERT_PROTOCOL_VERSION  70
#define ALERT_UNRECOGNIZED_NAME 112

/* Does the refusal of this version tell of the lower ones, too? The alert says so by its name. A server that refuses
 * the edge as well may be intolerant of new versions, and an operator who probes wants to see each refusal. */
static bool refuses_lower_ones(const struct tls_inquiry *inquiry, const struct hello_result *result)
{
    return result->outcome == HELLO_REFUSED && result->answer.alert == ALERT_PROTOCOL_VERSION &&
           inquiry->found->completed && inquiry->request->depth == TLS_PROBE_SCAN;
}

static void hear_lower_version(struct tls_inquiry *inquiry, const struct tls_question *question,
                               const struct hello_result *result)
{
    (void)question;
    size_t top = highest_open_version(inquiry);
    bool taken = result->outcome == HELLO_TAKEN && result->answer.version <= tls_probe_versions[top];
    size_t last = top;
    while (last > 0 &&
           (refuses_lower_ones(inquiry, result) || (taken && result->answer.version < tls_probe_versions[last]))) {
        last--;
    }
    for (size_t i = last; i <= top; i++) {
        bool spoken = taken && result->answer.version == tls_probe_versions[i];
        tls_finding_fill(&inquiry->found->versions[i], result, tls_answer_if(result, spoken));
    }
}

void tls_offer_groups(const struct tls_inquiry *inquiry, const struct hello_list *groups, struct hello_request *hello)
{
    hello->offer.groups = *groups;
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

static bool is_open_group(const struct tls_inquiry *inquiry, size_t group)
{
    const char *used = inquiry->found->tls.group;
    const char *name = hello_group_name(tls_probe_groups[group]);
    return !inquiry->found->groups[group].asked && (used == NULL || strcmp(used, name) != 0);
}

static struct hello_list open_groups(const struct tls_inquiry *inquiry)
{
    struct hello_list groups = {.count = 0};
    for (size_t i = 0; i < TLS_GROUPS && !(inquiry->groups_singly && groups.count == 1); i++) {
        if (is_open_group(inquiry, i)) {
            groups.codes[groups.count++] = tls_probe_groups[i];
        }
    }
    return groups;
}

static bool is_group_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return inquiry->found->completed && open_groups(inquiry).count > 0;
}

/* In TLS 1.2 an ECDSA certificate needs its own curve among the groups, too: a refusal may be for that. */
static bool needs_certificate_curve(const struct tls_inquiry *inquiry)
{
    const char *signature = inquiry->found->tls.signature;
    return !tls_inquiry_speaks_tls13(inquiry) && signature != NULL && strncmp(signature, "ecdsa", 5) == 0;
}

static bool has_code(const struct hello_list *list, uint16_t code)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* Behind those that are asked for. A server that picks one of these has told nothing of the others: it may prefer it.
 */
static void append_certificate_curves(const struct tls_inquiry *inquiry, struct hello_list *groups)
{
    static const uint16_t curves[] = {HELLO_P256, HELLO_P384, HELLO_P521};
    for (size_t i = 0; needs_certificate_curve(inquiry) && i < sizeof curves / sizeof *curves; i++) {
        if (!has_code(groups, curves[i])) {
            groups->codes[groups->count++] = curves[i];
        }
    }
}

static void make_group(const struct tls_inquiry *inquiry, const struct tls_question *question,
                       struct hello_request *hello)
{
    (void)question;
    struct hello_list groups = open_groups(inquiry);
    append_certificate_curves(inquiry, &groups);
    tls_offer_groups(inquiry, &groups, hello);
}

/* No to all that were offered; none of them was picked. */
static void refuse_groups(struct tls_inquiry *inquiry, const struct hello_list *offered,
                          const struct hello_result *result)
{
    bool ambiguous = needs_certificate_curve(inquiry);
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        if (has_code(offered, tls_probe_groups[i])) {
            tls_finding_fill(&inquiry->found->groups[i], result,
                             ambiguous ? TLS_UNKNOWN : tls_answer_if(result, false));
        }
    }
}

static void hear_group(struct tls_inquiry *inquiry, const struct tls_question *question,
                       const struct hello_result *result)
{
    (void)question;
    struct hello_list offered = open_groups(inquiry);
    bool answered = result->outcome == HELLO_TAKEN || result->outcome == HELLO_ASKED_AGAIN;
    for (size_t i = 0; answered && i < TLS_GROUPS; i++) {
        if (result->answer.group == tls_probe_groups[i] && has_code(&offered, tls_probe_groups[i])) {
            tls_finding_fill(&inquiry->found->groups[i], result, TLS_YES);
            return;
        }
    }
    if (result->outcome == HELLO_REFUSED || offered.count == 1 || (answered && needs_certificate_curve(inquiry))) {
        refuse_groups(inquiry, &offered, result);
    } else {
        inquiry->groups_singly = true;
    }
}

static const struct hello_list *const legacy_ciphers[TLS_LEGACY_CIPHERS] = {&static_rsa_ciphers, &triple_des_ciphers,
                                                                            &rc4_ciphers};

static struct tls_finding *legacy_finding(struct tls_capabilities *found, size_t kind)
{
    struct tls_finding *const findings[TLS_LEGACY_CIPHERS] = {&found->static_rsa, &found->triple_des, &found->rc4};
    return findings[kind];
}

/* The kinds that are asked for next, as a set of bits. */
static unsigned open_legacy(const struct tls_inquiry *inquiry)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < TLS_LEGACY_CIPHERS && !(inquiry->legacy_singly && kinds != 0); i++) {
        kinds |= legacy_finding(inquiry->found, i)->asked ? 0 : 1u << i;
    }
    return kinds;
}

static bool is_legacy_due(const struct tls_inquiry *inquiry, const struct tls_question *question)
{
    (void)question;
    return open_legacy(inquiry) != 0 && !tls_inquiry_lacks_lower_versions(inquiry->found);
}

static void make_legacy(const struct tls_inquiry *inquiry, const struct tls_question *question,
                        struct hello_request *hello)
{
    (void)question;
    unsigned kinds = open_legacy(inquiry);
    struct hello_list *ciphers = &hello->offer.ciphers;
    ciphers->count = 0;
    for (size_t kind = 0; kind < TLS_LEGACY_CIPHERS; kind++) {
        for (size_t i = 0; (kinds & 1u << kind) != 0 && i < legacy_ciphers[kind]->count; i++) {
            ciphers->codes[ciphers->count++] = legacy_ciphers[kind]->codes[i];
        }
    }
    offer_versions(&hello->offer, HELLO_TLS10, HELLO_TLS12);
}

static void hear_legacy(struct tls_inquiry *inquiry, const struct tls_question *question,
                        const struct hello_result *result)
{
    (void)question;
    unsigned kinds = open_legacy(inquiry);
    bool alone = (kinds & (kinds - 1)) == 0;
    for (size_t kind = 0; result->outcome == HELLO_TAKEN && kind < TLS_LEGACY_CIPHERS; kind++) {
        if ((kinds & 1u << kind) != 0 && has_code(legacy_ciphers[kind], result->answer.cipher)) {
            tls_finding_fill(legacy_finding(inquiry->found, kind), result, TLS_YES);
            return;
        }
    }
    if (result->outcome != HELLO_REFUSED && !alone) {
        inquiry->legacy_singly = true;
        return;
    }
    for (size_t kind = 0; kind < TLS_LEGACY_CIPHERS; kind++) {
        if ((kinds & 1u << kind) != 0) {
            tls_finding_fill(legacy_finding(inquiry->found, kind), result, tls_answer_if(result, false));
        }
    }
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

const struct tls_question tls_ask_edge_hello =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_DEFAULT, has_failed, make_edge_hello, hear_edge_hello, 1);
const struct tls_question tls_ask_tls13 =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_DEFAULT, is_tls13_unknown, make_tls13, hear_tls13, 1);
const struct tls_question tls_ask_lower_version =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_DEFAULT, is_lower_version_due, make_lower_version, hear_lower_version, 1);
const struct tls_question tls_ask_nameless_hello =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_DEFAULT, is_nameless_hello_due, make_nameless_hello, hear_nameless_hello, 1);
const struct tls_question tls_ask_group =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_group_due, make_group, hear_group, 1);
const struct tls_question tls_ask_legacy =
    TLS_QUESTION_BY_HELLO(TLS_PROBE_SCAN, is_legacy_due, make_legacy, hear_legacy, 1);

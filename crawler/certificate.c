#include "crawler/certificate.h"

#include "crawler/certificate_x509.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_NAME_BYTES  100
#define DETAIL_URL_BYTES   120
#define DETAIL_NAMES_SHOWN 4
#define SECONDS_PER_DAY    86400

#define BIT(problem) (1u << (problem))
/* What a pinned key makes unnecessary. */
#define CHAIN_PROBLEMS (BIT(CERTIFICATE_SELF_SIGNED) | BIT(CERTIFICATE_CHAIN_INCOMPLETE) | BIT(CERTIFICATE_UNTRUSTED))

void certificate_note(struct certificate_findings *findings, enum certificate_problem problem, size_t depth,
                      const struct buf *detail)
{
    if ((findings->problems & BIT(problem)) != 0 && findings->depth[problem] <= depth) {
        return;
    }
    struct buf bounded = {0};
    certificate_append_text(&bounded, buf_slice(detail), LIMIT_DETAIL_BYTES);
    findings->problems |= BIT(problem);
    findings->depth[problem] = depth;
    findings->details[problem] = arena_copy(findings->memory, buf_slice(&bounded));
    buf_release(&bounded);
}

void certificate_note_text(struct certificate_findings *findings, enum certificate_problem problem, size_t depth,
                           const char *detail)
{
    struct buf text = {0};
    buf_append_text(&text, detail);
    certificate_note(findings, problem, depth, &text);
    buf_release(&text);
}

/* Everything that one judgement holds. */
struct judgement {
    const struct certificate_input *in;
    struct certificate_result *out;
    X509 *sent[LIMIT_CHAIN_CERTIFICATES]; /* NULL where one cannot be parsed */
    size_t sent_len;
    bool pinned; /* the leaf's key is one of the pins */
    bool out_of_memory;
    bool has_best;
    unsigned best_rank; /* of the best path so far; 0: nothing is wrong */
    struct certificate_path best;
    struct certificate_findings findings; /* of the best path */
};

static unsigned count_bits(unsigned value)
{
    unsigned count = 0;
    for (; value != 0; value &= value - 1) {
        count++;
    }
    return count;
}

/* Lower is better: a path of which some signature does not verify is hardly one; one that reaches a trusted root shows
 * best what is wrong. */
static unsigned rank_of(const struct certificate_path *path, const struct certificate_findings *findings)
{
    return (findings->broken_signature ? 1u << 9 : 0) | (path->root == NULL ? 1u << 8 : 0) |
           (findings->problems != 0 ? 1u << 7 : 0) | count_bits(findings->problems);
}

static bool visit_path(void *context, const struct certificate_path *path)
{
    struct judgement *judgement = context;
    struct certificate_findings findings = {.memory = &judgement->out->memory};
    bool stale = false;
    if (certificate_verify_path(path, judgement->in->time_s, &findings) != 0) {
        judgement->out_of_memory = true;
        return true;
    }
    certificate_check_lists(path, judgement->in->trust, judgement->in->time_s, &findings, &stale);
    unsigned rank = rank_of(path, &findings);
    if (!judgement->has_best || rank < judgement->best_rank) {
        judgement->has_best = true;
        judgement->best_rank = rank;
        judgement->best = *path;
        judgement->findings = findings;
        judgement->out->crl_stale = stale;
    }
    return rank == 0;
}

static void append_issuer_hint(struct buf *detail, const X509 *certificate)
{
    struct buf url = {0};
    certificate_append_aia(&url, certificate, NID_ad_ca_issuers, DETAIL_URL_BYTES);
    if (url.len > 0) {
        buf_printf(detail, "; it is to be had at %s", buf_text(&url));
    }
    buf_release(&url);
}

/* Where the best path ends, if not in a trusted root. */
static void judge_end_of_path(struct judgement *judgement)
{
    const struct certificate_path *path = &judgement->best;
    if (path->root != NULL) {
        return;
    }
    const X509 *last = path->members[path->len - 1];
    struct buf detail = {0};
    enum certificate_problem problem = CERTIFICATE_UNTRUSTED;
    if (path->len == 1 && path->ends_self_signed) {
        problem = CERTIFICATE_SELF_SIGNED;
        buf_append_text(&detail, "the certificate was not issued by an authority but signed by itself: ");
        certificate_append_name(&detail, X509_get_subject_name(last), DETAIL_NAME_BYTES);
    } else if (path->len == 1) {
        problem = CERTIFICATE_CHAIN_INCOMPLETE;
        buf_append_text(&detail, "the server does not send its issuer, and it is not known: ");
        certificate_append_name(&detail, X509_get_issuer_name(last), DETAIL_NAME_BYTES);
        append_issuer_hint(&detail, last);
    } else if (path->ends_self_signed) {
        buf_append_text(&detail, "the chain leads to a root that is not trusted: ");
        certificate_append_name(&detail, X509_get_subject_name(last), DETAIL_NAME_BYTES);
    } else {
        buf_append_text(&detail, "the chain leads to an issuer that was not sent and is not trusted: ");
        certificate_append_name(&detail, X509_get_issuer_name(last), DETAIL_NAME_BYTES);
        append_issuer_hint(&detail, last);
    }
    certificate_note(&judgement->findings, problem, path->len - 1, &detail);
    buf_release(&detail);
}

static void append_names(struct buf *detail, const struct certificate_facts *facts)
{
    if (facts->name_count == 0) {
        buf_append_text(detail, "names nothing that an edge would compare");
        return;
    }
    buf_append_text(detail, "names ");
    for (size_t i = 0; i < facts->name_count && i < DETAIL_NAMES_SHOWN; i++) {
        buf_append_text(detail, i > 0 ? ", " : "");
        certificate_append_text(detail, slice_of(facts->names[i]), DETAIL_NAME_BYTES / 2);
    }
    if (facts->names_total > DETAIL_NAMES_SHOWN) {
        buf_printf(detail, " and %zu more", facts->names_total - DETAIL_NAMES_SHOWN);
    }
}

/* The server's own certificate must come first. If another one has the name, the order is what to mend. */
static size_t position_of_named(const struct judgement *judgement)
{
    for (size_t i = 1; i < judgement->sent_len; i++) {
        X509 *certificate = judgement->sent[i];
        if (certificate != NULL && X509_check_ca(certificate) == 0 &&
            certificate_find_name(certificate, judgement->in->hostname) != NAME_FOUND_NOT) {
            return i;
        }
    }
    return 0;
}

static void judge_name(struct judgement *judgement)
{
    enum certificate_name_found found = certificate_find_name(judgement->sent[0], judgement->in->hostname);
    judgement->out->cn_only = found == NAME_FOUND_CN;
    if (found != NAME_FOUND_NOT) {
        return;
    }
    struct buf detail = {0};
    buf_append_text(&detail, "asked for ");
    certificate_append_text(&detail, judgement->in->hostname, LIMIT_HOSTNAME_BYTES / 2);
    buf_append_text(&detail, "; the certificate ");
    append_names(&detail, &judgement->out->facts);
    size_t position = position_of_named(judgement);
    if (position > 0) {
        buf_printf(&detail, "; certificate %zu of the chain has the name and must come first", position + 1);
    }
    certificate_note(&judgement->findings, CERTIFICATE_NAME_MISMATCH, 0, &detail);
    buf_release(&detail);
}

static bool is_pinned(const struct judgement *judgement)
{
    uint8_t key[CERTIFICATE_PIN_BYTES];
    if (judgement->in->pin_count == 0 || !certificate_spki_sha256(judgement->sent[0], key)) {
        return false;
    }
    for (size_t i = 0; i < judgement->in->pin_count; i++) {
        if (memcmp(judgement->in->pins[i].sha256, key, sizeof key) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_pins(struct judgement *judgement)
{
    struct certificate_findings *findings = &judgement->findings;
    if (judgement->in->pin_count == 0) {
        return;
    }
    if (!judgement->pinned) {
        struct buf detail = {0};
        buf_printf(&detail, "the public key sha256/%s is not pinned for this hostname; %zu other%s",
                   judgement->out->facts.spki_sha256, judgement->in->pin_count,
                   judgement->in->pin_count == 1 ? " is" : "s are");
        certificate_note(findings, CERTIFICATE_PIN_MISMATCH, 0, &detail);
        buf_release(&detail);
        return;
    }
    findings->problems &= ~CHAIN_PROBLEMS;
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if (findings->depth[problem] > 0) {
            findings->problems &= ~BIT(problem);
        }
    }
}

static void judge_staple(struct judgement *judgement)
{
    judgement->out->ocsp = certificate_check_staple(&judgement->best, judgement->in->stapled_ocsp,
                                                    judgement->in->time_s, &judgement->findings);
}

static void judge_unparsable(struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->sent_len; i++) {
        if (judgement->sent[i] == NULL) {
            struct buf detail = {0};
            buf_printf(&detail, "certificate %zu of the chain is not a certificate: it cannot be parsed", i + 1);
            certificate_note(&judgement->findings, CERTIFICATE_INVALID, i, &detail);
            buf_release(&detail);
            return;
        }
    }
}

static void parse_chain(struct judgement *judgement)
{
    const struct certificate_input *in = judgement->in;
    const bool is_parsed = in->parsed != NULL && in->parsed->count == in->chain_len;
    size_t bytes = 0;
    for (size_t i = 0; i < in->chain_len && i < LIMIT_CHAIN_CERTIFICATES; i++) {
        bytes += in->chain[i].len;
        if (bytes > LIMIT_CHAIN_BYTES) {
            break;
        }
        X509 *certificate = is_parsed ? in->parsed->certificates[i] : certificate_parse(in->chain[i]);
        if (is_parsed) {
            X509_up_ref(certificate);
        }
        judgement->sent[judgement->sent_len++] = certificate;
    }
}

static int judge_parsed(struct judgement *judgement)
{
    if (certificate_facts_fill(judgement->sent[0], judgement->in->time_s, judgement->out) != 0) {
        return -1;
    }
    judgement->pinned = is_pinned(judgement);
    certificate_each_path(judgement->in->trust, judgement->sent, judgement->sent_len, visit_path, judgement);
    if (judgement->out_of_memory || !judgement->has_best) {
        return -1;
    }
    judge_end_of_path(judgement);
    judge_staple(judgement);
    judge_pins(judgement);
    judge_name(judgement);
    return 0;
}

static int finish_root(struct judgement *judgement)
{
    struct certificate_result *out = judgement->out;
    const struct trust_entry *root = judgement->has_best ? judgement->best.root : NULL;
    out->trust = judgement->pinned ? TRUST_PINNED : root != NULL ? root->kind : TRUST_NONE;
    out->path_len = judgement->has_best ? judgement->best.len : 0;
    if (root == NULL) {
        return 0;
    }
    struct buf text = {0};
    certificate_append_name(&text, X509_get_subject_name(root->certificate), DETAIL_NAME_BYTES * 2);
    out->root = text.len > 0 ? arena_copy(&out->memory, buf_slice(&text)) : "";
    buf_release(&text);
    return out->root != NULL ? 0 : -1;
}

/* Problems and details into the result. */
static int finish(struct judgement *judgement)
{
    struct certificate_result *out = judgement->out;
    out->problems = judgement->findings.problems;
    out->verdict = CERTIFICATE_PROBLEM_COUNT;
    for (int problem = CERTIFICATE_PROBLEM_COUNT - 1; problem >= 0; problem--) {
        if ((out->problems & BIT(problem)) == 0) {
            continue;
        }
        out->verdict = (enum certificate_problem)problem;
        out->details[problem] = judgement->findings.details[problem];
        if (out->details[problem] == NULL) {
            return -1;
        }
    }
    return finish_root(judgement);
}

static void result_init(struct certificate_result *out, const struct certificate_input *in)
{
    static const char *const no_names[1] = {NULL};
    memset(out, 0, sizeof *out);
    out->verdict = CERTIFICATE_INVALID;
    out->root = "";
    out->chain_sent = in->chain_len;
    out->facts = (struct certificate_facts){.not_before_s = INT64_MIN,
                                            .not_after_s = INT64_MIN,
                                            .names = no_names,
                                            .subject = "",
                                            .issuer = "",
                                            .serial = "",
                                            .key = "",
                                            .signature_algorithm = "",
                                            .spki_sha256 = "",
                                            .aia_issuer_url = "",
                                            .ocsp_url = ""};
}

int certificate_judge(const struct certificate_input *in, struct certificate_result *out, struct err *err)
{
    struct judgement judgement = {.in = in, .out = out, .findings = {.memory = &out->memory}};
    result_init(out, in);
    ERR_set_mark();
    parse_chain(&judgement);
    int result = 0;
    if (judgement.sent_len > 0 && judgement.sent[0] != NULL) {
        result = judge_parsed(&judgement);
    } else if (judgement.sent_len == 0) {
        certificate_note_text(&judgement.findings, CERTIFICATE_INVALID, 0,
                              in->chain_len == 0 ? "the server sent no certificate" : "the certificate is too large");
    }
    judge_unparsable(&judgement);
    result = result == 0 ? finish(&judgement) : result;
    for (size_t i = 0; i < judgement.sent_len; i++) {
        X509_free(judgement.sent[i]);
    }
    ERR_pop_to_mark();
    return result == 0 ? 0 : err_memory(err);
}

void certificate_result_release(struct certificate_result *result)
{
    arena_release(&result->memory);
}

int certificate_pin_parse(struct slice text, struct certificate_pin *pin)
{
    const struct slice prefix = SLICE("sha256/");
    unsigned char decoded[36];
    struct slice base64 = slice_from(text, prefix.len);
    /* 32 bytes are 43 digits and one '='. */
    if (!slice_starts_with(text, prefix) || base64.len != 44 || base64.ptr[43] != '=' || base64.ptr[42] == '=') {
        return -1;
    }
    if (EVP_DecodeBlock(decoded, (const unsigned char *)base64.ptr, 44) != 33) {
        return -1;
    }
    memcpy(pin->sha256, decoded, sizeof pin->sha256);
    return 0;
}

int64_t certificate_expiry_threshold_s(int64_t lifetime_s, const struct certificate_expiry_policy *policy)
{
    int64_t share_s = (int64_t)((double)lifetime_s * policy->lifetime_share);
    int64_t floor_s = (int64_t)policy->floor_days * SECONDS_PER_DAY;
    int64_t ceiling_s = (int64_t)policy->ceiling_days * SECONDS_PER_DAY;
    floor_s = floor_s < lifetime_s / 2 ? floor_s : lifetime_s / 2;
    int64_t threshold_s = share_s > floor_s ? share_s : floor_s;
    return threshold_s < ceiling_s ? threshold_s : ceiling_s;
}

bool certificate_expires_soon(const struct certificate_facts *facts, const struct certificate_expiry_policy *policy)
{
    return facts->not_after_s != INT64_MIN && facts->left_s >= 0 &&
           facts->left_s < certificate_expiry_threshold_s(facts->lifetime_s, policy);
}

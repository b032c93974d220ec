/* Revocation lists that the operator gave, RFC 5280 section 6.3 in its simple form: a list speaks for the issuer that
 * signed it, whatever its scope; what it lists is revoked even when it is stale, unless a newer list of the same issuer
 * and scope no longer does. A missing list is no fault. */
#include "base/clock.h"
#include "crawler/certificate_x509.h"

#include <openssl/err.h>
#include <string.h>

#define DETAIL_NAME_BYTES 100

static const char *reason_text(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    long value = reason != NULL ? ASN1_ENUMERATED_get(reason) : -1;
    ASN1_ENUMERATED_free(reason);
    static const char *const names[] = {
        "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
        "superseded",    "cessationOfOperation", "certificateHold", NULL,
        "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};
    return value >= 0 && value < (long)(sizeof names / sizeof *names) ? names[value] : NULL;
}

static bool signed_by(X509_CRL *list, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 && key != NULL && X509_CRL_verify(list, key) == 1;
}

/* Two lists have one scope if their issuing distribution points are the same bytes, or both have none. A delta list
 * supersedes nothing. */
static bool same_scope(const X509_CRL *a, const X509_CRL *b)
{
    int at_a = X509_CRL_get_ext_by_NID(a, NID_issuing_distribution_point, -1);
    int at_b = X509_CRL_get_ext_by_NID(b, NID_issuing_distribution_point, -1);
    if (at_a < 0 || at_b < 0) {
        return at_a < 0 && at_b < 0;
    }
    return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_CRL_get_ext(a, at_a)),
                                 X509_EXTENSION_get_data(X509_CRL_get_ext(b, at_b))) == 0;
}

static bool is_delta(const X509_CRL *list)
{
    return X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) >= 0;
}

struct lookup {
    X509 *member;
    X509 *issuer;
    X509_CRL *const *lists; /* newest first */
    size_t count;
    int64_t time_s;
};

static bool from_the_future(const X509_CRL *list, int64_t time_s)
{
    return certificate_time_s(X509_CRL_get0_lastUpdate(list)) > time_s;
}

/* The entry of list `index` for the member, unless a newer list of that scope has none. */
static X509_REVOKED *standing_entry(const struct lookup *lookup, size_t index)
{
    X509_REVOKED *entry = NULL;
    X509_CRL *list = lookup->lists[index];
    if (X509_CRL_get0_by_cert(list, &entry, lookup->member) != 1 || !signed_by(list, lookup->issuer)) {
        return NULL;
    }
    for (size_t i = 0; i < index; i++) {
        X509_CRL *newer = lookup->lists[i];
        X509_REVOKED *ignored = NULL;
        if (!is_delta(newer) && !from_the_future(newer, lookup->time_s) && same_scope(newer, list) &&
            signed_by(newer, lookup->issuer) && X509_CRL_get0_by_cert(newer, &ignored, lookup->member) != 1) {
            return NULL;
        }
    }
    return entry;
}

static void note_revoked(const struct lookup *lookup, const X509_REVOKED *entry, size_t depth,
                         struct certificate_findings *findings)
{
    struct buf detail = {0};
    if (depth == 0) {
        buf_append_text(&detail, "the certificate");
    } else {
        buf_append_text(&detail, "the issuing certificate ");
        certificate_append_name(&detail, X509_get_subject_name(lookup->member), DETAIL_NAME_BYTES);
    }
    buf_append_text(&detail, " was revoked");
    int64_t since_s = certificate_time_s(X509_REVOKED_get0_revocationDate(entry));
    if (since_s != INT64_MIN) {
        char text[RFC3339_BYTES];
        buf_printf(&detail, " on %s", time_format(since_s, text));
    }
    const char *reason = reason_text(entry);
    if (reason != NULL) {
        buf_printf(&detail, " (%s)", reason);
    }
    buf_append_text(&detail, ", says the revocation list of ");
    certificate_append_name(&detail, X509_get_subject_name(lookup->issuer), DETAIL_NAME_BYTES);
    certificate_note(findings, CERTIFICATE_REVOKED, depth, &detail);
    buf_release(&detail);
}

/* The newest list that counts today is past its next update. */
static bool is_stale(const struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++) {
        if (!from_the_future(lookup->lists[i], lookup->time_s)) {
            int64_t next_s = certificate_time_s(X509_CRL_get0_nextUpdate(lookup->lists[i]));
            return next_s != INT64_MIN && next_s < lookup->time_s;
        }
    }
    return false;
}

void certificate_check_lists(const struct certificate_path *path, const struct trust *trust, int64_t time_s,
                             struct certificate_findings *findings, bool *stale)
{
    *stale = false;
    for (size_t depth = 0; depth + 1 < path->len; depth++) {
        struct lookup lookup = {.member = path->members[depth], .issuer = path->members[depth + 1], .time_s = time_s};
        lookup.count = trust_lists_named(trust, X509_get_issuer_name(lookup.member), &lookup.lists);
        *stale = *stale || is_stale(&lookup);
        for (size_t i = 0; i < lookup.count; i++) {
            const X509_REVOKED *entry = standing_entry(&lookup, i);
            if (entry != NULL) {
                note_revoked(&lookup, entry, depth, findings);
                break;
            }
        }
    }
}

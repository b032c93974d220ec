#include "base/clock.h"
#include "crawler/certificate_x509.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#define SECURITY_LEVEL    2
#define DETAIL_NAME_BYTES 100
#define SECONDS_PER_DAY   86400

/* What a validation error means to an operator. Errors that are not listed are CERTIFICATE_INVALID with OpenSSL's
 * words; those about where the chain ends are judged from the path itself (certificate.c). */
enum meaning {
    MEANS_INVALID,
    MEANS_END_OF_CHAIN,
    MEANS_EXPIRED,
    MEANS_NOT_YET_VALID,
    MEANS_WEAK_KEY,
    MEANS_WEAK_DIGEST
};

static enum meaning meaning_of(int error)
{
    switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return MEANS_END_OF_CHAIN;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return MEANS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return MEANS_NOT_YET_VALID;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        return MEANS_WEAK_KEY;
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return MEANS_WEAK_DIGEST;
    default:
        return MEANS_INVALID;
    }
}

/* "the certificate" or "the issuing certificate CN=..." */
static void append_member(struct buf *out, const struct certificate_path *path, size_t depth)
{
    if (depth == 0 || depth >= path->len) {
        buf_append_text(out, "the certificate");
        return;
    }
    buf_append_text(out, path->root != NULL && depth + 1 == path->len ? "the root " : "the issuing certificate ");
    certificate_append_name(out, X509_get_subject_name(path->members[depth]), DETAIL_NAME_BYTES);
}

static void append_date(struct buf *out, const ASN1_TIME *date)
{
    char text[RFC3339_BYTES];
    int64_t date_s = certificate_time_s(date);
    buf_append_text(out, date_s == INT64_MIN ? "an unreadable date" : time_format(date_s, text));
}

static void append_days(struct buf *out, int64_t seconds, const char *after)
{
    int64_t days = seconds / SECONDS_PER_DAY;
    if (days > 0) {
        buf_printf(out, ", %lld day%s %s", (long long)days, days == 1 ? "" : "s", after);
    }
}

struct validation {
    const struct certificate_path *path;
    struct certificate_findings *findings;
    int64_t time_s;
};

static void note_dates(const struct validation *validation, size_t depth, bool expired, struct buf *detail)
{
    const X509 *member = validation->path->members[depth];
    const ASN1_TIME *date = expired ? X509_get0_notAfter(member) : X509_get0_notBefore(member);
    int64_t date_s = certificate_time_s(date);
    append_member(detail, validation->path, depth);
    buf_append_text(detail, expired ? " expired on " : " is not valid before ");
    append_date(detail, date);
    if (date_s != INT64_MIN) {
        append_days(detail, expired ? validation->time_s - date_s : date_s - validation->time_s,
                    expired ? "ago" : "from now");
    }
    certificate_note(validation->findings, expired ? CERTIFICATE_EXPIRED : CERTIFICATE_NOT_YET_VALID, depth, detail);
}

static void note_weak(const struct validation *validation, size_t depth, bool key, struct buf *detail)
{
    X509 *member = validation->path->members[depth];
    append_member(detail, validation->path, depth);
    if (key && X509_get0_pubkey(member) == NULL) {
        buf_append_text(detail, " has a public key that cannot be used");
        certificate_note(validation->findings, CERTIFICATE_INVALID, depth, detail);
        return;
    }
    buf_append_text(detail, key ? " has a weak key: " : " has a weak signature: ");
    if (key) {
        certificate_append_key(detail, member);
    } else {
        certificate_append_signature_algorithm(detail, member);
    }
    certificate_note(validation->findings, CERTIFICATE_WEAK, depth, detail);
}

static const char *invalid_text(int error, size_t depth)
{
    switch (error) {
    case X509_V_ERR_INVALID_PURPOSE:
        return depth == 0 ? "is not meant for servers: its key usage or extended key usage (serverAuth) says otherwise"
                          : "may not issue certificates for servers: its extended key usage says otherwise";
    case X509_V_ERR_INVALID_CA:
        return "is not a certificate authority: basic constraints CA:TRUE or key usage keyCertSign is missing";
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        return "may not sign certificates: its key usage lacks keyCertSign";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return "may not have so many authorities below it: its path length is exceeded";
    case X509_V_ERR_PERMITTED_VIOLATION:
        return "has a name that the name constraints of an issuer do not permit";
    case X509_V_ERR_EXCLUDED_VIOLATION:
        return "has a name that the name constraints of an issuer exclude";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "has a signature that does not verify with its issuer's key";
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
        return "has a critical extension that is not known";
    case X509_V_ERR_INVALID_EXTENSION:
    case X509_V_ERR_UNSPECIFIED:
        return "has an extension that is malformed or given twice";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return "is too far from a root";
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
        return "has a malformed date in notBefore";
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
        return "has a malformed date in notAfter";
    default:
        return NULL;
    }
}

static void note_invalid(const struct validation *validation, int error, size_t depth, struct buf *detail)
{
    const char *text = invalid_text(error, depth);
    append_member(detail, validation->path, depth);
    if (text != NULL) {
        buf_printf(detail, " %s", text);
    } else {
        buf_printf(detail, " does not validate: %s", X509_verify_cert_error_string(error));
    }
    certificate_note(validation->findings, CERTIFICATE_INVALID, depth, detail);
    if (error == X509_V_ERR_CERT_SIGNATURE_FAILURE) {
        validation->findings->broken_signature = true;
    }
}

/* OpenSSL found no way to the root that this path ends in, and nothing else explains it: never valid. */
static bool ends_unexpectedly(const struct validation *validation)
{
    return validation->path->root != NULL && (validation->findings->problems & (1u << CERTIFICATE_INVALID)) == 0;
}

static void note_error(const struct validation *validation, int error, size_t depth)
{
    struct buf detail = {0};
    depth = depth < validation->path->len ? depth : validation->path->len - 1;
    enum meaning meaning = meaning_of(error);
    if (meaning == MEANS_EXPIRED || meaning == MEANS_NOT_YET_VALID) {
        note_dates(validation, depth, meaning == MEANS_EXPIRED, &detail);
    } else if (meaning == MEANS_WEAK_KEY || meaning == MEANS_WEAK_DIGEST) {
        note_weak(validation, depth, meaning == MEANS_WEAK_KEY, &detail);
    } else if (meaning == MEANS_INVALID || ends_unexpectedly(validation)) {
        note_invalid(validation, error, depth, &detail);
    }
    buf_release(&detail);
}

/* Records and lets the validation go on, so that every reason is seen. */
static int on_verify(int ok, X509_STORE_CTX *context)
{
    const struct validation *validation = X509_STORE_CTX_get_app_data(context);
    if (!ok) {
        int depth = X509_STORE_CTX_get_error_depth(context);
        note_error(validation, X509_STORE_CTX_get_error(context), depth > 0 ? (size_t)depth : 0);
    }
    return 1;
}

static void note_links(const struct validation *validation)
{
    const struct certificate_path *path = validation->path;
    for (size_t i = 0; i + 1 < path->len; i++) {
        if (path->link_error[i] != X509_V_OK) {
            note_error(validation, path->link_error[i], i + 1);
        }
    }
}

static int validate(X509_STORE_CTX *context, const struct validation *validation, STACK_OF(X509) * between,
                    STACK_OF(X509) * roots)
{
    const struct certificate_path *path = validation->path;
    if (X509_STORE_CTX_init(context, NULL, path->members[0], between) != 1) {
        return -1;
    }
    X509_STORE_CTX_set0_trusted_stack(context, roots);
    X509_VERIFY_PARAM *terms = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(terms, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(terms, (time_t)validation->time_s);
    X509_VERIFY_PARAM_set_depth(terms, LIMIT_CERTIFICATE_PATH_DEPTH);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_verify_cb(context, on_verify);
    struct validation borrowed = *validation;
    X509_STORE_CTX_set_app_data(context, &borrowed);
    if (X509_verify_cert(context) != 1) {
        /* It gave up without asking on_verify: never let that pass for valid. */
        struct buf detail = {0};
        int error = X509_STORE_CTX_get_error(context);
        note_invalid(validation, error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED, 0, &detail);
        buf_release(&detail);
    }
    return 0;
}

int certificate_verify_path(const struct certificate_path *path, int64_t time_s, struct certificate_findings *findings)
{
    struct validation validation = {.path = path, .findings = findings, .time_s = time_s};
    int result = -1;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    STACK_OF(X509) *roots = sk_X509_new_null();
    if (context == NULL || between == NULL || roots == NULL) {
        goto out;
    }
    for (size_t i = 1; i < path->len; i++) {
        bool is_root = path->root != NULL && i + 1 == path->len;
        if (sk_X509_push(is_root ? roots : between, path->members[i]) == 0) {
            goto out;
        }
    }
    if (path->root != NULL && path->len == 1 && sk_X509_push(roots, path->members[0]) == 0) {
        goto out;
    }
    note_links(&validation);
    result = validate(context, &validation, between, roots);
out:
    sk_X509_free(between);
    sk_X509_free(roots);
    X509_STORE_CTX_free(context);
    return result;
}

/* A stapled OCSP response (RFC 6960): signed by the issuer or by a responder that the issuer named for it. */
#include "base/clock.h"
#include "crawler/certificate_x509.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

/* Clocks of responders and edges differ a little. */
#define CLOCK_TOLERANCE_S 300

static bool signed_for(OCSP_BASICRESP *basic, X509 *issuer, int64_t time_s)
{
    bool valid = false;
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *terms = store != NULL ? X509_STORE_get0_param(store) : NULL;
    STACK_OF(X509) *signers = sk_X509_new_null();
    if (terms != NULL && signers != NULL && X509_STORE_add_cert(store, issuer) == 1 &&
        sk_X509_push(signers, issuer) > 0) {
        X509_VERIFY_PARAM_set_time(terms, (time_t)time_s);
        X509_VERIFY_PARAM_set_flags(terms, X509_V_FLAG_PARTIAL_CHAIN);
        /* A responder's own certificate comes with the response and must chain to the issuer. */
        valid = OCSP_basic_verify(basic, signers, store, OCSP_TRUSTOTHER) == 1;
    }
    sk_X509_free(signers);
    X509_STORE_free(store);
    return valid;
}

static bool is_about(const OCSP_SINGLERESP *single, X509 *certificate, X509 *issuer)
{
    const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *digest_name = NULL;
    /* OpenSSL takes the identifier without const and only reads it. */
    if (OCSP_id_get0_info(NULL, &digest_name, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id) != 1) {
        return false;
    }
    const EVP_MD *digest = EVP_get_digestbyobj(digest_name);
    OCSP_CERTID *expected = digest != NULL ? OCSP_cert_to_id(digest, certificate, issuer) : NULL;
    bool about = expected != NULL && OCSP_id_cmp(id, expected) == 0;
    OCSP_CERTID_free(expected);
    return about;
}

static void note_revoked(const ASN1_GENERALIZEDTIME *since, int reason, struct certificate_findings *findings)
{
    struct buf detail = {0};
    char text[RFC3339_BYTES];
    int64_t since_s = certificate_time_s(since);
    buf_append_text(&detail, "the certificate was revoked");
    if (since_s != INT64_MIN) {
        buf_printf(&detail, " on %s", time_format(since_s, text));
    }
    if (reason >= 0) {
        buf_printf(&detail, " (%s)", OCSP_crl_reason_str(reason));
    }
    buf_append_text(&detail, ", says the OCSP response that the server sends itself");
    certificate_note(findings, CERTIFICATE_REVOKED, 0, &detail);
    buf_release(&detail);
}

static enum certificate_ocsp read_single(OCSP_SINGLERESP *single, int64_t time_s, struct certificate_findings *findings)
{
    int reason = -1;
    ASN1_GENERALIZEDTIME *revoked_at = NULL;
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int status = OCSP_single_get0_status(single, &reason, &revoked_at, &this_update, &next_update);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        note_revoked(revoked_at, reason, findings);
        return CERTIFICATE_OCSP_REVOKED;
    }
    if (status != V_OCSP_CERTSTATUS_GOOD) {
        return CERTIFICATE_OCSP_UNKNOWN;
    }
    int64_t next_s = next_update != NULL ? certificate_time_s(next_update) : INT64_MAX;
    bool fresh = certificate_time_s(this_update) <= time_s + CLOCK_TOLERANCE_S && next_s >= time_s - CLOCK_TOLERANCE_S;
    return fresh ? CERTIFICATE_OCSP_GOOD : CERTIFICATE_OCSP_STALE;
}

static enum certificate_ocsp read_basic(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer, int64_t time_s,
                                        struct certificate_findings *findings)
{
    int count = OCSP_resp_count(basic);
    for (int i = 0; i < count && i < LIMIT_OCSP_SINGLE_RESPONSES; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        if (is_about(single, certificate, issuer)) {
            return signed_for(basic, issuer, time_s) ? read_single(single, time_s, findings)
                                                     : CERTIFICATE_OCSP_UNUSABLE;
        }
    }
    return CERTIFICATE_OCSP_UNUSABLE;
}

enum certificate_ocsp certificate_check_staple(const struct certificate_path *path, struct slice staple, int64_t time_s,
                                               struct certificate_findings *findings)
{
    if (staple.len == 0) {
        return CERTIFICATE_OCSP_NONE;
    }
    enum certificate_ocsp status = CERTIFICATE_OCSP_UNUSABLE;
    const unsigned char *cursor = (const unsigned char *)staple.ptr;
    OCSP_RESPONSE *response =
        staple.len <= LIMIT_OCSP_BYTES ? d2i_OCSP_RESPONSE(NULL, &cursor, (long)staple.len) : NULL;
    OCSP_BASICRESP *basic = response != NULL && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL
                                ? OCSP_response_get1_basic(response)
                                : NULL;
    if (basic != NULL && path->len > 1) {
        status = read_basic(basic, path->members[0], path->members[1], time_s, findings);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return status;
}

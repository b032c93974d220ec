/* Stapled OCSP responses: what they say, and who may say it. */
#include "crawler/certificate.h"
#include "tests/unit/crawler/chain_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ocsp.h>

#define DAY_S 86400

/* R issued L, M and the responders O (allowed) and P (not allowed); X is a stranger. */
static const char CERTIFICATES[] =
    "R ca | L<R | M<R | O<R san=none ext=extendedKeyUsage:OCSPSigning | P<R san=none | X ca";

struct row {
    const char *sentence;
    enum certificate_ocsp expected;
    const char *about;  /* NULL: L */
    const char *signer; /* NULL: R */
    int status;         /* V_OCSP_CERTSTATUS_... */
    int from_day;       /* this update; 0: yesterday */
    int until_day;      /* next update; 0: in six days */
    bool sha256;        /* the identifier's digest */
    bool no_next;
    int error_status; /* of the response; 0: successful */
};

static const struct row rows[] = {
    {"a fresh response of the issuer is good", CERTIFICATE_OCSP_GOOD, .status = V_OCSP_CERTSTATUS_GOOD},
    {"an identifier by SHA-256 is as good", CERTIFICATE_OCSP_GOOD, .status = V_OCSP_CERTSTATUS_GOOD, .sha256 = true},
    {"a revocation counts", CERTIFICATE_OCSP_REVOKED, .status = V_OCSP_CERTSTATUS_REVOKED},
    {"a stale revocation counts", CERTIFICATE_OCSP_REVOKED, .status = V_OCSP_CERTSTATUS_REVOKED, .from_day = -30,
     .until_day = -20},
    {"unknown is told", CERTIFICATE_OCSP_UNKNOWN, .status = V_OCSP_CERTSTATUS_UNKNOWN},
    {"past its next update it is stale", CERTIFICATE_OCSP_STALE, .status = V_OCSP_CERTSTATUS_GOOD, .from_day = -30,
     .until_day = -20},
    {"from the future it is stale", CERTIFICATE_OCSP_STALE, .status = V_OCSP_CERTSTATUS_GOOD, .from_day = 2,
     .until_day = 20},
    {"without a next update it is never stale", CERTIFICATE_OCSP_GOOD, .status = V_OCSP_CERTSTATUS_GOOD,
     .from_day = -300, .no_next = true},
    {"a responder that the issuer allowed is good", CERTIFICATE_OCSP_GOOD, .status = V_OCSP_CERTSTATUS_GOOD,
     .signer = "O"},
    {"a responder that the issuer allowed revokes", CERTIFICATE_OCSP_REVOKED, .status = V_OCSP_CERTSTATUS_REVOKED,
     .signer = "O"},
    {"a certificate of the issuer without that purpose may not speak", CERTIFICATE_OCSP_UNUSABLE,
     .status = V_OCSP_CERTSTATUS_REVOKED, .signer = "P"},
    {"a stranger may not revoke", CERTIFICATE_OCSP_UNUSABLE, .status = V_OCSP_CERTSTATUS_REVOKED, .signer = "X"},
    {"the certificate may not speak for itself", CERTIFICATE_OCSP_UNUSABLE, .status = V_OCSP_CERTSTATUS_GOOD,
     .signer = "L"},
    {"a response about another certificate is unusable", CERTIFICATE_OCSP_UNUSABLE, .status = V_OCSP_CERTSTATUS_REVOKED,
     .about = "M"},
    {"an error response is unusable", CERTIFICATE_OCSP_UNUSABLE, .status = V_OCSP_CERTSTATUS_GOOD,
     .error_status = OCSP_RESPONSE_STATUS_TRYLATER},
};

static int make_response(struct chain_set *set, const struct row *row, unsigned char **der)
{
    struct built *issuer = chain_find(set, "R");
    struct built *signer = chain_find(set, row->signer != NULL ? row->signer : "R");
    X509 *about = chain_find(set, row->about != NULL ? row->about : "L")->certificate;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(row->sha256 ? EVP_sha256() : EVP_sha1(), about, issuer->certificate);
    int from_day = row->from_day != 0 ? row->from_day : -1;
    int until_day = row->until_day != 0 ? row->until_day : 6;
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(CHAIN_TIME_S + from_day * DAY_S));
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(CHAIN_TIME_S + until_day * DAY_S));
    bool revoked = row->status == V_OCSP_CERTSTATUS_REVOKED;
    assert_non_null(OCSP_basic_add1_status(basic, id, row->status, revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : 0,
                                           revoked ? from : NULL, from, row->no_next ? NULL : until));
    assert_int_equal(1, OCSP_basic_sign(basic, signer->certificate, signer->key, EVP_sha256(), NULL, 0));
    OCSP_RESPONSE *response = OCSP_response_create(row->error_status, row->error_status == 0 ? basic : NULL);
    int len = i2d_OCSP_RESPONSE(response, der);
    assert_true(len > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return len;
}

static struct trust *trust_root(struct chain_set *set)
{
    struct err err = ERR_INIT;
    char *path = chain_write_pem(set, "R");
    struct trust *trust = trust_new(&(struct trust_options){.ca_only = path}, &err);
    assert_non_null(trust);
    unlink(path);
    free(path);
    return trust;
}

static void judge(struct chain_set *set, const struct trust *trust, struct slice staple,
                  struct certificate_result *result)
{
    struct err err = ERR_INIT;
    struct slice leaf = chain_der(chain_find(set, "L"));
    assert_int_equal(0, certificate_judge(&(struct certificate_input){.chain = &leaf,
                                                                      .chain_len = 1,
                                                                      .hostname = SLICE("www.example.com"),
                                                                      .trust = trust,
                                                                      .time_s = CHAIN_TIME_S,
                                                                      .stapled_ocsp = staple},
                                          result, &err));
}

static void test_rows(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, CERTIFICATES);
    struct trust *trust = trust_root(&set);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char *der = NULL;
        int len = make_response(&set, &rows[i], &der);
        struct certificate_result result;
        judge(&set, trust, slice_make((const char *)der, (size_t)len), &result);
        bool revoked = result.verdict == CERTIFICATE_REVOKED;
        if (result.ocsp != rows[i].expected || revoked != (rows[i].expected == CERTIFICATE_OCSP_REVOKED) ||
            (!revoked && result.problems != 0)) {
            fail_msg("%s: %s, %s", rows[i].sentence, certificate_ocsp_name(result.ocsp),
                     certificate_verdict_name(result.verdict));
        }
        if (revoked) {
            assert_non_null(strstr(result.details[CERTIFICATE_REVOKED], "(keyCompromise), says the OCSP response"));
        }
        certificate_result_release(&result);
        OPENSSL_free(der);
    }
    trust_free(trust);
    chain_release(&set);
}

static void test_damaged(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct certificate_result result;
    unsigned char *der = NULL;
    chain_build(&set, CERTIFICATES);
    struct trust *trust = trust_root(&set);
    int len = make_response(&set, &rows[0], &der);
    for (int cut = 0; cut < len; cut++) {
        char *copy = malloc(cut > 0 ? (size_t)cut : 1);
        memcpy(copy, der, (size_t)cut);
        judge(&set, trust, slice_make(copy, (size_t)cut), &result);
        assert_int_equal(cut == 0 ? CERTIFICATE_OCSP_NONE : CERTIFICATE_OCSP_UNUSABLE, result.ocsp);
        certificate_result_release(&result);
        free(copy);
    }
    for (int byte = 0; byte < len; byte++) {
        der[byte] ^= 0x10;
        judge(&set, trust, slice_make((const char *)der, (size_t)len), &result);
        assert_int_equal(0, result.problems);
        certificate_result_release(&result);
        der[byte] ^= 0x10;
    }
    OPENSSL_free(der);
    static char large[LIMIT_OCSP_BYTES + 1];
    judge(&set, trust, slice_make(large, sizeof large), &result);
    assert_int_equal(CERTIFICATE_OCSP_UNUSABLE, result.ocsp);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests_name("certificate_staple", tests, NULL, NULL);
}

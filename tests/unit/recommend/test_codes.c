#include "recommend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Names and the weakest mode that each rules out by itself, as other programs rely on them. */
static const struct {
    enum code code;
    const char *name;
    enum mode rules_out;
} contract[] = {
    {CODE_HTTPS_REFUSED, "https_refused", MODE_FULL},
    {CODE_HTTPS_TIMEOUT, "https_timeout", MODE_FULL},
    {CODE_HTTPS_UNREACHABLE, "https_unreachable", MODE_FULL},
    {CODE_TLS_HANDSHAKE_FAILED, "tls_handshake_failed", MODE_FULL},
    {CODE_CLIENT_CERTIFICATE_REQUIRED, "client_certificate_required", MODE_FULL},
    {CODE_CONTENT_DIFFERS, "content_differs", MODE_NONE},
    {CODE_HTTPS_UNAVAILABLE, "https_unavailable", MODE_NONE},
    {CODE_REDIRECT_LOOP, "redirect_loop", MODE_NONE},
    {CODE_REDIRECT_DIFFERS, "redirect_differs", MODE_NONE},
    {CODE_CERTIFICATE_PIN_MISMATCH, "certificate_pin_mismatch", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_REVOKED, "certificate_revoked", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_EXPIRED, "certificate_expired", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_NOT_YET_VALID, "certificate_not_yet_valid", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_NAME_MISMATCH, "certificate_name_mismatch", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_SELF_SIGNED, "certificate_self_signed", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_CHAIN_INCOMPLETE, "certificate_chain_incomplete", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_UNTRUSTED, "certificate_untrusted", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_WEAK, "certificate_weak", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_INVALID, "certificate_invalid", MODE_FULL_STRICT},
    {CODE_CERTIFICATE_EXPIRES_SOON, "certificate_expires_soon", MODE_FULL_STRICT},
    {CODE_BLOCKED, "blocked", MODE_NONE},
    {CODE_UNREACHABLE, "unreachable", MODE_NONE},
    {CODE_NO_ROUTE, "no_route", MODE_NONE},
    {CODE_TOO_FEW_PAIRS, "too_few_pairs", MODE_NONE},
    {CODE_UNSTABLE_CONTENT, "unstable_content", MODE_NONE},
    {CODE_ORIGIN_ERRORS, "origin_errors", MODE_NONE},
    {CODE_INTERRUPTED, "interrupted", MODE_NONE},
    {CODE_SMALL_SAMPLE, "small_sample", MODE_NONE},
    {CODE_WEAK_EVIDENCE, "weak_evidence", MODE_NONE},
    {CODE_HSTS_NEW, "hsts_new", MODE_NONE},
    {CODE_CERTIFICATE_CN_ONLY, "certificate_cn_only", MODE_NONE},
    {CODE_MIXED_CONTENT, "mixed_content", MODE_NONE},
    {CODE_CURRENT_MODE_BROKEN, "current_mode_broken", MODE_NONE},
    {CODE_WEAK_PROTOCOL, "weak_protocol", MODE_NONE},
    {CODE_WEAK_CIPHER, "weak_cipher", MODE_NONE},
    {CODE_NO_HTTP2, "no_http2", MODE_NONE},
    {CODE_NO_SESSION_RESUMPTION, "no_session_resumption", MODE_NONE},
    {CODE_CRL_STALE, "crl_stale", MODE_NONE},
};

#define CONTRACT_COUNT (sizeof(contract) / sizeof(contract[0]))

static void test_contract(void **state)
{
    (void)state;

    assert_int_equal(CONTRACT_COUNT, CODE_COUNT - 1);
    for (size_t i = 0; i < CONTRACT_COUNT; i++) {
        assert_string_equal(code_name(contract[i].code), contract[i].name);
        assert_int_equal(code_parse(slice_of(contract[i].name)), contract[i].code);
        assert_int_equal(code_rules_out(contract[i].code), contract[i].rules_out);
    }
    assert_null(code_name(CODE_NONE));
    assert_int_equal(code_parse(SLICE("https_")), CODE_NONE);
    assert_int_equal(code_parse(SLICE_EMPTY), CODE_NONE);
    assert_int_equal(code_rules_out(CODE_NONE), MODE_NONE);
}

/* Every text of the table is a sentence; what rules a mode out by itself says what a visitor would see. */
static void test_every_code_is_explained(void **state)
{
    (void)state;

    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++) {
        enum code code = (enum code)i;
        const char *texts[] = {code_sentence(code), code_remedy(code)};
        print_message("%s\n", code_name(code));
        for (size_t t = 0; t < 2; t++) {
            assert_true(strlen(texts[t]) > 10);
            assert_int_equal(texts[t][strlen(texts[t]) - 1], '.');
            assert_true(texts[t][0] >= 'A' && texts[t][0] <= 'Z');
        }
        assert_non_null(code_visitor_sees(code));
        if (code_rules_out(code) != MODE_NONE)
            assert_true(strlen(code_visitor_sees(code)) > 0);
    }
    assert_string_equal(code_sentence(CODE_NONE), "");
    assert_string_equal(code_remedy(CODE_NONE), "");
    assert_string_equal(code_visitor_sees(CODE_NONE), "");
}

static void test_visitor_errors(void **state)
{
    (void)state;
    static const struct {
        enum code code;
        const char *error;
    } rows[] = {
        {CODE_HTTPS_REFUSED, "521"},        {CODE_HTTPS_TIMEOUT, "522"},       {CODE_HTTPS_UNREACHABLE, "523"},
        {CODE_TLS_HANDSHAKE_FAILED, "525"}, {CODE_CERTIFICATE_EXPIRED, "526"}, {CODE_CERTIFICATE_UNTRUSTED, "526"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_non_null(strstr(code_visitor_sees(rows[i].code), rows[i].error));
}

static void test_certificate_verdicts(void **state)
{
    (void)state;

    assert_string_equal(code_certificate_verdict(CODE_NONE), "valid");
    assert_string_equal(code_certificate_verdict(CODE_CERTIFICATE_EXPIRED), "expired");
    assert_string_equal(code_certificate_verdict(CODE_CERTIFICATE_CHAIN_INCOMPLETE), "chain_incomplete");
    assert_string_equal(code_certificate_verdict(CODE_HTTPS_REFUSED), "https_refused");
    assert_true(code_is_certificate(CODE_CERTIFICATE_PIN_MISMATCH));
    assert_true(code_is_certificate(CODE_CERTIFICATE_INVALID));
    assert_false(code_is_certificate(CODE_CERTIFICATE_EXPIRES_SOON));
    assert_false(code_is_certificate(CODE_REDIRECT_DIFFERS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_every_code_is_explained),
        cmocka_unit_test(test_visitor_errors),
        cmocka_unit_test(test_certificate_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

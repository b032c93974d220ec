#include "base/buf.h"
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
#include <openssl/evp.h>

#define DAY_S ((int64_t)86400)

static void judge_first(struct chain_set *set, struct certificate_result *result)
{
    struct err err = ERR_INIT;
    struct trust *trust = trust_new(&(struct trust_options){0}, &err);
    struct slice chain = chain_der(&set->items[set->count - 1]);
    assert_int_equal(0, certificate_judge(&(struct certificate_input){.chain = &chain,
                                                                      .chain_len = 1,
                                                                      .hostname = SLICE("www.example.com"),
                                                                      .trust = trust,
                                                                      .time_s = CHAIN_TIME_S},
                                          result, &err));
    trust_free(trust);
}

static void test_everything_is_told(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct certificate_result result;
    chain_build(&set, "R ca cn=Test~Root | L<R cn=Shop~\xc3\xa9t\xc3\xa9 days=-10..80 serial=0A0B0C key=p384 "
                      "san=DNS:www.example.com,DNS:*.example.org,IP:192.0.2.7,IP:2001:db8::7,email:a@b.c "
                      "ext=authorityInfoAccess:OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/r.crt "
                      "ext=1.3.6.1.5.5.7.1.24:DER:3003020105");
    judge_first(&set, &result);
    const struct certificate_facts *facts = &result.facts;
    assert_true(facts->not_before_s == CHAIN_TIME_S - 10 * DAY_S);
    assert_true(facts->not_after_s == CHAIN_TIME_S + 80 * DAY_S);
    assert_true(facts->lifetime_s == 90 * DAY_S);
    assert_true(facts->left_s == 80 * DAY_S);
    assert_string_equal("CN=Shop \xc3\xa9t\xc3\xa9", facts->subject);
    assert_string_equal("CN=Test Root", facts->issuer);
    assert_string_equal("0a0b0c", facts->serial);
    assert_string_equal("ECDSA P-384", facts->key);
    assert_string_equal("ecdsa-with-SHA256", facts->signature_algorithm);
    assert_string_equal("http://ca.example/r.crt", facts->aia_issuer_url);
    assert_string_equal("http://ocsp.example/", facts->ocsp_url);
    assert_true(facts->must_staple);
    assert_false(facts->is_ca);
    assert_int_equal(4, facts->name_count);
    assert_string_equal("www.example.com", facts->names[0]);
    assert_string_equal("*.example.org", facts->names[1]);
    assert_string_equal("192.0.2.7", facts->names[2]);
    assert_string_equal("2001:db8::7", facts->names[3]);
    assert_int_equal(TRUST_NONE, result.trust);
    certificate_result_release(&result);
    chain_release(&set);
}

static void test_keys_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *certificate;
        const char *key;
        const char *signature;
    } rows[] = {
        {"L key=rsa2048", "RSA 2048", "sha256WithRSAEncryption"},
        {"L key=rsa2048 sign=sha1", "RSA 2048", "sha1WithRSAEncryption"},
        {"L key=rsa2048 pss", "RSA 2048", "rsassaPss"},
        {"L key=p256", "ECDSA P-256", "ecdsa-with-SHA256"},
        {"L key=p521 sign=sha384", "ECDSA P-521", "ecdsa-with-SHA384"},
        {"L key=secp256k1", "ECDSA secp256k1", "ecdsa-with-SHA256"},
        {"L key=ed25519", "Ed25519", "ED25519"},
        {"L key=ed448", "Ed448", "ED448"},
        {"L key=dsa1024", "DSA 1024", "dsa_with_SHA256"},
        {"L badkey", "", "ecdsa-with-SHA256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chain_set set = {0};
        struct certificate_result result;
        chain_build(&set, rows[i].certificate);
        judge_first(&set, &result);
        assert_string_equal(rows[i].key, result.facts.key);
        assert_string_equal(rows[i].signature, result.facts.signature_algorithm);
        certificate_result_release(&result);
        chain_release(&set);
    }
}

/* The pin that openssl's own commands compute for the certificate. */
static void test_pin_agrees_with_openssl(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct certificate_result result;
    char command[512];
    char line[128] = "";
    chain_build(&set, "L key=rsa2048");
    judge_first(&set, &result);
    char *path = chain_write_pem(&set, "L");
    snprintf(command, sizeof command,
             "openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | "
             "openssl dgst -sha256 -binary | openssl base64",
             path);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    assert_non_null(fgets(line, sizeof line, output));
    assert_int_equal(0, pclose(output));
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, result.facts.spki_sha256);
    unlink(path);
    free(path);
    certificate_result_release(&result);
    chain_release(&set);
}

static void test_pin_syntax(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *text;
        int result;
    } rows[] = {
        {"32 bytes in base64", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 0},
        {"nothing", "", -1},
        {"no prefix", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", -1},
        {"another digest", "sha1/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", -1},
        {"31 bytes", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", -1},
        {"33 bytes", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", -1},
        {"no padding", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", -1},
        {"a character that is none of base64", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH*8=", -1},
        {"a space in front", " sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", -1},
        {"a line break behind", "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate_pin pin;
        if (certificate_pin_parse(slice_of(rows[i].text), &pin) != rows[i].result) {
            fail_msg("%s", rows[i].sentence);
        }
        for (size_t k = 0; rows[i].result == 0 && k < sizeof pin.sha256; k++) {
            assert_int_equal(k, pin.sha256[k]);
        }
    }
}

static void test_when_expiry_is_soon(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        int64_t lifetime_s;
        int64_t threshold_s;
    } rows[] = {
        {"90 days: 15 % are 13.5 days", 90 * DAY_S, 27 * DAY_S / 2}, {"398 days: the ceiling", 398 * DAY_S, 30 * DAY_S},
        {"15 years: the ceiling", 5475 * DAY_S, 30 * DAY_S},         {"45 days: the floor", 45 * DAY_S, 7 * DAY_S},
        {"6 days: half of the lifetime", 6 * DAY_S, 3 * DAY_S},      {"no lifetime", 0, 0},
    };
    const struct certificate_expiry_policy policy = CERTIFICATE_EXPIRY_POLICY_DEFAULT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t threshold_s = certificate_expiry_threshold_s(rows[i].lifetime_s, &policy);
        if (threshold_s != rows[i].threshold_s) {
            fail_msg("%s: %lld seconds", rows[i].sentence, (long long)threshold_s);
        }
    }
    struct certificate_facts facts = {.not_after_s = CHAIN_TIME_S, .lifetime_s = 398 * DAY_S, .left_s = 30 * DAY_S};
    assert_false(certificate_expires_soon(&facts, &policy));
    facts.left_s--;
    assert_true(certificate_expires_soon(&facts, &policy));
    facts.left_s = -1;
    assert_false(certificate_expires_soon(&facts, &policy));
    facts.not_after_s = INT64_MIN;
    assert_false(certificate_expires_soon(&facts, &policy));
}

static void test_chain_file(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct certificate_chain chain;
    struct err err = ERR_INIT;
    struct buf names = {0};
    chain_build(&set, "R ca | L<R");
    char *path = chain_write_pem(&set, "L R");
    assert_int_equal(0, certificate_read_pem(path, &chain, &err));
    assert_int_equal(2, chain.count);
    assert_true(slice_equal(chain.certificates[0], chain_der(chain_find(&set, "L"))));
    assert_true(slice_equal(chain.certificates[1], chain_der(chain_find(&set, "R"))));
    certificate_chain_release(&chain);
    unlink(path);
    free(path);
    for (int i = 0; i <= LIMIT_CHAIN_CERTIFICATES; i++) {
        buf_append_text(&names, "L ");
    }
    path = chain_write_pem(&set, buf_text(&names));
    assert_int_equal(0, certificate_read_pem(path, &chain, &err));
    assert_int_equal(LIMIT_CHAIN_CERTIFICATES, chain.count);
    certificate_chain_release(&chain);
    unlink(path);
    free(path);
    buf_release(&names);
    chain_release(&set);
}

static void test_codes(void **state)
{
    (void)state;
    static const char *const verdicts[] = {
        "pin_mismatch",     "revoked",   "expired", "not_yet_valid", "name_mismatch", "self_signed",
        "chain_incomplete", "untrusted", "weak",    "invalid",       "valid"};
    for (int i = 0; i <= CERTIFICATE_PROBLEM_COUNT; i++) {
        char code[64];
        snprintf(code, sizeof code, "certificate_%s", verdicts[i]);
        assert_string_equal(verdicts[i], certificate_verdict_name((enum certificate_problem)i));
        assert_string_equal(code, certificate_problem_code((enum certificate_problem)i));
    }
}

static int release_keys(void **state)
{
    (void)state;
    chain_release_keys();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_told),
        cmocka_unit_test(test_keys_are_named),
        cmocka_unit_test(test_pin_agrees_with_openssl),
        cmocka_unit_test(test_pin_syntax),
        cmocka_unit_test(test_when_expiry_is_soon),
        cmocka_unit_test(test_chain_file),
        cmocka_unit_test(test_codes),
    };
    return cmocka_run_group_tests_name("certificate_facts", tests, NULL, release_keys);
}

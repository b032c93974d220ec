/* Certificates that were made to hurt. */
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

static struct trust *trust_in(struct chain_set *set, const char *names)
{
    struct err err = ERR_INIT;
    char *path = chain_write_pem(set, names);
    struct trust *trust = trust_new(&(struct trust_options){.ca_only = path}, &err);
    assert_non_null(trust);
    unlink(path);
    free(path);
    return trust;
}

static void judge(const struct trust *trust, const struct slice *chain, size_t len, const char *host,
                  struct certificate_result *result)
{
    struct err err = ERR_INIT;
    assert_int_equal(
        0,
        certificate_judge(
            &(struct certificate_input){
                .chain = chain, .chain_len = len, .hostname = slice_of(host), .trust = trust, .time_s = CHAIN_TIME_S},
            result, &err));
}

static void test_truncated_anywhere(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R");
    struct trust *trust = trust_in(&set, "R");
    struct slice whole = chain_der(chain_find(&set, "L"));
    for (size_t len = 0; len < whole.len; len++) {
        /* A block of its own, so that the sanitizer sees a read behind its end. */
        char *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, whole.ptr, len);
        struct slice cut = slice_make(copy, len);
        struct certificate_result result;
        judge(trust, &cut, 1, "www.example.com", &result);
        assert_int_equal(CERTIFICATE_INVALID, result.verdict);
        assert_non_null(strstr(result.details[CERTIFICATE_INVALID], "cannot be parsed"));
        assert_string_equal("", result.facts.subject);
        certificate_result_release(&result);
        free(copy);
    }
    trust_free(trust);
    chain_release(&set);
}

static void test_no_flipped_bit_is_valid(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R");
    struct trust *trust = trust_in(&set, "R");
    struct slice whole = chain_der(chain_find(&set, "L"));
    char *copy = malloc(whole.len);
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        memcpy(copy, whole.ptr, whole.len);
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << (bit % 8)));
        struct slice flipped = slice_make(copy, whole.len);
        struct certificate_result result;
        judge(trust, &flipped, 1, "www.example.com", &result);
        if (result.problems == 0) {
            fail_msg("valid in spite of bit %zu", bit);
        }
        certificate_result_release(&result);
    }
    free(copy);
    trust_free(trust);
    chain_release(&set);
}

static void test_bytes_behind_the_certificate(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R");
    struct trust *trust = trust_in(&set, "R");
    struct slice whole = chain_der(chain_find(&set, "L"));
    char *copy = calloc(1, whole.len + 1);
    memcpy(copy, whole.ptr, whole.len);
    struct slice longer = slice_make(copy, whole.len + 1);
    struct certificate_result result;
    judge(trust, &longer, 1, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_INVALID, result.verdict);
    certificate_result_release(&result);
    free(copy);
    trust_free(trust);
    chain_release(&set);
}

static void test_garbage_in_the_chain(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R");
    struct trust *trust = trust_in(&set, "R");
    struct slice chain[] = {chain_der(chain_find(&set, "L")), SLICE("garbage")};
    struct certificate_result result;
    judge(trust, chain, 2, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_INVALID, result.verdict);
    assert_non_null(strstr(result.details[CERTIFICATE_INVALID], "certificate 2 of the chain"));
    certificate_result_release(&result);
    judge(trust, NULL, 0, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_INVALID, result.verdict);
    assert_string_equal("the server sent no certificate", result.details[CERTIFICATE_INVALID]);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

/* "www.example.com", a NUL and ".evil.example" as one DNS name; and the same in the CN. */
static void test_nul_in_a_name(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R cn=none san=none ext=subjectAltName:DER:301f821d7777772e6578616d706c652e636f6d00"
                      "2e6576696c2e6578616d706c65 | M<R san=none cn=x");
    struct trust *trust = trust_in(&set, "R");
    struct slice leaf = chain_der(chain_find(&set, "L"));
    struct certificate_result result;
    judge(trust, &leaf, 1, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_NAME_MISMATCH, result.verdict);
    assert_int_equal(1, result.facts.name_count);
    assert_string_equal("www.example.com\\x00.evil.example", result.facts.names[0]);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

static void test_terminal_escapes_in_a_name(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R cn=\x1b[2Jwww\xe2\x80\xae san=none");
    struct trust *trust = trust_in(&set, "R");
    struct slice leaf = chain_der(chain_find(&set, "L"));
    struct certificate_result result;
    judge(trust, &leaf, 1, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_NAME_MISMATCH, result.verdict);
    assert_null(strchr(result.facts.subject, '\x1b'));
    assert_null(strstr(result.facts.subject, "\xe2\x80\xae"));
    assert_null(strchr(result.facts.names[0], '\x1b'));
    assert_null(strchr(result.details[CERTIFICATE_NAME_MISMATCH], '\x1b'));
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

static void test_200_certificates_deep(void **state)
{
    (void)state;
    static struct chain_set set;
    static struct slice chain[201];
    struct buf text = {0};
    buf_append_text(&text, "C0 ca");
    for (int i = 1; i < 200; i++) {
        buf_printf(&text, " | C%d<C%d ca", i, i - 1);
    }
    buf_append_text(&text, " | L<C199");
    chain_build(&set, buf_text(&text));
    buf_release(&text);
    struct trust *trust = trust_in(&set, "C0");
    for (size_t i = 0; i < 201; i++) {
        chain[i] = chain_der(&set.items[200 - i]);
    }
    struct certificate_result result;
    judge(trust, chain, 201, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_UNTRUSTED, result.verdict);
    assert_int_equal(201, result.chain_sent);
    assert_int_equal(LIMIT_CERTIFICATE_PATH_DEPTH, result.path_len);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

/* Each of them issued all the others: the number of ways between them has 19 digits. */
static void test_issuers_of_each_other(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct slice chain[LIMIT_CHAIN_CERTIFICATES];
    struct buf text = {0};
    buf_append_text(&text, "R ca | A<R ca cn=same");
    for (int i = 2; i < LIMIT_CHAIN_CERTIFICATES; i++) {
        buf_printf(&text, " | A%d<A ca cn=same samekey=A noaki noski", i);
    }
    buf_append_text(&text, " | L<A noaki");
    chain_build(&set, buf_text(&text));
    buf_release(&text);
    struct trust *trust = trust_in(&set, "R");
    chain[0] = chain_der(chain_find(&set, "L"));
    /* The one with the way out comes last. */
    for (size_t i = 1; i < LIMIT_CHAIN_CERTIFICATES; i++) {
        chain[i] = chain_der(&set.items[LIMIT_CHAIN_CERTIFICATES - i]);
    }
    struct certificate_result result;
    judge(trust, chain, LIMIT_CHAIN_CERTIFICATES, "www.example.com", &result);
    assert_true(result.path_len <= LIMIT_CERTIFICATE_PATH_DEPTH);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

static void test_san_of_100_kilobytes(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct buf text = {0};
    buf_append_text(&text, "R ca | L<R san=");
    for (int i = 0; i < 3000; i++) {
        buf_printf(&text, "DNS:h%04d.a-rather-long-name.example,", i);
    }
    buf_append_text(&text, "DNS:www.example.com");
    chain_build(&set, buf_text(&text));
    buf_release(&text);
    struct trust *trust = trust_in(&set, "R");
    struct slice leaf = chain_der(chain_find(&set, "L"));
    assert_true(leaf.len > 100000);
    struct certificate_result result;
    judge(trust, &leaf, 1, "www.example.com", &result);
    assert_int_equal(0, result.problems);
    assert_int_equal(LIMIT_CERTIFICATE_NAMES, result.facts.name_count);
    assert_int_equal(3001, result.facts.names_total);
    certificate_result_release(&result);
    judge(trust, &leaf, 1, "mail.example.com", &result);
    assert_int_equal(CERTIFICATE_NAME_MISMATCH, result.verdict);
    assert_true(strlen(result.details[CERTIFICATE_NAME_MISMATCH]) <= LIMIT_DETAIL_BYTES);
    certificate_result_release(&result);
    trust_free(trust);
    chain_release(&set);
}

static void test_more_than_the_chain_may_have(void **state)
{
    (void)state;
    static char zeros[LIMIT_CHAIN_BYTES + 1];
    struct slice chain = slice_make(zeros, sizeof zeros);
    struct err err = ERR_INIT;
    struct trust *trust = trust_new(&(struct trust_options){0}, &err);
    struct certificate_result result;
    judge(trust, &chain, 1, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_INVALID, result.verdict);
    assert_string_equal("the certificate is too large", result.details[CERTIFICATE_INVALID]);
    certificate_result_release(&result);
    trust_free(trust);
}

/* The date's digits are replaced: the signature breaks too, and the facts have no date. */
static void test_malformed_date(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R days=0..31");
    struct trust *trust = trust_in(&set, "R");
    struct slice leaf = chain_der(chain_find(&set, "L"));
    char *copy = slice_dup(leaf);
    size_t at = slice_find(leaf, SLICE("260201000000Z"));
    assert_true(at < leaf.len);
    memcpy(copy + at, "26xx-1000000Z", 13);
    struct slice spoilt = slice_make(copy, leaf.len);
    struct certificate_result result;
    judge(trust, &spoilt, 1, "www.example.com", &result);
    assert_int_equal(CERTIFICATE_INVALID, result.verdict);
    assert_true(result.facts.not_after_s == INT64_MIN);
    assert_int_equal(0, result.facts.lifetime_s);
    certificate_result_release(&result);
    free(copy);
    trust_free(trust);
    chain_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_no_flipped_bit_is_valid),
        cmocka_unit_test(test_bytes_behind_the_certificate),
        cmocka_unit_test(test_garbage_in_the_chain),
        cmocka_unit_test(test_nul_in_a_name),
        cmocka_unit_test(test_terminal_escapes_in_a_name),
        cmocka_unit_test(test_200_certificates_deep),
        cmocka_unit_test(test_issuers_of_each_other),
        cmocka_unit_test(test_san_of_100_kilobytes),
        cmocka_unit_test(test_more_than_the_chain_may_have),
        cmocka_unit_test(test_malformed_date),
    };
    return cmocka_run_group_tests_name("certificate_hostile", tests, NULL, NULL);
}

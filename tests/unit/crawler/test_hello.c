#include "base/buf.h"
#include "base/limits.h"
#include "crawler/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What OpenSSL's server answers a hello with; an independent program, so to speak. */

struct server_settings {
    int version_min, version_max;
    const char *groups;    /* NULL: all of OpenSSL's */
    const char *ciphers;   /* NULL: all, weak ones included */
    const char *ciphers13; /* NULL: OpenSSL's */
    bool ask_certificate;
    bool alpn_h2;
    bool rsa; /* key of the certificate; else EC */
};

static EVP_PKEY *key_of(bool rsa)
{
    static EVP_PKEY *keys[2];
    if (keys[rsa] == NULL) {
        keys[rsa] =
            rsa ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048) : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    }
    assert_non_null(keys[rsa]);
    return keys[rsa];
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, (const unsigned char *)"x", -1,
                               -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                     unsigned in_len, void *unused)
{
    (void)ssl, (void)unused;
    static const unsigned char offer[] = "\x02h2";
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, offer, 3, in, in_len) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static SSL *server_new(const struct server_settings *settings)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    X509 *certificate = make_certificate(key_of(settings->rsa));
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, settings->version_min);
    SSL_CTX_set_max_proto_version(context, settings->version_max);
    assert_int_equal(
        1, SSL_CTX_set_cipher_list(context, settings->ciphers != NULL ? settings->ciphers : "ALL:@SECLEVEL=0"));
    if (settings->ciphers13 != NULL) {
        assert_int_equal(1, SSL_CTX_set_ciphersuites(context, settings->ciphers13));
    }
    if (settings->groups != NULL) {
        assert_int_equal(1, SSL_CTX_set1_groups_list(context, settings->groups));
    }
    if (settings->ask_certificate) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    }
    if (settings->alpn_h2) {
        SSL_CTX_set_alpn_select_cb(context, choose_h2, NULL);
    }
    assert_int_equal(1, SSL_CTX_use_certificate(context, certificate));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(context, key_of(settings->rsa)));
    SSL *ssl = SSL_new(context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl);
    X509_free(certificate);
    SSL_CTX_free(context);
    return ssl;
}

/* Gives the server a hello and the reader what it says, `step` bytes at a time. */
static void ask(SSL *server, const struct buf *hello, struct hello_reader *reader, size_t step)
{
    char chunk[20000];
    int len = 0;
    assert_int_equal(hello->len, BIO_write(SSL_get_rbio(server), hello->data, (int)hello->len));
    SSL_do_handshake(server);
    ERR_clear_error();
    while ((len = BIO_read(SSL_get_wbio(server), chunk, (int)step)) > 0) {
        hello_reader_feed(reader, slice_make(chunk, (size_t)len));
    }
}

static void exchange(const struct server_settings *settings, const struct hello_offer *offer,
                     struct hello_reader *reader, size_t step)
{
    struct buf hello = {0};
    SSL *server = server_new(settings);
    assert_int_equal(0, hello_build(offer, 42, &hello));
    hello_reader_init(reader);
    ask(server, &hello, reader, step);
    SSL_free(server);
    buf_release(&hello);
}

static struct hello_offer offer_of(uint16_t version_min, uint16_t version_max)
{
    struct hello_offer offer = hello_edge_offer(SLICE("www.example.com"));
    offer.version_min = version_min;
    offer.version_max = version_max;
    return offer;
}

static void only(struct hello_list *list, uint16_t code)
{
    *list = (struct hello_list){.codes = {code}, .count = 1};
}

static const struct server_settings modern = {.version_min = TLS1_2_VERSION, .version_max = TLS1_3_VERSION};
static const struct server_settings old = {.version_min = TLS1_VERSION, .version_max = TLS1_2_VERSION, .rsa = true};

static void test_edge_offer_is_answered(void **state)
{
    (void)state;
    struct hello_reader reader;
    struct hello_offer offer = hello_edge_offer(SLICE("www.example.com"));
    exchange(&modern, &offer, &reader, 20000);
    assert_int_equal(HELLO_SERVER_HELLO, reader.answer.kind);
    assert_int_equal(HELLO_TLS13, reader.answer.version);
    assert_int_equal(HELLO_X25519, reader.answer.group);
    assert_true(reader.answer.cipher == 0x1301 || reader.answer.cipher == 0x1302);
    assert_true(reader.answer.whole_flight);
    hello_reader_release(&reader);
}

static void test_whole_flight_of_tls12(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, 20000};
    struct server_settings settings = {
        .version_min = TLS1_2_VERSION, .version_max = TLS1_2_VERSION, .ask_certificate = true, .alpn_h2 = true};
    for (size_t i = 0; i < 3; i++) {
        struct hello_reader reader;
        struct hello_offer offer = hello_edge_offer(SLICE("www.example.com"));
        exchange(&settings, &offer, &reader, steps[i]);
        const struct hello_answer *answer = &reader.answer;
        assert_int_equal(HELLO_SERVER_HELLO, answer->kind);
        assert_int_equal(HELLO_TLS12, answer->version);
        assert_string_equal("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", hello_cipher_name(answer->cipher));
        assert_int_equal(HELLO_X25519, answer->group);
        assert_int_equal(0x0403, answer->signature);
        assert_true(answer->certificate_requested && answer->session_ticket && answer->extended_master_secret &&
                    answer->secure_renegotiation && answer->whole_flight);
        assert_true(slice_equal(answer->alpn, SLICE("h2")));
        assert_int_equal(1, answer->chain_count);
        const unsigned char *cursor = (const unsigned char *)answer->certificate.ptr;
        X509 *certificate = d2i_X509(NULL, &cursor, (long)answer->certificate.len);
        assert_non_null(certificate);
        assert_int_equal(7, ASN1_INTEGER_get(X509_get0_serialNumber(certificate)));
        X509_free(certificate);
        hello_reader_release(&reader);
    }
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const struct server_settings *settings;
        uint16_t version;
        enum hello_answer_kind kind;
        uint8_t alert;
    } rows[] = {
        {"a modern server speaks TLS 1.3", &modern, HELLO_TLS13, HELLO_SERVER_HELLO, 0},
        {"a modern server speaks TLS 1.2", &modern, HELLO_TLS12, HELLO_SERVER_HELLO, 0},
        {"a modern server refuses TLS 1.1", &modern, HELLO_TLS11, HELLO_ALERT, 70},
        {"a modern server refuses SSL 3", &modern, HELLO_SSL3, HELLO_ALERT, 40},
        {"an old server refuses TLS 1.3", &old, HELLO_TLS13, HELLO_ALERT, 70},
        {"an old server speaks TLS 1.2", &old, HELLO_TLS12, HELLO_SERVER_HELLO, 0},
        {"an old server speaks TLS 1.1", &old, HELLO_TLS11, HELLO_SERVER_HELLO, 0},
        {"an old server speaks TLS 1.0", &old, HELLO_TLS10, HELLO_SERVER_HELLO, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hello_reader reader;
        struct hello_offer offer = offer_of(rows[i].version, rows[i].version);
        exchange(rows[i].settings, &offer, &reader, 20000);
        if (reader.answer.kind != rows[i].kind || reader.answer.alert != rows[i].alert ||
            (rows[i].kind == HELLO_SERVER_HELLO && reader.answer.version != rows[i].version)) {
            fail_msg("%s: kind %d, alert %d, version %x", rows[i].sentence, reader.answer.kind, reader.answer.alert,
                     reader.answer.version);
        }
        hello_reader_release(&reader);
    }
}

static void test_static_rsa(void **state)
{
    (void)state;
    struct hello_reader reader;
    struct hello_offer offer = offer_of(HELLO_TLS10, HELLO_TLS12);
    offer.ciphers = (struct hello_list){.codes = {0x009c, 0x002f}, .count = 2};
    exchange(&old, &offer, &reader, 20000);
    assert_int_equal(HELLO_SERVER_HELLO, reader.answer.kind);
    assert_int_equal(0x009c, reader.answer.cipher);
    assert_int_equal(0, reader.answer.group);
    hello_reader_release(&reader);
    exchange(&modern, &offer, &reader, 20000); /* its key is EC */
    assert_int_equal(HELLO_ALERT, reader.answer.kind);
    assert_int_equal(40, reader.answer.alert);
    hello_reader_release(&reader);
}

/* Each group by an empty list of key shares: the server has to ask for it, and takes the second hello. Through
 * this OpenSSL also checks our points and cookies. */
static void test_groups_by_retry(void **state)
{
    (void)state;
    static const uint16_t groups[] = {HELLO_X25519, HELLO_P256, HELLO_P384, HELLO_P521};
    for (size_t i = 0; i < 4; i++) {
        struct hello_offer offer = offer_of(HELLO_TLS13, HELLO_TLS13);
        struct hello_reader reader;
        struct buf hello = {0};
        SSL *server = server_new(&modern);
        only(&offer.groups, groups[i]);
        offer.key_shares.count = 0;
        assert_int_equal(0, hello_build(&offer, 7, &hello));
        hello_reader_init(&reader);
        ask(server, &hello, &reader, 20000);
        assert_int_equal(HELLO_RETRY_REQUEST, reader.answer.kind);
        assert_int_equal(groups[i], reader.answer.group);
        buf_reset(&hello);
        assert_int_equal(0, hello_build_again(&offer, 7, reader.answer.group, reader.answer.cookie, &hello));
        hello_reader_release(&reader);
        hello_reader_init(&reader);
        ask(server, &hello, &reader, 20000);
        assert_int_equal(HELLO_SERVER_HELLO, reader.answer.kind);
        assert_int_equal(groups[i], reader.answer.group);
        hello_reader_release(&reader);
        SSL_free(server);
        buf_release(&hello);
    }
}

static void test_group_that_the_server_lacks(void **state)
{
    (void)state;
    static const uint16_t lacking[] = {HELLO_P384, HELLO_X25519MLKEM768};
    struct server_settings settings = modern;
    settings.groups = "X25519:P-256";
    for (size_t i = 0; i < 2; i++) {
        struct hello_reader reader;
        struct hello_offer offer = offer_of(HELLO_TLS13, HELLO_TLS13);
        only(&offer.groups, lacking[i]);
        offer.key_shares.count = 0;
        exchange(&settings, &offer, &reader, 20000);
        assert_int_equal(HELLO_ALERT, reader.answer.kind);
        assert_int_equal(40, reader.answer.alert);
        hello_reader_release(&reader);
    }
}

/* A full-size share of a group that OpenSSL 3.0 does not know, before one that it does. */
static void test_unknown_shares_are_ignored(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {HELLO_X25519MLKEM768, HELLO_UNKNOWN_GROUP};
    for (size_t i = 0; i < 2; i++) {
        struct hello_reader reader;
        struct hello_offer offer = offer_of(HELLO_TLS13, HELLO_TLS13);
        offer.groups = (struct hello_list){.codes = {unknown[i], HELLO_X25519}, .count = 2};
        offer.key_shares = offer.groups;
        exchange(&modern, &offer, &reader, 20000);
        assert_int_equal(HELLO_SERVER_HELLO, reader.answer.kind);
        assert_int_equal(HELLO_X25519, reader.answer.group);
        hello_reader_release(&reader);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    struct hello_offer offer = offer_of(HELLO_TLS13, HELLO_TLS13);
    struct buf hello = {0};
    only(&offer.key_shares, HELLO_X25519MLKEM768);
    assert_int_equal(0, hello_build(&offer, 1, &hello));
    assert_true(hello.len > 1216 && hello.len < 1700);
    buf_reset(&hello);
    offer.key_shares.count = 0;
    offer.pad_to_bytes = 3000;
    assert_int_equal(0, hello_build(&offer, 1, &hello));
    assert_int_equal(3000 + 5, hello.len);
    struct hello_reader reader;
    exchange(&modern, &offer, &reader, 20000);
    assert_int_equal(HELLO_RETRY_REQUEST, reader.answer.kind);
    hello_reader_release(&reader);
    buf_reset(&hello);
    offer.pad_to_bytes = 20000;
    assert_int_equal(-1, hello_build(&offer, 1, &hello));
    buf_release(&hello);
}

static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    struct buf first = {0};
    struct buf second = {0};
    struct hello_offer offer = hello_edge_offer(SLICE("www.example.com"));
    assert_int_equal(0, hello_build(&offer, 1, &first));
    assert_int_equal(0, hello_build(&offer, 1, &second));
    assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));
    buf_reset(&second);
    assert_int_equal(0, hello_build(&offer, 2, &second));
    assert_false(slice_equal(buf_slice(&first), buf_slice(&second)));
    buf_release(&first);
    buf_release(&second);
}

/* Answers as bytes. */
static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *bytes;
        size_t len;
        enum hello_answer_kind kind;
        uint8_t alert;
        bool plain_http;
    } rows[] = {
        {"nothing yet", "", 0, HELLO_INCOMPLETE, 0, false},
        {"half a header", "\x16\x03", 2, HELLO_INCOMPLETE, 0, false},
        {"plain HTTP", "HTTP/1.1 400 Bad Request\r\n", 26, HELLO_NOT_TLS, 0, true},
        {"an HTML page", "<!DOCTYPE html>", 15, HELLO_NOT_TLS, 0, true},
        {"SSH", "SSH-2.0-x\r\n", 11, HELLO_NOT_TLS, 0, false},
        {"zeros", "\0\0\0\0\0", 5, HELLO_NOT_TLS, 0, false},
        {"a fatal alert", "\x15\x03\x01\0\x02\x02\x28", 7, HELLO_ALERT, 40, false},
        {"half an alert", "\x15\x03\x01\0\x02\x02", 6, HELLO_INCOMPLETE, 0, false},
        {"an alert in two records", "\x15\x03\x01\0\x01\x02\x15\x03\x01\0\x01\x46", 12, HELLO_ALERT, 70, false},
        {"close_notify as a warning", "\x15\x03\x01\0\x02\x01\0", 7, HELLO_ALERT, 0, false},
        {"a remark about the name alone", "\x15\x03\x01\0\x02\x01\x70", 7, HELLO_INCOMPLETE, 0, false},
        {"a remark about the name and a fatal alert", "\x15\x03\x01\0\x02\x01\x70\x15\x03\x01\0\x02\x02\x28", 14,
         HELLO_ALERT, 40, false},
        {"an alert of no bytes", "\x15\x03\x01\0\0", 5, HELLO_INCOMPLETE, 0, false},
        {"a record that is too long", "\x16\x03\x01\xff\xff", 5, HELLO_MALFORMED, 0, false},
        {"a record of no known version", "\x16\x04\x01\0\x01", 5, HELLO_MALFORMED, 0, false},
        {"application data at once", "\x17\x03\x03\0\x01x", 6, HELLO_MALFORMED, 0, false},
        {"another message than ServerHello", "\x16\x03\x03\0\x04\x0b\0\0\0", 9, HELLO_MALFORMED, 0, false},
        {"an empty ServerHello", "\x16\x03\x03\0\x04\x02\0\0\0", 9, HELLO_MALFORMED, 0, false},
        {"a message of 16 MB", "\x16\x03\x03\0\x04\x02\xff\xff\xff", 9, HELLO_MALFORMED, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t step = 1; step <= rows[i].len + 1; step += rows[i].len > 0 ? rows[i].len : 1) {
            struct hello_reader reader;
            hello_reader_init(&reader);
            for (size_t at = 0; at < rows[i].len; at += step) {
                size_t len = rows[i].len - at < step ? rows[i].len - at : step;
                hello_reader_feed(&reader, slice_make(rows[i].bytes + at, len));
            }
            if (reader.answer.kind != rows[i].kind || reader.answer.alert != rows[i].alert ||
                reader.answer.plain_http != rows[i].plain_http) {
                fail_msg("%s, %zu bytes at a time: kind %d, alert %d", rows[i].sentence, step, reader.answer.kind,
                         reader.answer.alert);
            }
            hello_reader_release(&reader);
        }
    }
}

/* Records without end, and a ServerHello whose certificates never end. */
static void test_floods_are_bounded(void **state)
{
    (void)state;
    static const char start[] = "\x16\x03\x03\x40\0";
    static char zeros[16384];
    struct hello_reader reader;
    hello_reader_init(&reader);
    /* The message claims just as much as is allowed. */
    static const char message[] = "\x02\x02\0\0";
    for (int i = 0; i < 100; i++) {
        hello_reader_feed(&reader, slice_make(start, 5));
        if (i == 0) {
            hello_reader_feed(&reader, slice_make(message, 4));
            hello_reader_feed(&reader, slice_make(zeros, sizeof zeros - 4));
        } else {
            hello_reader_feed(&reader, slice_make(zeros, sizeof zeros));
        }
    }
    assert_int_equal(HELLO_MALFORMED, reader.answer.kind);
    assert_true(reader.flight.len <= LIMIT_HELLO_ANSWER_BYTES);
    hello_reader_release(&reader);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal("TLSv1", hello_version_name(HELLO_TLS10));
    assert_string_equal("SSLv3", hello_version_name(HELLO_SSL3));
    assert_null(hello_version_name(0x0305));
    assert_string_equal("X25519MLKEM768", hello_group_name(0x11ec));
    assert_null(hello_group_name(HELLO_UNKNOWN_GROUP));
    assert_string_equal("TLS_RSA_WITH_3DES_EDE_CBC_SHA", hello_cipher_name(0x000a));
    assert_null(hello_cipher_name(0xffff));
}

static int release_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(key_of(true));
    EVP_PKEY_free(key_of(false));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edge_offer_is_answered),
        cmocka_unit_test(test_whole_flight_of_tls12),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_static_rsa),
        cmocka_unit_test(test_groups_by_retry),
        cmocka_unit_test(test_group_that_the_server_lacks),
        cmocka_unit_test(test_unknown_shares_are_ignored),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_floods_are_bounded),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("hello", tests, NULL, release_keys);
}

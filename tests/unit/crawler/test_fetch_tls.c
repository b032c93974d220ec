/* Handshakes: what is offered, what is written down, and what becomes of those that fail. */
#include "base/limits.h"
#include "crawler/certificate.h"
#include "crawler/edge_offer.h"
#include "tests/support/scripted_server.h"
#include "tests/unit/crawler/fetch_rig.h"

#include <dlfcn.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void answer(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[8192];
    while (scripted_read_request(connection, request, sizeof request) &&
           scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
    }
}

static struct fetch_response get_tls(const struct scripted_tls *tls, const struct fetch_client_certificate *certificate)
{
    struct scripted_options options = {.serve = answer, .tls = tls};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    request.client_certificate = certificate;
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    scripted_server_stop(server);
    return response;
}

static bool is_text(const char *text, const char *expected)
{
    return expected == NULL ? text == NULL : text != NULL && strcmp(text, expected) == 0;
}

static void test_handshakes_that_work(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct scripted_tls tls;
        const char *version, *cipher, *group, *signature;
    } rows[] = {
        {"TLS 1.3 with the edge's first choices", {0}, "TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519", "ecdsa SHA256"},
        {"TLS 1.2 with P-256 alone",
         {.version_max = TLS1_2_VERSION, .groups = "P-256"},
         "TLSv1.2",
         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "P-256",
         "ecdsa SHA256"},
        {"TLS 1.3 with P-521 alone, which takes a second hello",
         {.groups = "P-521"},
         "TLSv1.3",
         "TLS_AES_128_GCM_SHA256",
         "P-521",
         "ecdsa SHA256"},
        {"an RSA key in TLS 1.2",
         {.version_max = TLS1_2_VERSION, .rsa = true},
         "TLSv1.2",
         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
         "X25519",
         "rsa_pss SHA256"},
        {"static RSA, the edge's last resort",
         {.version_max = TLS1_2_VERSION, .rsa = true, .ciphers = "AES256-SHA"},
         "TLSv1.2",
         "TLS_RSA_WITH_AES_256_CBC_SHA",
         NULL,
         NULL},
        {"CBC",
         {.version_max = TLS1_2_VERSION, .rsa = true, .ciphers = "ECDHE-RSA-AES256-SHA384"},
         "TLSv1.2",
         "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
         "X25519",
         "rsa_pss SHA256"},
        {"a server that can only sign with SHA-1",
         {.version_max = TLS1_2_VERSION, .rsa = true, .signatures = "RSA+SHA1"},
         "TLSv1.2",
         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
         "X25519",
         "rsa_pkcs1 SHA1"},
        {"TLS 1.1",
         {.version_max = TLS1_1_VERSION, .rsa = true},
         "TLSv1.1",
         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
         "X25519",
         NULL},
        {"TLS 1.0",
         {.version_max = TLS1_VERSION, .rsa = true},
         "TLSv1",
         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
         "X25519",
         NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_response response = get_tls(&rows[i].tls, NULL);
        const struct fetch_tls *tls = &response.tls;
        if (response.outcome != FETCH_ANSWERED || !tls->completed || !is_text(tls->version, rows[i].version) ||
            !is_text(tls->cipher, rows[i].cipher) || !is_text(tls->group, rows[i].group) ||
            (rows[i].signature != NULL && !is_text(tls->signature, rows[i].signature))) {
            fail_msg("%s: %s (%s) %s %s %s %s", rows[i].sentence, fetch_outcome_name(response.outcome),
                     response.detail != NULL ? response.detail : "", tls->version != NULL ? tls->version : "-",
                     tls->cipher != NULL ? tls->cipher : "-", tls->group != NULL ? tls->group : "-",
                     tls->signature != NULL ? tls->signature : "-");
        }
        assert_int_equal(response.cost.hellos, 1);
        assert_int_equal(response.cost.handshakes, 1);
        assert_int_equal(tls->chain_count, 1);
        assert_int_equal(tls->alert, -1);
        fetch_response_release(&response);
    }
}

static void test_handshakes_that_fail(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct scripted_tls tls;
        const char *detail;
        int alert;
    } rows[] = {
        {"a server that only speaks DHE, which the edge does not offer",
         {.version_max = TLS1_2_VERSION, .rsa = true, .ciphers = "DHE-RSA-AES128-GCM-SHA256"},
         "the server refused the TLS handshake with the alert handshake_failure",
         40},
        {"a server with ChaCha20 alone in TLS 1.2",
         {.version_max = TLS1_2_VERSION, .rsa = true, .ciphers = "ECDHE-RSA-CHACHA20-POLY1305"},
         "the server refused the TLS handshake with the alert handshake_failure",
         40},
        {"a server with a group that the edge does not offer",
         {.groups = "X448", .version_min = TLS1_3_VERSION},
         "the server refused the TLS handshake with the alert handshake_failure",
         40},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch_response response = get_tls(&rows[i].tls, NULL);
        if (response.outcome != FETCH_TLS_FAILED || response.tls.alert != rows[i].alert ||
            !is_text(response.detail, rows[i].detail)) {
            fail_msg("%s: %s, alert %d, %s", rows[i].sentence, fetch_outcome_name(response.outcome), response.tls.alert,
                     response.detail != NULL ? response.detail : "-");
        }
        assert_true(response.tls.begun);
        assert_false(response.tls.completed);
        assert_int_equal(response.cost.hellos, 1);
        assert_int_equal(response.cost.handshakes, 0);
        fetch_response_release(&response);
    }
}

/* HTTP/2 by hand: settings, a head that is `:status 200`, two bytes. */
static void answer_http2(struct scripted_connection *connection, void *context)
{
    (void)context;
    static const char answer_bytes[] = "\0\0\0\x04\0\0\0\0\0"
                                       "\0\0\x01\x01\x04\0\0\0\x01\x88"
                                       "\0\0\x02\0\x01\0\0\0\x01ok";
    char preface[64];
    if (scripted_read_request(connection, preface, sizeof preface)) {
        scripted_write(connection, answer_bytes, sizeof answer_bytes - 1);
        scripted_hang(connection);
    }
}

static void test_server_with_http2_alone(void **state)
{
    (void)state;
    const struct scripted_tls tls = {.http2_only = true};
    struct scripted_options options = {.serve = answer_http2, .tls = &tls};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    request.fresh_connection = true;
    for (unsigned i = 0; i < 2; i++) {
        struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
        assert_int_equal(response.outcome, FETCH_ANSWERED);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.tls.alpn, "h2");
        assert_string_equal(buf_text(&response.body), "ok");
        assert_int_equal(response.cost.hellos, i == 0 ? 2 : 1);
        fetch_response_release(&response);
    }
    scripted_server_stop(server);
}

/* ---- Servers that do not speak TLS ---- */

struct noise {
    const char *bytes;
    size_t len;
    enum { NOISE_CLOSE, NOISE_RESET, NOISE_HANG } then;
};

static void make_noise(struct scripted_connection *connection, void *context)
{
    const struct noise *noise = context;
    scripted_write(connection, noise->bytes, noise->len);
    if (noise->then == NOISE_RESET) {
        scripted_reset(connection);
    } else if (noise->then == NOISE_HANG) {
        scripted_hang(connection);
    }
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void test_what_is_no_tls(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct noise noise;
        const char *detail;
    } rows[] = {
        {"plain HTTP",
         {BYTES("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), NOISE_HANG},
         "the server speaks plain HTTP on this port"},
        {"another protocol",
         {BYTES("220 mail.test ESMTP\r\n"), NOISE_HANG},
         "the server answered with something that is not TLS"},
        {"silence", {BYTES(""), NOISE_HANG}, "the server kept silent in the TLS handshake"},
        {"half a record", {BYTES("\x16\x03\x03\x00\x7a\x02\x00"), NOISE_HANG}, "the TLS handshake did not end in time"},
        {"an end at once", {BYTES(""), NOISE_CLOSE}, "the server closed the connection in the TLS handshake"},
        {"a reset at once", {BYTES(""), NOISE_RESET}, "the server closed the connection in the TLS handshake"},
        {"an alert that nobody registered",
         {BYTES("\x15\x03\x01\x00\x02\x02\xc8"), NOISE_HANG},
         "the server refused the TLS handshake with the alert 200"},
        {"protocol_version",
         {BYTES("\x15\x03\x01\x00\x02\x02\x46"), NOISE_HANG},
         "the server refused the TLS handshake with the alert protocol_version"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct noise noise = rows[i].noise;
        struct scripted_options options = {.serve = make_noise, .context = &noise};
        struct scripted_server *server = scripted_server_start(&options);
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
        request.timeout_ms = 300;
        struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
        if (response.outcome != FETCH_TLS_FAILED || !is_text(response.detail, rows[i].detail)) {
            fail_msg("%s: %s, %s", rows[i].sentence, fetch_outcome_name(response.outcome),
                     response.detail != NULL ? response.detail : "-");
        }
        fetch_response_release(&response);
        scripted_server_stop(server);
    }
}

/* ---- Client certificates ---- */

static void test_client_certificates(void **state)
{
    (void)state;
    char certificate_path[64], key_path[64];
    snprintf(certificate_path, sizeof certificate_path, "/tmp/test_fetch_tls.%d.crt", (int)getpid());
    snprintf(key_path, sizeof key_path, "/tmp/test_fetch_tls.%d.key", (int)getpid());
    scripted_write_certificate(certificate_path, key_path);
    struct err err = ERR_INIT;
    struct fetch_client_certificate *certificate = fetch_client_certificate_load(certificate_path, key_path, &err);
    assert_non_null(certificate);
    static const struct {
        const char *sentence;
        enum scripted_client_certificate wish;
        int version_max;
        bool given, requested;
        enum fetch_outcome outcome;
    } rows[] = {
        {"nobody asks, nobody gives", CLIENT_CERTIFICATE_NONE, 0, false, false, FETCH_ANSWERED},
        {"given without being asked for", CLIENT_CERTIFICATE_NONE, 0, true, false, FETCH_ANSWERED},
        {"requested, but not required", CLIENT_CERTIFICATE_REQUESTED, 0, false, true, FETCH_ANSWERED},
        {"required in TLS 1.3, and none given", CLIENT_CERTIFICATE_REQUIRED, 0, false, true,
         FETCH_CLIENT_CERTIFICATE_REQUIRED},
        {"required in TLS 1.2, and none given", CLIENT_CERTIFICATE_REQUIRED, TLS1_2_VERSION, false, true,
         FETCH_CLIENT_CERTIFICATE_REQUIRED},
        {"required in TLS 1.3, and given", CLIENT_CERTIFICATE_REQUIRED, 0, true, true, FETCH_ANSWERED},
        {"required in TLS 1.2, and given", CLIENT_CERTIFICATE_REQUIRED, TLS1_2_VERSION, true, true, FETCH_ANSWERED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct scripted_tls tls = {.client_certificate = rows[i].wish, .version_max = rows[i].version_max};
        struct fetch_response response = get_tls(&tls, rows[i].given ? certificate : NULL);
        if (response.outcome != rows[i].outcome || response.tls.client_certificate_requested != rows[i].requested) {
            fail_msg("%s: %s, %s", rows[i].sentence, fetch_outcome_name(response.outcome),
                     response.detail != NULL ? response.detail : "-");
        }
        fetch_response_release(&response);
    }
    fetch_client_certificate_free(certificate);

    /* Files that cannot serve. */
    assert_null(fetch_client_certificate_load("/nowhere/at/all", key_path, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "/nowhere/at/all"));
    assert_null(fetch_client_certificate_load(key_path, key_path, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(fetch_client_certificate_load(certificate_path, certificate_path, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    char other_path[64];
    snprintf(other_path, sizeof other_path, "/tmp/test_fetch_tls.%d.other", (int)getpid());
    scripted_write_certificate(other_path, key_path);
    assert_null(fetch_client_certificate_load(certificate_path, key_path, &err));
    assert_non_null(strstr(err.message, "does not belong"));
    unlink(certificate_path);
    unlink(key_path);
    unlink(other_path);
}

/* ---- What is written down ---- */

static void test_chain_and_staple(void **state)
{
    (void)state;
    const struct scripted_tls tls = {.further_certificates = 2, .stapled = "any bytes"};
    struct fetch_response response = get_tls(&tls, NULL);
    assert_int_equal(response.tls.chain_count, 3);
    assert_false(response.tls.chain_cut);
    assert_true(slice_equal(response.tls.ocsp, SLICE("any bytes")));
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"CN = leaf", "CN = further 0", "CN = further 1"};
        const unsigned char *der = (const unsigned char *)response.tls.chain[i].ptr;
        X509 *certificate = d2i_X509(NULL, &der, (long)response.tls.chain[i].len);
        assert_non_null(certificate);
        assert_ptr_equal(der, response.tls.chain[i].ptr + response.tls.chain[i].len);
        BIO *bio = BIO_new(BIO_s_mem());
        X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
        char *text = NULL;
        long len = BIO_get_mem_data(bio, &text);
        assert_int_equal(len, strlen(names[i]));
        assert_memory_equal(text, names[i], len);
        BIO_free(bio);
        X509_free(certificate);
    }
    fetch_response_release(&response);
}

static certificate_problems judge(const struct fetch_response *response, const struct trust *trust,
                                  const char *hostname, const struct certificate_parsed *parsed)
{
    struct certificate_result result;
    const struct certificate_input input = {.chain = response->tls.chain,
                                            .chain_len = response->tls.chain_count,
                                            .parsed = parsed,
                                            .hostname = slice_of(hostname),
                                            .trust = trust,
                                            .time_s = (int64_t)time(NULL)};
    assert_int_equal(certificate_judge(&input, &result, NULL), 0);
    certificate_problems problems = result.problems;
    certificate_result_release(&result);
    return problems;
}

static void test_parsed_chain_is_judged_as_its_bytes(void **state)
{
    (void)state;
    char root_path[64];
    snprintf(root_path, sizeof root_path, "/tmp/test_fetch_tls.%d.root", (int)getpid());
    const struct scripted_tls tls = {.root_path = root_path};
    struct fetch_response response = get_tls(&tls, NULL);
    const struct trust_options options = {.ca_only = root_path}, nobody = {.origin_ca = true};
    struct trust *trust = trust_new(&options, NULL), *other = trust_new(&nobody, NULL);
    assert_non_null(trust);
    assert_int_equal(response.tls.chain_count, 2);
    assert_int_equal(response.tls.parsed.count, 2);
    const struct certificate_parsed *const ways[] = {NULL, &response.tls.parsed};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(judge(&response, trust, "site.test", ways[i]), 0);
        assert_int_equal(judge(&response, trust, "elsewhere.example", ways[i]), 1u << CERTIFICATE_NAME_MISMATCH);
        assert_int_equal(judge(&response, other, "site.test", ways[i]), 1u << CERTIFICATE_UNTRUSTED);
    }
    trust_free(trust);
    trust_free(other);
    unlink(root_path);
    fetch_response_release(&response);
}

static void test_long_chain_is_cut(void **state)
{
    (void)state;
    const struct scripted_tls tls = {.further_certificates = 40};
    struct fetch_response response = get_tls(&tls, NULL);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_int_equal(response.tls.chain_count, LIMIT_CHAIN_CERTIFICATES);
    assert_true(response.tls.chain_cut);
    fetch_response_release(&response);
}

static void test_second_request_tells_of_no_handshake(void **state)
{
    (void)state;
    const struct scripted_tls tls = {0};
    struct scripted_options options = {.serve = answer, .tls = &tls};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    struct fetch_cost cost = {0};
    request.cost = &cost;
    for (int i = 0; i < 3; i++) {
        struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
        assert_int_equal(response.outcome, FETCH_ANSWERED);
        assert_int_equal(response.tls.completed, i == 0);
        assert_int_equal(response.tls.chain_count, i == 0 ? 1 : 0);
        fetch_response_release(&response);
    }
    assert_int_equal(cost.requests, 3);
    assert_int_equal(cost.connections, 1);
    assert_int_equal(cost.hellos, 1);
    assert_int_equal(cost.handshakes, 1);
    assert_true(cost.bytes > 1000);
    scripted_server_stop(server);
}

/* ---- The offer ---- */

static void test_offer_is_the_edges(void **state)
{
    (void)state;
    struct buf names;
    buf_init(&names, 0);
    edge_offer_append_names(&edge_offer_ciphers, &names);
    assert_string_equal(
        buf_text(&names),
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256:"
        "AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384:"
        "AES256-SHA");
    assert_null(strstr(buf_text(&names), "DHE-RSA-AES128-GCM-SHA256:DHE"));
    buf_release(&names);
    /* OpenSSL's name and the code point on the wire are the same cipher. */
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    for (size_t i = 0; i < edge_offer_ciphers.count; i++) {
        const struct edge_offer_entry *entry = &edge_offer_ciphers.entries[i];
        assert_int_equal(SSL_CTX_set_cipher_list(context, entry->name), 1);
        const STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
        bool found = false;
        for (int c = 0; c < sk_SSL_CIPHER_num(ciphers); c++) {
            const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, c);
            found = found || (strcmp(SSL_CIPHER_get_name(cipher), entry->name) == 0 &&
                              SSL_CIPHER_get_protocol_id(cipher) == entry->code);
        }
        assert_true(found);
    }
    SSL_CTX_free(context);
    assert_string_equal(edge_offer_name(&edge_offer_versions, 0x0303), "TLSv1.2");
    assert_null(edge_offer_name(&edge_offer_groups, 0x11ec));
}

/* Every file that OpenSSL and libcurl open by name goes through here first. */
static unsigned files_opened;

static FILE *open_and_count(const char *function, const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) = NULL;
    void *symbol = dlsym(RTLD_NEXT, function);
    memcpy(&next, &symbol, sizeof next); /* ISO C knows no cast from an object to a function */
    files_opened++;
    return next(path, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return open_and_count("fopen", path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return open_and_count("fopen64", path, mode);
}

/* The trust-store trap: with its defaults left on, libcurl reads and parses the system's roots for every connection,
 * some thirty times the cost of a handshake. A handshake of ours opens no file at all. */
static void test_no_trust_store_is_read(void **state)
{
    (void)state;
    const struct scripted_tls tls = {0};
    struct scripted_options options = {.serve = answer, .tls = &tls};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    request.fresh_connection = true;
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request); /* what a library reads once it may read */
    fetch_response_release(&response);
    files_opened = 0;
    for (int i = 0; i < 3; i++) {
        response = fetch_rig_get(&fetch_rig, &request);
        assert_true(response.tls.completed);
        fetch_response_release(&response);
    }
    assert_int_equal(files_opened, 0);
    assert_int_equal(scripted_server_handshakes(server), 4);
    scripted_server_stop(server);
    /* The counter does see how a trust store is read. */
    X509_STORE *store = X509_STORE_new();
    X509_STORE_load_file(store, "/etc/ssl/certs/ca-certificates.crt");
    assert_true(files_opened > 0);
    X509_STORE_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes_that_work),
        cmocka_unit_test(test_handshakes_that_fail),
        cmocka_unit_test(test_server_with_http2_alone),
        cmocka_unit_test(test_what_is_no_tls),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_chain_and_staple),
        cmocka_unit_test(test_parsed_chain_is_judged_as_its_bytes),
        cmocka_unit_test(test_long_chain_is_cut),
        cmocka_unit_test(test_second_request_tells_of_no_handshake),
        cmocka_unit_test(test_offer_is_the_edges),
        cmocka_unit_test(test_no_trust_store_is_read),
    };
    return cmocka_run_group_tests(tests, fetch_rig_set_up, fetch_rig_tear_down);
}

#include "crawler/fetch_tls.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/edge_offer.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_TEXT_BYTES = 16, NAME_TEXT_BYTES = 64, ALPN_TEXT_BYTES = 32 };

struct fetch_tls_observation {
    unsigned references;
    bool begun;
    bool completed;
    bool certificate_given;
    bool certificate_requested;
    bool chain_cut;
    bool answered; /* any record came */
    char first_bytes[5];
    int alert;
    char version[VERSION_TEXT_BYTES];
    char cipher[NAME_TEXT_BYTES];
    char group[NAME_TEXT_BYTES];
    char signature[NAME_TEXT_BYTES];
    char alpn[ALPN_TEXT_BYTES];
    uint64_t bytes;
    struct buf chain; /* DER, one behind the other */
    struct certificate_parsed parsed;
    size_t chain_lengths[LIMIT_CHAIN_CERTIFICATES];
    size_t chain_count;
    struct buf ocsp;
};

/* What OpenSSL wants as text, written once from the tables of the edge's offer. */
static struct {
    pthread_once_t once;
    int index; /* of the observation among an SSL_CTX's extra data */
    char ciphers[512];
    char ciphers_tls13[128];
    char groups[64];
    char signatures[320];
    bool ready;
} setup = {.once = PTHREAD_ONCE_INIT, .index = -1};

void fetch_tls_let_go(struct fetch_tls_observation *observation)
{
    if (observation == NULL || --observation->references > 0) {
        return;
    }
    buf_release(&observation->chain);
    certificate_parsed_release(&observation->parsed);
    buf_release(&observation->ocsp);
    free(observation);
}

static void context_is_freed(void *parent, void *observation, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    fetch_tls_let_go(observation);
}

static bool write_names(const struct edge_offer_list *list, char *text, size_t size)
{
    struct buf names;
    buf_init(&names, size - 1);
    edge_offer_append_names(list, &names);
    bool fits = !names.failed;
    memcpy(text, buf_text(&names), names.len + 1);
    buf_release(&names);
    return fits;
}

static void set_up(void)
{
    setup.index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, context_is_freed);
    setup.ready = setup.index >= 0 && write_names(&edge_offer_ciphers, setup.ciphers, sizeof setup.ciphers) &&
                  write_names(&edge_offer_ciphers_tls13, setup.ciphers_tls13, sizeof setup.ciphers_tls13) &&
                  write_names(&edge_offer_groups, setup.groups, sizeof setup.groups) &&
                  write_names(&edge_offer_signatures, setup.signatures, sizeof setup.signatures);
}

static struct fetch_tls_observation *observation_of(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), setup.index);
}

static void keep_certificate(struct fetch_tls_observation *observation, X509 *certificate)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    if (observation->chain_count == LIMIT_CHAIN_CERTIFICATES || len <= 0 ||
        buf_append(&observation->chain, der, (size_t)len) != 0) {
        observation->chain_cut = true;
    } else {
        observation->chain_lengths[observation->chain_count++] = (size_t)len;
        certificate_parsed_add(&observation->parsed, certificate);
    }
    OPENSSL_free(der);
}

/* Takes the place of OpenSSL's verification altogether: records the chain as it was sent, and agrees. */
static int record_chain(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct fetch_tls_observation *observation = observation_of(ssl);
    const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    for (int i = 0; i < sk_X509_num(sent) && !observation->chain_cut; i++) {
        keep_certificate(observation, sk_X509_value(sent, i));
    }
    return 1;
}

/* Called when the server asks for a certificate; the one to send was set before. */
static int note_certificate_request(SSL *ssl, void *unused)
{
    (void)unused;
    observation_of(ssl)->certificate_requested = true;
    return 1;
}

static void copy_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text != NULL ? text : "");
}

/* What the registries call the kinds of keys that sign a handshake. */
static const char *signer_name(int type)
{
    static const struct {
        int type;
        const char *name;
    } names[] = {
        {EVP_PKEY_RSA, "rsa_pkcs1"},   {EVP_PKEY_RSA_PSS, "rsa_pss"}, {EVP_PKEY_EC, "ecdsa"},
        {EVP_PKEY_ED25519, "ed25519"}, {EVP_PKEY_ED448, "ed448"},     {EVP_PKEY_DSA, "dsa"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].type == type) {
            return names[i].name;
        }
    }
    return "unknown";
}

static void note_signature(struct fetch_tls_observation *observation, SSL *ssl)
{
    int type = NID_undef, digest = NID_undef;
    if (SSL_get_peer_signature_type_nid(ssl, &type) != 1) {
        return; /* static RSA, or a version that negotiates none */
    }
    const char *digest_name = SSL_get_peer_signature_nid(ssl, &digest) == 1 ? OBJ_nid2sn(digest) : "";
    snprintf(observation->signature, sizeof observation->signature, "%s %s", signer_name(type), digest_name);
}

/* "prime256v1" and "secp384r1" by the names that everybody knows. */
static const char *group_name(SSL *ssl)
{
    int id = (int)SSL_get_negotiated_group(ssl);
    switch (id) {
    case NID_undef:
        return NULL;
    case NID_X9_62_prime256v1:
        return "P-256";
    case NID_secp384r1:
        return "P-384";
    case NID_secp521r1:
        return "P-521";
    default:
        return (id & TLSEXT_nid_unknown) != 0 ? "unknown" : OBJ_nid2sn(id);
    }
}

static void note_completion(struct fetch_tls_observation *observation, SSL *ssl)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    observation->completed = true;
    copy_text(observation->version, sizeof observation->version, SSL_get_version(ssl));
    copy_text(observation->cipher, sizeof observation->cipher,
              cipher != NULL ? SSL_CIPHER_standard_name(cipher) : NULL);
    if (cipher != NULL && SSL_CIPHER_get_kx_nid(cipher) != NID_kx_rsa) {
        copy_text(observation->group, sizeof observation->group, group_name(ssl));
    }
    note_signature(observation, ssl);
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
    snprintf(observation->alpn, sizeof observation->alpn, "%.*s", (int)alpn_len,
             alpn != NULL ? (const char *)alpn : "");
    const unsigned char *ocsp = NULL;
    long ocsp_len = SSL_get_tlsext_status_ocsp_resp(ssl, &ocsp);
    if (ocsp != NULL && ocsp_len > 0) {
        buf_append(&observation->ocsp, ocsp, (size_t)ocsp_len);
    }
}

static void note_bytes(struct fetch_tls_observation *observation, const SSL *ssl)
{
    observation->bytes = BIO_number_read(SSL_get_rbio(ssl)) + BIO_number_written(SSL_get_wbio(ssl));
}

static void note_state(const SSL *ssl, int where, int value)
{
    struct fetch_tls_observation *observation = observation_of(ssl);
    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        observation->begun = true;
    }
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL) {
        observation->alert = value & 0xff;
    }
    /* It also rings for what comes behind a handshake of TLS 1.3, such as session tickets. */
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !observation->completed) {
        SSL *writable = (SSL *)(uintptr_t)ssl; /* the getters below want it so, and change nothing */
        note_completion(observation, writable);
        note_bytes(observation, ssl);
    } else if (!observation->completed) {
        note_bytes(observation, ssl);
    }
}

/* The first bytes that come tell TLS from plain HTTP. */
static void note_record(int is_write, int version, int content_type, const void *bytes, size_t len, SSL *ssl,
                        void *unused)
{
    (void)version, (void)unused;
    struct fetch_tls_observation *observation = observation_of(ssl);
    if (is_write == 0 && content_type == SSL3_RT_HEADER && !observation->answered && len >= 5) {
        observation->answered = true;
        memcpy(observation->first_bytes, bytes, 5);
        SSL_set_msg_callback(ssl, NULL); /* it would be called for every record to come */
    }
}

static bool make_offer(SSL_CTX *context)
{
    SSL_CTX_set_security_level(context, EDGE_OFFER_SECURITY_LEVEL);
    /* A server without RFC 5746, or one that closes without close_notify, is no failure for the edge. */
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, EDGE_OFFER_VERSION_MIN) == 1 &&
           SSL_CTX_set_max_proto_version(context, EDGE_OFFER_VERSION_MAX) == 1 &&
           SSL_CTX_set_cipher_list(context, setup.ciphers) == 1 &&
           SSL_CTX_set_ciphersuites(context, setup.ciphers_tls13) == 1 &&
           SSL_CTX_set1_groups_list(context, setup.groups) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, setup.signatures) == 1 &&
           SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp) == 1;
}

static struct fetch_tls_observation *observation_new(void)
{
    struct fetch_tls_observation *observation = calloc(1, sizeof *observation);
    if (observation != NULL) {
        observation->references = 1;
        observation->alert = -1;
        buf_init(&observation->chain, LIMIT_CHAIN_BYTES);
        buf_init(&observation->ocsp, LIMIT_CHAIN_BYTES);
    }
    return observation;
}

struct fetch_tls_observation *fetch_tls_observe(void *ssl_ctx, const struct fetch_client_certificate *certificate,
                                                struct err *err)
{
    SSL_CTX *context = ssl_ctx;
    pthread_once(&setup.once, set_up);
    if (!setup.ready || !make_offer(context)) {
        err_set(err, ERR_INTERNAL, "OpenSSL does not take the edge's TLS offer");
        return NULL;
    }
    if (certificate != NULL && !fetch_tls_present(ssl_ctx, certificate)) {
        err_set(err, ERR_INTERNAL, "OpenSSL does not take the client certificate");
        return NULL;
    }
    struct fetch_tls_observation *observation = observation_new();
    if (observation == NULL || SSL_CTX_set_ex_data(context, setup.index, observation) != 1) {
        fetch_tls_let_go(observation);
        err_memory(err);
        return NULL;
    }
    observation->references++;
    observation->certificate_given = certificate != NULL;
    SSL_CTX_set_cert_verify_callback(context, record_chain, NULL);
    SSL_CTX_set_cert_cb(context, note_certificate_request, NULL);
    SSL_CTX_set_info_callback(context, note_state);
    SSL_CTX_set_msg_callback(context, note_record);
    return observation;
}

bool fetch_tls_completed(const struct fetch_tls_observation *observation)
{
    return observation != NULL && observation->completed;
}

bool fetch_tls_wants_client_certificate(const struct fetch_tls_observation *observation)
{
    return observation != NULL && observation->certificate_requested && !observation->certificate_given;
}

bool fetch_tls_wants_other_protocol(const struct fetch_tls_observation *observation)
{
    return observation != NULL && observation->alert == SSL_AD_NO_APPLICATION_PROTOCOL;
}

uint64_t fetch_tls_bytes(const struct fetch_tls_observation *observation)
{
    return observation != NULL ? observation->bytes : 0;
}

static const char *text_or_null(struct arena *arena, const char *text)
{
    return text[0] != '\0' ? arena_text(arena, text) : NULL;
}

static int report_chain(const struct fetch_tls_observation *observation, struct fetch_tls *tls, struct arena *arena)
{
    struct slice *chain = arena_alloc(arena, sizeof *chain * (observation->chain_count + 1));
    const char *bytes = arena_copy(arena, buf_slice(&observation->chain));
    if (chain == NULL || bytes == NULL) {
        return -1;
    }
    for (size_t i = 0; i < observation->chain_count; i++) {
        chain[i] = slice_make(bytes, observation->chain_lengths[i]);
        bytes += observation->chain_lengths[i];
    }
    tls->chain = chain;
    tls->chain_count = observation->chain_count;
    certificate_parsed_copy(&tls->parsed, &observation->parsed);
    return 0;
}

int fetch_tls_report(const struct fetch_tls_observation *observation, struct fetch_tls *tls, struct arena *arena)
{
    *tls = (struct fetch_tls){.alert = -1};
    if (observation == NULL) {
        return 0;
    }
    tls->begun = observation->begun;
    tls->completed = observation->completed;
    tls->client_certificate_requested = observation->certificate_requested;
    tls->chain_cut = observation->chain_cut;
    tls->alert = observation->alert;
    tls->version = text_or_null(arena, observation->version);
    tls->cipher = text_or_null(arena, observation->cipher);
    tls->group = text_or_null(arena, observation->group);
    tls->signature = text_or_null(arena, observation->signature);
    tls->alpn = text_or_null(arena, observation->alpn);
    tls->ocsp = slice_make(arena_copy(arena, buf_slice(&observation->ocsp)), observation->ocsp.len);
    return tls->ocsp.ptr == NULL ? -1 : report_chain(observation, tls, arena);
}

/* OpenSSL's reason stands behind the last colon of what libcurl makes of it: "...:SSL routines::wrong version number".
 */
static struct slice reason_of(struct slice library_text)
{
    size_t end = library_text.len;
    while (end > 0 && library_text.ptr[end - 1] != ':') {
        end--;
    }
    return slice_trim(slice_from(library_text, end));
}

static void explain_alert(int alert, struct buf *out)
{
    const char *name = fetch_tls_alert_name(alert);
    buf_append_text(out, "the server refused the TLS handshake with the alert ");
    if (name != NULL) {
        buf_append_text(out, name);
    } else {
        buf_printf(out, "%d", alert);
    }
}

static bool is_tls_record(const char *bytes)
{
    return bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] == 3;
}

void fetch_tls_explain(const struct fetch_tls_observation *observation, struct slice library_text, struct buf *out)
{
    struct slice reason = reason_of(library_text);
    if (observation == NULL || !observation->begun) {
        buf_append_text(out, "the TLS handshake could not begin");
    } else if (observation->alert >= 0) {
        explain_alert(observation->alert, out);
    } else if (observation->answered && memcmp(observation->first_bytes, "HTTP/", 5) == 0) {
        buf_append_text(out, "the server speaks plain HTTP on this port");
    } else if (observation->answered && !is_tls_record(observation->first_bytes)) {
        buf_append_text(out, "the server answered with something that is not TLS");
    } else if (slice_find_nocase(library_text, SLICE("timed out")) < library_text.len ||
               slice_find_nocase(library_text, SLICE("timeout")) < library_text.len) {
        buf_append_text(out, observation->answered ? "the TLS handshake did not end in time"
                                                   : "the server kept silent in the TLS handshake");
    } else if (slice_find_nocase(library_text, SLICE("SSL_ERROR_SYSCALL")) < library_text.len ||
               slice_find_nocase(library_text, SLICE("unexpected eof")) < library_text.len ||
               slice_find_nocase(library_text, SLICE("reset by peer")) < library_text.len) {
        buf_append_text(out, "the server closed the connection in the TLS handshake");
    } else {
        buf_append_text(out, "the TLS handshake failed: ");
        utf8_append_visible(out, reason.len > 0 ? reason : SLICE("no reason known"));
    }
}

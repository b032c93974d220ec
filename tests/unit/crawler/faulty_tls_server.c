#include "tests/unit/crawler/faulty_tls_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES 20000

struct faulty_tls_server {
    enum faulty_tls fault;
    int listener;
    int stop_pipe[2];
    uint16_t port;
    pthread_t thread;
    SSL_CTX *context;
    atomic_uint connections;
};

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"www.example.test", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

/* Waits for the client, or for the end of the test. */
static ssize_t receive(struct faulty_tls_server *server, int fd, char *chunk)
{
    struct pollfd ready[] = {{.fd = fd, .events = POLLIN}, {.fd = server->stop_pipe[0], .events = POLLIN}};
    if (poll(ready, 2, -1) < 0 || ready[1].revents != 0) {
        return -1;
    }
    return recv(fd, chunk, CHUNK_BYTES, 0);
}

static void reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void say(int fd, const char *bytes, size_t len)
{
    if (send(fd, bytes, len, MSG_NOSIGNAL) < 0) {
        return; /* the client has gone: its own affair */
    }
}

static bool contains(const char *bytes, size_t len, const char *needle, size_t needle_len)
{
    return memmem(bytes, len, needle, needle_len) != NULL;
}

/* A key share entry begins with the group and the length of the key. */
static bool has_unknown_share(const char *bytes, size_t len)
{
    return contains(bytes, len, "\x2a\x2a\0\x01\0", 5) || contains(bytes, len, "\x11\xec\x04\xc0", 4);
}

static bool is_whole_hello(const char *bytes, size_t len)
{
    return len >= 5 && len >= 5 + ((size_t)(unsigned char)bytes[3] << 8 | (unsigned char)bytes[4]);
}

/* What the fault makes of a hello. True if the connection is over. */
static bool break_on_hello(const struct faulty_tls_server *server, int fd, const char *bytes, size_t len)
{
    switch (server->fault) {
    case FAULTY_SPLIT_HELLO:
        if (!is_whole_hello(bytes, len)) {
            reset(fd);
            return true;
        }
        return false;
    case FAULTY_UNKNOWN_SHARE:
        if (has_unknown_share(bytes, len)) {
            say(fd, "\x15\x03\x03\0\x02\x02\x2f", 7); /* illegal_parameter */
            return true;
        }
        return false;
    case FAULTY_TLS13:
        if (contains(bytes, len, "\0\x2b", 2)) {
            reset(fd);
            return true;
        }
        return false;
    case FAULTY_RESET:
        reset(fd);
        return true;
    case FAULTY_CLOSE:
        return true;
    case FAULTY_ALERT:
        say(fd, "\x15\x03\x03\0\x02\x02\x28", 7);
        return true;
    case FAULTY_PLAIN_HTTP:
        say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
        return true;
    case FAULTY_GARBAGE:
        say(fd, "\x16\x03\x03\0\x06\x02\0\0\x02\xff\xff", 11);
        return true;
    case FAULTY_NOT:
    case FAULTY_RETRY:
    case FAULTY_RETRY_LEADS_AWAY:
    case FAULTY_HYBRID:
    case FAULTY_SILENT:
        break;
    }
    return false;
}

static bool keeps_silent(const struct faulty_tls_server *server, const char *bytes, size_t len)
{
    return server->fault == FAULTY_SILENT ||
           (server->fault == FAULTY_HYBRID && contains(bytes, len, "\0\x0a\0\x04\0\x02\x11\xec", 8));
}

static const char RETRY[] = "\xcf\x21\xad\x74\xe5\x9a\x61\x11";

/* True if the connection is over. *retried: a HelloRetryRequest went out. */
static bool flush(const struct faulty_tls_server *server, SSL *ssl, int fd, bool *retried)
{
    char chunk[CHUNK_BYTES];
    int len = 0;
    while ((len = BIO_read(SSL_get_wbio(ssl), chunk, sizeof chunk)) > 0) {
        bool is_retry = contains(chunk, (size_t)len, RETRY, 8);
        if (is_retry && server->fault == FAULTY_RETRY) {
            reset(fd);
            return true;
        }
        *retried = *retried || is_retry;
        say(fd, chunk, (size_t)len);
    }
    return false;
}

static void serve(struct faulty_tls_server *server, int fd)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char chunk[CHUNK_BYTES];
    bool counted = false;
    bool retried = false;
    SSL *ssl = SSL_new(server->context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl);
    for (;;) {
        ssize_t got = receive(server, fd, chunk);
        if (got <= 0) {
            break;
        }
        bool is_first = !counted;
        counted = true;
        if (is_first) {
            server->connections++;
        }
        if (keeps_silent(server, chunk, (size_t)got)) {
            continue;
        }
        if (retried && server->fault == FAULTY_RETRY_LEADS_AWAY) {
            reset(fd);
            break;
        }
        if (is_first && break_on_hello(server, fd, chunk, (size_t)got)) {
            break;
        }
        BIO_write(SSL_get_rbio(ssl), chunk, (int)got);
        if (SSL_do_handshake(ssl) == 1 && SSL_read(ssl, chunk, sizeof chunk) > 0) {
            SSL_write(ssl, answer, sizeof answer - 1);
        }
        ERR_clear_error();
        if (flush(server, ssl, fd, &retried)) {
            break;
        }
    }
    SSL_free(ssl);
}

static void *run(void *context)
{
    struct faulty_tls_server *server = context;
    for (;;) {
        struct pollfd ready[] = {{.fd = server->listener, .events = POLLIN},
                                 {.fd = server->stop_pipe[0], .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 || ready[1].revents != 0) {
            return NULL;
        }
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            serve(server, fd);
            close(fd);
        }
    }
}

struct faulty_tls_server *faulty_tls_server_start(enum faulty_tls fault)
{
    struct faulty_tls_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->fault = fault;
    server->context = make_context();
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0 || pipe(server->stop_pipe) != 0 ||
        pthread_create(&server->thread, NULL, run, server) != 0) {
        abort();
    }
    server->port = ntohs(address.sin_port);
    return server;
}

void faulty_tls_server_stop(struct faulty_tls_server *server)
{
    close(server->stop_pipe[1]);
    pthread_join(server->thread, NULL);
    close(server->stop_pipe[0]);
    close(server->listener);
    SSL_CTX_free(server->context);
    free(server);
}

uint16_t faulty_tls_server_port(const struct faulty_tls_server *server)
{
    return server->port;
}

unsigned faulty_tls_server_connections(struct faulty_tls_server *server)
{
    return server->connections;
}

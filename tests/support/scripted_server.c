#include "tests/support/scripted_server.h"

#include "tests/support/scripted_certificate.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, CERTIFICATES_MAX = 64 };

struct scripted_connection {
    struct scripted_server *server;
    unsigned number;
    int fd;
    SSL *ssl; /* NULL: plain */
    bool ended;
    pthread_t thread;
};

struct scripted_server {
    struct scripted_options options;
    struct scripted_tls tls;
    int listener;
    uint16_t port;
    SSL_CTX *context;
    pthread_t thread;
    pthread_mutex_t lock;
    struct scripted_connection *connections[CONNECTIONS_MAX];
    unsigned accepted, handshakes, open, most_open, requests;
    bool stopping;
    char name[256];
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "scripted server: %s failed\n", what);
        abort();
    }
}

static int note_name(SSL *ssl, int *alert, void *context)
{
    (void)alert;
    struct scripted_server *server = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    pthread_mutex_lock(&server->lock);
    snprintf(server->name, sizeof server->name, "%s", name != NULL ? name : "");
    pthread_mutex_unlock(&server->lock);
    return SSL_TLSEXT_ERR_OK;
}

static int staple(SSL *ssl, void *context)
{
    const struct scripted_server *server = context;
    size_t len = strlen(server->tls.stapled);
    unsigned char *copy = OPENSSL_malloc(len);
    must(copy != NULL, "memory");
    memcpy(copy, server->tls.stapled, len);
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)len);
    return SSL_TLSEXT_ERR_OK;
}

static int choose_http2(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                        unsigned in_len, void *unused)
{
    (void)ssl, (void)unused;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_len, (const unsigned char *)"\x02h2", 3, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
    (void)ok, (void)store;
    return 1;
}

/* Root, intermediate and leaf; returns the leaf. */
static X509 *issue_chain(struct scripted_server *server, EVP_PKEY *key)
{
    EVP_PKEY *root_key = scripted_key(false), *intermediate_key = scripted_key(false);
    X509 *root = scripted_issue(root_key, "scripted root", true, NULL, NULL);
    X509 *intermediate = scripted_issue(intermediate_key, "scripted intermediate", true, root, root_key);
    X509 *leaf = scripted_issue(key, "leaf", false, intermediate, intermediate_key);
    FILE *file = fopen(server->tls.root_path, "w");
    must(file != NULL && PEM_write_X509(file, root) == 1 && fclose(file) == 0, "writing the root");
    must(SSL_CTX_add_extra_chain_cert(server->context, intermediate) == 1, "adding the intermediate");
    X509_free(root);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(intermediate_key);
    return leaf;
}

static void set_identity(struct scripted_server *server)
{
    EVP_PKEY *key = scripted_key(server->tls.rsa);
    X509 *certificate = server->tls.root_path != NULL ? issue_chain(server, key) : scripted_certificate(key, "leaf");
    must(SSL_CTX_use_certificate(server->context, certificate) == 1, "using a certificate");
    must(SSL_CTX_use_PrivateKey(server->context, key) == 1, "using a key");
    for (unsigned i = 0; i < server->tls.further_certificates; i++) {
        char name[32];
        snprintf(name, sizeof name, "further %u", i);
        must(SSL_CTX_add_extra_chain_cert(server->context, scripted_certificate(key, name)) == 1,
             "adding a certificate");
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void set_up_tls(struct scripted_server *server)
{
    const struct scripted_tls *tls = &server->tls;
    SSL_CTX *context = server->context = SSL_CTX_new(TLS_server_method());
    must(context != NULL, "SSL_CTX_new");
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    must(SSL_CTX_set_min_proto_version(context, tls->version_min != 0 ? tls->version_min : TLS1_VERSION) == 1,
         "a version");
    must(SSL_CTX_set_max_proto_version(context, tls->version_max) == 1, "a version");
    must(tls->ciphers == NULL || SSL_CTX_set_cipher_list(context, tls->ciphers) == 1, "setting ciphers");
    must(tls->groups == NULL || SSL_CTX_set1_groups_list(context, tls->groups) == 1, "setting groups");
    must(tls->signatures == NULL || SSL_CTX_set1_sigalgs_list(context, tls->signatures) == 1, "setting signatures");
    if (tls->client_certificate != CLIENT_CERTIFICATE_NONE) {
        int more = tls->client_certificate == CLIENT_CERTIFICATE_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | more, accept_any);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    }
    if (tls->stapled != NULL) {
        SSL_CTX_set_tlsext_status_cb(context, staple);
        SSL_CTX_set_tlsext_status_arg(context, server);
    }
    if (tls->http2_only) {
        SSL_CTX_set_alpn_select_cb(context, choose_http2, NULL);
    }
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_tlsext_servername_callback(context, note_name);
    SSL_CTX_set_tlsext_servername_arg(context, server);
    set_identity(server);
}

static bool shake_hands(struct scripted_connection *connection)
{
    struct scripted_server *server = connection->server;
    if (server->context == NULL) {
        return true;
    }
    connection->ssl = SSL_new(server->context);
    must(connection->ssl != NULL && SSL_set_fd(connection->ssl, connection->fd) == 1, "SSL_new");
    if (SSL_accept(connection->ssl) != 1) {
        return false;
    }
    pthread_mutex_lock(&server->lock);
    server->handshakes++;
    pthread_mutex_unlock(&server->lock);
    return true;
}

static void *serve_connection(void *argument)
{
    struct scripted_connection *connection = argument;
    struct scripted_server *server = connection->server;
    if (shake_hands(connection)) {
        server->options.serve(connection, server->options.context);
        if (connection->ssl != NULL) {
            SSL_shutdown(connection->ssl);
        }
    }
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    pthread_mutex_lock(&server->lock);
    close(connection->fd);
    connection->fd = -1;
    server->open--;
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static void admit(struct scripted_server *server, int fd)
{
    struct scripted_connection *connection = calloc(1, sizeof *connection);
    must(connection != NULL, "memory");
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_mutex_lock(&server->lock);
    must(server->accepted < CONNECTIONS_MAX, "keeping fewer connections than its bound");
    connection->server = server;
    connection->number = server->accepted;
    connection->fd = fd;
    server->connections[server->accepted++] = connection;
    server->open++;
    server->most_open = server->open > server->most_open ? server->open : server->most_open;
    pthread_mutex_unlock(&server->lock);
    must(pthread_create(&connection->thread, NULL, serve_connection, connection) == 0, "making a thread");
}

static void *accept_all(void *argument)
{
    struct scripted_server *server = argument;
    sigset_t broken_pipe; /* only of this server's threads: the client's must cope alone */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            return NULL;
        }
        admit(server, fd);
    }
}

static void listen_on(struct scripted_server *server)
{
    const char *text = server->options.address != NULL ? server->options.address : "127.0.0.1";
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct sockaddr_in6 address6 = {.sin6_family = AF_INET6};
    bool six = strchr(text, ':') != NULL;
    struct sockaddr *any = six ? (struct sockaddr *)&address6 : (struct sockaddr *)&address;
    socklen_t len = six ? sizeof address6 : sizeof address;
    must(inet_pton(six ? AF_INET6 : AF_INET, text, six ? (void *)&address6.sin6_addr : (void *)&address.sin_addr) == 1,
         "reading an address");
    server->listener = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server->listener >= 0 && bind(server->listener, any, len) == 0 && listen(server->listener, 512) == 0,
         "listening");
    must(getsockname(server->listener, any, &len) == 0, "getsockname");
    server->port = ntohs(six ? address6.sin6_port : address.sin_port);
}

struct scripted_server *scripted_server_start(const struct scripted_options *options)
{
    struct scripted_server *server = calloc(1, sizeof *server);
    must(server != NULL, "memory");
    server->options = *options;
    pthread_mutex_init(&server->lock, NULL);
    if (options->tls != NULL) {
        server->tls = *options->tls;
        set_up_tls(server);
    }
    listen_on(server);
    must(pthread_create(&server->thread, NULL, accept_all, server) == 0, "making a thread");
    return server;
}

void scripted_server_stop(struct scripted_server *server)
{
    if (server == NULL) {
        return;
    }
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    shutdown(server->listener, SHUT_RDWR);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->accepted; i++) {
        if (server->connections[i]->fd >= 0) {
            shutdown(server->connections[i]->fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&server->lock);
    for (unsigned i = 0; i < server->accepted; i++) {
        pthread_join(server->connections[i]->thread, NULL);
        free(server->connections[i]);
    }
    SSL_CTX_free(server->context);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t scripted_server_port(const struct scripted_server *server)
{
    return server->port;
}

static unsigned read_count(struct scripted_server *server, const unsigned *count)
{
    pthread_mutex_lock(&server->lock);
    unsigned value = *count;
    pthread_mutex_unlock(&server->lock);
    return value;
}

unsigned scripted_server_accepted(struct scripted_server *server)
{
    return read_count(server, &server->accepted);
}

unsigned scripted_server_handshakes(struct scripted_server *server)
{
    return read_count(server, &server->handshakes);
}

unsigned scripted_server_open(struct scripted_server *server)
{
    return read_count(server, &server->open);
}

unsigned scripted_server_most_open(struct scripted_server *server)
{
    return read_count(server, &server->most_open);
}

unsigned scripted_server_requests(struct scripted_server *server)
{
    return read_count(server, &server->requests);
}

void scripted_server_name(struct scripted_server *server, char *name, size_t size)
{
    pthread_mutex_lock(&server->lock);
    snprintf(name, size, "%s", server->name);
    pthread_mutex_unlock(&server->lock);
}

static int read_some(struct scripted_connection *connection, void *bytes, size_t len)
{
    return connection->ssl != NULL ? SSL_read(connection->ssl, bytes, (int)len)
                                   : (int)recv(connection->fd, bytes, len, 0);
}

bool scripted_read_request(struct scripted_connection *connection, char *text, size_t size)
{
    size_t len = 0;
    while (len + 1 < size) {
        int got = read_some(connection, text + len, size - 1 - len);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        text[len] = '\0';
        if (strstr(text, "\r\n\r\n") != NULL) {
            pthread_mutex_lock(&connection->server->lock);
            connection->server->requests++;
            pthread_mutex_unlock(&connection->server->lock);
            return true;
        }
    }
    return false;
}

bool scripted_write(struct scripted_connection *connection, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        int put = connection->ssl != NULL ? SSL_write(connection->ssl, at, len > 1 << 20 ? 1 << 20 : (int)len)
                                          : (int)send(connection->fd, at, len, MSG_NOSIGNAL);
        if (put <= 0) {
            return false;
        }
        at += put;
        len -= (size_t)put;
    }
    return true;
}

bool scripted_write_text(struct scripted_connection *connection, const char *text)
{
    return scripted_write(connection, text, strlen(text));
}

void scripted_reset(struct scripted_connection *connection)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (connection->ssl != NULL) {
        SSL_set_quiet_shutdown(connection->ssl, 1);
    }
}

void scripted_hang(struct scripted_connection *connection)
{
    struct pollfd wait = {.fd = connection->fd, .events = POLLRDHUP};
    while (poll(&wait, 1, -1) >= 0 && (wait.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0) {
    }
}

unsigned scripted_connection_number(const struct scripted_connection *connection)
{
    return connection->number;
}

uint16_t scripted_closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
             getsockname(fd, (struct sockaddr *)&address, &len) == 0,
         "finding a port");
    close(fd);
    return ntohs(address.sin_port);
}

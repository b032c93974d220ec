/* A web server on loopback that does exactly what a test tells it, byte by byte; for tests of the fetcher and for
 * benchmarks. One thread a connection, blocking; certificates are made in memory.
 */
#ifndef ORIGINTLS_TESTS_SUPPORT_SCRIPTED_SERVER_H
#define ORIGINTLS_TESTS_SUPPORT_SCRIPTED_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scripted_server;
struct scripted_connection;

/* Serves one connection from its first byte (behind the TLS handshake where there is one) to its end. */
typedef void scripted_serve(struct scripted_connection *connection, void *context);

enum scripted_client_certificate { CLIENT_CERTIFICATE_NONE, CLIENT_CERTIFICATE_REQUESTED, CLIENT_CERTIFICATE_REQUIRED };

struct scripted_tls {
    int version_min, version_max;  /* as on the wire (0x0303); 0: any */
    const char *ciphers;           /* of TLS 1.2 and below; NULL: OpenSSL's default at security level 0 */
    const char *groups;            /* NULL: default */
    const char *signatures;        /* NULL: default */
    bool rsa;                      /* an RSA-2048 key instead of P-256 */
    unsigned further_certificates; /* sent behind the leaf */
    enum scripted_client_certificate client_certificate;
    const char *root_path; /* not NULL: leaf and intermediate under a private root, which is written here as PEM */
    const char *stapled;   /* sent as an OCSP response, whatever it is */
    bool http2_only;       /* ALPN: h2 or an alert */
};

struct scripted_options {
    const char *address; /* NULL: 127.0.0.1 */
    scripted_serve *serve;
    void *context;
    const struct scripted_tls *tls; /* NULL: no TLS */
};

/* Aborts the test program where the machine does not let it. */
struct scripted_server *scripted_server_start(const struct scripted_options *options);
void scripted_server_stop(struct scripted_server *server);
uint16_t scripted_server_port(const struct scripted_server *server);
/* TCP connections accepted so far, TLS handshakes completed, and connections open now. */
unsigned scripted_server_accepted(struct scripted_server *server);
unsigned scripted_server_handshakes(struct scripted_server *server);
unsigned scripted_server_open(struct scripted_server *server);
unsigned scripted_server_most_open(struct scripted_server *server);
/* Requests read by scripted_read_request. */
unsigned scripted_server_requests(struct scripted_server *server);
/* The server name of the last handshake; "" if there was none. */
void scripted_server_name(struct scripted_server *server, char *name, size_t size);

/* Reads up to the empty line; NUL-terminated. False at the end of the connection. */
bool scripted_read_request(struct scripted_connection *connection, char *text, size_t size);
/* False when the client is gone. */
bool scripted_write(struct scripted_connection *connection, const void *bytes, size_t len);
bool scripted_write_text(struct scripted_connection *connection, const char *text);
/* Ends with a reset instead of a good end. */
void scripted_reset(struct scripted_connection *connection);
/* Sleeps until the server is stopped or the client goes away. */
void scripted_hang(struct scripted_connection *connection);
/* Marks connections apart: 0, 1, 2, ... in the order in which they were accepted. */
unsigned scripted_connection_number(const struct scripted_connection *connection);

/* A port on 127.0.0.1 that nobody listens on. */
uint16_t scripted_closed_port(void);
/* Writes a fresh P-256 key and its self-signed certificate, PEM. */
void scripted_write_certificate(const char *certificate_path, const char *key_path);

#endif

/* The TLS side of a fetch: makes the edge's offer on a connection, and writes down what happens in its handshake.
 *
 * No trust store is touched and nothing is verified: a handshake costs what its cryptography costs, and an expired or
 * foreign certificate lets the transfer go on. The chain is recorded as it came.
 *
 * An observation belongs to the connection and to the fetch that opened it; whoever lets go last frees it.
 */
#ifndef ORIGINTLS_CRAWLER_FETCH_TLS_H
#define ORIGINTLS_CRAWLER_FETCH_TLS_H

#include "crawler/fetch.h"

struct fetch_tls_observation;

/* Sets an `SSL_CTX *` up for one connection to come and observes it. The observation has one reference for the caller;
 * NULL with `err` set. */
struct fetch_tls_observation *fetch_tls_observe(void *ssl_ctx, const struct fetch_client_certificate *certificate,
                                                struct err *err);
void fetch_tls_let_go(struct fetch_tls_observation *observation);

bool fetch_tls_completed(const struct fetch_tls_observation *observation);
/* A fatal alert came from the server, or it went away, after it had asked for a client certificate and got none. */
bool fetch_tls_wants_client_certificate(const struct fetch_tls_observation *observation);
/* The server takes none of the protocols that were offered by ALPN. */
bool fetch_tls_wants_other_protocol(const struct fetch_tls_observation *observation);
/* Bytes of the handshake, both ways. */
uint64_t fetch_tls_bytes(const struct fetch_tls_observation *observation);

/* Copies what was seen into `tls`, memory from `arena`. `observation` may be NULL: nothing began. 0, or -1 when out of
 * memory. */
int fetch_tls_report(const struct fetch_tls_observation *observation, struct fetch_tls *tls, struct arena *arena);

/* Why the handshake failed, as a sentence. `library_text` is what libcurl and OpenSSL say, perhaps empty. Appends to
 * `out`. */
void fetch_tls_explain(const struct fetch_tls_observation *observation, struct slice library_text, struct buf *out);
/* Lets an `SSL_CTX *` present the certificate with its chain where a server asks for one. */
bool fetch_tls_present(void *ssl_ctx, const struct fetch_client_certificate *certificate);
/* "handshake_failure"; NULL for a code that is not registered. */
const char *fetch_tls_alert_name(int alert);

#endif

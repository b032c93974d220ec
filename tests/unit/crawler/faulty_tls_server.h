/* A TLS server on loopback that breaks where real ones do; for tests of the probe. One thread, one connection at a
 * time. */
#ifndef ORIGINTLS_TESTS_UNIT_CRAWLER_FAULTY_TLS_SERVER_H
#define ORIGINTLS_TESTS_UNIT_CRAWLER_FAULTY_TLS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

enum faulty_tls {
    FAULTY_NOT,              /* OpenSSL as it is */
    FAULTY_SPLIT_HELLO,      /* resets unless the first read brings the whole hello */
    FAULTY_UNKNOWN_SHARE,    /* refuses a hello with a key share of an unknown group */
    FAULTY_RETRY,            /* resets in place of a HelloRetryRequest */
    FAULTY_RETRY_LEADS_AWAY, /* sends it, and resets when the second hello comes */
    FAULTY_TLS13,            /* resets when a hello speaks of TLS 1.3 */
    FAULTY_HYBRID,           /* keeps silent when a hello names X25519MLKEM768 */
    FAULTY_SILENT,           /* never says a word */
    FAULTY_RESET,            /* resets after any hello */
    FAULTY_CLOSE,            /* closes after any hello */
    FAULTY_ALERT,            /* handshake_failure after any hello */
    FAULTY_PLAIN_HTTP,       /* an HTTP answer after any hello */
    FAULTY_GARBAGE           /* bytes of a TLS record with nonsense in it */
};

struct faulty_tls_server;

struct faulty_tls_server *faulty_tls_server_start(enum faulty_tls fault);
void faulty_tls_server_stop(struct faulty_tls_server *server);
uint16_t faulty_tls_server_port(const struct faulty_tls_server *server);
/* Connections that brought at least one byte. */
unsigned faulty_tls_server_connections(struct faulty_tls_server *server);

#endif

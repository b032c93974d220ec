/* What can this server's TLS do? A handful of completed handshakes and hellos, one after the other, each over a
 * connection of its own that goes through the limiter.
 *
 * How much is asked is fixed before the first connection and never exceeded:
 *
 *     depth      handshakes  hellos   asked
 *     DEFAULT    2           7        what the edge negotiates; resumption; every version from SSL 3 to TLS 1.3;
 *                                     post-quantum; the name left out
 *     SCAN       3           24       and groups, legacy ciphers, the faults around large hellos
 *     ALL        8           24       and resumption of TLS 1.2, the client certificate
 *
 * A handshake counts when it is completed. A first handshake that fails is asked once more by a hello of the same
 * offer. One hello asks for several things at once where its answer tells of each: a server that refuses them together
 * refuses each of them, and what it picks it has. So a scan takes about a dozen hellos, and it stops after
 * a handshake or two hellos that were met with silence.
 */
#ifndef ORIGINTLS_CRAWLER_TLS_PROBE_H
#define ORIGINTLS_CRAWLER_TLS_PROBE_H

#include "crawler/handshake.h"
#include "crawler/hello_exchange.h"
#include "crawler/limiter.h"

enum tls_probe_depth { TLS_PROBE_DEFAULT, TLS_PROBE_SCAN, TLS_PROBE_ALL };

/* Completed handshakes and hellos at most. */
unsigned tls_probe_handshakes_max(enum tls_probe_depth depth);
unsigned tls_probe_hellos_max(enum tls_probe_depth depth);

#define TLS_PROBE_TIMEOUT_MS 10000

struct tls_probe_request {
    struct address address;
    uint16_t port;
    const char *hostname; /* of SNI and Host. The texts must stay where they are until the end */
    const char *sni;      /* another name for SNI; NULL: the hostname */
    const char *user_agent;
    enum tls_probe_depth depth;
    const struct fetch_client_certificate *client_certificate; /* NULL: none */
    struct limiter *limiter;                                   /* borrowed */
    struct limiter_bounds bounds;
    uint64_t seed;
    int64_t timeout_ms; /* for each connection; 0: TLS_PROBE_TIMEOUT_MS */
};

/* Yes, no, or not known: not asked, or the answer told nothing. */
enum tls_answer { TLS_UNKNOWN, TLS_NO, TLS_YES };

/* One question by hello, and how it ended: intolerance is told apart. */
struct tls_finding {
    enum tls_answer answer;
    bool asked;
    enum hello_outcome outcome;
    uint8_t alert;   /* of HELLO_REFUSED */
    uint16_t cipher; /* of HELLO_TAKEN */
};

enum tls_post_quantum {
    TLS_POST_QUANTUM_UNKNOWN,
    TLS_POST_QUANTUM_SUPPORTED, /* X25519MLKEM768: a HelloRetryRequest asked for it */
    TLS_POST_QUANTUM_NOT_SUPPORTED,
    TLS_POST_QUANTUM_BROKEN /* the server does not refuse it but breaks on it */
};

/* Faults that a client meets who offers post-quantum key exchange, as a set of bits. */
enum tls_fault {
    TLS_FAULT_SPLIT_CLIENT_HELLO = 1,         /* a hello that does not fit into one segment is not understood */
    TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST = 2, /* a HelloRetryRequest is not sent where it is due, or leads nowhere */
    TLS_FAULT_UNKNOWN_KEY_SHARE = 4           /* a key share of an unknown group is not ignored */
};

enum tls_sni {
    TLS_SNI_UNKNOWN,
    TLS_SNI_REQUIRED,         /* no handshake without the name */
    TLS_SNI_IGNORED,          /* the same certificate without the name */
    TLS_SNI_OTHER_CERTIFICATE /* another certificate without the name */
};

enum tls_client_certificate {
    TLS_CLIENT_CERTIFICATE_UNKNOWN,
    TLS_CLIENT_CERTIFICATE_NONE,
    TLS_CLIENT_CERTIFICATE_REQUESTED, /* asked for; the answer came without one, too */
    TLS_CLIENT_CERTIFICATE_REQUIRED   /* refused in the handshake, or behind it over HTTP, for want of one */
};

#define TLS_VERSIONS 5 /* SSL 3, TLS 1.0 to 1.3 */
#define TLS_GROUPS   4 /* X25519, P-256, P-384, P-521 */

extern const uint16_t tls_probe_versions[TLS_VERSIONS];
extern const uint16_t tls_probe_groups[TLS_GROUPS];

/* What was learnt. Owns its memory. */
struct tls_capabilities {
    bool completed;     /* a handshake succeeded as the edge would make it: the facts in `tls` */
    bool no_connection; /* `tcp` says why; nothing else was asked */
    enum tcp_outcome tcp;
    const char *detail;   /* why no handshake succeeded; NULL if one did */
    struct fetch_tls tls; /* of the first handshake: version, cipher, group, signature, alpn, chain, staple */
    uint64_t handshake_bytes_read, handshake_bytes_written;
    unsigned round_trips;
    struct tls_finding edge; /* the edge's offer as a hello; asked only where the handshake failed */
    struct tls_finding versions[TLS_VERSIONS];
    struct tls_finding groups[TLS_GROUPS];
    struct tls_finding static_rsa, triple_des, rc4;
    struct tls_finding hybrid;      /* X25519MLKEM768 alone, without a share */
    struct tls_finding large_hello; /* with a full-size share of X25519MLKEM768 before that of X25519, in two parts */
    struct tls_finding unknown_share;
    struct tls_finding retry; /* the edge's groups without a share */
    enum tls_post_quantum post_quantum;
    unsigned faults; /* enum tls_fault */
    enum tls_sni sni;
    enum tls_client_certificate client_certificate;
    enum tls_answer client_certificate_accepted; /* the given one; unknown where none was given or asked for */
    enum tls_answer resumption;                  /* as the edge would */
    enum tls_answer resumption_id, resumption_ticket, resumption_psk;
    unsigned handshakes; /* completed */
    unsigned hellos;     /* sent without the wish to complete */
    unsigned connections;
    uint64_t bytes;
    struct arena memory;
};

/* "supported", "not_supported", "broken"; NULL for unknown. The others likewise. */
const char *tls_post_quantum_name(enum tls_post_quantum value);
const char *tls_sni_name(enum tls_sni value);
const char *tls_client_certificate_name(enum tls_client_certificate value);
/* "split_client_hello", "broken_hello_retry_request", "unknown_key_share". */
const char *tls_fault_name(enum tls_fault fault);

typedef void tls_probe_done(void *context, struct tls_capabilities *capabilities);

struct tls_probe;

/* The callback is called once, from the loop, never from within; it may take the capabilities by copying the struct and
 * zeroing the original. Then the handle is dead. */
struct tls_probe *tls_probe_start(struct loop *loop, const struct tls_probe_request *request, tls_probe_done *done,
                                  void *context, struct err *err);
void tls_probe_cancel(struct tls_probe *probe);
void tls_capabilities_release(struct tls_capabilities *capabilities);

#endif

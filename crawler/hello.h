/* Asks a TLS server without speaking TLS: builds a ClientHello from an offer, and reads the first flight of the answer.
 *
 * What a server picks from an offer, or that it refuses, shows which versions, ciphers and groups it has. That needs no
 * cryptography on our side, so things can be asked that OpenSSL does not speak: SSL 3, RC4, 3DES, ML-KEM. The private
 * halves of the key shares are not kept, indeed do not exist: no handshake that begins here can ever be completed.
 *
 * Both halves are pure: bytes in, values out. Sources: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 6101 (SSL 3),
 * RFC 8422 (elliptic curves), RFC 7685 (padding), draft-ietf-tls-ecdhe-mlkem (X25519MLKEM768).
 */
#ifndef ORIGINTLS_CRAWLER_HELLO_H
#define ORIGINTLS_CRAWLER_HELLO_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

/* Versions as they stand on the wire. */
enum hello_version {
    HELLO_SSL3 = 0x0300,
    HELLO_TLS10 = 0x0301,
    HELLO_TLS11 = 0x0302,
    HELLO_TLS12 = 0x0303,
    HELLO_TLS13 = 0x0304
};

enum hello_group {
    HELLO_GROUP_NONE = 0,
    HELLO_P256 = 0x0017,
    HELLO_P384 = 0x0018,
    HELLO_P521 = 0x0019,
    HELLO_X25519 = 0x001d,
    HELLO_X25519MLKEM768 = 0x11ec,
    HELLO_UNKNOWN_GROUP = 0x2a2a /* of no meaning (GREASE, RFC 8701): every server must ignore it */
};

/* "TLSv1.3", "SSLv3"; NULL for what is none. */
const char *hello_version_name(uint16_t version);
/* "X25519MLKEM768"; NULL for one that is not known here. */
const char *hello_group_name(uint16_t group);
/* "TLS_RSA_WITH_3DES_EDE_CBC_SHA"; NULL for one that is not known here. */
const char *hello_cipher_name(uint16_t cipher);

#define HELLO_LIST_MAX 64

/* A list of code points, in the order of preference. */
struct hello_list {
    uint16_t codes[HELLO_LIST_MAX];
    size_t count;
};

struct hello_offer {
    uint16_t version_min; /* HELLO_SSL3 .. HELLO_TLS13 */
    uint16_t version_max; /* TLS 1.3 and above are offered in supported_versions */
    struct hello_list ciphers;
    struct hello_list groups;     /* none: no such extension. SSL 3 has no extensions at all */
    struct hello_list key_shares; /* of these groups; none with TLS 1.3: an empty list, which asks for a
                                   * HelloRetryRequest */
    struct hello_list signatures; /* none: no such extension */
    struct slice sni;             /* empty: no such extension. Never an IP literal */
    bool alpn_h2;                 /* offer h2 before http/1.1; else no such extension */
    bool ask_ocsp;                /* status_request */
    size_t pad_to_bytes;          /* the ClientHello is padded to this size; 0: not */
};

/* What the edge offers (crawler/edge_offer.h), with a key share for X25519. `sni` is borrowed. */
struct hello_offer hello_edge_offer(struct slice sni);

/* Appends the record of the ClientHello. What is random in it follows from the seed. 0, or -1 when the buffer failed or
 * the offer is too large for one record. */
int hello_build(const struct hello_offer *offer, uint64_t seed, struct buf *out);

/* What a server is answered that sent a HelloRetryRequest: the same offer and seed, with a key share of the group that
 * it wants, and its cookie. To be sent on the same connection. */
int hello_build_again(const struct hello_offer *offer, uint64_t seed, uint16_t group, struct slice cookie,
                      struct buf *out);

enum hello_answer_kind {
    HELLO_INCOMPLETE = 0, /* more bytes are needed; when none come: the server kept silent, or cut off */
    HELLO_SERVER_HELLO,
    HELLO_RETRY_REQUEST,
    HELLO_ALERT,    /* a fatal alert, or a warning that closes, in place of a ServerHello */
    HELLO_NOT_TLS,  /* something else: plain HTTP most likely */
    HELLO_MALFORMED /* records of TLS with nonsense in them, or more than LIMIT_HELLO_ANSWER_BYTES */
};

struct hello_answer {
    enum hello_answer_kind kind;
    uint8_t alert;    /* of HELLO_ALERT */
    bool plain_http;  /* of HELLO_NOT_TLS */
    uint16_t version; /* that was picked; 0 where there is no ServerHello, so below */
    uint16_t cipher;
    uint16_t group;           /* of the key share, of the HelloRetryRequest, or of the ServerKeyExchange of TLS 1.2 */
    uint16_t signature;       /* of the ServerKeyExchange of TLS 1.2 */
    struct slice alpn;        /* TLS 1.2 and below only; it is encrypted above. All slices point into the reader */
    struct slice cookie;      /* of the HelloRetryRequest */
    struct slice certificate; /* the first of the chain, DER; TLS 1.2 and below only */
    size_t chain_count;
    bool session_id;     /* the server gave a session id of its own; TLS 1.2 and below */
    bool session_ticket; /* the server promised a ticket; TLS 1.2 and below */
    bool extended_master_secret;
    bool secure_renegotiation;
    bool stapled;               /* a CertificateStatus came; TLS 1.2 and below */
    bool certificate_requested; /* TLS 1.2 and below */
    bool whole_flight;          /* up to ServerHelloDone; nothing more will come. TLS 1.3: up to the ServerHello */
};

/* Reads an answer as it comes, in pieces of any size; linear in time. At most LIMIT_HELLO_ANSWER_BYTES are kept. */
struct hello_reader {
    struct hello_answer answer; /* what is known so far; its slices are good until the next call */
    struct buf flight;          /* the handshake messages, without the records around them */
    uint8_t header[5];          /* of the record that is under way */
    size_t header_len;
    size_t record_left; /* bytes of it that are still to come */
    size_t read_to;     /* handshake messages before this place in `flight` are dealt with */
    uint8_t alert[2];
    size_t alert_len;
    struct hello_span {
        size_t at;
        size_t len;
    } alpn, cookie, certificate; /* in `flight` */
};

void hello_reader_init(struct hello_reader *reader);
void hello_reader_release(struct hello_reader *reader);
/* The next bytes. After anything but HELLO_INCOMPLETE and HELLO_SERVER_HELLO without `whole_flight`, further bytes are
 * ignored. */
void hello_reader_feed(struct hello_reader *reader, struct slice bytes);

#endif

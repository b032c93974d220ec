/* The TLS offer that the edge makes to an origin, in one place.
 *
 * A scanner that offers more than the edge finds origins fine that the edge cannot reach, and one that offers less
 * finds them broken. So the fetcher and the handshake probes both take their versions, ciphers, groups and signature
 * algorithms from these tables, in the order of the edge's preference. What Cloudflare's edge offers stands in its
 * documentation
 * ("Cipher suites", SSL/TLS, origin configuration): ECDHE with AES-GCM first, CBC and static RSA behind, no DHE.
 *
 * DES-CBC3-SHA, which that edge still sends to TLS 1.0 origins, is left out: today's OpenSSL cannot speak it.
 *
 * The offer goes with OpenSSL's security level 0, so that origins that only speak TLS 1.0 or sign with SHA-1 connect as
 * they would to the edge. Certificates are judged apart, at a level of their own.
 */
#ifndef ORIGINTLS_CRAWLER_EDGE_OFFER_H
#define ORIGINTLS_CRAWLER_EDGE_OFFER_H

#include "base/buf.h"

#include <stdint.h>

/* One code point of TLS (the IANA registries) and what OpenSSL calls it. */
struct edge_offer_entry {
    uint16_t code;
    const char *name;
};

struct edge_offer_list {
    const struct edge_offer_entry *entries;
    size_t count;
};

/* Versions of the protocol, as they stand on the wire. */
#define EDGE_OFFER_VERSION_MIN 0x0301 /* TLS 1.0 */
#define EDGE_OFFER_VERSION_MAX 0x0304 /* TLS 1.3 */

extern const struct edge_offer_list edge_offer_versions;      /* "TLSv1.3" first */
extern const struct edge_offer_list edge_offer_ciphers_tls13; /* of TLS 1.3 alone */
extern const struct edge_offer_list edge_offer_ciphers;       /* of TLS 1.2 and below */
extern const struct edge_offer_list edge_offer_groups;
extern const struct edge_offer_list edge_offer_signatures;

/* The security level that OpenSSL is told for the connection. */
#define EDGE_OFFER_SECURITY_LEVEL 0

/* The names of a list with ':' between them, as OpenSSL's configuration functions take it. */
void edge_offer_append_names(const struct edge_offer_list *list, struct buf *out);
/* The name of a code point in the list, or NULL. */
const char *edge_offer_name(const struct edge_offer_list *list, uint16_t code);

#endif

/* What a probe of an origin's TLS found, as a record keeps it. Pure. */
#ifndef ORIGINTLS_SCAN_TLS_FACTS_H
#define ORIGINTLS_SCAN_TLS_FACTS_H

#include "crawler/tls_probe.h"
#include "recommend/record.h"

/* A question by hello, under the name that reports give it. */
struct tls_asked {
    const char *name;
    const struct tls_finding *finding;
};

#define TLS_ASKED_MAX (TLS_VERSIONS + TLS_GROUPS + 8)

/* All of them, in order: the edge's offer, versions, groups, the hybrid, old ciphers, faults. How many. */
size_t tls_facts_asked(const struct tls_capabilities *found, struct tls_asked asked[TLS_ASKED_MAX]);

/* Texts go to the arena. 0, or -1 out of memory. Without a connection nothing is known, and nothing `seen`. */
int tls_facts_record(const struct tls_capabilities *found, struct arena *arena, struct tls_record *tls);

/* Adds what a probe found to what the handshakes that fetched content showed, which has precedence. */
void tls_facts_add(struct tls_record *content, const struct tls_record *probed);

#endif

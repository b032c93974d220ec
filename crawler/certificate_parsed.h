/* A chain of certificates that somebody has parsed already: the handshake has to, and doing it again would cost more
 * than all the judging. Says nothing that the bytes do not say; whoever has no such thing judges the bytes.
 */
#ifndef ORIGINTLS_CRAWLER_CERTIFICATE_PARSED_H
#define ORIGINTLS_CRAWLER_CERTIFICATE_PARSED_H

#include "base/limits.h"

#include <stddef.h>

struct x509_st; /* OpenSSL's X509 */

struct certificate_parsed {
    struct x509_st *certificates[LIMIT_CHAIN_CERTIFICATES]; /* as sent: the server's own first */
    size_t count;
};

/* Adds a reference to the certificate; what is beyond the bound is left out. */
void certificate_parsed_add(struct certificate_parsed *chain, struct x509_st *certificate);
/* References of their own to all of them. `to` is empty before. */
void certificate_parsed_copy(struct certificate_parsed *to, const struct certificate_parsed *from);
void certificate_parsed_release(struct certificate_parsed *chain);

#endif

/* Whom the edge trusts: the roots, and the revocation lists that it honours.
 *
 * A `struct trust` is read once, at start, and never changes afterwards: any number of threads may judge certificates
 * with it at once, without a lock. Nothing reads a root from disk again (loading Debian's bundle costs about 30 ms).
 *
 * A root in this sense is a self-signed certificate. An intermediate in a CA file is used to complete chains but ends
 * none: the edge has to trust what issued it.
 */
#ifndef ORIGINTLS_CRAWLER_TRUST_H
#define ORIGINTLS_CRAWLER_TRUST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Where the root at the end of a valid chain comes from; contract: `certificate.trust`. */
enum trust_kind {
    TRUST_NONE,      /* no trusted root was reached */
    TRUST_PUBLIC,    /* the system's roots */
    TRUST_ORIGIN_CA, /* Cloudflare's Origin CA: valid only for an edge that trusts it */
    TRUST_CUSTOM,    /* --ca-file or --ca-only */
    TRUST_PINNED     /* no root: this public key is pinned for this hostname */
};

/* "none", "public", "origin_ca", "custom", "pinned". */
const char *trust_kind_name(enum trust_kind kind);

/* Debian's bundle of public roots. */
#define TRUST_SYSTEM_FILE "/etc/ssl/certs/ca-certificates.crt"

struct trust_options {
    bool system;             /* the system's roots */
    bool origin_ca;          /* the two roots of the Origin CA, which are built in */
    const char *system_file; /* NULL: TRUST_SYSTEM_FILE */
    const char *ca_file;     /* PEM; these roots too. NULL: none */
    const char *ca_only; /* PEM; these roots and no others: system, origin_ca and ca_file do not count. NULL: none */
    const char *const *crl_files; /* PEM or DER, each with one list or more */
    size_t crl_file_count;
};

struct trust;

/* Reads everything. NULL with ERR_USAGE and one line that names the file: unreadable, a directory, empty, no
 * certificate in it, DER where PEM is meant, a private key in it (nothing of which is ever shown), a certificate or a
 * list that cannot be parsed. The system's roots missing is ERR_USAGE too. */
struct trust *trust_new(const struct trust_options *options, struct err *err);
void trust_free(struct trust *trust);

/* How many roots of one kind there are. */
size_t trust_root_count(const struct trust *trust, enum trust_kind kind);

/* The library that judges certificates and speaks TLS, with its version: "OpenSSL 3.0.17 1 Jul 2025". */
const char *trust_library_version(void);

#endif

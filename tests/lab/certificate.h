/* Certificates made in memory: an authority, an intermediate, and one leaf for each site as its row asks. */
#ifndef ORIGINTLS_TESTS_LAB_CERTIFICATE_H
#define ORIGINTLS_TESTS_LAB_CERTIFICATE_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/ssl.h>

enum certificate_kind {
    CERTIFICATE_VALID, /* P-256, for a year, leaf and intermediate sent */
    CERTIFICATE_VALID_RSA,
    CERTIFICATE_WILDCARD,     /* one label above the hostname */
    CERTIFICATE_CN_ONLY,      /* the hostname only as common name, no SAN */
    CERTIFICATE_EXPIRES_SOON, /* in three days */
    CERTIFICATE_SHUFFLED,     /* the root sent before the intermediate */
    CERTIFICATE_SELF_SIGNED,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_WRONG_NAME,
    CERTIFICATE_UNKNOWN_ROOT,         /* the whole chain sent, of an authority that nobody trusts */
    CERTIFICATE_UNKNOWN_ISSUER,       /* ... without its root */
    CERTIFICATE_MISSING_INTERMEDIATE, /* the leaf alone */
    CERTIFICATE_WEAK_KEY,             /* RSA 1024 */
    CERTIFICATE_WEAK_SIGNATURE,       /* SHA-1 */
    CERTIFICATE_EXPIRED_WRONG_NAME,
    CERTIFICATE_KINDS
};

struct authority;

/* `now_s` is what "not yet" and "expired" are counted from. NULL with err set on failure. */
struct authority *authority_new(int64_t now_s, struct err *err);
void authority_free(struct authority *authority);

/* Gives the context a new key and the chain of this kind for the hostname. */
int authority_equip(struct authority *authority, SSL_CTX *context, enum certificate_kind kind, const char *hostname,
                    struct err *err);
/* Appends the trusted root as PEM. */
int authority_root_pem(const struct authority *authority, struct buf *out, struct err *err);
/* Appends a client certificate and its key as PEM. */
int authority_client_pem(struct authority *authority, struct buf *out, struct err *err);
/* Makes the context accept clients with a certificate of this authority. */
int authority_verify_clients(const struct authority *authority, SSL_CTX *context, bool required, struct err *err);

#endif

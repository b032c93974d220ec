/* clang-format off */
/* Certificates for tests, made in memory from a line of text, at fixed times.
 *
 *     "R ca | I<R ca pathlen=0 | L<I san=DNS:www.example.com days=-10..80"
 *
 * One certificate between bars: its name, "<" and its issuer's name (without it: self-signed), then words. "~" stands for
 * a space in a value.
 *
 *     ca               basic constraints CA:TRUE (critical), key usage keyCertSign and cRLSign
 *     pathlen=N        with ca
 *     cn=TEXT          subject CN; the default is the certificate's name; "none" gives an empty subject
 *     san=LIST         subject alternative name in OpenSSL's config syntax; the default of a leaf is DNS:www.example.com;
 *                      "none" gives none
 *     days=A..B        validity in days from CHAIN_TIME_S; default -30..60 for a leaf, -3000..3000 for a ca
 *     key=KIND         p256 (default) p192 p224 p384 p521 secp256k1 ed25519 ed448 rsa1024 rsa2048 rsa3072 dsa1024
 *     samekey=NAME     the key of another certificate
 *     sign=DIGEST      sha256 (default) sha384 sha1 md5
 *     pss              RSA-PSS signature
 *     ext=NAME:VALUE   any extension in OpenSSL's config syntax; one that is there already is then given twice
 *     noaki noski nobasic noku    without that extension
 *     badsig           one bit of the signature is wrong
 *     badkey           an algorithm of the public key that nobody knows
 *     serial=HEX
 */
/* clang-format on */
#ifndef ORIGINTLS_TESTS_UNIT_CRAWLER_CHAIN_BUILDER_H
#define ORIGINTLS_TESTS_UNIT_CRAWLER_CHAIN_BUILDER_H

#include "base/slice.h"

#include <openssl/x509.h>
#include <stdint.h>

#define CHAIN_TIME_S ((int64_t)1767225600) /* 2026-01-01T00:00:00Z */
#define CHAIN_MAX    240

struct built {
    char name[24];
    X509 *certificate;
    EVP_PKEY *key;
    unsigned char *der;
    int der_len;
};

struct chain_set {
    struct built items[CHAIN_MAX];
    size_t count;
};

/* Fails the test on a text that it does not understand. */
void chain_build(struct chain_set *set, const char *text);
void chain_release(struct chain_set *set);
/* Frees the pool of keys that all sets share. */
void chain_release_keys(void);

struct built *chain_find(struct chain_set *set, const char *name);
struct slice chain_der(const struct built *built);

/* Writes the named certificates ("A B C") as PEM into a new temporary file; the path, to be unlinked and freed. */
char *chain_write_pem(struct chain_set *set, const char *names);

/* A revocation list of `issuer` ("I revokes=L,M days=-1..6 [reason=keyCompromise] [number=N] [signer=NAME]
 * [sign=DIGEST] [idp] [delta=N]"). The caller frees. */
X509_CRL *chain_revocation_list(struct chain_set *set, const char *text);

#endif

/* Inside of the certificate module: what its files share, in OpenSSL's types. Nothing outside of it includes this. */
#ifndef ORIGINTLS_CRAWLER_CERTIFICATE_X509_H
#define ORIGINTLS_CRAWLER_CERTIFICATE_X509_H

#include "base/buf.h"
#include "crawler/certificate.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* A certificate that the operator or the system gave. Only one that is self-signed ends a chain. */
struct trust_entry {
    X509 *certificate;
    enum trust_kind kind;
    bool is_root;
};

/* The entries whose subject is `subject`, in a row from *first on. Returns how many. */
size_t trust_entries_named(const struct trust *trust, const X509_NAME *subject, const struct trust_entry **first);
/* The entry that is this very certificate, or NULL. */
const struct trust_entry *trust_entry_of(const struct trust *trust, const X509 *certificate);
/* The revocation lists whose issuer is `issuer`, newest first, in a row from *first on. Returns how many. */
size_t trust_lists_named(const struct trust *trust, const X509_NAME *issuer, X509_CRL *const **first);

/* Takes one PEM block after the other out of `text`; anything between the blocks is skipped. */
enum pem_block { PEM_BLOCK_NONE, PEM_BLOCK_CERTIFICATE, PEM_BLOCK_CRL, PEM_BLOCK_OTHER };

struct pem_reader {
    BIO *bio;
    const char *path; /* for the messages */
};

int pem_reader_open(struct pem_reader *reader, const char *path, struct slice text, struct err *err);
void pem_reader_close(struct pem_reader *reader);
/* The next block. *der is to be freed by OPENSSL_free; NULL with PEM_BLOCK_NONE at the end. -1 with ERR_USAGE on a
 * private key or a block that is not base64. */
int pem_reader_next(struct pem_reader *reader, enum pem_block *block, unsigned char **der, long *der_len,
                    struct err *err);
/* ERR_USAGE that says why a file without any PEM block is no PEM file: empty, DER, or something else. */
int pem_file_useless(const char *path, struct slice content, const char *wanted, struct err *err);

/* Exactly one certificate, nothing behind it. NULL if it is not one. */
X509 *certificate_parse(struct slice der);
/* Seconds since 1970; INT64_MIN where the date is malformed. */
int64_t certificate_time_s(const ASN1_TIME *time);
/* "CN=R3, O=Let's Encrypt, C=US", safe for a terminal, at most `max` bytes; what is cut ends in "…". */
void certificate_append_name(struct buf *out, const X509_NAME *name, size_t max);
/* UTF-8 text made visible, cut to `max` bytes at a code point. */
void certificate_append_text(struct buf *out, struct slice text, size_t max);
/* "RSA 2048"; "" where the key cannot be used. */
void certificate_append_key(struct buf *out, const X509 *certificate);
/* "sha256WithRSAEncryption". */
void certificate_append_signature_algorithm(struct buf *out, const X509 *certificate);
/* SHA-256 of the SubjectPublicKeyInfo; false if there is none. */
bool certificate_spki_sha256(const X509 *certificate, uint8_t sha256[CERTIFICATE_PIN_BYTES]);
/* The caIssuers URL of the authority information access, "" if there is none. */
void certificate_append_aia(struct buf *out, const X509 *certificate, int method_nid, size_t max);

/* Fills facts from the certificate into the result's arena. */
int certificate_facts_fill(X509 *certificate, int64_t time_s, struct certificate_result *result);

/* How the hostname was found. */
enum certificate_name_found { NAME_FOUND_NOT, NAME_FOUND_SAN, NAME_FOUND_CN };

enum certificate_name_found certificate_find_name(const X509 *certificate, struct slice hostname);

/* One way from the first certificate towards a root. Borrows everything. */
struct certificate_path {
    X509 *members[LIMIT_CERTIFICATE_PATH_DEPTH];
    int link_error[LIMIT_CERTIFICATE_PATH_DEPTH]; /* X509_V_ERR of members[i] being issued by members[i + 1] */
    size_t len;
    const struct trust_entry *root; /* the last member, if it is trusted */
    bool ends_self_signed;
};

/* What is wrong, with a sentence for each. */
struct certificate_findings {
    certificate_problems problems;
    bool broken_signature;                   /* some member was not signed by the next one */
    size_t depth[CERTIFICATE_PROBLEM_COUNT]; /* of the member that the detail speaks of */
    const char *details[CERTIFICATE_PROBLEM_COUNT];
    struct arena *memory; /* borrowed */
};

/* Notes a problem of the member at `depth`; the detail of the lowest depth is kept. */
void certificate_note(struct certificate_findings *findings, enum certificate_problem problem, size_t depth,
                      const struct buf *detail);
void certificate_note_text(struct certificate_findings *findings, enum certificate_problem problem, size_t depth,
                           const char *detail);

/* Calls `visit` for each path, those to trusted roots first, until it returns true or the bounds are reached. */
typedef bool certificate_visit_path(void *context, const struct certificate_path *path);

void certificate_each_path(const struct trust *trust, X509 *const *sent, size_t sent_len, certificate_visit_path *visit,
                           void *context);

/* Validates one path by RFC 5280 at `time_s`, without names of hosts and without revocation. -1: no memory. */
int certificate_verify_path(const struct certificate_path *path, int64_t time_s, struct certificate_findings *findings);

/* Looks for every member but the root in the lists of its issuer. */
void certificate_check_lists(const struct certificate_path *path, const struct trust *trust, int64_t time_s,
                             struct certificate_findings *findings, bool *stale);

/* Reads the stapled response for the path's first certificate, whose issuer is the second member. */
enum certificate_ocsp certificate_check_staple(const struct certificate_path *path, struct slice staple, int64_t time_s,
                                               struct certificate_findings *findings);

#endif

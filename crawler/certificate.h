/* Would the edge accept this certificate in mode full_strict? A pure judgement: bytes and a time in, a verdict, its
 * reasons and facts out. No socket, no clock, no global.
 *
 * The chain is judged as a careful edge would judge it: RFC 5280 path validation by OpenSSL on the terms of security
 * level 2 (RSA and DSA below 2048 bits, EC below 224, MD5 and SHA-1 below the root are weak), purpose serverAuth, names
 * by RFC 6125/9525 with one concession that the edge makes too: a name only in the CN is accepted where there is no DNS
 * name in the SAN. X509_V_FLAG_X509_STRICT is not set: it rejects, over form, chains that every edge accepts (a CA
 * without a subject key identifier, a leaf without an authority key identifier, CA:TRUE that is not marked critical),
 * as private CAs made with a few lines of openssl produce them; its remaining checks concern CRLs and policies.
 *
 * All paths from the first certificate to a root are looked at, through what was sent and what is trusted, in any order
 * (bounded by LIMIT_CERTIFICATE_PATHS); the best one counts. So an expired or superfluous member of the sent chain does
 * not hide a good path.
 */
#ifndef ORIGINTLS_CRAWLER_CERTIFICATE_H
#define ORIGINTLS_CRAWLER_CERTIFICATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "crawler/certificate_parsed.h"
#include "crawler/trust.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may be wrong, in order of precedence: the verdict is the first that holds. */
enum certificate_problem {
    CERTIFICATE_PIN_MISMATCH,
    CERTIFICATE_REVOKED,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_NAME_MISMATCH,
    CERTIFICATE_SELF_SIGNED,      /* the first certificate is its own issuer, and not a trusted root */
    CERTIFICATE_CHAIN_INCOMPLETE, /* its issuer was neither sent nor is it known */
    CERTIFICATE_UNTRUSTED,        /* the chain leads to an issuer or root that is not trusted */
    CERTIFICATE_WEAK,
    CERTIFICATE_INVALID, /* anything else that is wrong: unparsable, bad signature, wrong purpose, constraints */
    CERTIFICATE_PROBLEM_COUNT
};

/* One bit for each problem: 1u << CERTIFICATE_EXPIRED. */
typedef uint32_t certificate_problems;

/* "expired": the verdict in JSON. CERTIFICATE_PROBLEM_COUNT gives "valid". */
const char *certificate_verdict_name(enum certificate_problem problem);
/* "certificate_expired": the blocker. */
const char *certificate_problem_code(enum certificate_problem problem);

#define CERTIFICATE_PIN_BYTES 32

/* SHA-256 of a SubjectPublicKeyInfo. */
struct certificate_pin {
    uint8_t sha256[CERTIFICATE_PIN_BYTES];
};

/* "sha256/BASE64" with the padding. 0, or -1. */
int certificate_pin_parse(struct slice text, struct certificate_pin *pin);

struct certificate_input {
    const struct slice *chain; /* DER, as sent: the server's own first. More than LIMIT_CHAIN_CERTIFICATES or
                                * LIMIT_CHAIN_BYTES are not looked at */
    size_t chain_len;
    const struct certificate_parsed *parsed; /* the very same, where the handshake has parsed them; else NULL */
    struct slice hostname;     /* lower case, A-labels, no trailing dot; or an IP literal without brackets */
    const struct trust *trust; /* borrowed */
    const struct certificate_pin
        *pins; /* if there are any, one of them must be the public key of the first certificate.
                * Then no chain is needed: self_signed, chain_incomplete, untrusted and the
                * faults of issuers do not count; dates, name, strength and revocation do */
    size_t pin_count;
    int64_t time_s;            /* seconds since 1970 */
    struct slice stapled_ocsp; /* DER OCSPResponse; empty: none was stapled */
};

/* What the stapled OCSP response says. Only `revoked` is a problem. */
enum certificate_ocsp {
    CERTIFICATE_OCSP_NONE, /* none stapled */
    CERTIFICATE_OCSP_GOOD,
    CERTIFICATE_OCSP_REVOKED, /* a stale response still revokes */
    CERTIFICATE_OCSP_UNKNOWN, /* the responder does not know the certificate */
    CERTIFICATE_OCSP_STALE,   /* good, but past its next update or from the future */
    CERTIFICATE_OCSP_UNUSABLE /* not parsable, not successful, for another certificate, or not signed by the issuer */
};

/* "none", "good", "revoked", "unknown", "stale", "unusable". */
const char *certificate_ocsp_name(enum certificate_ocsp ocsp);

/* What the first certificate says of itself. Texts are UTF-8 that is safe for a terminal, bounded, never NULL; "" where
 * there is nothing. */
struct certificate_facts {
    int64_t not_before_s; /* INT64_MIN where the certificate cannot be parsed or its date cannot */
    int64_t not_after_s;
    int64_t lifetime_s;       /* not_after - not_before; 0 where not known or negative */
    int64_t left_s;           /* until not_after; negative when expired */
    const char *const *names; /* DNS names and IP addresses of the SAN, or the CN where there is no DNS name in it */
    size_t name_count;        /* at most LIMIT_CERTIFICATE_NAMES */
    size_t names_total;       /* as many as there are */
    const char *subject;      /* "CN=www.example.com, O=Example" */
    const char *issuer;
    const char *serial;              /* hexadecimal, at most 64 digits */
    const char *key;                 /* "ECDSA P-256", "RSA 2048", "Ed25519" */
    const char *signature_algorithm; /* "ecdsa-with-SHA256" */
    const char *spki_sha256;         /* base64; "" where the certificate cannot be parsed */
    const char *aia_issuer_url;      /* where the issuer's certificate is to be had. Named, never fetched */
    const char *ocsp_url;
    bool must_staple; /* RFC 7633, status_request */
    bool is_ca;
};

struct certificate_result {
    certificate_problems problems;                  /* 0: valid */
    enum certificate_problem verdict;               /* the first problem; CERTIFICATE_PROBLEM_COUNT: valid */
    const char *details[CERTIFICATE_PROBLEM_COUNT]; /* a sentence for each problem that holds, else NULL */
    enum trust_kind trust; /* of the root that the best path reaches, whatever else is wrong with it */
    struct certificate_facts facts;
    enum certificate_ocsp ocsp;
    bool cn_only;        /* the hostname was found in the CN alone: warning certificate_cn_only */
    bool crl_stale;      /* a revocation list of an issuer in the path is past its next update */
    const char *root;    /* subject of the trusted root, else "" */
    size_t chain_sent;   /* certificates in the input */
    size_t path_len;     /* certificates of the best path, root included */
    struct arena memory; /* owns every text above */
};

/* Judges. A certificate's fault is never an error: -1 only for want of memory. `out` is initialised here and must be
 * released in any case. */
int certificate_judge(const struct certificate_input *in, struct certificate_result *out, struct err *err);
void certificate_result_release(struct certificate_result *result);

/* How early an expiry is `soon`: a share of the lifetime, but not less than a floor and not more than a ceiling of
 * days, so that 90 days and 15 years both make sense. The floor is never more than half of the lifetime. */
struct certificate_expiry_policy {
    double lifetime_share;
    int floor_days;
    int ceiling_days;
};

/* 0.15, 7 days, 30 days: soon is 13.5 days for a certificate of 90 days, 3 for one of 6, 30 for one of 15 years. */
#define CERTIFICATE_EXPIRY_POLICY_DEFAULT ((struct certificate_expiry_policy){0.15, 7, 30})

/* Seconds before not_after from which on the expiry is soon. */
int64_t certificate_expiry_threshold_s(int64_t lifetime_s, const struct certificate_expiry_policy *policy);
/* Not yet expired, but less left than that. */
bool certificate_expires_soon(const struct certificate_facts *facts, const struct certificate_expiry_policy *policy);

/* Does the certificate's name cover the hostname? `pattern` may begin with "*." and then stands for exactly one label
 * in that place; at least two labels must follow. ASCII letters in either case; nothing else is folded. */
bool certificate_name_matches(struct slice pattern, struct slice hostname);

/* A chain that was read from a file; owns its bytes. */
struct certificate_chain {
    struct slice certificates[LIMIT_CHAIN_CERTIFICATES]; /* DER */
    size_t count;
    struct arena memory;
};

/* Reads the CERTIFICATE blocks of a PEM file, "-" for standard input, in their order; only
 * LIMIT_CHAIN_CERTIFICATES are kept. Whether they parse as certificates is for the judgement to say. -1 with
 * ERR_USAGE and one line naming the file: unreadable, a directory, empty, DER, no certificate, a block that is not
 * base64, or a private key in it, of which nothing is ever shown. `out` must be released in any case. */
int certificate_read_pem(const char *path, struct certificate_chain *out, struct err *err);
void certificate_chain_release(struct certificate_chain *chain);

#endif

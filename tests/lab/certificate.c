#include "tests/lab/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define DAY_SECONDS 86400L

/* A certificate and its key. */
struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

struct authority {
    int64_t now_s;
    long serial;
    struct identity root;
    struct identity intermediate;
    struct identity foreign_root; /* trusted by nobody */
    struct identity foreign_intermediate;
    EVP_PKEY *rsa_2048; /* shared by all leaves that want RSA: making one takes long */
    EVP_PKEY *rsa_1024;
};

enum key_type { KEY_P256, KEY_RSA_2048, KEY_RSA_1024 };
enum issuer { ISSUER_INTERMEDIATE, ISSUER_FOREIGN, ISSUER_SELF };
enum naming { NAME_SAN, NAME_CN_ONLY, NAME_WILDCARD, NAME_OTHER };
enum sent { SENT_LEAF = 0, SENT_INTERMEDIATE = 1, SENT_ROOT = 2, SENT_ROOT_FIRST = 4 };

struct recipe {
    enum key_type key;
    enum issuer issuer;
    enum naming naming;
    unsigned sent; /* of enum sent, behind the leaf */
    int from_days; /* relative to now */
    int to_days;
    bool sha1;
};

static const struct recipe recipes[CERTIFICATE_KINDS] = {
    [CERTIFICATE_VALID] = {.sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_VALID_RSA] = {.key = KEY_RSA_2048, .sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_WILDCARD] = {.naming = NAME_WILDCARD, .sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_CN_ONLY] = {.naming = NAME_CN_ONLY, .sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_EXPIRES_SOON] = {.sent = SENT_INTERMEDIATE, .from_days = -87, .to_days = 3},
    [CERTIFICATE_SHUFFLED] = {.sent = SENT_INTERMEDIATE | SENT_ROOT_FIRST, .from_days = -30, .to_days = 335},
    [CERTIFICATE_SELF_SIGNED] = {.issuer = ISSUER_SELF, .from_days = -30, .to_days = 335},
    [CERTIFICATE_EXPIRED] = {.sent = SENT_INTERMEDIATE, .from_days = -100, .to_days = -10},
    [CERTIFICATE_NOT_YET_VALID] = {.sent = SENT_INTERMEDIATE, .from_days = 10, .to_days = 375},
    [CERTIFICATE_WRONG_NAME] = {.naming = NAME_OTHER, .sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_UNKNOWN_ROOT] = {.issuer = ISSUER_FOREIGN,
                                  .sent = SENT_INTERMEDIATE | SENT_ROOT,
                                  .from_days = -30,
                                  .to_days = 335},
    [CERTIFICATE_UNKNOWN_ISSUER] = {.issuer = ISSUER_FOREIGN,
                                    .sent = SENT_INTERMEDIATE,
                                    .from_days = -30,
                                    .to_days = 335},
    [CERTIFICATE_MISSING_INTERMEDIATE] = {.from_days = -30, .to_days = 335},
    [CERTIFICATE_WEAK_KEY] = {.key = KEY_RSA_1024, .sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335},
    [CERTIFICATE_WEAK_SIGNATURE] = {.sent = SENT_INTERMEDIATE, .from_days = -30, .to_days = 335, .sha1 = true},
    [CERTIFICATE_EXPIRED_WRONG_NAME] = {.naming = NAME_OTHER,
                                        .sent = SENT_INTERMEDIATE,
                                        .from_days = -100,
                                        .to_days = -10},
};

/* Our failure, with the reason that OpenSSL gives. */
static int openssl_failed(struct err *err, const char *doing)
{
    char reason[160] = "";
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    return err_set(err, ERR_INTERNAL, "%s: %s", doing, reason);
}

static void identity_release(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

static EVP_PKEY *key_new(struct authority *authority, enum key_type type)
{
    if (type == KEY_P256)
        return EVP_EC_gen("P-256");
    EVP_PKEY **shared = type == KEY_RSA_2048 ? &authority->rsa_2048 : &authority->rsa_1024;
    if (*shared == NULL)
        *shared = EVP_RSA_gen(type == KEY_RSA_2048 ? 2048u : 1024u);
    if (*shared != NULL && !EVP_PKEY_up_ref(*shared))
        return NULL;
    return *shared;
}

static bool extension_add(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension != NULL && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static bool subject_set(X509 *certificate, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Lab", -1, -1, 0) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
}

static bool lifetime_set(X509 *certificate, int64_t now_s, int from_days, int to_days)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(now_s + from_days * DAY_SECONDS)) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(now_s + to_days * DAY_SECONDS)) != NULL;
}

/* A certificate without extensions and signature; `identity->key` is there already. */
static bool draft(struct authority *authority, struct identity *identity, const struct identity *issuer,
                  const char *common_name, int from_days, int to_days)
{
    X509 *certificate = X509_new();
    identity->certificate = certificate;
    return certificate != NULL && X509_set_version(certificate, X509_VERSION_3) &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++authority->serial) &&
           lifetime_set(certificate, authority->now_s, from_days, to_days) && subject_set(certificate, common_name) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate)) &&
           X509_set_pubkey(certificate, identity->key);
}

/* An authority's certificate; signed by itself where issuer is the identity. */
static int make_authority(struct authority *authority, struct identity *identity, const struct identity *issuer,
                          const char *common_name, struct err *err)
{
    bool root = identity == issuer;
    identity->key = key_new(authority, KEY_P256);
    if (identity->key == NULL || !draft(authority, identity, issuer, common_name, -1000, 3650) ||
        !extension_add(identity->certificate, issuer->certificate, NID_basic_constraints,
                       root ? "critical,CA:TRUE" : "critical,CA:TRUE,pathlen:0") ||
        !extension_add(identity->certificate, issuer->certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !extension_add(identity->certificate, issuer->certificate, NID_subject_key_identifier, "hash") ||
        !X509_sign(identity->certificate, issuer->key, EVP_sha256()))
        return openssl_failed(err, "making the lab's authority");
    return 0;
}

struct authority *authority_new(int64_t now_s, struct err *err)
{
    struct authority *authority = calloc(1, sizeof *authority);
    if (authority == NULL) {
        err_memory(err);
        return NULL;
    }
    authority->now_s = now_s;
    if (make_authority(authority, &authority->root, &authority->root, "Lab Root", err) < 0 ||
        make_authority(authority, &authority->intermediate, &authority->root, "Lab Intermediate", err) < 0 ||
        make_authority(authority, &authority->foreign_root, &authority->foreign_root, "Foreign Root", err) < 0 ||
        make_authority(authority, &authority->foreign_intermediate, &authority->foreign_root, "Foreign Intermediate",
                       err) < 0) {
        authority_free(authority);
        return NULL;
    }
    return authority;
}

void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    identity_release(&authority->root);
    identity_release(&authority->intermediate);
    identity_release(&authority->foreign_root);
    identity_release(&authority->foreign_intermediate);
    EVP_PKEY_free(authority->rsa_2048);
    EVP_PKEY_free(authority->rsa_1024);
    free(authority);
}

/* The name that the certificate is for: the hostname, or one that does not cover it. */
static void name_for(const struct recipe *recipe, const char *hostname, struct buf *name)
{
    switch (recipe->naming) {
    case NAME_SAN:
    case NAME_CN_ONLY:
        buf_append_text(name, hostname);
        break;
    case NAME_WILDCARD:
        buf_append_byte(name, '*');
        buf_append_slice(name, slice_from(slice_of(hostname), slice_find_byte(slice_of(hostname), '.')));
        break;
    case NAME_OTHER:
        buf_append_text(name, "somebody-else.lab.test");
        break;
    }
}

static bool leaf_sign(const struct recipe *recipe, struct identity *leaf, const struct identity *issuer,
                      const char *name)
{
    struct buf alternative = {0};
    buf_printf(&alternative, "DNS:%s", name);
    bool done = extension_add(leaf->certificate, issuer->certificate, NID_basic_constraints, "critical,CA:FALSE") &&
                extension_add(leaf->certificate, issuer->certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
                extension_add(leaf->certificate, issuer->certificate, NID_subject_key_identifier, "hash") &&
                (recipe->issuer == ISSUER_SELF ||
                 extension_add(leaf->certificate, issuer->certificate, NID_authority_key_identifier, "keyid")) &&
                (recipe->naming == NAME_CN_ONLY ||
                 extension_add(leaf->certificate, issuer->certificate, NID_subject_alt_name, buf_text(&alternative))) &&
                X509_sign(leaf->certificate, issuer->key, recipe->sha1 ? EVP_sha1() : EVP_sha256());
    buf_release(&alternative);
    return done;
}

static int make_leaf(struct authority *authority, const struct recipe *recipe, const char *hostname,
                     struct identity *leaf, struct err *err)
{
    const struct identity *issuer = recipe->issuer == ISSUER_SELF      ? leaf
                                    : recipe->issuer == ISSUER_FOREIGN ? &authority->foreign_intermediate
                                                                       : &authority->intermediate;
    struct buf name = {0};
    name_for(recipe, hostname, &name);
    leaf->key = key_new(authority, recipe->key);
    bool made = leaf->key != NULL &&
                draft(authority, leaf, issuer, buf_text(&name), recipe->from_days, recipe->to_days) &&
                leaf_sign(recipe, leaf, issuer, buf_text(&name));
    buf_release(&name);
    return made ? 0 : openssl_failed(err, "making a leaf certificate");
}

static bool chain_add(SSL_CTX *context, const struct identity *identity)
{
    return SSL_CTX_add1_chain_cert(context, identity->certificate) == 1;
}

int authority_equip(struct authority *authority, SSL_CTX *context, enum certificate_kind kind, const char *hostname,
                    struct err *err)
{
    const struct recipe *recipe = &recipes[kind];
    bool foreign = recipe->issuer == ISSUER_FOREIGN;
    const struct identity *root = foreign ? &authority->foreign_root : &authority->root;
    const struct identity *intermediate = foreign ? &authority->foreign_intermediate : &authority->intermediate;
    struct identity leaf = {NULL, NULL};
    int result = make_leaf(authority, recipe, hostname, &leaf, err);
    if (result == 0 &&
        (SSL_CTX_use_certificate(context, leaf.certificate) != 1 || SSL_CTX_use_PrivateKey(context, leaf.key) != 1 ||
         ((recipe->sent & SENT_ROOT_FIRST) && !chain_add(context, root)) ||
         ((recipe->sent & SENT_INTERMEDIATE) && !chain_add(context, intermediate)) ||
         ((recipe->sent & SENT_ROOT) && !chain_add(context, root))))
        result = openssl_failed(err, "installing a certificate");
    identity_release(&leaf);
    return result;
}

static int bio_to_buf(BIO *bio, struct buf *out, struct err *err)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    return buf_append(out, data, (size_t)size) == 0 ? 0 : err_memory(err);
}

int authority_root_pem(const struct authority *authority, struct buf *out, struct err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = -1;
    if (bio == NULL || !PEM_write_bio_X509(bio, authority->root.certificate))
        openssl_failed(err, "writing the root as PEM");
    else
        result = bio_to_buf(bio, out, err);
    BIO_free(bio);
    return result;
}

int authority_client_pem(struct authority *authority, struct buf *out, struct err *err)
{
    struct identity client = {NULL, NULL};
    BIO *bio = BIO_new(BIO_s_mem());
    int result = make_leaf(authority, &recipes[CERTIFICATE_VALID], "edge.lab.test", &client, err);
    if (result == 0 && (bio == NULL || !PEM_write_bio_X509(bio, client.certificate) ||
                        !PEM_write_bio_X509(bio, authority->intermediate.certificate) ||
                        !PEM_write_bio_PrivateKey(bio, client.key, NULL, NULL, 0, NULL, NULL)))
        result = openssl_failed(err, "writing the client certificate as PEM");
    if (result == 0)
        result = bio_to_buf(bio, out, err);
    BIO_free(bio);
    identity_release(&client);
    return result;
}

int authority_verify_clients(const struct authority *authority, SSL_CTX *context, bool required, struct err *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    if (X509_STORE_add_cert(store, authority->root.certificate) != 1 ||
        SSL_CTX_add_client_CA(context, authority->root.certificate) != 1)
        return openssl_failed(err, "trusting clients");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    static const unsigned char session_context[] = "lab";
    SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1);
    return 0;
}

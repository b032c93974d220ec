#include "tests/support/scripted_certificate.h"

#include "tests/support/scripted_server.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "scripted certificate: %s failed\n", what);
        abort();
    }
}

EVP_PKEY *scripted_key(bool rsa)
{
    EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    must(key != NULL, "making a key");
    return key;
}

static void add_extension(X509 *certificate, X509 *issuer, int id, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer != NULL ? issuer : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1, "adding an extension");
    X509_EXTENSION_free(extension);
}

X509 *scripted_issue(EVP_PKEY *key, const char *common_name, bool is_ca, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    must(certificate != NULL, "X509_new");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 90);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, issuer != NULL ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(certificate, key);
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (issuer != NULL) {
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    }
    if (is_ca) {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(certificate, issuer, NID_subject_alt_name, "DNS:localhost,DNS:site.test,DNS:*.test");
    }
    must(X509_sign(certificate, issuer_key != NULL ? issuer_key : key, EVP_sha256()) > 0, "signing a certificate");
    return certificate;
}

X509 *scripted_certificate(EVP_PKEY *key, const char *common_name)
{
    return scripted_issue(key, common_name, false, NULL, NULL);
}

void scripted_write_certificate(const char *certificate_path, const char *key_path)
{
    EVP_PKEY *key = scripted_key(false);
    X509 *certificate = scripted_certificate(key, "client");
    FILE *certificate_file = fopen(certificate_path, "w"), *key_file = fopen(key_path, "w");
    must(certificate_file != NULL && key_file != NULL, "opening a file");
    must(PEM_write_X509(certificate_file, certificate) == 1, "writing a certificate");
    must(PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL) == 1, "writing a key");
    fclose(certificate_file);
    fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

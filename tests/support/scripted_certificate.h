/* Keys and self-signed certificates for the scripted server. */
#ifndef ORIGINTLS_TESTS_SUPPORT_SCRIPTED_CERTIFICATE_H
#define ORIGINTLS_TESTS_SUPPORT_SCRIPTED_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

EVP_PKEY *scripted_key(bool rsa);
/* For the names localhost, site.test and *.test; the common name tells one from another. */
X509 *scripted_certificate(EVP_PKEY *key, const char *common_name);
/* The same, signed by an issuer; NULL: by itself. */
X509 *scripted_issue(EVP_PKEY *key, const char *common_name, bool is_ca, X509 *issuer, EVP_PKEY *issuer_key);

#endif

#include "crawler/certificate_parsed.h"

#include <openssl/x509.h>

void certificate_parsed_add(struct certificate_parsed *chain, struct x509_st *certificate)
{
    if (chain->count < LIMIT_CHAIN_CERTIFICATES && X509_up_ref(certificate) == 1) {
        chain->certificates[chain->count++] = certificate;
    }
}

void certificate_parsed_copy(struct certificate_parsed *to, const struct certificate_parsed *from)
{
    for (size_t i = 0; i < from->count; i++) {
        certificate_parsed_add(to, from->certificates[i]);
    }
}

void certificate_parsed_release(struct certificate_parsed *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        X509_free(chain->certificates[i]);
    }
    chain->count = 0;
}

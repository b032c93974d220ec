/* The table of chains for test_certificate.c: one sentence a row, certificates in the language of chain_builder.h. */
#ifndef ORIGINTLS_TESTS_UNIT_CRAWLER_CERTIFICATE_ROWS_H
#define ORIGINTLS_TESTS_UNIT_CRAWLER_CERTIFICATE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* How `openssl verify` is asked so that it answers the question that we answer. */
enum openssl_question {
    OPENSSL_AS_IT_IS,      /* all that was sent and trusted, the name, the lists: at once */
    OPENSSL_PATH_BY_PATH,  /* it follows the first issuer that it finds and does not go back: also with one certificate
                            * of those sent left out, and with each trusted one alone */
    OPENSSL_NAME_RFC_9525, /* its command line has no word for "a wildcard is a whole label": X509_check_host has */
    OPENSSL_CERTIFICATE_BY_CERTIFICATE, /* it looks for the trusted root in lists, too: each of those sent alone */
    OPENSSL_LIST_BY_LIST,               /* it looks into one list of an issuer alone: each list alone */
    OPENSSL_UNDECIDED /* it finds no list that it could use, and has no opinion whether the certificate is revoked;
                       * without lists it agrees */
};

struct certificate_row {
    const char *sentence;
    const char *certificates; /* to be built */
    const char *sent;         /* names in the order sent */
    const char *trusted;      /* names; "" for none */
    const char *problems;     /* all that hold, verdict first: "expired name_mismatch"; "" for valid */
    const char *host;         /* NULL: www.example.com */
    const char *lists;        /* revocation lists between bars; NULL: none */
    const char *detail;       /* a part of the verdict's sentence */
    const char *pins;         /* names of certificates whose keys are pinned; NULL: none */
    enum openssl_question openssl;
    int at_s; /* seconds after CHAIN_TIME_S */
    bool cn_only;
    bool list_stale;
};

extern const struct certificate_row certificate_rows[];
extern const size_t certificate_row_count;

#endif

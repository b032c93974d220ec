/* The table of chains for test_certificate.c: one sentence a row, certificates in the language of chain_builder.h. */
#ifndef ORIGINTLS_TESTS_UNIT_CRAWLER_CERTIFICATE_ROWS_H
#define ORIGINTLS_TESTS_UNIT_CRAWLER_CERTIFICATE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

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
    const char *differs;      /* why `openssl verify` must say otherwise; NULL: it must agree */
    int at_s;                 /* seconds after CHAIN_TIME_S */
    bool cn_only;
    bool list_stale;
};

extern const struct certificate_row certificate_rows[];
extern const size_t certificate_row_count;

#endif

/* One row of the table: a hostname on an origin, with all that makes it behave. */
#ifndef ORIGINTLS_TESTS_LAB_SITE_H
#define ORIGINTLS_TESTS_LAB_SITE_H

#include "tests/lab/answer.h"
#include "tests/lab/certificate.h"
#include "tests/lab/lab.h"

enum port_behaviour {
    PORT_SERVES,
    PORT_CLOSED, /* bound, but refuses */
    PORT_SILENT, /* a full backlog: SYNs are not answered */
    PORT_HANGS,  /* accepts, and never says a word */
    PORT_STALLS, /* reads the ClientHello, sends the head of a TLS record, and falls silent */
    PORT_ALERTS, /* answers every ClientHello with a fatal alert */
    PORT_PLAIN   /* of the HTTPS port: speaks HTTP without TLS */
};

enum client_certificate { CLIENT_NOT_ASKED, CLIENT_REQUESTED, CLIENT_REQUIRED };

struct site_tls {
    enum certificate_kind certificate;
    int min_version;     /* as in TLS1_2_VERSION; 0: TLS 1.2 */
    int max_version;     /* 0: TLS 1.3 */
    const char *ciphers; /* OpenSSL's cipher list up to TLS 1.2; NULL: OpenSSL's own */
    enum client_certificate client;
    bool needs_sni; /* a hello without the right server name gets a fatal alert */
};

struct site {
    struct lab_site about;
    struct content content; /* zeroed: the large harbour site */
    struct content other;   /* of answer_other_site; zeroed: the large workshop site */
    enum port_behaviour http_port;
    enum port_behaviour https_port;
    answer_fn *http;  /* NULL: answer_site */
    answer_fn *https; /* NULL: answer_site */
    struct site_tls tls;
};

extern const struct site sites[];
extern const size_t sites_count;

/* The name of the origin that serves the site. */
const char *site_origin(const struct site *site);

#endif

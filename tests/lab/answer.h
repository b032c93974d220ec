/* What an origin answers to one request: each behaviour is one function over values, without a socket. */
#ifndef ORIGINTLS_TESTS_LAB_ANSWER_H
#define ORIGINTLS_TESTS_LAB_ANSWER_H

#include "tests/lab/content.h"

struct site;

struct request {
    const struct site *site; /* the row that the Host header picked */
    bool https;              /* it came to the HTTPS port with TLS or, on a port that speaks none, without */
    struct slice method;
    struct slice path; /* with its query, as sent */
    struct slice host;
    struct slice user_agent;
    struct slice forwarded_proto; /* X-Forwarded-Proto */
    struct slice cookie;
    struct slice accept_encoding;
    bool client_certificate; /* the client proved one */
    uint64_t serial;         /* of this request at this origin, both ports together, from 1 */
    uint64_t https_serial;   /* of this request among those of the HTTPS port, from 1; 0 on the other */
    struct rng *rng;         /* for noise */
    const char *canary_url;  /* "http://127.77.N.1:PORT" of an origin that nobody may contact */
};

enum framing {
    FRAMING_LENGTH,  /* Content-Length */
    FRAMING_CHUNKED, /* one chunk, or one for each repetition of `block` */
    FRAMING_CLOSE,   /* HTTP/1.0; the end of the connection ends the body */
    FRAMING_RAW      /* `body` is all that is sent, status line included */
};

/* A zeroed struct with status 200 is an empty answer. */
struct response {
    int status;
    const char *type;   /* Content-Type; NULL: none */
    struct buf headers; /* further lines, each with CR LF */
    struct buf body;
    enum framing framing;
    struct buf block;        /* sent `block_times` times behind the body */
    uint64_t block_times;    /* UINT64_MAX: endlessly */
    uint64_t content_length; /* with FRAMING_LENGTH: claimed instead of the true one, unless 0 */
    unsigned drip_ms;        /* send one byte, then wait this long; 0: as fast as it goes */
    bool close;              /* close the connection behind it */
    bool reset;              /* ... with a TCP reset */
    bool stall;              /* ... or never: send no more and leave it open */
};

void response_init(struct response *response);
void response_release(struct response *response);
/* Appends all that is sent before the first block: status line, headers, body in its framing. */
void response_serialize(const struct response *response, struct buf *out);

typedef void answer_fn(const struct request *request, struct response *response);

/* Ordinary behaviours: answers.c. Where nothing else is said, /robots.txt and unknown paths are answered with 404. */
answer_fn answer_site;                     /* the site's content */
answer_fn answer_site_noisy;               /* ... with what changes per load */
answer_fn answer_site_follow_scheme;       /* ... with absolute links of the scheme that was asked */
answer_fn answer_site_http_resources;      /* ... with http:// resources */
answer_fn answer_site_resources_opposite;  /* ... with https:// resources over http and http:// ones over https */
answer_fn answer_forbidden_folders;        /* the site, 403 for folders */
answer_fn answer_cookie_test;              /* redirects once to another URL with each load, then the site */
answer_fn answer_prices;                   /* the site with a table of prices */
answer_fn answer_prices_with_tax;          /* ... and with others */
answer_fn answer_untyped_assets;           /* no Content-Type for scripts and style sheets */
answer_fn answer_no_content;               /* 204 */
answer_fn answer_partial_content;          /* 206, half of each document */
answer_fn answer_site_calendar;            /* ... and an endless calendar */
answer_fn answer_site_sessions;            /* ... with a session id in every link */
answer_fn answer_site_archives;            /* ... with a relative link to a page that is everywhere */
answer_fn answer_site_hsts;                /* ... with Strict-Transport-Security */
answer_fn answer_site_gzip;                /* ... compressed, if the client takes gzip */
answer_fn answer_site_chunked;             /* ... in chunks */
answer_fn answer_site_closing;             /* ... over HTTP/1.0, a connection for each */
answer_fn answer_site_meta_refresh;        /* ... which over https is a page that refreshes to /moved */
answer_fn answer_random_pages;             /* another text with every load */
answer_fn answer_other_site;               /* the site's `other` content */
answer_fn answer_welcome_everywhere;       /* a web server's page of the first start, on every path */
answer_fn answer_welcome_home;             /* ... on the home page; 404 elsewhere */
answer_fn answer_soft_404;                 /* the home page is right, everything else a "not found" page with 200 */
answer_fn answer_empty;                    /* 200 and nothing */
answer_fn answer_products_404;             /* the site, but 404 below /products */
answer_fn answer_news_500;                 /* the site, but 500 below /news */
answer_fn answer_api_502;                  /* the site, but 502 below /api */
answer_fn answer_docs_500;                 /* the site, but 500 below /docs */
answer_fn answer_500;                      /* 500 to everything */
answer_fn answer_503;                      /* 503 to everything */
answer_fn answer_503_for_a_while;          /* 503 with Retry-After: 1 to the first four https requests, then the site */
answer_fn answer_429_for_a_while;          /* 429 with Retry-After: 1 to requests 9 to 12, then the site */
answer_fn answer_403;                      /* 403 to everything */
answer_fn answer_403_to_our_agent;         /* 403 to the scanner, the site to everybody else */
answer_fn answer_challenge;                /* 403 with a page that wants a browser to prove itself */
answer_fn answer_401;                      /* 401 with JSON to everything */
answer_fn answer_401_below_v1;             /* a documentation page, and 401 with JSON for the endpoints */
answer_fn answer_robots_forbids_us;        /* the site, and a robots.txt that names the scanner */
answer_fn answer_robots_forbids_others;    /* the site, and a robots.txt that forbids everything to `*` */
answer_fn answer_redirect_https;           /* 301 to https of the same URL */
answer_fn answer_redirect_https_home;      /* 301 to the https home page */
answer_fn answer_redirect_https_forwarded; /* ... to https of the same URL if the visitor came by http, else the site */
answer_fn answer_redirect_http;            /* 301 to http of the same URL */
answer_fn answer_redirect_self;            /* 302 to the same URL */
answer_fn answer_docs_redirect_self;       /* the site, but 302 to the same URL below /docs */
answer_fn answer_redirect_www;             /* 301 to the same scheme and path on www.ZONE */
answer_fn answer_redirect_canary;          /* 302 to an address outside the plan */
answer_fn answer_login_wall;               /* 302 to /login for all pages but that */
answer_fn answer_consent_wall;             /* 302 to /consent without a cookie, but for the home page */
answer_fn answer_certificate_missing;      /* 400 "No required SSL certificate was sent" without one, else the site */

/* Hostile or broken ones: answers_hostile.c. */
answer_fn answer_endless;              /* a body without end */
answer_fn answer_bomb;                 /* gzip that unpacks to more than a gigabyte */
answer_fn answer_many_headers;         /* 10,000 header lines */
answer_fn answer_drip;                 /* the site, one byte every quarter of a second */
answer_fn answer_huge_attribute;       /* the site, and a page with an attribute of 1 MB */
answer_fn answer_nul_bytes;            /* the site, and a page with NUL bytes all over it */
answer_fn answer_deep_nesting;         /* the site, and a page of 100,000 nested elements */
answer_fn answer_broken_chunks;        /* a chunk size that is none, in mid body */
answer_fn answer_cut_off;              /* half of the body that was announced, then the end of the connection */
answer_fn answer_claims_100_megabytes; /* 100,000,000 bytes announced, 1,000 sent, then silence */
answer_fn answer_bad_status_line;      /* no HTTP status line */
answer_fn answer_nothing;              /* the connection is closed without an answer */
answer_fn answer_reset_after_twenty;   /* the site, but a TCP reset from the 21st https request on */

#endif

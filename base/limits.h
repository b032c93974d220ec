/* Every ceiling of the program, in one list.
 *
 * Whatever an origin, a file or a database can make large has its bound here and nowhere else. Each name ends in its
 * unit where it has one. A test reaches every one of them (tests/unit/ .../test_limits_*.c or the test of the module).
 */
#ifndef ORIGINTLS_BASE_LIMITS_H
#define ORIGINTLS_BASE_LIMITS_H

/* One response. */
#define LIMIT_BODY_BYTES             (1u << 20) /* decoded; what exceeds it is cut and counts as `truncated` */
#define LIMIT_BODY_WIRE_BYTES        (2u << 20) /* as it came over the wire */
#define LIMIT_HEADER_BYTES           (64u << 10) /* all header lines of one response together */
#define LIMIT_HEADER_COUNT           200
#define LIMIT_HEADER_VALUE_BYTES     8192
#define LIMIT_REDIRECT_HOPS          10   /* of one journey */
#define LIMIT_CHAIN_CERTIFICATES     20   /* sent by a server; more are not read */
#define LIMIT_CHAIN_BYTES            (256u << 10)
/* Different chains that are judged for one origin. */
#define LIMIT_CHAINS_PER_ORIGIN      8
#define LIMIT_CERTIFICATE_NAMES      300 /* names of one certificate that are kept */
#define LIMIT_CERTIFICATE_PATHS      16  /* ways from a certificate to a root that are looked at */
#define LIMIT_CERTIFICATE_PATH_DEPTH 12 /* certificates from the leaf to the root, both included */
#define LIMIT_OCSP_BYTES             (64u << 10) /* a stapled response */
#define LIMIT_OCSP_SINGLE_RESPONSES  32
#define LIMIT_HELLO_ANSWER_BYTES     (128u << 10) /* of the first flight of a server that was only asked */

/* Names. */
#define LIMIT_HOSTNAME_BYTES         253
#define LIMIT_URL_BYTES              2048
#define LIMIT_DETAIL_BYTES           400 /* the human sentence of a blocker or warning */

/* One page. */
#define LIMIT_LINKS_PER_PAGE         5000
#define LIMIT_HTML_DEPTH             512
#define LIMIT_HTML_ATTRIBUTE_BYTES   (64u << 10)
#define LIMIT_SHINGLES_PER_PAGE      200000
#define LIMIT_RESOURCES_PER_PAGE     2000
#define LIMIT_HTML_ATTRIBUTES        256    /* of one tag; more are dropped, or end the search for links in the page */
#define LIMIT_NOISE_ELEMENTS         200000 /* of one hostname on one origin */

/* robots.txt and sitemaps. */
#define LIMIT_ROBOTS_BYTES           (512u << 10) /* RFC 9309 asks for at least 500 KiB */
#define LIMIT_ROBOTS_RULES           4000
#define LIMIT_SITEMAPS               8
#define LIMIT_SITEMAP_BYTES          (8u << 20) /* unpacked */
#define LIMIT_SITEMAP_URLS           10000

/* One zone scan. */
#define LIMIT_ZONE_HOSTNAMES         1000
#define LIMIT_HOSTNAME_ORIGINS       8
#define LIMIT_PAIRS_PER_HOSTNAME     1000 /* --pairs may not ask for more */
#define LIMIT_CANDIDATES_PER_HOST    20000 /* URLs that the frontier keeps */
#define LIMIT_STRATA_PER_HOST        512
#define LIMIT_SHAPES_PER_SEGMENT     32 /* of one kind and first path segment */
#define LIMIT_CANDIDATES_PER_STRATUM 2000
#define LIMIT_DATED_PER_STRATUM      60 /* URLs that differ in a date */
#define LIMIT_VARIANTS_PER_PATH      100 /* queries to one path */
#define LIMIT_PATH_SEGMENTS          16
#define LIMIT_QUERY_PARAMETERS       8
#define LIMIT_CRAWL_PAGES            40 /* pages fetched only to find links */
#define LIMIT_FURTHER_ORIGIN_PAIRS   20
#define LIMIT_SCAN_SECONDS           3600 /* of a zone, and for each hostname of it so much more: */
#define LIMIT_SCAN_HOSTNAME_SECONDS  60
#define LIMIT_INTERRUPT_GRACE_MS     5000 /* an interrupted scan waits so long for what is in flight */
#define LIMIT_RETRY_AFTER_SECONDS    300 /* a longer wait leaves the scan incomplete instead */
#define LIMIT_REST_SECONDS           86400 /* Retry-After that is remembered over scans; a longer one counts as this */
#define LIMIT_RESTS                  256 /* addresses with one that are noted at a time */
#define LIMIT_RETRIES_PER_PAIR       3
#define LIMIT_HOSTNAMES_AT_ONCE      32 /* of one zone; the others wait */
#define LIMIT_FINDINGS_PER_CODE      20 /* blockers, or warnings, of one code and origin that are listed; the rest is counted */

/* A fleet. */
#define LIMIT_FLEET_LOOPS             64
#define LIMIT_FLEET_ZONES_PER_LOOP    1000 /* in flight */
#define LIMIT_FLEET_ZONES_PER_ADDRESS 8    /* in flight, by the lowest address of the zone */
#define LIMIT_FLEET_CROWDED           1024 /* addresses whose zones beyond the first wait while others are due */
#define LIMIT_FLEET_WAITING_PER_ADDRESS 256 /* zones that have it beside their lowest address, and wait for a place */
#define LIMIT_FLEET_ADDRESSES_PER_ZONE 64 /* different ones that are watched over; the limiter knows all */
#define LIMIT_FLEET_GRACE_MS          10000 /* a run that is stopped lets zones in flight end for so long */
#define LIMIT_FLEET_STORE_PATIENCE_S  60 /* a store that takes nothing is tried again for so long */
#define LIMIT_FLEET_NETWORK_PATIENCE_S 60 /* a run without a network waits so long for one */
#define LIMIT_FLEET_GROUP             256 /* results in one transaction */

/* The event loop. */
#define LIMIT_OPEN_FILES             65536 /* that the program asks the system for */
#define LIMIT_TRANSFERS_PER_LOOP     300
#define LIMIT_CONNECTIONS_PER_ORIGIN 64 /* --connections may not ask for more */
#define LIMIT_STARVED_TRIES          60 /* of a request for which this machine has no descriptor or memory left */
#define LIMIT_CONNECTIONS_PER_LOOP   600 /* open at once, idle ones included */
#define LIMIT_HTTP2_ALONE_SERVERS    4096 /* servers that one loop remembers to refuse HTTP/1.1 */
#define LIMIT_LIMITER_ADDRESSES      65536 /* origin addresses that one limiter remembers */

/* The database. */
#define LIMIT_STORE_BUSY_MS          5000 /* waited for another writer */
#define LIMIT_PRUNE_TURN_SCANS       200    /* removed in one transaction */
#define LIMIT_PRUNE_TURN_PAGES       "500"  /* given back in one transaction */
#define LIMIT_PRUNE_PAUSE_MS         100    /* between two of them, at most */
#define LIMIT_STORE_VALUE_BYTES      (4u << 20) /* one text or blob */
#define LIMIT_EARLIER_EVIDENCE       20 /* scans of an origin that are looked at for the age of a blocker */

/* Rollouts. */
#define LIMIT_ROLLOUT_STARTS         100   /* rollouts that one scan or report lets start */
#define LIMIT_ROLLOUT_OBSERVATIONS   20000 /* intervals of one rollout */

/* Reports. */
#define LIMIT_PAGE_HOSTNAMES         200000 /* --page-hostnames may not ask for more; zones are not divided */
#define LIMIT_PAGE_BYTES             (256u << 20) /* of a page's table; a browser holds 512 MiB in one text */
#define LIMIT_DIGEST_LINES           200 /* of one section, for people; the rest is counted */

/* Files. */
#define LIMIT_LINE_BYTES             (64u << 10)
#define LIMIT_INPUT_FILE_BYTES       (64u << 20)
#define LIMIT_CERTIFICATE_FILE_BYTES (32u << 20) /* of roots, chains and revocation lists */
#define LIMIT_OPT_OUT_ENTRIES        2000000
#define LIMIT_ZONE_FILE_RECORDS      20000 /* A, AAAA and CNAME records of one zone file */
#define LIMIT_LOG_SAMPLE             20000

#endif

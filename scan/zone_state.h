/* The state of one zone scan, shared by the files of the engine and by nobody else.
 *
 *   zone_scan.c       the whole: hostnames, interruption, the end
 *   hostname_scan.c   one hostname from its beginning to its end, robots.txt first
 *   hostname_addresses.c  the addresses of its origins
 *   hostname_crawl.c  pages that are read for links
 *   hostname_sitemaps.c   what robots.txt names
 *   hostname_sample.c the URLs to compare
 *   origin_ports.c    what the two ports of an origin do, its TLS facts and its certificate
 *   origin_scan.c     one origin of a hostname: its comparisons, early outs, the confirming round
 *   origin_specs.c    which comparison comes next
 *   comparison_task.c one comparison: both journeys, second fetches, retries
 *   comparison_judgement.c  its verdict
 *   walk_task.c       one journey under one mode, for robots.txt and the crawl
 *   origin_request.c  from an exchange to a request as the edge would send it
 *   origin_evidence.c what is known, as recommend/ wants it
 *   scan_record.c     what was learnt, as the store and the reports want it
 *
 * Everything runs in the continuations of wishes, on one thread; texts live in the scan's arena.
 */
#ifndef ORIGINTLS_SCAN_ZONE_STATE_H
#define ORIGINTLS_SCAN_ZONE_STATE_H

#include "base/limits.h"
#include "compare/noise.h"
#include "crawler/access_log.h"
#include "crawler/certificate.h"
#include "crawler/frontier.h"
#include "recommend/evidence.h"
#include "recommend/journey.h"
#include "scan/exchange.h"
#include "scan/scan.h"
#include "scan/wishes.h"

struct zone_scan;
struct scan_hostname;

/* One of the two ports of an origin. */
struct port_probe {
    enum port_state state;
    const char *detail; /* of the last failure */
    unsigned failures;  /* in a row, of connecting */
    unsigned resets;    /* in a row, though it connected */
    int home_status;    /* of the probe's answer; 0: none */
    bool probed;        /* the home page was asked for, at least once */
    bool asking;
};

/* One comparison's result, and what is needed to make it once more. */
struct finding {
    struct comparison comparison;
    enum mode representative; /* the candidate that was walked; candidates hold those that act alike */
    size_t url;               /* index of the sample */
    bool confirm_due;         /* it speaks against a mode, and was seen in one round only */
    unsigned confirmations;   /* further rounds in which it spoke against it as well */
};

struct origin_notice_list {
    struct notice *items;
    size_t count, capacity;
};

enum origin_phase { ORIGIN_WAITING, ORIGIN_PROBING, ORIGIN_READY, ORIGIN_COMPARING, ORIGIN_CONFIRMING, ORIGIN_DONE };

struct scan_origin {
    struct scan_hostname *host;
    struct address address;
    const char *address_text;
    uint16_t http_port, https_port;
    enum origin_source source;
    bool opted_out;
    enum origin_phase phase;

    struct port_probe http, https;
    uint64_t chains[LIMIT_CHAINS_PER_ORIGIN]; /* hashes of those judged */
    size_t chains_judged;
    bool certificate_judged;
    struct certificate_result certificate;
    struct tls_record tls;               /* texts in the scan's arena */
    bool tls_wanted, tls_asker;          /* the probe's answers are; and this one sent it on its way */
    const struct tls_record *tls_probed; /* of the asker: what came of it; NULL: nothing yet */

    struct noise_memory noise;
    struct finding *findings;
    size_t finding_count, finding_capacity;
    struct origin_notice_list notices;

    mode_set open;          /* candidates that are neither ruled out nor given up */
    size_t next_url;        /* of the sample, not yet compared here */
    size_t next_variant;    /* which comparison of that URL comes next */
    size_t tasks;           /* under way */
    size_t requests;        /* made on behalf of this origin */
    size_t against;         /* findings against a mode that wait to be confirmed */
    size_t confirm_at;      /* so many of them start the confirming round early */
    size_t failures_in_row; /* comparisons in which nothing answered */
    size_t interference;    /* findings that ended in interference */
    size_t forbidden;       /* URLs in a row that both sides refused */
    unsigned pauses;        /* begun so far, because requests were refused, failed or cut off */
    size_t waiting;         /* comparisons that sit out the pause of now */
    bool every_link_compared;
    enum code stopped;
    const char *stopped_detail;
};

struct sampled_url {
    const char *path;
    enum link_kind kind;
    double weight;
    bool first_of_stratum;
};

enum hostname_phase {
    HOSTNAME_RESOLVING,
    HOSTNAME_WAITING, /* for its turn */
    HOSTNAME_ROBOTS,
    HOSTNAME_PROBING,
    HOSTNAME_CRAWLING,
    HOSTNAME_COMPARING,
    HOSTNAME_DONE
};

struct scan_hostname {
    struct zone_scan *scan;
    const struct inventory_hostname *inventory;
    mode_set candidates; /* above today's mode, up to the ceiling */
    bool opted_out;
    enum hostname_phase phase;
    enum code stopped; /* before any origin was looked at */
    const char *stopped_detail;

    struct scan_origin *origins;
    size_t origin_count;
    size_t resolving;         /* names whose addresses are still awaited */
    bool name_exists;         /* of the names, one at least */
    struct scan_origin *lead; /* where robots.txt and pages are read */
    size_t robots_origin;

    struct robots *robots;
    struct frontier *frontier;
    struct sampled_url *sample;
    size_t sample_count, sample_capacity;
    struct hash_set strata_seen;
    size_t crawl_tasks, crawl_pages;
    size_t sitemaps_asked;
    unsigned home_attempt;
    enum exchange_kind crawl_kind; /* by which the home page was reached */
    struct scan_hostname *borrows; /* the home page leads there: its sample is ours too */
    size_t borrowed;               /* how many URLs of it were taken */
    double requests_logged;        /* by the access logs; 0: none were given */

    const char **found_hostnames; /* of the zone, linked from pages, not in the inventory */
    size_t found_hostname_count;
};

struct zone_scan {
    const struct scan_options *options;
    struct arena arena;
    struct wishes *wishes;
    struct scan_hostname *hostnames;
    size_t hostname_count;
    struct journey_hostname *today; /* every hostname with a known origin, under its mode of today */
    size_t today_count;
    struct fetch_header *headers;
    struct certificate_pin *pins;
    const struct fetch_client_certificate *client_certificate;
    struct access_log *log;
    struct fetch_cost cost;
    int64_t started_s;
    bool interrupted;
    bool started; /* hostname_start() was called for every hostname */
    bool out_of_memory;
};

/* ---- zone_scan.c */
/* A heap array that grows by doubling; 0, or -1 with scan->out_of_memory set. */
int scan_grow(struct zone_scan *scan, void *array, size_t *capacity, size_t count, size_t item_bytes);
struct scan_hostname *scan_find_hostname(struct zone_scan *scan, const char *hostname);
/* Journeys do not lead to this hostname any more: its origin must not, or cannot, be asked. Its URLs are outside. */
void scan_forget(const struct scan_hostname *host);
/* Called whenever a hostname is done or begins to wait: others may borrow its sample, and the next ones begin. */
void scan_hostname_done(struct zone_scan *scan);

/* ---- walk_task.c */
/* `set` holds every exchange of the walk and is released after the call; `journey` borrows from it. */
typedef void walk_done(void *context, const struct journey *journey, const struct exchange_set *set);
/* Follows redirects from a URL of the origin's hostname under `mode`, until it ends. `done` is never called from
 * within. -1 out of memory. */
int walk_start(struct scan_origin *origin, enum mode mode, enum scheme visitor, const char *path, walk_done *done,
               void *context);

/* ---- hostname_scan.c */
/* Finds the addresses; ends with HOSTNAME_WAITING, or with HOSTNAME_DONE where there is nothing to ask. */
void hostname_start(struct scan_hostname *host);
/* Its turn has come: robots.txt is asked for. Does nothing unless it waits. */
void hostname_begin(struct scan_hostname *host);
/* Goes on with whatever can go on. */
void hostname_continue(struct scan_hostname *host);
/* Ends the hostname's own work; its origins keep what they know. */
void hostname_stop(struct scan_hostname *host, enum code why, const char *detail);
/* Every address is known: it waits for its turn. */
void hostname_addresses_known(struct scan_hostname *host);

/* ---- hostname_addresses.c */
/* Fills the origins with the addresses of the inventory; names are resolved, host->resolving counts those awaited, and
 * hostname_addresses_known() follows the last of them. -1 out of memory. */
int hostname_find_addresses(struct scan_hostname *host);

/* ---- hostname_crawl.c */
/* Begins once every origin's ports are known; ends with HOSTNAME_COMPARING. */
void hostname_crawl(struct scan_hostname *host);
/* Starts more page reads, or ends the crawl if there is nothing left to read and nothing under way. */
void hostname_crawl_on(struct scan_hostname *host);
/* Fetches a URL for the crawl, as the home page was reached; `done` takes 1 off host->crawl_tasks. False out of memory.
 */
bool hostname_crawl_page(struct scan_hostname *host, const char *path, walk_done *done);
/* Reads a page that was fetched anyway for links; a page is read once. */
void hostname_learn(struct scan_hostname *host, const struct exchange *exchange);

/* ---- hostname_sitemaps.c */
/* Asks for the sitemaps that robots.txt names, at most LIMIT_SITEMAPS with those of an index: part of the crawl. */
void hostname_read_sitemaps(struct scan_hostname *host);

/* ---- hostname_sample.c */
/* The URL of the sample at `index`, drawing further ones from the frontier as needed; NULL: none now. */
const struct sampled_url *hostname_sample(struct scan_hostname *host, size_t index);
/* No further URL can come: nothing is under way that might find one. */
bool hostname_sample_ended(const struct scan_hostname *host);

/* ---- origin_ports.c */
void origin_probe(struct scan_origin *origin);
/* Takes note of what an exchange told of its port, of TLS and of the certificate. */
void origin_note(struct scan_origin *origin, enum scheme scheme, const struct fetch_response *response);
/* Is the answer to the home page over https, and not over http, that of a server that missed or refused a client
 * certificate? */
bool origin_refuses_certificate(const struct scan_origin *origin);
/* Can an exchange over this scheme work at all, as far as is known? */
bool origin_port_may_answer(const struct scan_origin *origin, enum scheme scheme);

/* ---- origin_tls.c */
/* What a handshake for content showed. The first that completes has the rest asked for, too. */
void origin_note_tls(struct scan_origin *origin, const struct fetch_tls *tls);
/* Asks what the TLS can do, unless that was done for this address, port and name. */
void origin_ask_tls(struct scan_origin *origin);

/* ---- origin_certificate.c */
/* Judges the chain of a handshake, if it is a new one. */
void origin_note_certificate(struct scan_origin *origin, const struct fetch_tls *tls);

/* ---- origin_scan.c */
void origin_compare(struct scan_origin *origin); /* begins */
void origin_continue(struct scan_origin *origin);
void origin_stop(struct scan_origin *origin, enum code why, const char *detail);
/* May a comparison wait and try again? Comparisons wait together: while one waits others may join it, and no new ones
 * are begun; the pauses of one origin are bounded however many pairs ask for them. If so origin_pause_ends() must
 * follow. */
bool origin_may_pause(struct scan_origin *origin);
void origin_pause_ends(struct scan_origin *origin);
int origin_add_notice(struct scan_origin *origin, enum code code, const char *path, const char *detail);

/* ---- origin_request.c */
/* The origin that serves an exchange for `hostname`: `preferred` itself if it is of that hostname. NULL: not known. */
struct scan_origin *scan_origin_for(struct scan_origin *preferred, const char *hostname);
/* Makes the exchange; `on_body` may be NULL. -1 out of memory. */
int origin_fetch(struct scan_origin *origin, const struct exchange_key *key, const struct cookie_jar *jar,
                 fetch_body_sink *on_body, wish_fetched *done, void *context);

/* Asks once what the TLS of the origin can do, beside everything else; `done` gets the origin. -1 out of memory. */
int origin_probe_tls(struct scan_origin *origin, wish_probed *done);

/* ---- comparison_task.c */
#define COMPARISON_CANDIDATES_MAX 3
struct comparison_spec {
    size_t url;
    const char *path;
    double weight;
    enum scheme visitor;
    bool is_pair;
    bool tomorrow_first;    /* which side is asked first */
    size_t candidate_count; /* 0: look at today's mode alone */
    enum mode representatives[COMPARISON_CANDIDATES_MAX];
    mode_set modes[COMPARISON_CANDIDATES_MAX]; /* those that act like the representative */
};
struct comparison_outcome {
    struct finding findings[COMPARISON_CANDIDATES_MAX + 1]; /* details are the arena's; one at least */
    size_t count;
    bool nothing_answered; /* on neither side */
    bool refused;          /* both sides refuse our requests as such */
    bool forbidden;        /* both sides refuse this URL, or us */
};
typedef void comparison_done(void *context, struct scan_origin *origin, const struct comparison_outcome *outcome);
/* -1 out of memory. `done` is never called from within. */
int comparison_start(struct scan_origin *origin, const struct comparison_spec *spec, comparison_done *done,
                     void *context);

/* ---- origin_specs.c */
/* Where nothing can change, so many URLs are looked at under today's mode. */
#define ORIGIN_TODAY_URLS 5
/* Which comparison comes next: of a URL under today's mode and the candidates, of one under today's mode alone, of a
 * finding that wants to be confirmed. False: none now. */
bool origin_next_pair_spec(struct scan_origin *origin, struct comparison_spec *spec);
bool origin_next_today_spec(struct scan_origin *origin, struct comparison_spec *spec);
bool origin_next_confirm_spec(struct scan_origin *origin, struct comparison_spec *spec);
/* How many URLs of the sample are for this origin: further origins of a hostname get the same ones, but fewer. */
size_t origin_url_limit(const struct scan_origin *origin);
/* Does any candidate in question send some visitor's request another way than today? */
bool origin_acts_differently(const struct scan_origin *origin);

/* ---- origin_evidence.c */
/* Everything that is known now; arrays are made in `arena`. -1 out of memory. */
int origin_evidence(const struct scan_origin *origin, struct arena *arena, struct origin_evidence *evidence);
enum mode hostname_mode(const struct scan_hostname *host);
enum mode hostname_ceiling(const struct scan_hostname *host);

#endif

/* One scan of one zone, from its inventory to a finished record. The engine below (scan/zone_scan.h) is a state machine
 * that a fleet can run by the thousand; this is the call that runs one of them to its end on a loop of its own.
 *
 * Prints nothing and writes nothing: the caller stores and shows the record.
 */
#ifndef ORIGINTLS_SCAN_SCAN_H
#define ORIGINTLS_SCAN_SCAN_H

#include "base/address.h"
#include "base/err.h"
#include "recommend/inventory.h"
#include "recommend/record.h"

#include <stddef.h>

struct trust;   /* crawler/trust.h */
struct opt_out; /* scan/opt_out.h */
struct rests;   /* scan/rests.h */

enum address_family_choice { FAMILY_ANY, FAMILY_4, FAMILY_6 };

/* A public key that alone is valid for a hostname. */
struct scan_pin {
    const char *hostname;
    uint8_t spki_sha256[32];
};

/* Everything that a scan may depend on besides what the origins answer. All pointers are borrowed and outlive the scan.
 */
struct scan_options {
    const struct inventory_zone *inventory;
    size_t pairs;         /* URLs to compare per hostname; default 60, at most LIMIT_PAIRS_PER_HOSTNAME */
    size_t min_pairs;     /* default 10 */
    double rate;          /* requests a second per origin address; default 10 */
    unsigned connections; /* at once per origin address; default 4 */
    long timeout_ms;      /* of one request, everything included; default 30000 */
    enum address_family_choice family;

    const char *user_agent;     /* default "Cloudflare-SSLDetector" */
    const char *const *headers; /* "Name: value", sent with every request */
    size_t header_count;
    const char *client_certificate_file, *client_key_file; /* NULL: none */

    const struct trust *trust;      /* roots and revocation lists */
    const char *const *trust_names; /* as the result names them: "system", "origin_ca", "custom" */
    size_t trust_name_count;
    const struct scan_pin *pins;
    size_t pin_count;
    int64_t certificate_time_s; /* at which certificates are judged; -1: now */

    const struct opt_out *opt_out; /* NULL: nobody */
    bool resolve;                  /* take addresses of the zone and its www from public DNS where it has no origin */
    const struct address_range *edge_ranges; /* of the edge itself: never an origin */
    size_t edge_range_count;
    bool allow_special_addresses; /* resolved names may give loopback and private addresses: tests only */

    const char *const *access_logs; /* files */
    size_t access_log_count;
    uint64_t seed;
    const char *program_version;
    struct rests *rests; /* addresses that want to be left alone: known before, and learnt by scan_zone; NULL: none */
};

void scan_options_init(struct scan_options *options); /* the defaults above */

enum scan_phase { PHASE_RESOLVE, PHASE_PROBE, PHASE_CRAWL, PHASE_COMPARE, PHASE_CONFIRM, PHASE_DONE };
const char *scan_phase_name(enum scan_phase phase);

struct scan_progress {
    enum scan_phase phase; /* of the hostname that is furthest behind */
    size_t hostnames_done, hostnames;
    size_t pairs_done, pairs_planned;
    size_t against; /* pairs that speak against a mode so far */
    uint64_t requests;
    double seconds;
};

/* Called about four times a second. */
typedef void scan_on_progress(void *context, const struct scan_progress *progress);

/* Runs the scan. 0 with *record filled (release it with scan_record_release), or -1 when we failed ourselves.
 * Incomplete and opted-out scans are results, not errors. */
int scan_zone(const struct scan_options *options, scan_on_progress *on_progress, void *context,
              struct scan_record *record, struct err *err);

/* Safe in a signal handler: the running scan finishes what is in flight (bounded by 5 s), and its unfinished hostnames
 * become incomplete with the reason `interrupted`. A second call ends it at once. */
void scan_interrupt(void);

#endif

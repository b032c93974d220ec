/* Which hostnames a report shows. */
#ifndef ORIGINTLS_REPORTS_FILTER_H
#define ORIGINTLS_REPORTS_FILTER_H

#include "base/address.h"
#include "recommend/record.h"

/* A decision, or that there is none. */
enum filter_decision { FILTER_NONE, FILTER_HOLD, FILTER_UPGRADE, FILTER_NO_VERDICT };

/* Every condition that is set must hold; a zeroed one with times -1 lets everything through. */
struct report_filter {
    const char *const *hostnames; /* patterns: "*" stands for any characters, "?" for one; any of them */
    size_t hostname_count;
    const struct address_range *ranges; /* some origin's address is in one of them */
    size_t range_count;
    const char *const *addresses; /* ... or is this very name or address */
    size_t address_count;
    unsigned current, recommended; /* bits 1 << enum mode; 0: any */
    unsigned decisions;            /* bits 1 << enum filter_decision; 0: any */
    bool by_code;
    bool codes[CODE_COUNT];            /* a blocker or the reason why there is no verdict */
    int64_t not_before_s, not_after_s; /* the scan finished within; -1: any */
};

/* True if some condition speaks of hostnames. */
bool report_filter_picks_hostnames(const struct report_filter *filter);
/* A record with the hostnames that fit, borrowed from `record`; the list of them is from `arena`. 1; 0 where nothing
 * fits; -1: out of memory. What is said of the zone as a whole stays. */
int report_filter_apply(const struct report_filter *filter, const struct scan_record *record, struct arena *arena,
                        struct scan_record *fitting);

#endif

/* One comparison while it is being made: shared by the file that drives it and the one that judges. */
#ifndef ORIGINTLS_SCAN_COMPARISON_STATE_H
#define ORIGINTLS_SCAN_COMPARISON_STATE_H

#include "compare/pair.h"
#include "scan/zone_state.h"

struct comparison_task {
    struct scan_origin *origin, *asked_of;
    struct comparison_spec spec;
    bool tomorrow_first;
    unsigned retries;
    bool measuring_noise;             /* `again` is being filled */
    struct exchange_set first, again; /* the second fetches measure noise */
    struct exchange_key asked;
    comparison_done *done;
    void *context;
};

/* What the two journeys of one candidate came to. */
struct judgement {
    enum pair_verdict verdict;
    enum pair_next next;
    int64_t wait_s;
    enum code code;
    enum side_state today, tomorrow;
    bool refused, forbidden, nothing_answered;
    unsigned warnings; /* enum pair_warning */
    struct mixed_content mixed;
    char detail[LIMIT_DETAIL_BYTES + 1];
};

/* Which hostnames are taken under the candidate: the one that is judged, or all of the zone. */
enum walk_scope { SCOPE_TODAY, SCOPE_THIS_HOSTNAME, SCOPE_WHOLE_ZONE };

/* Walks a journey over the exchanges of a set; `candidate` is not looked at under SCOPE_TODAY. */
void comparison_walk(const struct comparison_task *task, struct exchange_set *set, enum walk_scope scope,
                     enum mode candidate, struct journey *journey);
/* What the journeys say of one candidate; every exchange that they need is there. Of the two ways to take hops to other
 * hostnames (under their modes of today, under the candidate) the worse result counts. */
void comparison_judge(struct comparison_task *task, enum mode candidate, struct judgement *out);
/* The same where no candidate is in question. */
void comparison_judge_today(struct comparison_task *task, struct judgement *out);

#endif

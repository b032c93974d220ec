/* From a recommendation to a decision: pure; the first rule that applies decides, and its sentence is the reason. */
#ifndef ORIGINTLS_RECOMMEND_DECIDE_H
#define ORIGINTLS_RECOMMEND_DECIDE_H

#include "recommend/record.h"
#include "recommend/sentence.h"

struct decision_policy {
    bool addresses_may_be_the_edge; /* origins taken from public DNS without the edge's ranges excluded: hold */
    bool zone_has_off;              /* a hostname of the zone is in `off`: decide_record() finds out by itself */
    int first_percent;              /* of the first rollout step: 1 */
};

#define DECISION_POLICY_INIT                                                                                           \
    {                                                                                                                  \
        .first_percent = 1                                                                                             \
    }

/* Sets rule, reason and numbers of the decision; texts come from `arena`. 0, or -1 out of memory. */
int decision_say(struct decision *decision, enum rule rule, const struct sentence_values *values, struct arena *arena);

/* Sets hostname->decision. Strings come from `arena`. 0, or -1 out of memory. */
int decide_hostname(struct hostname_record *hostname, const struct decision_policy *policy, struct arena *arena);
/* Sets record->decision from its hostnames and the zone's own modes; call after every hostname is decided. */
int decide_zone(struct scan_record *record, const struct decision_policy *policy, struct arena *arena);
/* Both, for every hostname and then the zone, in record->arena. */
int decide_record(struct scan_record *record, const struct decision_policy *policy);

#endif

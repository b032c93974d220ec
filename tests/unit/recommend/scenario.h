/* Evidence in a few words: what tests write down instead of sixty comparisons. */
#ifndef ORIGINTLS_TESTS_UNIT_RECOMMEND_SCENARIO_H
#define ORIGINTLS_TESTS_UNIT_RECOMMEND_SCENARIO_H

#include "recommend/decide.h"
#include "recommend/recommend.h"

#define SCENARIO_NOW_S   1795000000 /* 2026-11-18 */
#define SCENARIO_UNTIL_S 1798761600 /* 2027-01-01, where certificates end */

/* `count` comparisons that fare alike. Zeroed fields are the ordinary: an https visitor, confirmed, both sides work. */
struct group {
    size_t count;
    enum pair_verdict verdict;
    enum code code;
    mode_set candidates;       /* 0: every mode above today's, up to the ceiling, unless `today_only` */
    enum scheme other_visitor; /* 1: http visitors */
    bool today_only;
    bool later_hops;                 /* not a pair: only later hops of the journey differ */
    bool once;                       /* not confirmed */
    bool from_home;                  /* the first of them is the home page */
    enum side_state today, tomorrow; /* SIDE_UNKNOWN: as the verdict has it */
    const char *detail;
};

#define SCENARIO_GROUPS  5
#define SCENARIO_NOTICES 3

struct scenario {
    const char *title;
    enum mode current, ceiling; /* ceiling MODE_OFF: full_strict */
    bool always_https;
    enum port_state http, https; /* PORT_UNKNOWN: answers, unless `silent_about_ports` */
    bool ports_unknown;
    uint32_t problems; /* of the certificate */
    bool certificate_unseen, expires_soon;
    struct group groups[SCENARIO_GROUPS];
    bool every_link;
    size_t min_pairs; /* 0: 10 */
    enum code stopped;
    const char *stopped_detail;
    struct notice notices[SCENARIO_NOTICES];
    enum setting setting;
    struct decision_policy policy;
};

#define PROBLEM(name) (1u << (CODE_CERTIFICATE_##name - CODE_CERTIFICATE_PIN_MISMATCH))

/* The evidence that the scenario stands for; memory comes from `arena`. */
void scenario_evidence(const struct scenario *scenario, struct arena *arena, struct origin_evidence *out);
/* One hostname, www.example.com, with one origin, judged and decided. */
void scenario_judge(const struct scenario *scenario, struct arena *arena, struct hostname_record *out);

#endif

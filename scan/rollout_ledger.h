/* What the rows of the ledger say. Inside a transaction of the caller. */
#ifndef ORIGINTLS_SCAN_ROLLOUT_LEDGER_H
#define ORIGINTLS_SCAN_ROLLOUT_LEDGER_H

#include "recommend/admission.h"
#include "scan/rollouts.h"

#define LEDGER_RECOMMENDATION "recommendation"
#define LEDGER_DECISION       "decision"
#define LEDGER_ROLLOUT        "rollout" /* one was opened */
#define LEDGER_STEP           "step"    /* one changed: started, advanced, held, rolled back ... */
#define LEDGER_OPT_OUT        "opt_out"

/* A hostname's decision, as it was made. */
struct decided {
    const struct hostname_record *hostname;
    struct decision base; /* before the policy had its say */
    bool may_be_the_edge; /* its addresses */
    bool zone_has_off;
    bool admitted; /* the policy was asked: context and admission count */
    struct admission_context context;
    struct admission admission;
};
/* Appends the policy as the rows have it. */
void ledger_policy_text(const struct rollout_policy *policy, struct buf *out);

/* `evidence`: evidence_digest_hostname of the hostname. Of a decision nothing is said twice: `decision` is null where
 * it is what the evidence allows, and the admission has no reason where the decision's ends with it. */
int ledger_write_recommendation(const struct rollout_run *run, const struct scan_record *record,
                                const struct hostname_record *hostname, const char *evidence, struct err *err);
int ledger_write_decision(const struct rollout_run *run, const struct scan_record *record,
                          const struct decided *decided, const char *evidence, struct err *err);
/* `hostname`: what the scan that opened it found. */
int ledger_write_rollout(const struct rollout_run *run, const struct stored_rollout *rollout,
                         const struct hostname_record *hostname, struct err *err);

struct step_taken {
    const struct stored_rollout *rollout; /* after it */
    enum rollout_event event;
    const struct stored_observations *observations; /* all that there are */
    bool judged;                                    /* the step follows from them */
};
int ledger_write_step(const struct rollout_run *run, const struct step_taken *step, struct err *err);
/* "added", "removed" */
int ledger_write_opt_out(const struct rollout_run *run, const char *action, const struct store_opt_out *entry,
                         struct err *err);

#endif

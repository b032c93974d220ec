/* One candidate mode against the evidence of one origin. */
#ifndef ORIGINTLS_RECOMMEND_CANDIDATE_H
#define ORIGINTLS_RECOMMEND_CANDIDATE_H

#include "base/limits.h"
#include "recommend/evidence.h"

enum candidate_state {
    CANDIDATE_RULED_OUT, /* by a fact or a confirmed comparison */
    CANDIDATE_SAFE,      /* everything that it asks for was shown */
    CANDIDATE_BROKEN,    /* asks for nothing that today's mode does not, and today's does not work */
    CANDIDATE_OPEN       /* neither: there is no verdict */
};

struct candidate_judgement {
    enum candidate_state state;
    enum code reason; /* OPEN: why; SAFE: CODE_SMALL_SAMPLE or CODE_WEAK_EVIDENCE if that is all it rests on */
    char detail[LIMIT_DETAIL_BYTES]; /* of `reason` */
};

/* Modes that a fact or a confirmed comparison rules out; those below today's may be among them. */
mode_set candidate_ruled_out(const struct origin_evidence *evidence);

/* Whether a change from evidence->current to `candidate` is safe. Asked about today's mode itself, it tells whether the
 * evidence is enough to judge that. */
void candidate_judge(const struct origin_evidence *evidence, enum mode candidate, struct candidate_judgement *out);

#endif

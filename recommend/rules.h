/* Every rule that may decide about an upgrade or a rollout, with its name in the JSON and the sentence that people
 * read: one table, in rules.c. What fills the places of a sentence are the numbers of the decision.
 */
#ifndef ORIGINTLS_RECOMMEND_RULES_H
#define ORIGINTLS_RECOMMEND_RULES_H

#include "base/slice.h"

struct sentence_values;

enum rule {
    RULE_NONE = 0,
    /* What the evidence allows for a hostname. */
    RULE_NO_VERDICT,
    RULE_NOT_SCANNED,
    RULE_NOTHING_WORKS,
    RULE_NEVER_LOWERED,
    RULE_ABOVE_CEILING,
    RULE_AT_CEILING,
    RULE_RULED_OUT,
    RULE_NO_COMMON_MODE,
    RULE_CUSTOM, /* also keeps a rollout from starting */
    RULE_MAY_BE_THE_EDGE,
    RULE_EXPIRES_SOON,
    RULE_SMALL_SAMPLE,
    RULE_WEAK_EVIDENCE,
    RULE_WOULD_PIN_HTTPS,
    RULE_NOTHING_CHANGES,
    RULE_PAIRS_AGREE,
    /* What follows for a zone of several hostnames. */
    RULE_ZONE_EMPTY,
    RULE_ZONE_NOT_SCANNED,
    RULE_ZONE_NO_VERDICT,
    RULE_ZONE_HIDDEN,
    RULE_HOSTNAMES_DECIDE,
    RULE_HOSTNAME_HOLDS,
    RULE_ZONE_NOTHING_CHANGES,
    RULE_ZONE_PAIRS_AGREE,
    /* Whether an upgrade may start. */
    RULE_BEYOND_CEILING,
    RULE_FEW_PAIRS,
    RULE_WIDE_BOUND,
    RULE_SHORT_LIFETIME,
    RULE_ENDED_BEFORE,
    RULE_APPROVAL,
    RULE_NOT_AGREED,
    RULE_STOPPED,
    RULE_FROZEN,
    RULE_DAILY_LIMIT,
    RULE_IN_LINE,
    RULE_STARTED,
    /* Whether a ramp goes on. */
    RULE_FAILED_OUTRIGHT,
    RULE_WORSE_THAN_CONTROL,
    RULE_NO_COUNTERPART,
    RULE_ALONE_BEYOND_CHANCE,
    RULE_HELD,
    RULE_WARMING_UP,
    RULE_STEP_TIME,
    RULE_STEP_REQUESTS,
    RULE_GAPS,
    RULE_MORE_POWER,
    RULE_ADVANCED,
    RULE_ADVANCED_BY_TIME,
    RULE_COMMITTED,
    RULE_COMMITTED_BY_TIME,
    /* What ends a rollout from outside. */
    RULE_CONTRADICTED,
    RULE_OPTED_OUT,
    RULE_BY_HAND,
    RULE_SUPERSEDED,
    /* How an upgrade that the evidence allows is told of while it is kept back. */
    RULE_KEPT_BACK,
    RULE_IN_ROLLOUT,
    RULE_COUNT
};

const char *rule_name(enum rule rule);   /* "few_pairs"; NULL for RULE_NONE */
enum rule rule_parse(struct slice name); /* RULE_NONE for what is unknown */

/* The sentence with its places unfilled. */
const char *rule_words(enum rule rule);
/* The sentence with its places filled; `out` holds SENTENCE_BYTES (recommend/sentence.h). Returns out. */
char *rule_sentence(enum rule rule, const struct sentence_values *values, char *out);

#endif

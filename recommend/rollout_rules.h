/* Every rule that may decide about a rollout, with its name in the JSON and the sentence that people read: one table.
 *
 * A sentence has places for values, written {name}; what fills them are the numbers of the decision.
 */
#ifndef ORIGINTLS_RECOMMEND_ROLLOUT_RULES_H
#define ORIGINTLS_RECOMMEND_ROLLOUT_RULES_H

#include "base/buf.h"

#include <stdint.h>

enum rollout_rule {
    RULE_NONE = 0,
    /* Whether an upgrade may start. */
    RULE_BEYOND_CEILING,
    RULE_FEW_PAIRS,
    RULE_WIDE_BOUND,
    RULE_SHORT_LIFETIME,
    RULE_CUSTOM,
    RULE_APPROVAL,
    RULE_NOT_AGREED,
    RULE_STOPPED,
    RULE_FROZEN,
    RULE_DAILY_LIMIT,
    RULE_STARTED,
    /* Whether a ramp goes on. */
    RULE_FAILED_OUTRIGHT,
    RULE_WORSE_THAN_CONTROL,
    RULE_NO_COUNTERPART,
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
    RULE_COUNT
};

const char *rollout_rule_name(enum rollout_rule rule);   /* "few_pairs"; NULL for RULE_NONE */
enum rollout_rule rollout_rule_parse(struct slice name); /* RULE_NONE for what is unknown */

#define RULE_VALUES_MAX     12
#define RULE_VALUE_BYTES    128
#define RULE_SENTENCE_BYTES 640

/* Values for the places of a sentence. */
struct rule_values {
    size_t count;
    struct {
        const char *name;
        char text[RULE_VALUE_BYTES];
    } of[RULE_VALUES_MAX];
};
void rule_value_text(struct rule_values *values, const char *name, const char *text);
void rule_value_count(struct rule_values *values, const char *name, uint64_t count);
void rule_value_share(struct rule_values *values, const char *name, double share); /* "4.9 %" */
/* "99.9 %", "above 99.99 %", "below 0.01 %": nothing is certain. */
void rule_value_probability(struct rule_values *values, const char *name, double probability);
void rule_value_time(struct rule_values *values, const char *name, int64_t unix_s);
void rule_value_span(struct rule_values *values, const char *name, int64_t seconds); /* "6 h", "2.5 days" */

/* Fills the places; a place without a value stays as it is written. `out` holds RULE_SENTENCE_BYTES. Returns out. */
char *rollout_rule_sentence(enum rollout_rule rule, const struct rule_values *values, char *out);

#endif

#include "recommend/rollout_rules.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *sentence;
} rules[RULE_COUNT] = {
    [RULE_BEYOND_CEILING] = {"beyond_ceiling", "{to} is safe, but the policy allows nothing beyond {ceiling}."},
    [RULE_FEW_PAIRS] = {"few_pairs", "{to} changes how the origin is reached: the policy asks for {needed} usable "
                                     "pairs, and {pairs} were compared."},
    [RULE_WIDE_BOUND] = {"wide_bound", "{to} changes how the origin is reached: the policy asks that fewer than "
                                       "{needed} of URLs may break, and the {pairs} pairs show only below {bound}."},
    [RULE_SHORT_LIFETIME] = {"short_lifetime", "{to} needs a certificate, and that of {address} ends on {until}: the "
                                               "policy asks for {needed} days."},
    [RULE_CUSTOM] = {"custom", "The setting is custom: its operator decides, with upgrade approve."},
    [RULE_APPROVAL] = {"approval", "The policy asks for an approval: upgrade approve starts it."},
    [RULE_NOT_AGREED] = {"not_agreed", "{agreeing} of the {needed} agreeing scans that the policy asks for, {apart} "
                                       "apart."},
    [RULE_STOPPED] = {"stopped", "The policy has stopped all rollouts."},
    [RULE_FROZEN] = {"frozen", "A freeze window is open until {until}."},
    [RULE_DAILY_LIMIT] = {"daily_limit", "{started} upgrades were started in the last 24 hours, and the policy allows "
                                         "{limit}: those with more visitors go first."},
    [RULE_STARTED] = {"started", "Started with {percent} % of visitors."},
    [RULE_FAILED_OUTRIGHT] = {"failed_outright", "At {percent} %, {failures} of {requests} requests of the candidate "
                                                 "failed, and {control_failures} of {control_requests} of control."},
    [RULE_WORSE_THAN_CONTROL] = {"worse_than_control",
                                 "{class}: at {percent} %, {failures} of {requests} requests of the candidate, and "
                                 "{control_failures} of {control_requests} of control; evidence over the whole ramp "
                                 "{evidence} to 1, where {needed} is enough."},
    [RULE_NO_COUNTERPART] = {"no_counterpart", "{class}: {failures} of {requests} requests of the candidate and none "
                                               "of {control_requests} of control; there is too little traffic to wait "
                                               "for more."},
    [RULE_HELD] = {"held", "Held by hand at {percent} %; upgrade approve lets it go on."},
    [RULE_WARMING_UP] = {"warming_up", "The edge's cache warms up: {percent} % for {elapsed} of {time}, {requests} of "
                                       "{needed} requests."},
    [RULE_STEP_TIME] = {"step_time", "{percent} % for {elapsed} of {time}."},
    [RULE_STEP_REQUESTS] = {"step_requests", "{requests} of {needed} requests of the candidate at {percent} %."},
    [RULE_GAPS] = {"gaps", "Only {covered} of the {elapsed} at {percent} % were observed: at least half must be."},
    [RULE_MORE_POWER] = {"more_power", "At {percent} %, an excess of {harm} would be found with probability {power}; "
                                       "the policy asks for {needed}."},
    [RULE_ADVANCED] = {"advanced", "{percent} % showed no harm: an excess of {harm} would have been found with "
                                   "probability {power}. On to {next} %."},
    [RULE_ADVANCED_BY_TIME] = {"advanced_by_time", "{percent} % showed no harm in its {time}, the most that a step may "
                                                   "take; an excess of {harm} would have been found with probability "
                                                   "{power}. On to {next} %."},
    [RULE_COMMITTED] = {"committed", "All visitors have {to} without harm: an excess of {harm} would have been found "
                                     "with probability {power}. It stays."},
    [RULE_COMMITTED_BY_TIME] = {"committed_by_time",
                                "All visitors have {to} without visible harm; with so little traffic, an excess of "
                                "{harm} would have been found with probability {power}. It stays."},
    [RULE_CONTRADICTED] = {"contradicted", "A scan no longer finds {to} safe: {detail}"},
    [RULE_OPTED_OUT] = {"opted_out", "It has opted out: {detail}."},
    [RULE_BY_HAND] = {"by_hand", "{event} by hand."},
    [RULE_SUPERSEDED] = {"superseded",
                         "A later rollout of this hostname came from another database, and takes its place."},
};

const char *rollout_rule_name(enum rollout_rule rule)
{
    return rules[rule].name;
}

enum rollout_rule rollout_rule_parse(struct slice name)
{
    for (int i = RULE_NONE + 1; i < RULE_COUNT; i++) {
        if (slice_equal(name, slice_of(rules[i].name))) {
            return (enum rollout_rule)i;
        }
    }
    return RULE_NONE;
}

static char *next_value(struct rule_values *values, const char *name)
{
    static _Thread_local char dropped[RULE_VALUE_BYTES];
    if (values->count == RULE_VALUES_MAX) {
        return dropped;
    }
    values->of[values->count].name = name;
    return values->of[values->count++].text;
}

void rule_value_text(struct rule_values *values, const char *name, const char *text)
{
    snprintf(next_value(values, name), RULE_VALUE_BYTES, "%s", text == NULL ? "" : text);
}

void rule_value_count(struct rule_values *values, const char *name, uint64_t count)
{
    snprintf(next_value(values, name), RULE_VALUE_BYTES, "%" PRIu64, count);
}

void rule_value_share(struct rule_values *values, const char *name, double share)
{
    snprintf(next_value(values, name), RULE_VALUE_BYTES, "%.4g %%", 100 * share);
}

void rule_value_probability(struct rule_values *values, const char *name, double probability)
{
    if (probability > 0.9999) {
        rule_value_text(values, name, "above 99.99 %");
    } else if (probability < 0.0001) {
        rule_value_text(values, name, "below 0.01 %");
    } else {
        rule_value_share(values, name, probability);
    }
}

void rule_value_time(struct rule_values *values, const char *name, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    snprintf(next_value(values, name), RULE_VALUE_BYTES, "%s", time_format(unix_s, text));
}

void rule_value_span(struct rule_values *values, const char *name, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {0, "s"}};
    size_t i = 0;
    while (seconds < 2 * units[i].seconds) {
        i++;
    }
    double unit = units[i].seconds > 0 ? (double)units[i].seconds : 1;
    snprintf(next_value(values, name), RULE_VALUE_BYTES, "%.3g %s", (double)seconds / unit, units[i].unit);
}

static const char *find_value(const struct rule_values *values, const char *name, size_t len)
{
    for (size_t i = 0; i < values->count; i++) {
        if (strlen(values->of[i].name) == len && memcmp(values->of[i].name, name, len) == 0) {
            return values->of[i].text;
        }
    }
    return NULL;
}

char *rollout_rule_sentence(enum rollout_rule rule, const struct rule_values *values, char *out)
{
    size_t used = 0;
    const char *at = rules[rule].sentence == NULL ? "" : rules[rule].sentence;
    while (*at != '\0' && used + 1 < RULE_SENTENCE_BYTES) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        const char *value = end == NULL ? NULL : find_value(values, at + 1, (size_t)(end - at - 1));
        if (value == NULL) {
            out[used++] = *at++;
            continue;
        }
        int written = snprintf(out + used, RULE_SENTENCE_BYTES - used, "%s", value);
        used = used + (size_t)written < RULE_SENTENCE_BYTES ? used + (size_t)written : RULE_SENTENCE_BYTES - 1;
        at = end + 1;
    }
    out[used] = '\0';
    return out;
}

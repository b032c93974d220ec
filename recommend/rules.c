#include "recommend/rules.h"

#include "recommend/sentence.h"

static const struct {
    const char *name, *sentence;
} rules[RULE_COUNT] = {
    [RULE_NO_VERDICT] = {"no_verdict", "No verdict ({code}): {detail}"},
    [RULE_NOT_SCANNED] = {"not_scanned", "No verdict: it has opted out of being scanned."},
    [RULE_NOTHING_WORKS] = {"nothing_works",
                            "{from} stays: no mode is known to work[ on all its {origins} origins], and "
                            "nothing is changed on a guess."},
    [RULE_NEVER_LOWERED] = {"never_lowered",
                            "{from} stays, although only {supported} is known to work today: a mode is "
                            "never lowered."},
    [RULE_ABOVE_CEILING] = {"above_ceiling",
                            "{from} is in use, which is beyond the ceiling {ceiling}: nothing stronger is "
                            "looked for, and a mode is never lowered."},
    [RULE_AT_CEILING] = {"at_ceiling", "{from} is in use, and the ceiling allows nothing stronger."},
    [RULE_RULED_OUT] = {"ruled_out",
                        "{from} stays: {code}[ at {url}] rules out {mode}: {detail}[ ({against} of {pairs} "
                        "pairs speak against it)]"},
    [RULE_NO_COMMON_MODE] = {"no_common_mode",
                             "{from} stays: no stronger mode is safe[ on all its {origins} origins]."},
    [RULE_CUSTOM] = {"custom", "{to} is safe, but the setting is custom: its operator decides, with upgrade approve."},
    [RULE_MAY_BE_THE_EDGE] =
        {"may_be_the_edge", "{to} is safe on the addresses from public DNS, but these may be the edge's own: name the "
                            "origins with --origin, or the edge's ranges with --edge-cidrs."},
    [RULE_EXPIRES_SOON] = {"expires_soon", "{to} is safe today, but its certificate has too little lifetime left: "
                                           "{detail}"},
    [RULE_SMALL_SAMPLE] = {"small_sample", "{to} is safe as far as was seen, but not enough was (small_sample): "
                                           "{detail}"},
    [RULE_WEAK_EVIDENCE] = {"weak_evidence", "{to} is safe as far as was seen, but not enough was (weak_evidence): "
                                             "{detail}"},
    [RULE_WOULD_PIN_HTTPS] =
        {"would_pin_https", "{to} is safe, but the origin would send Strict-Transport-Security with includeSubDomains "
                            "while a hostname of the zone is in off: browsers keep it, and no rollback takes it back."},
    [RULE_NOTHING_CHANGES] = {"nothing_changes",
                              "No request changes between {from} and {to}[; the certificate is valid "
                              "until {until}][; {code} rules out {mode}]."},
    [RULE_PAIRS_AGREE] =
        {"pairs_agree", "{same} of {pairs} pairs give the visitor the same[ or, {improved} of them, something better]; "
                        "the share of breaking URLs is below {bound} at {level} confidence[; the certificate is valid "
                        "until {until}][; {code} rules out {mode}]."},

    [RULE_ZONE_EMPTY] = {"zone_empty", "No verdict: the zone has no hostname to scan."},
    [RULE_ZONE_NOT_SCANNED] = {"zone_not_scanned", "No verdict on any of {hostnames} hostnames: all have opted out of "
                                                   "being scanned."},
    [RULE_ZONE_NO_VERDICT] = {"zone_no_verdict", "No verdict on any of {hostnames} hostnames: {detail}"},
    [RULE_ZONE_HIDDEN] = {"zone_hidden", "Hostnames have opted out of being scanned."},
    [RULE_HOSTNAMES_DECIDE] = {"hostnames_decide", "Hostnames decide for themselves: of {hostnames}, {complete} with a "
                                                   "verdict, {upgraded} upgraded, {held} held back."},
    [RULE_HOSTNAME_HOLDS] = {"hostname_holds", "{hostname} holds: {detail}"},
    [RULE_ZONE_NOTHING_CHANGES] = {"zone_nothing_changes",
                                   "{to} is safe for all {hostnames} hostnames. No request changes "
                                   "between {from} and {to}."},
    [RULE_ZONE_PAIRS_AGREE] =
        {"zone_pairs_agree", "{to} is safe for all {hostnames} hostnames. {same} of {pairs} pairs give the visitor the "
                             "same[ or, {improved} of them, something better]; the share of breaking URLs is below "
                             "{bound} at {level} confidence."},

    [RULE_BEYOND_CEILING] = {"beyond_ceiling", "{to} is safe, but the policy allows nothing beyond {ceiling}."},
    [RULE_FEW_PAIRS] = {"few_pairs", "{to} changes how the origin is reached: the policy asks for {needed} usable "
                                     "pairs, and {pairs} were compared."},
    [RULE_WIDE_BOUND] = {"wide_bound", "{to} changes how the origin is reached: the policy asks that fewer than "
                                       "{needed} of URLs may break, and the {pairs} pairs show only below {bound}."},
    [RULE_SHORT_LIFETIME] = {"short_lifetime", "{to} needs a certificate, and that of {address} ends on {until}: the "
                                               "policy asks for {needed} days."},
    [RULE_ENDED_BEFORE] = {"ended_before",
                           "It was taken back on {day}: {detail} It starts again by upgrade approve, or when "
                           "a scan after {until} still finds it safe."},
    [RULE_APPROVAL] = {"approval", "The policy asks for an approval: upgrade approve starts it."},
    [RULE_NOT_AGREED] = {"not_agreed", "{agreeing} of the {needed} agreeing scans that the policy asks for, {apart} "
                                       "apart."},
    [RULE_STOPPED] = {"stopped", "The policy has stopped all rollouts."},
    [RULE_FROZEN] = {"frozen", "A freeze window is open until {until}."},
    [RULE_DAILY_LIMIT] = {"daily_limit", "{started} upgrades were started in the last 24 hours, and the policy allows "
                                         "{limit}: those with more visitors go first."},
    [RULE_IN_LINE] = {"in_line", "It waits for its turn."},
    [RULE_STARTED] = {"started", "Started with {percent} % of visitors."},
    [RULE_FAILED_OUTRIGHT] = {"failed_outright", "At {percent} %, {failures} of {requests} requests of the candidate "
                                                 "failed, and {control_failures} of {control_requests} of control."},
    [RULE_WORSE_THAN_CONTROL] = {"worse_than_control",
                                 "{class}: at {percent} %, {failures} of {requests} requests of the candidate, and "
                                 "{control_failures} of {control_requests} of control; evidence over the whole ramp "
                                 "{evidence} to 1, where {needed} is enough."},
    [RULE_NO_COUNTERPART] = {"no_counterpart",
                             "{class}: {failures} of {requests} requests of the candidate; control, {control_requests} "
                             "requests, reaches the origin over http under {from} and cannot have any. There is too "
                             "little traffic to wait for more."},
    [RULE_ALONE_BEYOND_CHANCE] = {"alone_beyond_chance",
                                  "{class}: {failures} of {requests} requests of the candidate and none of "
                                  "{control_requests} of control, which chance would bring about once in {odds} "
                                  "rollouts; there is too little traffic to wait for more."},
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
    [RULE_BY_HAND] = {"by_hand", "By hand: {event}."},
    [RULE_SUPERSEDED] = {"superseded",
                         "A later rollout of this hostname came from another database, and takes its place."},

    [RULE_KEPT_BACK] = {"kept_back", "{to} is safe, but waits: {detail}"},
    [RULE_IN_ROLLOUT] = {"in_rollout", "{to} is safe, and its rollout is {state}: {detail}"},
};

const char *rule_name(enum rule rule)
{
    return rules[rule].name;
}

enum rule rule_parse(struct slice name)
{
    for (int i = RULE_NONE + 1; i < RULE_COUNT; i++) {
        if (slice_equal(name, slice_of(rules[i].name))) {
            return (enum rule)i;
        }
    }
    return RULE_NONE;
}

const char *rule_words(enum rule rule)
{
    return rules[rule].sentence;
}

char *rule_sentence(enum rule rule, const struct sentence_values *values, char *out)
{
    return sentence_fill(rules[rule].sentence, values, out);
}

#include "tests/unit/recommend/scenario.h"

#include <stdlib.h>

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static enum side_state side_today(enum pair_verdict verdict)
{
    switch (verdict) {
    case PAIR_IMPROVED:
    case PAIR_UNUSABLE:
        return SIDE_FAILS;
    case PAIR_WEAK:
        return SIDE_ANSWERS;
    case PAIR_SAME:
    case PAIR_EQUIVALENT:
    case PAIR_DIFFERENT:
    case PAIR_UNAVAILABLE:
    case PAIR_INTERFERENCE:
    case PAIR_UNSTABLE:
        return SIDE_WORKS;
    }
    return SIDE_UNKNOWN;
}

static enum side_state side_tomorrow(enum pair_verdict verdict)
{
    switch (verdict) {
    case PAIR_UNAVAILABLE:
    case PAIR_UNUSABLE:
        return SIDE_FAILS;
    case PAIR_WEAK:
    case PAIR_INTERFERENCE:
        return SIDE_ANSWERS;
    case PAIR_SAME:
    case PAIR_EQUIVALENT:
    case PAIR_IMPROVED:
    case PAIR_DIFFERENT:
    case PAIR_UNSTABLE:
        return SIDE_WORKS;
    }
    return SIDE_UNKNOWN;
}

static struct comparison comparison_of(const struct group *group, const struct origin_evidence *evidence)
{
    mode_set above = mode_set_range((enum mode)(evidence->current + 1), evidence->ceiling);

    return (struct comparison){
        .visitor = group->other_visitor == SCHEME_HTTPS ? SCHEME_HTTP : SCHEME_HTTPS,
        .candidates = group->today_only        ? 0
                      : group->candidates != 0 ? group->candidates
                                               : above,
        .is_pair = !group->later_hops && !group->today_only,
        .confirmed = !group->once,
        .today = group->today != SIDE_UNKNOWN ? group->today : side_today(group->verdict),
        .tomorrow = group->tomorrow != SIDE_UNKNOWN ? group->tomorrow : side_tomorrow(group->verdict),
        .verdict = group->verdict,
        .code = group->code,
        .detail = group->detail,
        .seen_at_s = SCENARIO_NOW_S,
    };
}

static void fill_comparisons(const struct scenario *scenario, struct arena *arena, struct origin_evidence *out)
{
    struct comparison *comparisons = NULL;
    size_t count = 0;

    for (size_t g = 0; g < SCENARIO_GROUPS; g++)
        count += scenario->groups[g].count;
    comparisons = need(arena_alloc(arena, (count + 1) * sizeof(*comparisons)));
    out->comparisons = comparisons;
    out->comparison_count = count;
    for (size_t g = 0; g < SCENARIO_GROUPS; g++) {
        const struct group *group = &scenario->groups[g];
        for (size_t i = 0; i < group->count; i++) {
            *comparisons = comparison_of(group, out);
            comparisons->path =
                group->from_home && i == 0 ? "/" : need(arena_printf(arena, "/%c%02zu", (char)('a' + g), i));
            comparisons++;
        }
    }
}

static void fill_certificate(const struct scenario *scenario, struct certificate_evidence *out)
{
    out->judged = !scenario->certificate_unseen;
    out->problems = scenario->problems;
    out->expires_soon = scenario->expires_soon;
    out->expires_soon_detail = scenario->expires_soon ? "6 of 90 days are left." : NULL;
}

void scenario_evidence(const struct scenario *scenario, struct arena *arena, struct origin_evidence *out)
{
    enum port_state otherwise = scenario->ports_unknown ? PORT_UNKNOWN : PORT_ANSWERS;

    *out = (struct origin_evidence){
        .current = scenario->current,
        .ceiling = scenario->ceiling == MODE_OFF ? MODE_FULL_STRICT : scenario->ceiling,
        .always_https = scenario->always_https,
        .min_pairs = scenario->min_pairs == 0 ? 10 : scenario->min_pairs,
        .every_link_compared = scenario->every_link,
        .http = scenario->http != PORT_UNKNOWN ? scenario->http : otherwise,
        .https = scenario->https != PORT_UNKNOWN ? scenario->https : otherwise,
        .stopped = scenario->stopped,
        .stopped_detail = scenario->stopped_detail,
        .notices = scenario->notices,
        .now_s = SCENARIO_NOW_S,
    };
    while (out->notice_count < SCENARIO_NOTICES && scenario->notices[out->notice_count].code != CODE_NONE)
        out->notice_count++;
    fill_certificate(scenario, &out->certificate);
    fill_comparisons(scenario, arena, out);
}

void scenario_judge(const struct scenario *scenario, struct arena *arena, struct hostname_record *out)
{
    struct origin_evidence evidence;
    struct decision_policy policy = scenario->policy;
    struct origin_record *origin = need(arena_alloc(arena, sizeof(*origin)));

    scenario_evidence(scenario, arena, &evidence);
    if (recommend_origin(&evidence, arena, origin) != 0)
        abort();
    origin->certificate.seen = evidence.certificate.judged;
    origin->certificate.not_after_s = SCENARIO_UNTIL_S;
    *out = (struct hostname_record){
        .hostname = "www.example.com",
        .current_mode = evidence.current,
        .ceiling = evidence.ceiling,
        .setting = scenario->setting,
        .always_https = evidence.always_https,
        .origins = origin,
        .origin_count = 1,
    };
    policy.first_percent = 1;
    recommend_hostname(out);
    if (decide_hostname(out, &policy, arena) != 0)
        abort();
}

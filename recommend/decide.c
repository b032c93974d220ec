#include "recommend/decide.h"

#include "base/json_writer.h"

/* How much of what was seen somewhere a sentence quotes. */
#define URL_BYTES      120
#define DETAIL_BYTES   400
#define HOSTNAME_BYTES 253
#define REASON_BYTES   700

struct question {
    const struct hostname_record *hostname;
    const struct decision_policy *policy;
};

/* Puts the numbers of its sentence and returns true, or returns false. */
typedef bool rule_applies(const struct question *question, struct sentence_values *values);

struct decision_rule {
    enum decision_action action;
    enum rule rule;
    rule_applies *applies;
};

static void put_mode(struct sentence_values *values, const char *name, enum mode mode)
{
    sentence_put_text(values, name, mode == MODE_NONE ? "no mode" : mode_name(mode));
}

static const struct warning *find_warning(const struct hostname_record *hostname, enum code code)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        for (size_t j = 0; j < origin->warning_count; j++) {
            if (origin->warnings[j].code == code)
                return &origin->warnings[j];
        }
    }
    return NULL;
}

static enum mode weakest_above(mode_set set, enum mode mode)
{
    return mode_set_weakest((mode_set)(set & mode_set_range((enum mode)(mode + 1), MODE_STRICT)));
}

/* The first blocker that rules out the weakest mode above `mode`. */
static const struct blocker *first_blocker_above(const struct hostname_record *hostname, enum mode mode)
{
    const struct blocker *first = NULL;
    enum mode ruled_out = MODE_NONE;

    for (size_t i = 0; i < hostname->origin_count; i++) {
        for (size_t j = 0; j < hostname->origins[i].blocker_count; j++) {
            const struct blocker *blocker = &hostname->origins[i].blockers[j];
            enum mode weakest = weakest_above(blocker->rules_out, mode);
            if (weakest == MODE_NONE || weakest > hostname->ceiling || (first != NULL && weakest >= ruled_out))
                continue;
            first = blocker;
            ruled_out = weakest;
        }
    }
    return first;
}

static const char *why_incomplete(const struct hostname_record *hostname)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct origin_record *origin = &hostname->origins[i];
        if (origin->status == STATUS_INCOMPLETE && origin->incomplete_detail != NULL)
            return origin->incomplete_detail;
    }
    return hostname->incomplete_detail != NULL ? hostname->incomplete_detail
                                               : code_sentence(hostname->incomplete_reason);
}

static bool is_not_scanned(const struct question *question, struct sentence_values *values)
{
    (void)values;
    return question->hostname->status == STATUS_OPTED_OUT;
}

static bool has_no_verdict(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->status == STATUS_COMPLETE)
        return false;
    sentence_put_text(values, "code", code_name(hostname->incomplete_reason));
    sentence_put_text(values, "detail", why_incomplete(hostname));
    return true;
}

static void put_several_origins(struct sentence_values *values, const struct hostname_record *hostname)
{
    if (hostname->origin_count > 1)
        sentence_put_count(values, "origins", hostname->origin_count);
}

static bool works_nowhere(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->supported_mode != MODE_NONE || hostname->current_mode > hostname->ceiling)
        return false;
    put_mode(values, "from", hostname->current_mode);
    put_several_origins(values, hostname);
    return true;
}

static bool is_stronger_than_supported(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->supported_mode >= hostname->current_mode || hostname->current_mode > hostname->ceiling)
        return false;
    put_mode(values, "from", hostname->current_mode);
    put_mode(values, "supported", hostname->supported_mode);
    return true;
}

static bool is_above_the_ceiling(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    put_mode(values, "from", hostname->current_mode);
    put_mode(values, "ceiling", hostname->ceiling);
    return hostname->current_mode > hostname->ceiling;
}

static bool is_at_the_ceiling(const struct question *question, struct sentence_values *values)
{
    put_mode(values, "from", question->hostname->current_mode);
    return question->hostname->current_mode >= question->hostname->ceiling;
}

static bool is_ruled_out(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;
    const struct confidence *confidence = &hostname->confidence;
    const struct blocker *blocker = NULL;

    if (hostname->recommended_mode > hostname->current_mode)
        return false;
    blocker = first_blocker_above(hostname, hostname->current_mode);
    if (blocker == NULL)
        return false;
    put_mode(values, "from", hostname->current_mode);
    sentence_put_text(values, "code", code_name(blocker->code));
    sentence_put_excerpt(values, "url", blocker->url, URL_BYTES);
    put_mode(values, "mode", weakest_above(blocker->rules_out, hostname->current_mode));
    sentence_put_excerpt(values, "detail", blocker->detail, DETAIL_BYTES);
    if (blocker->url != NULL && confidence->against > 0) {
        sentence_put_count(values, "against", confidence->against);
        sentence_put_count(values, "pairs", confidence->pairs);
    }
    return true;
}

static bool is_not_stronger(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    put_mode(values, "from", hostname->current_mode);
    put_several_origins(values, hostname);
    return hostname->recommended_mode <= hostname->current_mode;
}

static bool is_custom(const struct question *question, struct sentence_values *values)
{
    put_mode(values, "to", question->hostname->recommended_mode);
    return question->hostname->setting == SETTING_CUSTOM;
}

static bool may_be_the_edge(const struct question *question, struct sentence_values *values)
{
    put_mode(values, "to", question->hostname->recommended_mode);
    return question->policy->addresses_may_be_the_edge;
}

static bool is_warned(const struct question *question, enum code code, struct sentence_values *values)
{
    const struct warning *warning = find_warning(question->hostname, code);

    if (warning == NULL)
        return false;
    put_mode(values, "to", question->hostname->recommended_mode);
    sentence_put_excerpt(values, "detail", warning->detail, DETAIL_BYTES);
    return true;
}

static bool expires_soon(const struct question *question, struct sentence_values *values)
{
    return mode_needs_certificate(question->hostname->recommended_mode) &&
           is_warned(question, CODE_CERTIFICATE_EXPIRES_SOON, values);
}

static bool has_small_sample(const struct question *question, struct sentence_values *values)
{
    return is_warned(question, CODE_SMALL_SAMPLE, values);
}

static bool has_weak_evidence(const struct question *question, struct sentence_values *values)
{
    return is_warned(question, CODE_WEAK_EVIDENCE, values);
}

static bool would_pin_https(const struct question *question, struct sentence_values *values)
{
    const struct warning *warning = find_warning(question->hostname, CODE_HSTS_NEW);
    struct slice header = slice_of(warning == NULL ? NULL : warning->detail);

    put_mode(values, "to", question->hostname->recommended_mode);
    return question->policy->zone_has_off && slice_find_nocase(header, SLICE("includesubdomains")) != header.len;
}

static int64_t first_expiry(const struct hostname_record *hostname)
{
    int64_t first = -1;

    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct certificate_record *certificate = &hostname->origins[i].certificate;
        if (certificate->seen && certificate->not_after_s > 0 && (first < 0 || certificate->not_after_s < first))
            first = certificate->not_after_s;
    }
    return first;
}

static uint32_t count_improved(const struct hostname_record *hostname)
{
    uint32_t count = 0;

    for (size_t i = 0; i < hostname->origin_count; i++)
        count += hostname->origins[i].pairs.of[PAIR_IMPROVED];
    return count;
}

static void put_pairs(struct sentence_values *values, const struct confidence *confidence, uint32_t improved)
{
    sentence_put_count(values, "same", confidence->pairs - confidence->against);
    sentence_put_count(values, "pairs", confidence->pairs);
    if (improved > 0)
        sentence_put_count(values, "improved", improved);
    sentence_put_bound(values, "bound", confidence->upper_bound);
    sentence_put_share(values, "level", confidence->level);
}

/* What is left to say of an upgrade: how long its certificate lasts, and what stands in the way of more. */
static void put_outlook(struct sentence_values *values, const struct hostname_record *hostname)
{
    enum mode to = hostname->recommended_mode;
    int64_t expiry = first_expiry(hostname);
    const struct blocker *blocker = first_blocker_above(hostname, to);

    if (mode_needs_certificate(to) && expiry > 0)
        sentence_put_day(values, "until", expiry);
    if (blocker != NULL) {
        sentence_put_text(values, "code", code_name(blocker->code));
        put_mode(values, "mode", weakest_above(blocker->rules_out, to));
    }
}

static bool changes_nothing(const struct question *question, struct sentence_values *values)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->confidence.upper_bound >= 0)
        return false;
    put_mode(values, "from", hostname->current_mode);
    put_mode(values, "to", hostname->recommended_mode);
    put_outlook(values, hostname);
    return true;
}

static bool pairs_agree(const struct question *question, struct sentence_values *values)
{
    put_pairs(values, &question->hostname->confidence, count_improved(question->hostname));
    put_outlook(values, question->hostname);
    return true;
}

/* The first that applies decides; from may_be_the_edge on, the recommended mode is stronger than today's. */
static const struct decision_rule rules[] = {
    {ACTION_NONE, RULE_NOT_SCANNED, is_not_scanned},
    {ACTION_NONE, RULE_NO_VERDICT, has_no_verdict},
    {ACTION_NONE, RULE_NOTHING_WORKS, works_nowhere},
    {ACTION_NONE, RULE_NEVER_LOWERED, is_stronger_than_supported},
    {ACTION_NONE, RULE_ABOVE_CEILING, is_above_the_ceiling},
    {ACTION_NONE, RULE_AT_CEILING, is_at_the_ceiling},
    {ACTION_NONE, RULE_RULED_OUT, is_ruled_out},
    {ACTION_NONE, RULE_NO_COMMON_MODE, is_not_stronger},
    {ACTION_HOLD, RULE_MAY_BE_THE_EDGE, may_be_the_edge},
    {ACTION_HOLD, RULE_CUSTOM, is_custom},
    {ACTION_HOLD, RULE_EXPIRES_SOON, expires_soon},
    {ACTION_HOLD, RULE_SMALL_SAMPLE, has_small_sample},
    {ACTION_HOLD, RULE_WEAK_EVIDENCE, has_weak_evidence},
    {ACTION_HOLD, RULE_WOULD_PIN_HTTPS, would_pin_https},
    {ACTION_UPGRADE, RULE_NOTHING_CHANGES, changes_nothing},
    {ACTION_UPGRADE, RULE_PAIRS_AGREE, pairs_agree},
};

int decision_say(struct decision *decision, enum rule rule, const struct sentence_values *values, struct arena *arena)
{
    char reason[SENTENCE_BYTES];
    struct buf numbers;
    struct json_writer json;

    buf_init(&numbers, 0);
    json_init(&json, &numbers, false);
    sentence_write_values(&json, values);
    decision->rule = rule;
    decision->reason = arena_text(arena, rule_sentence(rule, values, reason));
    decision->numbers = numbers.failed ? NULL : arena_text(arena, buf_text(&numbers));
    buf_release(&numbers);
    return decision->reason == NULL || decision->numbers == NULL ? -1 : 0;
}

int decide_hostname(struct hostname_record *hostname, const struct decision_policy *policy, struct arena *arena)
{
    struct question question = {hostname, policy};
    struct decision decision = {.from = hostname->current_mode, .to = hostname->recommended_mode};
    struct sentence_values values = {.count = 0};
    const struct decision_rule *rule = rules;

    while (!rule->applies(&question, &values)) {
        rule++;
        values.count = 0;
    }
    decision.action = rule->action;
    decision.percent = decision.action == ACTION_UPGRADE ? policy->first_percent : 0;
    hostname->decision = decision;
    return decision_say(&hostname->decision, rule->rule, &values, arena);
}

static size_t count_action(const struct scan_record *record, enum decision_action action)
{
    size_t count = 0;

    for (size_t i = 0; i < record->hostname_count; i++)
        count += record->hostnames[i].decision.action == action;
    return count;
}

static size_t count_complete(const struct scan_record *record)
{
    size_t count = 0;

    for (size_t i = 0; i < record->hostname_count; i++)
        count += record->hostnames[i].status == STATUS_COMPLETE;
    return count;
}

/* A hostname that would have to change for the zone's mode and is held back. */
static const struct hostname_record *first_held(const struct scan_record *record)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        const struct hostname_record *hostname = &record->hostnames[i];
        if (hostname->current_mode < record->recommended_mode && hostname->decision.action == ACTION_HOLD)
            return hostname;
    }
    return NULL;
}

static uint32_t count_zone_improved(const struct scan_record *record)
{
    uint32_t count = 0;

    for (size_t i = 0; i < record->hostname_count; i++)
        count += count_improved(&record->hostnames[i]);
    return count;
}

static enum rule decide_without_verdict(const struct scan_record *record, struct sentence_values *values)
{
    if (record->hostname_count == 0)
        return RULE_ZONE_EMPTY;
    sentence_put_count(values, "hostnames", record->hostname_count);
    if (record->incomplete_reason == CODE_NONE)
        return RULE_ZONE_NOT_SCANNED;
    sentence_put_text(values, "detail", code_sentence(record->incomplete_reason));
    return RULE_ZONE_NO_VERDICT;
}

static enum rule let_hostnames_decide(const struct scan_record *record, size_t complete, struct sentence_values *values)
{
    sentence_put_count(values, "hostnames", record->hostname_count);
    sentence_put_count(values, "complete", complete);
    sentence_put_count(values, "upgraded", count_action(record, ACTION_UPGRADE));
    sentence_put_count(values, "held", count_action(record, ACTION_HOLD));
    return RULE_HOSTNAMES_DECIDE;
}

static enum rule upgrade_zone(const struct scan_record *record, struct sentence_values *values)
{
    put_mode(values, "to", record->recommended_mode);
    sentence_put_count(values, "hostnames", record->hostname_count);
    if (record->confidence.upper_bound < 0) {
        put_mode(values, "from", record->current_mode);
        return RULE_ZONE_NOTHING_CHANGES;
    }
    put_pairs(values, &record->confidence, count_zone_improved(record));
    return RULE_ZONE_PAIRS_AGREE;
}

static enum rule decide_several(const struct scan_record *record, enum decision_action *action,
                                struct sentence_values *values)
{
    size_t complete = count_complete(record);
    const struct hostname_record *holder = first_held(record);

    *action = ACTION_NONE;
    if (complete == 0)
        return decide_without_verdict(record, values);
    if (record->status != STATUS_COMPLETE || record->recommended_mode <= record->current_mode)
        return let_hostnames_decide(record, complete, values);
    if (holder != NULL) {
        *action = ACTION_HOLD;
        sentence_put_excerpt(values, "hostname", holder->hostname, HOSTNAME_BYTES);
        sentence_put_excerpt(values, "detail", holder->decision.reason, REASON_BYTES);
        return RULE_HOSTNAME_HOLDS;
    }
    *action = ACTION_UPGRADE;
    return upgrade_zone(record, values);
}

int decide_zone(struct scan_record *record, const struct decision_policy *policy, struct arena *arena)
{
    struct decision decision = {.from = record->current_mode, .to = record->recommended_mode};
    struct sentence_values values = {.count = 0};

    if (record->hostname_count == 1) {
        record->decision = record->hostnames[0].decision;
        return 0;
    }
    enum rule rule = decide_several(record, &decision.action, &values);
    decision.percent = decision.action == ACTION_UPGRADE ? policy->first_percent : 0;
    record->decision = decision;
    return decision_say(&record->decision, rule, &values, arena);
}

int decide_record(struct scan_record *record, const struct decision_policy *policy)
{
    struct decision_policy own = *policy;

    for (size_t i = 0; i < record->hostname_count; i++)
        own.zone_has_off |= record->hostnames[i].current_mode == MODE_OFF;
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (decide_hostname(&record->hostnames[i], &own, &record->arena) != 0)
            return -1;
    }
    return decide_zone(record, &own, &record->arena);
}

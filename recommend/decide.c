#include "recommend/decide.h"

#include "base/clock.h"
#include "base/limits.h"

#include <stdio.h>
#include <string.h>

#define REASON_BYTES 1024

struct question {
    const struct hostname_record *hostname;
    const struct decision_policy *policy;
};

/* Says in `reason` why it applies and returns true, or returns false. */
typedef bool rule_applies(const struct question *question, char *reason);

struct rule {
    enum decision_action action;
    rule_applies *applies;
};

static const char *shown_mode(enum mode mode)
{
    return mode == MODE_NONE ? "no mode" : mode_name(mode);
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

static bool has_no_verdict(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->status == STATUS_COMPLETE)
        return false;
    if (hostname->status == STATUS_OPTED_OUT)
        snprintf(reason, REASON_BYTES, "No verdict: it has opted out of being scanned.");
    else
        snprintf(reason, REASON_BYTES, "No verdict (%s): %s", code_name(hostname->incomplete_reason),
                 why_incomplete(hostname));
    return true;
}

static bool is_stronger_than_supported(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->supported_mode >= hostname->current_mode || hostname->current_mode > hostname->ceiling)
        return false;
    if (hostname->supported_mode == MODE_NONE)
        snprintf(reason, REASON_BYTES, "%s stays: no mode is known to work%s, and nothing is changed on a guess.",
                 shown_mode(hostname->current_mode), hostname->origin_count > 1 ? " on all its origins" : "");
    else
        snprintf(reason, REASON_BYTES, "%s stays, although only %s is known to work today: a mode is never lowered.",
                 shown_mode(hostname->current_mode), shown_mode(hostname->supported_mode));
    return true;
}

static bool is_at_the_ceiling(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->current_mode < hostname->ceiling)
        return false;
    snprintf(reason, REASON_BYTES, "%s is in use, and the ceiling allows nothing stronger.",
             shown_mode(hostname->current_mode));
    return true;
}

static bool is_blocked(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;
    const struct confidence *confidence = &hostname->confidence;
    const struct blocker *blocker = NULL;
    char numbers[64] = "";

    if (hostname->recommended_mode > hostname->current_mode)
        return false;
    blocker = first_blocker_above(hostname, hostname->current_mode);
    if (blocker == NULL)
        return false;
    if (blocker->url != NULL && confidence->against > 0)
        snprintf(numbers, sizeof(numbers), " (%u of %u pairs speak against it)", confidence->against,
                 confidence->pairs);
    snprintf(reason, REASON_BYTES, "%s stays: %s%s%.120s rules out %s: %.400s%s", shown_mode(hostname->current_mode),
             code_name(blocker->code), blocker->url == NULL ? "" : " at ", blocker->url == NULL ? "" : blocker->url,
             shown_mode(weakest_above(blocker->rules_out, hostname->current_mode)), blocker->detail, numbers);
    return true;
}

static bool is_not_stronger(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;

    if (hostname->recommended_mode > hostname->current_mode)
        return false;
    snprintf(reason, REASON_BYTES, "%s stays: no stronger mode is safe on all %zu origins.",
             shown_mode(hostname->current_mode), hostname->origin_count);
    return true;
}

static bool is_custom(const struct question *question, char *reason)
{
    if (question->hostname->setting != SETTING_CUSTOM)
        return false;
    snprintf(reason, REASON_BYTES, "%s is safe, but the setting is custom: its operator decides.",
             shown_mode(question->hostname->recommended_mode));
    return true;
}

static bool may_be_the_edge(const struct question *question, char *reason)
{
    if (!question->policy->addresses_may_be_the_edge)
        return false;
    snprintf(reason, REASON_BYTES,
             "%s is safe on the addresses from public DNS, but these may be the edge's own: name the origins with "
             "--origin, or the edge's ranges with --edge-cidrs.",
             shown_mode(question->hostname->recommended_mode));
    return true;
}

static bool expires_soon(const struct question *question, char *reason)
{
    const struct warning *warning = find_warning(question->hostname, CODE_CERTIFICATE_EXPIRES_SOON);
    enum mode to = question->hostname->recommended_mode;

    if (warning == NULL || !mode_needs_certificate(to))
        return false;
    snprintf(reason, REASON_BYTES, "%s is safe today, but its certificate has too little lifetime left: %.400s",
             shown_mode(to), warning->detail);
    return true;
}

static bool is_warned(const struct question *question, enum code code, char *reason)
{
    const struct warning *warning = find_warning(question->hostname, code);

    if (warning == NULL)
        return false;
    snprintf(reason, REASON_BYTES, "%s is safe as far as was seen, but not enough was (%s): %.400s",
             shown_mode(question->hostname->recommended_mode), code_name(code), warning->detail);
    return true;
}

static bool has_small_sample(const struct question *question, char *reason)
{
    return is_warned(question, CODE_SMALL_SAMPLE, reason);
}

static bool has_weak_evidence(const struct question *question, char *reason)
{
    return is_warned(question, CODE_WEAK_EVIDENCE, reason);
}

static bool would_pin_https(const struct question *question, char *reason)
{
    const struct warning *warning = find_warning(question->hostname, CODE_HSTS_NEW);
    struct slice header = slice_of(warning == NULL ? NULL : warning->detail);

    if (!question->policy->zone_has_off || slice_find_nocase(header, SLICE("includesubdomains")) == header.len)
        return false;
    snprintf(reason, REASON_BYTES,
             "%s is safe, but the origin would send Strict-Transport-Security with includeSubDomains while a hostname "
             "of the zone is in off: browsers keep it, and no rollback takes it back.",
             shown_mode(question->hostname->recommended_mode));
    return true;
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

/* "60 of 60 pairs give the visitor the same; the share of breaking URLs is below 4.9 % at 95 % confidence" */
static void say_pairs(const struct confidence *confidence, const struct decision *decision, bool improved, char *text,
                      size_t size)
{
    if (confidence->upper_bound < 0)
        snprintf(text, size, "No request changes between %s and %s", shown_mode(decision->from),
                 shown_mode(decision->to));
    else
        snprintf(text, size,
                 "%u of %u pairs give the visitor the same%s; the share of breaking URLs is below %.1f %% at %.0f %% "
                 "confidence",
                 confidence->pairs - confidence->against, confidence->pairs, improved ? " or better" : "",
                 100 * confidence->upper_bound, 100 * confidence->level);
}

static bool upgrades(const struct question *question, char *reason)
{
    const struct hostname_record *hostname = question->hostname;
    struct decision change = {.from = hostname->current_mode, .to = hostname->recommended_mode};
    int64_t expiry = first_expiry(hostname);
    const struct blocker *blocker = first_blocker_above(hostname, change.to);
    char pairs[256];
    char until[RFC3339_BYTES];
    char validity[64] = "";
    char stronger[96] = "";

    say_pairs(&hostname->confidence, &change, count_improved(hostname) > 0, pairs, sizeof(pairs));
    if (mode_needs_certificate(change.to) && expiry > 0)
        snprintf(validity, sizeof(validity), "; the certificate is valid until %.10s", time_format(expiry, until));
    if (blocker != NULL)
        snprintf(stronger, sizeof(stronger), "; %s rules out %s", code_name(blocker->code),
                 shown_mode(weakest_above(blocker->rules_out, change.to)));
    snprintf(reason, REASON_BYTES, "%s%s%s.", pairs, validity, stronger);
    return true;
}

/* The first that applies decides; from is_custom on, the recommended mode is stronger than today's. */
static const struct rule rules[] = {
    {ACTION_NONE, has_no_verdict},    {ACTION_NONE, is_stronger_than_supported},
    {ACTION_NONE, is_at_the_ceiling}, {ACTION_NONE, is_blocked},
    {ACTION_NONE, is_not_stronger},   {ACTION_HOLD, is_custom},
    {ACTION_HOLD, may_be_the_edge},   {ACTION_HOLD, expires_soon},
    {ACTION_HOLD, has_small_sample},  {ACTION_HOLD, has_weak_evidence},
    {ACTION_HOLD, would_pin_https},   {ACTION_UPGRADE, upgrades},
};

int decide_hostname(struct hostname_record *hostname, const struct decision_policy *policy, struct arena *arena)
{
    struct question question = {hostname, policy};
    struct decision decision = {.from = hostname->current_mode, .to = hostname->recommended_mode};
    char reason[REASON_BYTES] = "";

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].applies(&question, reason)) {
            decision.action = rules[i].action;
            break;
        }
    }
    decision.percent = decision.action == ACTION_UPGRADE ? policy->first_percent : 0;
    decision.reason = arena_text(arena, reason);
    hostname->decision = decision;
    return decision.reason == NULL ? -1 : 0;
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

static bool zone_improves(const struct scan_record *record)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (count_improved(&record->hostnames[i]) > 0)
            return true;
    }
    return false;
}

static enum decision_action decide_several(const struct scan_record *record, char *reason)
{
    size_t upgraded = count_action(record, ACTION_UPGRADE);
    size_t held = count_action(record, ACTION_HOLD);
    size_t complete = count_complete(record);
    const struct hostname_record *holder = first_held(record);
    struct decision change = {.from = record->current_mode, .to = record->recommended_mode};
    char pairs[256];

    if (record->hostname_count == 0) {
        snprintf(reason, REASON_BYTES, "No verdict: the zone has no hostname to scan.");
        return ACTION_NONE;
    }
    if (complete == 0) {
        snprintf(reason, REASON_BYTES, "No verdict on any of %zu hostnames: %s", record->hostname_count,
                 record->incomplete_reason == CODE_NONE ? "all have opted out of being scanned."
                                                        : code_sentence(record->incomplete_reason));
        return ACTION_NONE;
    }
    if (record->status != STATUS_COMPLETE || record->recommended_mode <= record->current_mode) {
        snprintf(reason, REASON_BYTES,
                 "Hostnames decide for themselves: of %zu, %zu with a verdict, %zu upgraded, %zu held back.",
                 record->hostname_count, complete, upgraded, held);
        return ACTION_NONE;
    }
    if (holder != NULL) {
        snprintf(reason, REASON_BYTES, "%.253s holds: %.700s", holder->hostname, holder->decision.reason);
        return ACTION_HOLD;
    }
    say_pairs(&record->confidence, &change, zone_improves(record), pairs, sizeof(pairs));
    snprintf(reason, REASON_BYTES, "%s is safe for all %zu hostnames. %s.", shown_mode(record->recommended_mode),
             record->hostname_count, pairs);
    return ACTION_UPGRADE;
}

int decide_zone(struct scan_record *record, const struct decision_policy *policy, struct arena *arena)
{
    struct decision decision = {.from = record->current_mode, .to = record->recommended_mode};
    char reason[REASON_BYTES] = "";

    if (record->hostname_count == 1) {
        record->decision = record->hostnames[0].decision;
        return 0;
    }
    decision.action = decide_several(record, reason);
    decision.percent = decision.action == ACTION_UPGRADE ? policy->first_percent : 0;
    decision.reason = arena_text(arena, reason);
    record->decision = decision;
    return decision.reason == NULL ? -1 : 0;
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

#include "scan/rollout_steps.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

#define DAY_S 86400

int rollout_check_clock(const struct rollout_run *run, const struct stored_rollout *stored, struct err *err)
{
    char now[RFC3339_BYTES];
    char then[RFC3339_BYTES];
    int64_t last_s = rollout_last_change_s(&stored->rollout);
    if (run->now_s >= last_s) {
        return 0;
    }
    return err_set(err, ERR_USAGE, "the clock has gone back: it is %s, and the rollout of %s changed at %s",
                   time_format(run->now_s, now), stored->hostname, time_format(last_s, then));
}

/* What is today's mode when the rollout has ended in this state. */
static int note_mode(const struct rollout_run *run, const struct stored_rollout *stored, enum rollout_state before,
                     struct err *err)
{
    bool committed = stored->rollout.state == ROLLOUT_COMMITTED;
    if (!committed && before != ROLLOUT_COMMITTED) {
        return 0;
    }
    return store_set_inventory_mode(run->store, stored->zone, stored->hostname,
                                    committed ? stored->rollout.to : stored->rollout.from, err);
}

static int write_step(const struct rollout_run *run, const struct stored_rollout *stored, enum rollout_event event,
                      const struct stored_observations *judged, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct stored_observations all = {NULL, 0, 0};
    struct step_taken step = {stored, event, judged != NULL ? judged : &all, judged != NULL};
    int result = judged != NULL ? 0 : store_read_observations(run->store, stored->id, INT64_MAX, &arena, &all, err);
    result = result == 0 ? ledger_write_step(run, &step, err) : -1;
    arena_release(&arena);
    return result;
}

int rollout_take_event(const struct rollout_run *run, struct stored_rollout *stored, enum rollout_event event,
                       enum rule rule, const char *reason, const struct stored_observations *observations,
                       struct err *err)
{
    enum rollout_state before = stored->rollout.state;
    if (rollout_check_clock(run, stored, err) != 0) {
        return -1;
    }
    if (!rollout_apply(&stored->rollout, event, run->now_s)) {
        return err_set(err, ERR_INTERNAL, "rollout of %s: %s is not possible while it is %s", stored->hostname,
                       rollout_event_name(event), rollout_state_name(stored->rollout.state));
    }
    stored->rule = rule;
    stored->reason = reason;
    if (note_mode(run, stored, before, err) != 0 || store_change_rollout(run->store, stored, err) != 0) {
        return -1;
    }
    return write_step(run, stored, event, observations, err);
}

int rollouts_note_modes(struct store *store, struct inventory_zone *inventory, struct err *err)
{
    for (size_t i = 0; i < inventory->hostname_count; i++) {
        struct inventory_hostname *hostname = &inventory->hostnames[i];
        struct stored_rollout stored;
        int found = store_find_rollout(store, inventory->zone, hostname->hostname, &inventory->arena, &stored, err);
        if (found < 0) {
            return -1;
        }
        const struct rollout *rollout = &stored.rollout;
        bool unknown = found == 0 || rollout->state == ROLLOUT_CANCELLED;
        enum mode mode = unknown ? MODE_NONE : rollout->state == ROLLOUT_COMMITTED ? rollout->to : rollout->from;
        hostname->mode = mode > hostname->mode ? mode : hostname->mode;
    }
    return 0;
}

int rollout_end(const struct rollout_run *run, struct stored_rollout *stored, enum rule rule, const char *reason,
                struct err *err)
{
    enum rollout_state next = stored->rollout.state;
    enum rollout_event event =
        rollout_transition(stored->rollout.state, EVENT_ROLL_BACK, &next) ? EVENT_ROLL_BACK : EVENT_CANCEL;
    return rollout_take_event(run, stored, event, rule, reason, NULL, err);
}

bool rollout_is_opted_out(const struct opt_out *list, const char *name, const struct hostname_record *hostname,
                          int64_t now_s, struct opt_out_match *match)
{
    if (opt_out_match_name(list, slice_of(name), now_s, match)) {
        return true;
    }
    for (size_t i = 0; hostname != NULL && i < hostname->origin_count; i++) {
        struct address address;
        if (address_parse(slice_of(hostname->origins[i].address), &address) == 0 &&
            opt_out_match_address(list, &address, now_s, match)) {
            return true;
        }
    }
    return false;
}

int rollout_end_if_opted_out(const struct rollout_run *run, struct stored_rollout *stored,
                             const struct hostname_record *hostname, struct err *err)
{
    struct opt_out_match match;
    struct sentence_values values = {.count = 0};
    char reason[SENTENCE_BYTES];
    if (!rollout_is_open(stored->rollout.state) ||
        !rollout_is_opted_out(run->opt_out, stored->hostname, hostname, run->now_s, &match)) {
        return 0;
    }
    sentence_put_text(&values, "detail", match.entry);
    rule_sentence(RULE_OPTED_OUT, &values, reason);
    return rollout_end(run, stored, RULE_OPTED_OUT, reason, err) == 0 ? 1 : -1;
}

int64_t rollouts_started_today(const struct rollout_run *run, struct err *err)
{
    return store_count_started(run->store, run->now_s - DAY_S + 1, err);
}

static const struct hostname_record *find_hostname(const struct scan_record *record, const char *name)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            return &record->hostnames[i];
        }
    }
    return NULL;
}

int rollout_ends_by_opt_out(const struct rollout_run *run, struct stored_rollout *stored, struct err *err)
{
    struct scan_record record;
    int found = store_read_latest(run->store, stored->zone, &record, err);
    if (found < 0) {
        return -1;
    }
    int result =
        rollout_end_if_opted_out(run, stored, found == 0 ? NULL : find_hostname(&record, stored->hostname), err);
    scan_record_release(&record);
    return result;
}

/* The evidence may have aged while the rollout waited. 1 if the policy no longer lets it start and it is over, 0, or
 * -1. */
static int end_if_refused(const struct rollout_run *run, struct stored_rollout *stored,
                          const struct hostname_record *hostname, struct err *err)
{
    const struct admission_context context = {
        .now_s = run->now_s, .changes_scheme = stored->rollout.changes_scheme, .approved = true, .ended_before_s = -1};
    struct admission admission;
    if (hostname == NULL || hostname->status != STATUS_COMPLETE) {
        return 0;
    }
    struct hostname_record asked = *hostname;
    struct rollout_policy policy = *run->policy;
    asked.recommended_mode = stored->rollout.to;
    policy.ceiling = hostname->ceiling; /* of its own scan; that of the run is another zone's */
    admission_judge(&asked, &policy, &context, &admission);
    if (admission.outcome != ADMISSION_REFUSED) {
        return 0;
    }
    return rollout_end(run, stored, admission.rule, admission.reason, err) == 0 ? 1 : -1;
}

static int end_before_start(const struct rollout_run *run, struct stored_rollout *stored,
                            const struct scan_record *record, struct err *err)
{
    const struct hostname_record *hostname = find_hostname(record, stored->hostname);
    int over = rollout_end_if_opted_out(run, stored, hostname, err);
    return over != 0 ? over : end_if_refused(run, stored, hostname, err);
}

/* Looks at the latest scan of its zone: `fresh`, if that is it. 1 if it is over, 0 if it may start, or -1. */
static int ends_before_start(const struct rollout_run *run, struct stored_rollout *stored,
                             const struct scan_record *fresh, struct err *err)
{
    struct scan_record record;
    if (fresh != NULL && strcmp(fresh->zone, stored->zone) == 0) {
        return end_before_start(run, stored, fresh, err);
    }
    int found = store_read_latest(run->store, stored->zone, &record, err);
    int result = found < 0 ? -1 : end_before_start(run, stored, &record, err);
    scan_record_release(&record);
    return result;
}

static int start(const struct rollout_run *run, struct stored_rollout *stored, struct err *err)
{
    struct sentence_values values = {.count = 0};
    char reason[SENTENCE_BYTES];
    sentence_put_count(&values, "percent", (uint64_t)ramp_percent(0));
    rule_sentence(RULE_STARTED, &values, reason);
    return rollout_take_event(run, stored, EVENT_START, RULE_STARTED, reason, NULL, err);
}

/* How many may start now. */
static size_t turns_left(const struct rollout_run *run, int64_t today)
{
    uint32_t limit = run->policy->upgrades_per_day;
    if (run->policy->stop || policy_frozen(run->policy, run->now_s) || (limit > 0 && today >= limit)) {
        return 0;
    }
    size_t left = limit == 0 ? LIMIT_ROLLOUT_STARTS : (size_t)(limit - today);
    return left < LIMIT_ROLLOUT_STARTS ? left : LIMIT_ROLLOUT_STARTS;
}

int rollouts_start_waiting(const struct rollout_run *run, const struct scan_record *fresh, size_t *started,
                           struct err *err)
{
    struct arena arena = {.head = NULL};
    struct stored_rollouts waiting = {NULL, 0};
    int64_t today = rollouts_started_today(run, err);
    size_t turns = today < 0 ? 0 : turns_left(run, today);
    int result = today < 0 ? -1 : 0;
    *started = 0;
    if (turns > 0) {
        result = store_waiting_rollouts(run->store, turns, &arena, &waiting, err);
    }
    for (size_t i = 0; result == 0 && i < waiting.count; i++) {
        if (run->now_s < rollout_last_change_s(&waiting.items[i].rollout)) {
            continue; /* the clock has gone back: its time has not come */
        }
        int over = ends_before_start(run, &waiting.items[i], fresh, err);
        result = over < 0 ? -1 : over > 0 ? 0 : start(run, &waiting.items[i], err);
        *started += result == 0 && over == 0;
    }
    arena_release(&arena);
    return result;
}

struct starting {
    const struct rollout_run *run;
    size_t *started;
};

static int start_due(struct store *store, void *context, struct err *err)
{
    const struct starting *starting = context;
    (void)store;
    return rollouts_start_waiting(starting->run, NULL, starting->started, err);
}

int rollouts_start_due(const struct rollout_run *run, size_t *started, struct err *err)
{
    struct starting starting = {run, started};
    *started = 0;
    return store_transaction(run->store, start_due, &starting, err);
}

/* Observing. */

struct observing {
    const struct rollout_run *run;
    const struct reported_observation *reported;
    size_t count;
    const char *source;
    struct rollouts_observed *observed;
    struct arena arena;
    struct stored_rollout *touched;
    size_t touched_count;
};

/* The rollout that the observation speaks of, each read once. NULL with *err set. */
static struct stored_rollout *rollout_of(struct observing *observing, const struct reported_observation *reported,
                                         struct err *err)
{
    for (size_t i = 0; i < observing->touched_count; i++) {
        struct stored_rollout *stored = &observing->touched[i];
        if (strcmp(stored->hostname, reported->hostname) == 0 && strcmp(stored->zone, reported->zone) == 0) {
            return stored;
        }
    }
    struct stored_rollout *stored = &observing->touched[observing->touched_count];
    int found =
        store_find_rollout(observing->run->store, reported->zone, reported->hostname, &observing->arena, stored, err);
    if (found == 0) {
        err_set(err, ERR_USAGE, "there is no rollout of %s in zone %s", reported->hostname, reported->zone);
    }
    observing->touched_count += found == 1;
    return found == 1 ? stored : NULL;
}

static int take_observation(struct observing *observing, const struct reported_observation *reported, struct err *err)
{
    struct stored_rollout *stored = rollout_of(observing, reported, err);
    struct buf text = {.data = NULL};
    int64_t id = 0;
    if (stored == NULL || rollout_check_clock(observing->run, stored, err) != 0) {
        return -1;
    }
    const struct rollout *rollout = &stored->rollout;
    const char *fault = observation_fault(&reported->observation, rollout->from, rollout->to, rollout->steps,
                                          rollout->step_count, observing->run->now_s, &text);
    int result = fault == NULL ? 0 : err_set(err, ERR_USAGE, "%s: %s", reported->hostname, fault);
    buf_release(&text);
    if (result == 0) {
        result = store_observation_overlaps(observing->run->store, stored->id, &reported->observation, err);
        result = result <= 0 ? result
                             : err_set(err, ERR_USAGE, "%s: the interval overlaps another that was reported before",
                                       reported->hostname);
    }
    if (result == 0) {
        int added = store_add_observation(observing->run->store, stored->id, &reported->observation, &id, err);
        observing->observed->added += added == 1;
        observing->observed->duplicates += added == 0;
        result = added < 0 ? -1 : 0;
    }
    return result;
}

static int go_on(struct observing *observing, struct stored_rollout *stored, struct err *err)
{
    const struct rollout_run *run = observing->run;
    struct stored_observations observations;
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_verdict verdict;
    if (store_read_observations(run->store, stored->id, INT64_MAX, &observing->arena, &observations, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < observations.count; i++) {
        rollout_evidence_add(&evidence, &observations.items[i]);
    }
    rollout_judge(&stored->rollout, &evidence, run->policy, run->now_s, &verdict);
    stored->power = verdict.least_power;
    stored->reason = arena_text(&observing->arena, verdict.reason);
    if (stored->reason == NULL) {
        return err_memory(err);
    }
    observing->observed->changed += verdict.changes;
    if (verdict.changes) {
        return rollout_take_event(run, stored, verdict.event, verdict.rule, stored->reason, &observations, err);
    }
    stored->rule = verdict.rule;
    return store_change_rollout(run->store, stored, err);
}

static int observe(struct store *store, void *context, struct err *err)
{
    struct observing *observing = context;
    size_t started = 0;
    (void)store;
    for (size_t i = 0; i < observing->count; i++) {
        if (take_observation(observing, &observing->reported[i], err) != 0) {
            return err_prefix(err, "%s:%zu", observing->source, observing->reported[i].line);
        }
    }
    for (size_t i = 0; i < observing->touched_count; i++) {
        struct stored_rollout *stored = &observing->touched[i];
        int over = rollout_ends_by_opt_out(observing->run, stored, err);
        observing->observed->changed += over > 0;
        if (over < 0 || (over == 0 && rollout_is_open(stored->rollout.state) && stored->rollout.step_count > 0 &&
                         go_on(observing, stored, err) != 0)) {
            return -1;
        }
    }
    int result = rollouts_start_waiting(observing->run, NULL, &started, err);
    observing->observed->changed += started;
    return result;
}

int rollouts_observe(const struct rollout_run *run, const struct reported_observation *reported, size_t count,
                     const char *source, struct rollouts_observed *observed, struct err *err)
{
    struct observing observing = {
        .run = run, .reported = reported, .count = count, .source = source, .observed = observed};
    *observed = (struct rollouts_observed){0, 0, 0};
    observing.touched = arena_alloc(&observing.arena, (count + 1) * sizeof *observing.touched);
    int result = observing.touched == NULL ? err_memory(err) : store_transaction(run->store, observe, &observing, err);
    arena_release(&observing.arena);
    return result;
}

/* By hand. */

struct by_hand {
    const struct rollout_run *run;
    const char *zone, *hostname;
    enum rollout_event event;
    size_t *changed;
    bool spare_committed; /* the zone as a whole is meant, and has others that are in progress */
};

static enum rollout_event event_for(enum rollout_event asked, enum rollout_state state)
{
    bool not_started = state == ROLLOUT_PROPOSED || state == ROLLOUT_WAITING;
    return asked == EVENT_ROLL_BACK && not_started ? EVENT_CANCEL : asked;
}

/* Whether the zone has a rollout that roll_back could take back before any visitor relies on its mode. */
static bool any_is_open(const struct stored_rollouts *rollouts)
{
    bool open = false;
    for (size_t i = 0; i < rollouts->count; i++) {
        open = open || rollout_is_open(rollouts->items[i].rollout.state);
    }
    return open;
}

static int change_by_hand(const struct by_hand *by_hand, struct stored_rollout *stored, struct err *err)
{
    enum rollout_event event = event_for(by_hand->event, stored->rollout.state);
    enum rollout_state next = stored->rollout.state;
    struct sentence_values values = {.count = 0};
    char reason[SENTENCE_BYTES];
    bool named = by_hand->hostname != NULL;
    if ((named && strcmp(by_hand->hostname, stored->hostname) != 0) ||
        (!named && by_hand->spare_committed && stored->rollout.state == ROLLOUT_COMMITTED) ||
        !rollout_transition(stored->rollout.state, event, &next)) {
        return 0;
    }
    int over = event == EVENT_APPROVE ? rollout_ends_by_opt_out(by_hand->run, stored, err) : 0;
    if (over != 0) {
        return over < 0 ? -1 : 0;
    }
    sentence_put_text(&values, "event", rollout_event_phrase(event));
    rule_sentence(RULE_BY_HAND, &values, reason);
    ++*by_hand->changed;
    return rollout_take_event(by_hand->run, stored, event, RULE_BY_HAND, reason, NULL, err);
}

static int do_by_hand(struct store *store, void *context, struct err *err)
{
    struct by_hand *by_hand = context;
    struct arena arena = {.head = NULL};
    struct stored_rollouts rollouts;
    size_t started = 0;
    int result = store_latest_rollouts(store, by_hand->zone, &arena, &rollouts, err);
    by_hand->spare_committed = result == 0 && any_is_open(&rollouts);
    for (size_t i = 0; result == 0 && i < rollouts.count; i++) {
        result = change_by_hand(by_hand, &rollouts.items[i], err);
    }
    if (result == 0 && *by_hand->changed == 0) {
        const char *name = by_hand->hostname != NULL ? by_hand->hostname : by_hand->zone;
        bool back = by_hand->event == EVENT_ROLL_BACK;
        result = err_set(err, ERR_USAGE, "%s has no rollout that %s could change; see 'origintls upgrade list'", name,
                         back ? "rollback" : rollout_event_name(by_hand->event));
    }
    if (result == 0 && by_hand->event == EVENT_APPROVE) {
        result = rollouts_start_waiting(by_hand->run, NULL, &started, err);
    }
    arena_release(&arena);
    return result;
}

int rollouts_by_hand(const struct rollout_run *run, const char *zone, const char *hostname, enum rollout_event event,
                     size_t *changed, struct err *err)
{
    struct by_hand by_hand = {.run = run, .zone = zone, .hostname = hostname, .event = event, .changed = changed};
    *changed = 0;
    return store_transaction(run->store, do_by_hand, &by_hand, err);
}

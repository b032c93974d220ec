/* Opt-outs win over rollouts, and over what is stored. */
#include "recommend/decide.h"
#include "scan/rollout_steps.h"

struct storing {
    const struct rollout_run *run;
    const struct store_opt_out *entries;
    size_t count;
};

static int add_opt_outs(struct store *store, void *context, struct err *err)
{
    const struct storing *storing = context;
    if (store_add_opt_outs(store, storing->entries, storing->count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < storing->count; i++) {
        if (ledger_write_opt_out(storing->run, "added", &storing->entries[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int rollouts_add_opt_outs(const struct rollout_run *run, const struct store_opt_out *entries, size_t count,
                          struct err *err)
{
    struct storing storing = {run, entries, count};
    return store_transaction(run->store, add_opt_outs, &storing, err);
}

static int remove_opt_out(struct store *store, void *context, struct err *err)
{
    const struct storing *storing = context;
    int removed = store_remove_opt_out(store, storing->entries[0].kind, storing->entries[0].value, err);
    if (removed != 1) {
        return removed;
    }
    return ledger_write_opt_out(storing->run, "removed", &storing->entries[0], err) == 0 ? 1 : -1;
}

int rollouts_remove_opt_out(const struct rollout_run *run, enum opt_out_kind kind, const char *value, struct err *err)
{
    const struct store_opt_out entry = {.kind = kind, .value = value, .expires_s = -1};
    struct storing storing = {run, &entry, 1};
    return store_transaction(run->store, remove_opt_out, &storing, err);
}

struct honouring {
    const struct rollout_run *run;
    size_t *ended;
};

static int honour(struct store *store, void *context, struct err *err)
{
    struct honouring *honouring = context;
    struct arena arena = {.head = NULL};
    struct stored_rollouts rollouts;
    int result = store_open_rollouts(store, &arena, &rollouts, err);
    for (size_t i = 0; result == 0 && i < rollouts.count; i++) {
        int over = rollout_ends_by_opt_out(honouring->run, &rollouts.items[i], err);
        *honouring->ended += over > 0;
        result = over < 0 ? -1 : 0;
    }
    arena_release(&arena);
    return result;
}

int rollouts_honour_opt_outs(const struct rollout_run *run, size_t *ended, struct err *err)
{
    struct honouring honouring = {run, ended};
    *ended = 0;
    return store_transaction(run->store, honour, &honouring, err);
}

static int mask_hostname(struct hostname_record *hostname, struct arena *arena)
{
    const struct sentence_values none = {.count = 0};
    hostname->status = STATUS_OPTED_OUT;
    hostname->incomplete_reason = CODE_NONE;
    hostname->supported_mode = MODE_NONE;
    hostname->recommended_mode = MODE_NONE;
    hostname->safe_modes = 0;
    hostname->confidence =
        (struct confidence){.upper_bound = -1, .level = hostname->confidence.level, .request_coverage = -1};
    hostname->decision = (struct decision){.action = ACTION_NONE, .from = hostname->current_mode, .to = MODE_NONE};
    hostname->origin_count = 0;
    hostname->candidate_count = 0;
    return decision_say(&hostname->decision, RULE_NOT_SCANNED, &none, arena);
}

static int mask_zone(struct scan_record *record, size_t complete, size_t opted_out, struct arena *arena)
{
    const struct sentence_values none = {.count = 0};
    record->status = opted_out == record->hostname_count ? STATUS_OPTED_OUT
                     : complete > 0                      ? STATUS_PARTIAL
                                                         : STATUS_INCOMPLETE;
    record->supported_mode = MODE_NONE;
    record->recommended_mode = MODE_NONE;
    record->confidence =
        (struct confidence){.upper_bound = -1, .level = record->confidence.level, .request_coverage = -1};
    record->decision = (struct decision){.action = ACTION_NONE, .from = record->current_mode, .to = MODE_NONE};
    return decision_say(&record->decision, RULE_ZONE_HIDDEN, &none, arena);
}

int opt_out_masked(const struct opt_out *list, int64_t now_s, const struct scan_record *record, struct arena *arena,
                   struct scan_record *masked)
{
    size_t complete = 0;
    size_t opted_out = 0;
    bool changed = false;
    *masked = *record;
    masked->hostnames = arena_alloc(arena, (record->hostname_count + 1) * sizeof *masked->hostnames);
    if (masked->hostnames == NULL) {
        return -1;
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        struct hostname_record *hostname = &masked->hostnames[i];
        *hostname = record->hostnames[i];
        if (hostname->status != STATUS_OPTED_OUT &&
            rollout_is_opted_out(list, hostname->hostname, hostname, now_s, NULL)) {
            changed = true;
            if (mask_hostname(hostname, arena) != 0) {
                return -1;
            }
        }
        complete += hostname->status == STATUS_COMPLETE;
        opted_out += hostname->status == STATUS_OPTED_OUT;
    }
    return changed ? mask_zone(masked, complete, opted_out, arena) : 0;
}

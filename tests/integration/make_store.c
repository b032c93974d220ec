/* make_store FILE ZONES: a database with the samples, the hostile one among them, and so many made-up zones of every
 * kind of outcome, for those who look at reports. */
#include "base/clock.h"
#include "db/rollout_store.h"
#include "tests/support/sample_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 20, KINDS = 10 };

static void recommend(struct scan_record *record, enum mode current, enum mode recommended, enum decision_action action,
                      int percent)
{
    struct hostname_record *hostname = &record->hostnames[0];
    hostname->origins[0].blocker_count = 0;
    hostname->current_mode = record->current_mode = current;
    hostname->recommended_mode = hostname->supported_mode = recommended;
    record->recommended_mode = record->supported_mode = recommended;
    hostname->safe_modes = mode_set_range(current, recommended);
    hostname->decision = (struct decision){.action = action,
                                           .from = current,
                                           .to = recommended,
                                           .reason = "Every sampled URL gives the same.",
                                           .percent = percent};
    record->decision = hostname->decision;
}

static void leave_without_verdict(struct scan_record *record)
{
    struct hostname_record *hostname = &record->hostnames[0];
    recommend(record, MODE_FLEXIBLE, MODE_NONE, ACTION_NONE, 0);
    record->status = hostname->status = hostname->origins[0].status = STATUS_INCOMPLETE;
    record->incomplete_reason = hostname->incomplete_reason = hostname->origins[0].incomplete_reason = CODE_BLOCKED;
    hostname->safe_modes = 0;
    hostname->confidence.upper_bound = -1;
    hostname->confidence.pairs = 0;
}

static void vary(struct scan_record *record, unsigned number)
{
    static const int percents[] = {1, 10, 50, 100};
    record->hostnames[0].origins[0].certificate.not_after_s =
        time_from_civil(2026, 11, 20, 0, 0, 0) + (int64_t)(number % 400) * 86400;
    switch (number % KINDS) {
    case 0:
    case 1:
    case 2:
        recommend(record, MODE_FLEXIBLE, MODE_FULL_STRICT, ACTION_UPGRADE, percents[number / KINDS % 4]);
        break;
    case 3:
        recommend(record, MODE_FULL, MODE_FULL_STRICT, ACTION_HOLD, 0);
        break;
    case 4:
        leave_without_verdict(record);
        break;
    case 5:
        recommend(record, MODE_FULL_STRICT, MODE_FULL_STRICT, ACTION_NONE, 0);
        break;
    default:
        break;
    }
}

static void stop(const struct err *err)
{
    fprintf(stderr, "make_store: %s\n", err->message);
    exit(1);
}

static void keep(struct store *store, struct scan_record *record)
{
    struct err err = ERR_INIT;
    if (store_write_scan(store, record, NULL, &err) != 0) {
        stop(&err);
    }
    scan_record_release(record);
}

/* A rollout that gets one visitor in ten, one that was taken back, and one that waits. */
static void add_rollout(struct store *store, const char *zone, const enum rollout_event *events, size_t count)
{
    const int64_t start_s = time_from_civil(2026, 11, 20, 0, 0, 0);
    struct err err = ERR_INIT;
    struct stored_rollout stored = {
        .zone = zone,
        .hostname = zone,
        .scan_id = "made up",
        .rollout = {.from = MODE_FLEXIBLE,
                    .to = MODE_FULL_STRICT,
                    .changes_scheme = true,
                    .state = ROLLOUT_WAITING,
                    .opened_s = start_s,
                    .ended_s = -1},
        .rule = RULE_FROZEN,
        .reason = "A freeze window is open.",
        .power = -1,
    };
    for (size_t i = 0; i < count; i++) {
        rollout_apply(&stored.rollout, events[i], start_s + (int64_t)(i + 1) * 86400);
    }
    if (store_add_rollout(store, &stored, &err) != 0) {
        stop(&err);
    }
}

static void add_rollouts(struct store *store)
{
    add_rollout(store, "zone-000000.example", (enum rollout_event[]){EVENT_START, EVENT_ADVANCE}, 2);
    add_rollout(store, "zone-000001.example", (enum rollout_event[]){EVENT_START, EVENT_ROLL_BACK}, 2);
    add_rollout(store, "zone-000002.example", NULL, 0);
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    if (argc != 3) {
        fprintf(stderr, "usage: make_store FILE ZONES\n");
        return 2;
    }
    struct store *store = store_open(argv[1], STORE_READ_WRITE, &err);
    if (store == NULL) {
        stop(&err);
    }
    struct scan_record record;
    sample_upgrade(&record);
    keep(store, &record);
    sample_mixed(&record);
    keep(store, &record);
    sample_hostile(&record);
    keep(store, &record);
    unsigned zones = (unsigned)strtoul(argv[2], NULL, 10);
    for (unsigned i = 0; i < zones; i++) {
        sample_numbered(&record, i, PAIRS);
        vary(&record, i);
        keep(store, &record);
    }
    if (zones >= 3) {
        add_rollouts(store);
    }
    store_close(store);
    return 0;
}

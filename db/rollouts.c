#include "base/limits.h"
#include "db/rollout_store.h"
#include "db/row.h"

#include <string.h>

int store_transaction(struct store *store, store_work *work, void *context, struct err *err)
{
    if (store_begin_write(store, err) != 0) {
        return -1;
    }
    return store_end(store, work(store, context, err), err);
}

int store_snapshot(struct store *store, store_work *work, void *context, struct err *err)
{
    if (store_begin_read(store, err) != 0) {
        return -1;
    }
    return store_end(store, work(store, context, err), err);
}

static int write_steps(struct store *store, const struct stored_rollout *stored, struct err *err)
{
    store->started.known = false;
    for (size_t i = 0; i < stored->rollout.step_count; i++) {
        const struct ramp_period *step = &stored->rollout.steps[i];
        struct row_writer row;
        row_writer_init(&row, store, PUT_ROLLOUT_STEP, err);
        row_put_int(&row, stored->id);
        row_put_int(&row, (int64_t)i);
        row_put_int(&row, step->percent);
        row_put_int(&row, step->since_s);
        row_put_known(&row, step->until_s == INT64_MAX ? -1 : step->until_s);
        if (row_write(&row) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_rollout(struct store *store, void *context, struct err *err)
{
    struct stored_rollout *stored = context;
    int64_t zone = store_zone_id(store, stored->zone, err);
    int64_t hostname = zone < 0 ? -1 : store_hostname_id(store, zone, stored->hostname, err);
    struct row_writer row;
    if (hostname < 0) {
        return -1;
    }
    row_writer_init(&row, store, ADD_ROLLOUT, err);
    row_put_int(&row, hostname);
    row_put_text(&row, stored->scan_id);
    row_put_mode(&row, stored->rollout.from);
    row_put_mode(&row, stored->rollout.to);
    row_put_int(&row, stored->rollout.changes_scheme);
    row_put_text(&row, rollout_state_name(stored->rollout.state));
    row_put_text(&row, rule_name(stored->rule));
    row_put_text(&row, stored->reason);
    row_put_int(&row, stored->weight > INT64_MAX ? INT64_MAX : (int64_t)stored->weight);
    row_put_known_real(&row, stored->power);
    row_put_int(&row, stored->rollout.opened_s);
    row_put_known(&row, stored->rollout.ended_s);
    if (row_write(&row) != 0) {
        return -1;
    }
    stored->id = sqlite3_last_insert_rowid(store->db);
    return write_steps(store, stored, err);
}

int store_add_rollout(struct store *store, struct stored_rollout *rollout, struct err *err)
{
    return store_transaction(store, add_rollout, rollout, err);
}

static int change_rollout(struct store *store, void *context, struct err *err)
{
    const struct stored_rollout *stored = context;
    struct row_writer row;
    row_writer_init(&row, store, CHANGE_ROLLOUT, err);
    row_put_text(&row, rollout_state_name(stored->rollout.state));
    row_put_text(&row, rule_name(stored->rule));
    row_put_text(&row, stored->reason);
    row_put_known_real(&row, stored->power);
    row_put_known(&row, stored->rollout.ended_s);
    row_put_int(&row, stored->id);
    return row_write(&row) == 0 ? write_steps(store, stored, err) : -1;
}

int store_change_rollout(struct store *store, const struct stored_rollout *rollout, struct err *err)
{
    struct stored_rollout copy = *rollout;
    return store_transaction(store, change_rollout, &copy, err);
}

static int read_steps(struct store *store, struct stored_rollout *stored, struct arena *arena, struct err *err)
{
    struct row_writer query;
    struct row_reader row;
    int result = 0;
    row_writer_init(&query, store, READ_ROLLOUT_STEPS, err);
    row_put_int(&query, stored->id);
    row_reader_init(&row, &query, arena);
    while ((result = row_next(&row)) == 1) {
        if (stored->rollout.step_count == RAMP_STEPS) {
            result = store_fail_damaged(store, "a rollout with too many steps", err);
            break;
        }
        struct ramp_period *step = &stored->rollout.steps[stored->rollout.step_count++];
        step->percent = (int)row_take_count(&row, 100);
        step->since_s = row_take_int(&row);
        step->until_s = row_take_known(&row);
        step->until_s = step->until_s < 0 ? INT64_MAX : step->until_s;
    }
    row_reader_release(&row);
    return result;
}

static int take_rollout(struct row_reader *row, struct stored_rollout *stored)
{
    *stored = (struct stored_rollout){.id = row_take_int(row)};
    stored->zone = row_take_text_always(row);
    stored->hostname = row_take_text_always(row);
    stored->scan_id = row_take_text_always(row);
    stored->rollout.from = row_take_mode(row);
    stored->rollout.to = row_take_mode(row);
    stored->rollout.changes_scheme = row_take_bool(row);
    const char *state = row_take_text_always(row);
    const char *rule = row_take_text_always(row);
    stored->reason = row_take_text_always(row);
    int64_t weight = row_take_int(row);
    stored->weight = weight < 0 ? 0 : (uint64_t)weight;
    stored->power = row_take_known_real(row);
    stored->rollout.opened_s = row_take_int(row);
    stored->rollout.ended_s = row_take_known(row);
    stored->rule = rule_parse(slice_of(rule));
    if (rollout_state_parse(slice_of(state), &stored->rollout.state) != 0 || stored->rule == RULE_NONE) {
        return store_fail_damaged(row->store, "a rollout in a state that this version does not know", row->err);
    }
    return 0;
}

/* All rows of a prepared question. */
static int read_rollouts(struct store *store, struct row_writer *query, struct arena *arena,
                         struct stored_rollouts *rollouts, struct err *err)
{
    struct row_reader row;
    size_t capacity = 0;
    int result = 0;
    *rollouts = (struct stored_rollouts){NULL, 0};
    row_reader_init(&row, query, arena);
    while ((result = row_next(&row)) == 1) {
        struct stored_rollout *items =
            row_array_grow(arena, rollouts->items, rollouts->count, &capacity, sizeof *items);
        if (items == NULL) {
            result = err_memory(err);
            break;
        }
        rollouts->items = items;
        if (take_rollout(&row, &items[rollouts->count++]) != 0) {
            result = -1;
            break;
        }
    }
    row_reader_release(&row);
    for (size_t i = 0; result == 0 && i < rollouts->count; i++) {
        result = read_steps(store, &rollouts->items[i], arena, err);
    }
    return result;
}

static int first_of(int result, const struct stored_rollouts *found, struct stored_rollout *rollout)
{
    if (result != 0) {
        return -1;
    }
    if (found->count == 0) {
        return 0;
    }
    *rollout = found->items[0];
    return 1;
}

static int find_by_name(struct store *store, enum statement which, const char *zone, const char *hostname,
                        struct arena *arena, struct stored_rollout *rollout, struct err *err)
{
    struct row_writer query;
    struct stored_rollouts found;
    row_writer_init(&query, store, which, err);
    row_put_text(&query, zone);
    row_put_text(&query, hostname);
    return first_of(read_rollouts(store, &query, arena, &found, err), &found, rollout);
}

int store_find_rollout(struct store *store, const char *zone, const char *hostname, struct arena *arena,
                       struct stored_rollout *rollout, struct err *err)
{
    return find_by_name(store, FIND_ROLLOUT, zone, hostname, arena, rollout, err);
}

int store_find_ended_rollout(struct store *store, const char *zone, const char *hostname, struct arena *arena,
                             struct stored_rollout *rollout, struct err *err)
{
    return find_by_name(store, FIND_ENDED_ROLLOUT, zone, hostname, arena, rollout, err);
}

int store_read_rollout(struct store *store, int64_t id, struct arena *arena, struct stored_rollout *rollout,
                       struct err *err)
{
    struct row_writer query;
    struct stored_rollouts found;
    row_writer_init(&query, store, READ_ROLLOUT, err);
    row_put_int(&query, id);
    return first_of(read_rollouts(store, &query, arena, &found, err), &found, rollout);
}

struct rollout_summary stored_rollout_summary(const struct stored_rollout *stored)
{
    const struct rollout *rollout = &stored->rollout;
    return (struct rollout_summary){
        .state = rollout->state,
        .from = rollout->from,
        .to = rollout->to,
        .percent = rollout_percent(rollout),
        .opened_s = rollout->opened_s,
        .step_s = rollout->step_count > 0 ? rollout->steps[rollout->step_count - 1].since_s : -1,
        .ended_s = rollout->ended_s,
        .rule = rule_name(stored->rule),
        .reason = stored->reason,
        .power = stored->power,
    };
}

static struct rollout_summary *summarise(const struct stored_rollout *stored, struct arena *arena)
{
    struct rollout_summary *summary = arena_alloc(arena, sizeof *summary);
    if (summary != NULL) {
        *summary = stored_rollout_summary(stored);
    }
    return summary;
}

int store_attach_rollouts(struct store *store, struct scan_record *record, struct err *err)
{
    for (size_t i = 0; i < record->hostname_count; i++) {
        struct hostname_record *hostname = &record->hostnames[i];
        struct stored_rollout stored;
        int found = store_find_rollout(store, record->zone, hostname->hostname, &record->arena, &stored, err);
        if (found < 0) {
            return -1;
        }
        hostname->rollout = found == 0 ? NULL : summarise(&stored, &record->arena);
        if (found > 0 && hostname->rollout == NULL) {
            return err_memory(err);
        }
    }
    return 0;
}

int store_latest_rollouts(struct store *store, const char *zone, struct arena *arena, struct stored_rollouts *rollouts,
                          struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, LATEST_ROLLOUTS, err);
    row_put_text(&query, zone);
    return read_rollouts(store, &query, arena, rollouts, err);
}

int store_waiting_rollouts(struct store *store, size_t max, struct arena *arena, struct stored_rollouts *rollouts,
                           struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, WAITING_ROLLOUTS, err);
    row_put_int(&query, (int64_t)max);
    return read_rollouts(store, &query, arena, rollouts, err);
}

int store_open_rollouts(struct store *store, struct arena *arena, struct stored_rollouts *rollouts, struct err *err)
{
    struct row_writer query;
    row_writer_init(&query, store, OPEN_ROLLOUTS, err);
    return read_rollouts(store, &query, arena, rollouts, err);
}

int64_t store_count_started(struct store *store, int64_t since_s, struct err *err)
{
    struct known_count *known = &store->started;
    struct row_writer query;
    int64_t count = 0;
    if (known->known && known->since_s == since_s) {
        return known->count;
    }
    row_writer_init(&query, store, COUNT_STARTED, err);
    row_put_int(&query, since_s);
    if (row_find(&query, &count) < 0) {
        return -1;
    }
    *known = (struct known_count){store->depth > 0, since_s, count};
    return count;
}

int store_past_recommendations(struct store *store, const char *zone, const char *hostname,
                               struct past_recommendation *past, size_t max, struct err *err)
{
    struct row_writer query;
    struct row_reader row;
    struct arena arena = {.head = NULL};
    size_t count = 0;
    int result = 0;
    row_writer_init(&query, store, PAST_RECOMMENDATIONS, err);
    row_put_text(&query, zone);
    row_put_text(&query, hostname);
    row_reader_init(&row, &query, &arena);
    while ((result = row_next(&row)) == 1 && count < max) {
        past[count].finished_s = row_take_known(&row);
        past[count].status = row_take_status(&row);
        past[count].recommended_mode = row_take_mode(&row);
        count++;
    }
    row_reader_release(&row);
    arena_release(&arena);
    return result < 0 ? -1 : (int)count;
}

int store_set_inventory_mode(struct store *store, const char *zone, const char *hostname, enum mode mode,
                             struct err *err)
{
    struct row_writer row;
    row_writer_init(&row, store, SET_INVENTORY_MODE, err);
    row_put_mode(&row, mode);
    row_put_text(&row, zone);
    row_put_text(&row, hostname);
    return row_write(&row);
}

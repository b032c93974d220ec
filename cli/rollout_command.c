#include "cli/rollout_command.h"

#include "base/clock.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/version.h"

static struct store *open_store(const struct global_arguments *global, enum store_mode mode, struct arena *arena,
                                struct err *err)
{
    const char *path = database_path(global, arena, err);
    if (path == NULL) {
        return NULL;
    }
    /* Without a scan there is no rollout to change: an empty database would be made for nothing. */
    return mode == STORE_READ_ONLY || !store_exists(path) ? database_open_to_read(global, err)
                                                          : store_open(path, mode, err);
}

int rollout_command_open(struct rollout_command *command, const struct invocation *invocation, enum store_mode mode,
                         struct err *err)
{
    *command = (struct rollout_command){.arguments = invocation->arguments};
    const struct rollout_arguments *arguments = command->arguments;
    if (policy_from_arguments(&arguments->policy, &command->policy, err) != 0) {
        return -1;
    }
    command->policy.ceiling = MODE_STRICT; /* each scan has its own */
    command->store = open_store(&arguments->global, mode, &command->arena, err);
    if (command->store == NULL) {
        return -1;
    }
    command->opt_out = opt_out_sources_load(command->store, &arguments->opt_outs, err);
    if (command->opt_out == NULL) {
        return -1;
    }
    command->run = (struct rollout_run){
        .store = command->store,
        .policy = &command->policy,
        .opt_out = command->opt_out,
        .now_s = arguments->at_s >= 0 ? arguments->at_s : clock_wall_s(),
        .program_version = version_text(),
    };
    return 0;
}

void rollout_command_release(struct rollout_command *command)
{
    opt_out_free(command->opt_out);
    store_close(command->store);
    arena_release(&command->arena);
}

/* How long the present step went unobserved; -1 where there is none. */
static int unobserved(struct rollout_command *command, const struct stored_rollout *stored, int64_t *seconds,
                      struct err *err)
{
    struct stored_observations observations;
    struct rollout_evidence evidence = {.begun = 0};
    struct rollout_verdict verdict;
    *seconds = -1;
    if (stored->rollout.state != ROLLOUT_RAMPING && stored->rollout.state != ROLLOUT_HOLDING) {
        return 0;
    }
    if (store_read_observations(command->store, stored->id, INT64_MAX, &command->arena, &observations, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < observations.count; i++) {
        rollout_evidence_add(&evidence, &observations.items[i]);
    }
    rollout_judge(&stored->rollout, &evidence, &command->policy, command->run.now_s, &verdict);
    *seconds = verdict.unobserved_s;
    return 0;
}

static int fill_row(struct rollout_command *command, const struct stored_rollout *stored, struct rollout_row *row,
                    struct err *err)
{
    *row = (struct rollout_row){
        .zone = stored->zone,
        .hostname = stored->hostname,
        .summary = stored_rollout_summary(stored),
        .weight = stored->weight,
    };
    return unobserved(command, stored, &row->unobserved_s, err);
}

static void write_rows(const struct rollout_command *command, const struct rollout_row *rows, size_t count,
                       struct buf *out)
{
    const struct report_style style = {output_wants_color(&command->arguments->global), output_columns()};
    struct json_writer json;
    if (command->arguments->format == FORMAT_TEXT) {
        rollout_rows_text(rows, count, &style, out);
        return;
    }
    bool lines = command->arguments->format == FORMAT_NDJSON;
    json_init(&json, out, !lines);
    if (!lines) {
        json_array_open(&json);
    }
    for (size_t i = 0; i < count; i++) {
        if (lines) {
            json_init(&json, out, false);
        }
        rollout_row_json(&json, &rows[i]);
        if (lines) {
            buf_append_byte(out, '\n');
        }
    }
    if (!lines) {
        json_array_close(&json);
        buf_append_byte(out, '\n');
    }
}

int rollout_command_print(struct rollout_command *command, const char *zone, rollout_wanted *wanted,
                          const void *context, struct err *err)
{
    struct stored_rollouts rollouts;
    struct buf out = {.data = NULL};
    size_t count = 0;
    if (store_latest_rollouts(command->store, zone, &command->arena, &rollouts, err) != 0) {
        return -1;
    }
    struct rollout_row *rows = arena_alloc(&command->arena, (rollouts.count + 1) * sizeof *rows);
    if (rows == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < rollouts.count; i++) {
        if ((wanted == NULL || wanted(context, &rollouts.items[i])) &&
            fill_row(command, &rollouts.items[i], &rows[count++], err) != 0) {
            return -1;
        }
    }
    write_rows(command, rows, count, &out);
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result;
}

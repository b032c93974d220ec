#include "base/clock.h"
#include "base/log.h"
#include "scan/fleet_state.h"
#include "scan/rollouts.h"

#define ROLLOUTS_EVERY_MS 60000

void fleet_start_rollouts(struct fleet *fleet, int64_t now_ms)
{
    struct err err = ERR_INIT;
    struct rollout_policy policy = *fleet->options->policy;
    const struct rollout_run run = {.store = fleet->store,
                                    .policy = &policy,
                                    .opt_out = fleet->opt_out->list,
                                    .now_s = clock_wall_s(),
                                    .program_version = fleet->options->scan.program_version};
    size_t started = 0;
    if (now_ms < fleet->next_rollouts_ms) {
        return;
    }
    fleet->next_rollouts_ms = now_ms + ROLLOUTS_EVERY_MS;
    policy.ceiling = MODE_STRICT; /* each rollout has that of its scan */
    if (rollouts_start_due(&run, &started, &err) != 0) {
        log_line(LOG_WARNING, "rollouts that wait are not started: %s", err.message);
    } else if (started > 0) {
        log_line(LOG_INFO, "%zu rollouts that waited have started", started);
    }
}

#include "base/clock.h"
#include "base/log.h"
#include "scan/fleet_state.h"

#include <inttypes.h>

/* Nobody scanned anything with this program before. */
#define EARLIEST_YEAR 2026
/* A time service that moves the clock by less does nothing that matters here. */
#define JUMP_S 30

static int64_t clock_ahead_s(void)
{
    return clock_wall_s() - clock_monotonic_ms() / 1000;
}

static int mend(struct fleet *fleet, struct err *err)
{
    int64_t zones = fleet_mend_times(fleet->store, clock_wall_s(), err);
    if (zones > 0) {
        log_line(LOG_WARNING,
                 "%" PRId64
                 " zones were scanned or imported at times that lie in the future, for the clock was fast: they "
                 "are due as if that had been now",
                 zones);
    }
    return zones < 0 ? -1 : 0;
}

static int refuse_the_past(struct err *err)
{
    char text[RFC3339_BYTES];
    int64_t now_s = clock_wall_s();
    if (now_s >= time_from_civil(EARLIEST_YEAR, 1, 1, 0, 0, 0)) {
        return 0;
    }
    return err_set(err, ERR_INTERNAL,
                   "the clock of this machine says %s, and certificates and due times are judged by it: set it, for "
                   "instance with 'timedatectl set-ntp 1'",
                   time_format(now_s, text));
}

int fleet_clock_start(struct fleet *fleet, struct err *err)
{
    if (refuse_the_past(err) != 0) {
        return -1;
    }
    fleet->clock_ahead_s = clock_ahead_s();
    return mend(fleet, err);
}

int fleet_clock_watch(struct fleet *fleet, struct err *err)
{
    int64_t ahead_s = clock_ahead_s();
    int64_t jump_s = ahead_s - fleet->clock_ahead_s;
    if (jump_s >= -JUMP_S && jump_s <= JUMP_S) {
        return 0;
    }
    if (refuse_the_past(err) != 0) {
        return -1;
    }
    log_line(LOG_WARNING,
             "the clock was put %s by %" PRId64 " s: due times and certificates are judged by the new time",
             jump_s > 0 ? "forward" : "back", jump_s > 0 ? jump_s : -jump_s);
    fleet->clock_ahead_s = ahead_s;
    fleet->next_alive_ms = 0;
    /* What cannot be mended now, for the store takes nothing, is mended by the next run. */
    struct err unmended = ERR_INIT;
    if (mend(fleet, &unmended) != 0) {
        log_line(LOG_WARNING, "%s", unmended.message);
    }
    return 0;
}

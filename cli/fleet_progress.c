#include "cli/fleet_progress.h"

#include "base/buf.h"

#include <inttypes.h>

static double zones_per_second(const struct fleet_progress *progress)
{
    return progress->seconds > 0 ? (double)progress->done / progress->seconds : 0;
}

/* Seconds until the last zone, or -1 where nobody can tell. */
static double seconds_left(const struct fleet_progress *progress)
{
    double rate = zones_per_second(progress);
    return progress->total == 0 || progress->done > progress->total || rate <= 0
               ? -1
               : (double)(progress->total - progress->done) / rate;
}

static void append_eta(struct buf *out, double seconds)
{
    if (seconds < 0) {
        buf_append_text(out, "ETA unknown");
    } else if (seconds < 100) {
        buf_printf(out, "ETA %.0f s", seconds);
    } else if (seconds < 6000) {
        buf_printf(out, "ETA %.0f min", seconds / 60);
    } else {
        buf_printf(out, "ETA %.1f h", seconds / 3600);
    }
}

static void append_count(struct buf *out, uint64_t count, const char *what)
{
    if (count > 0) {
        buf_printf(out, ", %" PRIu64 " %s", count, what);
    }
}

char *fleet_progress_line(const struct fleet_progress *progress, double requests_per_second,
                          char text[FLEET_PROGRESS_BYTES])
{
    struct buf out = {.data = NULL};
    buf_printf(&out, "%" PRIu64, progress->done);
    if (progress->total >= progress->done && progress->total > 0) {
        buf_printf(&out, "/%" PRIu64, progress->total);
    }
    buf_printf(&out, " zones (%.1f/s), %.0f requests/s, %u in flight, ", zones_per_second(progress),
               requests_per_second, progress->in_flight);
    if (progress->stopping) {
        buf_append_text(&out, "stopping");
    } else {
        append_eta(&out, seconds_left(progress));
    }
    append_count(&out, progress->by_status[STATUS_COMPLETE], "complete");
    append_count(&out, progress->by_status[STATUS_PARTIAL], "partial");
    append_count(&out, progress->by_status[STATUS_INCOMPLETE], "incomplete");
    append_count(&out, progress->by_status[STATUS_OPTED_OUT], "opted out");
    append_count(&out, progress->failed, "failed");
    snprintf(text, FLEET_PROGRESS_BYTES, "%s", buf_text(&out));
    buf_release(&out);
    return text;
}

size_t fleet_progress_fields(const struct fleet_progress *progress, double requests_per_second,
                             struct log_field fields[FLEET_PROGRESS_FIELDS])
{
    const struct log_field all[FLEET_PROGRESS_FIELDS] = {
        {"done", (double)progress->done},
        {"total", progress->total > 0 ? (double)progress->total : -1},
        {"zones_per_second", zones_per_second(progress)},
        {"requests_per_second", requests_per_second},
        {"in_flight", progress->in_flight},
        {"eta_seconds", seconds_left(progress)},
        {"complete", (double)progress->by_status[STATUS_COMPLETE]},
        {"partial", (double)progress->by_status[STATUS_PARTIAL]},
        {"incomplete", (double)progress->by_status[STATUS_INCOMPLETE]},
        {"opted_out", (double)progress->by_status[STATUS_OPTED_OUT]},
        {"failed", (double)progress->failed},
    };
    for (size_t i = 0; i < FLEET_PROGRESS_FIELDS; i++) {
        fields[i] = all[i];
    }
    return FLEET_PROGRESS_FIELDS;
}

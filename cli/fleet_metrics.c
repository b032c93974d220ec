#include "cli/fleet_metrics.h"

#include "base/buf.h"
#include "base/file_replacement.h"

#include <inttypes.h>

static void add(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    buf_printf(out, "# HELP origintls_fleet_%s %s\n# TYPE origintls_fleet_%s %s\norigintls_fleet_%s %.17g\n", name,
               help, name, type, name, value);
}

static void add_all(struct buf *out, const struct fleet_progress *progress, int64_t now_s)
{
    add(out, "zones_due", "gauge", "Zones that were due for this run when it began.", (double)progress->total);
    buf_append_text(out, "# HELP origintls_fleet_zones_total Zones that this run has recorded.\n"
                         "# TYPE origintls_fleet_zones_total counter\n");
    for (enum scan_status status = STATUS_COMPLETE; status <= STATUS_OPTED_OUT; status++) {
        buf_printf(out, "origintls_fleet_zones_total{status=\"%s\"} %" PRIu64 "\n", scan_status_name(status),
                   progress->by_status[status]);
    }
    add(out, "zones_in_flight", "gauge", "Zones that are being scanned.", progress->in_flight);
    add(out, "zones_failed_total", "counter", "Zones that the scanner itself failed to scan.",
        (double)progress->failed);
    add(out, "requests_total", "counter", "Requests made of origins.", (double)progress->requests);
    add(out, "connections_total", "counter", "Connections to origins.", (double)progress->connections);
    add(out, "bytes_total", "counter", "Bytes to and from origins.", (double)progress->bytes);
    add(out, "upgrades_total", "counter", "Hostnames that may be upgraded now.", (double)progress->upgrades);
    add(out, "runs", "gauge", "Runs that share the database.", progress->runs);
    add(out, "run_seconds", "gauge", "How long the run has lasted.", progress->seconds);
    add(out, "updated_seconds", "gauge", "When this was written, in seconds since 1970.", (double)now_s);
}

int fleet_metrics_write(const char *path, const struct fleet_progress *progress, int64_t now_s, struct err *err)
{
    struct buf out = {.data = NULL};
    struct file_replacement file = FILE_REPLACEMENT_INIT;
    add_all(&out, progress, now_s);
    int result = out.failed ? err_memory(err) : file_replacement_open(&file, path, err);
    if (result == 0 &&
        (file_replacement_write(&file, buf_slice(&out), err) != 0 || file_replacement_commit(&file, err) != 0)) {
        result = -1;
    }
    file_replacement_release(&file);
    buf_release(&out);
    return result;
}

/* A fleet run as a textfile of Prometheus' node exporter. */
#ifndef ORIGINTLS_CLI_FLEET_METRICS_H
#define ORIGINTLS_CLI_FLEET_METRICS_H

#include "base/err.h"
#include "scan/fleet.h"

/* Replaces the file as a whole: whoever reads it sees the one before or this one. 0 or -1. */
int fleet_metrics_write(const char *path, const struct fleet_progress *progress, int64_t now_s, struct err *err);

#endif

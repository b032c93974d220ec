/* How far a fleet run is, in one line for people and in fields for programs. */
#ifndef ORIGINTLS_CLI_FLEET_PROGRESS_H
#define ORIGINTLS_CLI_FLEET_PROGRESS_H

#include "cli/log_format.h"
#include "scan/fleet.h"

#define FLEET_PROGRESS_BYTES  320
#define FLEET_PROGRESS_FIELDS 11

/* "1200/3000 zones (92.9/s), 507 requests/s, 39 in flight, ETA 20 s, 1100 complete, 100 incomplete": what matters
 * most stands first, where a narrow terminal shows it, and counts of nothing are left out. `requests_per_second` is of
 * the time since the last line. Returns text. */
char *fleet_progress_line(const struct fleet_progress *progress, double requests_per_second,
                          char text[FLEET_PROGRESS_BYTES]);
/* The same as fields. How many. */
size_t fleet_progress_fields(const struct fleet_progress *progress, double requests_per_second,
                             struct log_field fields[FLEET_PROGRESS_FIELDS]);

#endif

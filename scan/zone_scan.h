/* The engine: one scan of one zone as a state machine.
 *
 * It is driven by completions and asks for its next wishes; it never blocks, owns no thread, no socket and no clock but
 * the wall time that it stamps results with. A zone scan runs one of them on a loop (scan.c), a fleet thousands.
 *
 *     scan = zone_scan_new(&options, now, &err);
 *     zone_scan_start(scan);
 *     while (!zone_scan_is_done(scan)) {
 *         while (wishes_next(zone_scan_wishes(scan), &wish)) ... fulfil, and answer each by its number ...
 *     }
 *     zone_scan_record(scan, &record, &err);
 */
#ifndef ORIGINTLS_SCAN_ZONE_SCAN_H
#define ORIGINTLS_SCAN_ZONE_SCAN_H

#include "scan/scan.h"
#include "scan/wishes.h"

struct zone_scan;

/* Reads access logs and the client certificate; asks nothing yet. `options` and everything behind it must outlive the
 * scan. NULL with `err` set. */
struct zone_scan *zone_scan_new(const struct scan_options *options, int64_t now_s, struct err *err);
/* Every wish must have been answered. */
void zone_scan_free(struct zone_scan *scan);

void zone_scan_start(struct zone_scan *scan);
struct wishes *zone_scan_wishes(struct zone_scan *scan);
bool zone_scan_is_done(const struct zone_scan *scan);
/* How long the whole may take. Large zones get more: hostnames on one address share its rate. */
int64_t zone_scan_time_limit_ms(const struct zone_scan *scan);
/* From now on the engine asks for nothing more; answer what is pending and it will be done. */
void zone_scan_interrupt(struct zone_scan *scan);
void zone_scan_progress(const struct zone_scan *scan, struct scan_progress *progress);
/* Of a scan that is done. 0, or -1 when we failed ourselves. */
int zone_scan_record(struct zone_scan *scan, double seconds, struct scan_record *record, struct err *err);

#endif

/* A zone scan without a network: the engine runs as it does in a fleet, and every wish is granted at once from memory.
 * The thirty pages of about 14 kB that the lab's uniform site has, and a valid certificate for *.fleet.test. */
#ifndef ORIGINTLS_TESTS_BENCH_FLEET_ENGINE_H
#define ORIGINTLS_TESTS_BENCH_FLEET_ENGINE_H

#include "scan/scan.h"

struct fleet_engine;

/* NULL, with the reason on standard error. To be shared by the loops of a run. */
struct fleet_engine *fleet_engine_new(size_t pairs);
void fleet_engine_free(struct fleet_engine *engine);

/* A fleet_stub; the context is the engine. */
int fleet_engine_scan(void *context, const struct inventory_zone *zone, struct scan_record *record, struct err *err);

#endif

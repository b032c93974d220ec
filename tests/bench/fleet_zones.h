/* The zones of a fleet that is measured: what they are called, where they are, and who is where. */
#ifndef ORIGINTLS_TESTS_BENCH_FLEET_ZONES_H
#define ORIGINTLS_TESTS_BENCH_FLEET_ZONES_H

#include "base/address.h"

#define FLEET_ZONE_NAME_BYTES 40

/* "z000042.fleet.test", and its address, of which there are nine million: 127.100.0.1 and on. */
void fleet_zone_name(unsigned number, char name[FLEET_ZONE_NAME_BYTES]);
void fleet_zone_address(unsigned number, char text[ADDRESS_TEXT_BYTES]);

/* The calling process, with what it begins later, stays on one processor, where there are several. */
void stay_on_processor(int processor);

#endif

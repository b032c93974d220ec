/* Does a finished scan say of a lab zone what the lab's table expects? And the lab's zones as inventories. */
#ifndef ORIGINTLS_TESTS_LAB_EXPECTATION_H
#define ORIGINTLS_TESTS_LAB_EXPECTATION_H

#include "recommend/inventory.h"
#include "tests/lab/lab.h"

/* The inventory of one of the lab's zones, with every origin that is served for it; under flexible, with the ceiling
 * full_strict. `zone` is initialised here; release it in any case. 0, or -1 with err set. */
int lab_inventory(const struct lab *lab, const char *zone_name, struct inventory_zone *zone, struct err *err);

/* Appends a line for each thing in which the record of that zone is not as expected; true if there is none. */
bool lab_check(const struct lab *lab, const struct scan_record *record, struct buf *faults);

#endif

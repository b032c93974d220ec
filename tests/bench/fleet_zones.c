#include "tests/bench/fleet_zones.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

void stay_on_processor(int processor)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((unsigned)processor, &one);
    if (sysconf(_SC_NPROCESSORS_ONLN) > processor) {
        sched_setaffinity(0, sizeof one, &one);
    }
}

void fleet_zone_name(unsigned number, char name[FLEET_ZONE_NAME_BYTES])
{
    snprintf(name, FLEET_ZONE_NAME_BYTES, "z%06u.fleet.test", number);
}

void fleet_zone_address(unsigned number, char text[ADDRESS_TEXT_BYTES])
{
    snprintf(text, ADDRESS_TEXT_BYTES, "127.%u.%u.%u", 100 + number / 62500, number / 250 % 250, number % 250 + 1);
}

/* Thousands of origins of the lab in one process of its own: one address each, the same two ports, one certificate for
 * *.fleet.test, and thirty pages of about 14 kB. */
#ifndef ORIGINTLS_TESTS_BENCH_FLEET_ORIGINS_H
#define ORIGINTLS_TESTS_BENCH_FLEET_ORIGINS_H

#include "tests/support/temp_folder.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fleet_origins {
    pid_t process;
    int life; /* closing it ends the process */
    uint16_t http_port, https_port;
    char ca_file[TEMP_PATH_BYTES];
};

/* On the addresses of fleet_zone_address. `noisy`: nonces, tokens, the date and a banner change with every load. The
 * root is written into the folder. To be called before any thread is started. False, with the reason on standard
 * error, when the machine does not let it. */
bool fleet_origins_start(unsigned count, bool noisy, int processor, const struct temp_folder *folder,
                         struct fleet_origins *origins);
void fleet_origins_stop(struct fleet_origins *origins);

#endif

/* `origintls fleet import` of a million rows of CSV into a new database: four of five zones have one hostname on one
 * address, the fifth has further hostnames. Then the same file once more, which changes nothing.
 *
 * Usage: bench_fleet_import [PROGRAM [ROWS]]
 */
#include "base/clock.h"
#include "tests/bench/figure.h"
#include "tests/bench/fleet_zones.h"
#include "tests/support/temp_folder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 1000000, BLOCK = 8, ZONES_OF_BLOCK = 5 };

static bool write_rows(const char *path, unsigned rows)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return false;
    }
    fputs("zone,hostname,address,http_port,https_port,mode,weight\n", file);
    for (unsigned i = 0; i < rows; i++) {
        char zone[FLEET_ZONE_NAME_BYTES], address[ADDRESS_TEXT_BYTES];
        unsigned in_block = i % BLOCK;
        unsigned number = i / BLOCK * ZONES_OF_BLOCK + (in_block < ZONES_OF_BLOCK ? in_block : ZONES_OF_BLOCK - 1);
        fleet_zone_name(number, zone);
        fleet_zone_address(number, address);
        if (in_block < ZONES_OF_BLOCK) {
            fprintf(file, "%s,%s,%s,80,443,flexible,%u\n", zone, zone, address, number % 977);
        } else {
            fprintf(file, "%s,w%u.%s,%s,80,443,flexible,%u\n", zone, in_block, zone, address, number % 977);
        }
    }
    return fclose(file) == 0;
}

struct usage {
    double cpu_s, wall_s, peak_mb;
};

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static bool import_rows(const char *program, const char *database, const char *inventory, struct usage *usage)
{
    struct rusage child;
    int status = 0;
    int64_t began_ms = clock_monotonic_ms();
    pid_t process = fork();
    if (process == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execl(program, program, "--db", database, "fleet", "import", inventory, (char *)NULL);
        _exit(127);
    }
    if (process < 0 || wait4(process, &status, 0, &child) != process || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s ended with status %d\n", program, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        return false;
    }
    usage->wall_s = (double)(clock_monotonic_ms() - began_ms) / 1e3;
    usage->cpu_s = seconds(child.ru_utime) + seconds(child.ru_stime);
    usage->peak_mb = (double)child.ru_maxrss * 1024 / 1e6;
    return true;
}

int main(int argc, char **argv)
{
    struct temp_folder folder;
    struct usage first, again;
    char inventory[TEMP_PATH_BYTES], database[TEMP_PATH_BYTES];
    const char *program = argc > 1 ? argv[1] : ORIGINTLS_PROGRAM;
    unsigned rows = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : ROWS;
    temp_folder_make(&folder);
    temp_folder_path(&folder, "fleet.csv", inventory);
    temp_folder_path(&folder, "fleet.db", database);
    bool ok = write_rows(inventory, rows) && import_rows(program, database, inventory, &first) &&
              import_rows(program, database, inventory, &again);
    if (ok) {
        figure_for_information("fleet_import", "rows", rows, "rows");
        figure_for_information("fleet_import", "CPU", first.cpu_s, "s");
        figure_for_information("fleet_import", "the same once more", again.wall_s, "s");
        ok = figure_at_most("fleet_import", "a million rows", first.wall_s * ROWS / rows, "s", 30);
        ok = figure_at_most("fleet_import", "memory", first.peak_mb > again.peak_mb ? first.peak_mb : again.peak_mb,
                            "MB resident", 200) &&
             ok;
    }
    temp_folder_remove(&folder);
    return ok ? 0 : 1;
}

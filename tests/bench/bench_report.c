/* What a report of a million zones costs in each format: seconds and memory, from the database to bytes that are thrown
 * away. Measured over fewer zones and scaled: reading and writing hold one zone at a time. */
#include "db/store.h"
#include "reports/report.h"
#include "tests/bench/figure.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { ZONES = 60000, PAIRS = 20, MILLION = 1000000 };

static void stop(const char *what)
{
    fprintf(stderr, "bench_report: %s\n", what);
    exit(1);
}

static void fill(const char *path)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(path, STORE_READ_WRITE, &err);
    for (unsigned i = 0; store != NULL && i < ZONES; i++) {
        struct scan_record record;
        sample_numbered(&record, i, PAIRS);
        int result = store_write_scan(store, &record, NULL, &err);
        scan_record_release(&record);
        if (result != 0) {
            stop(err.message);
        }
    }
    if (store == NULL) {
        stop(err.message);
    }
    store_close(store);
}

struct writing {
    struct report_list list;
    struct buf out;
    size_t zones;
};

static int add(void *context, const struct scan_record *record, struct err *err)
{
    struct writing *writing = context;
    (void)err;
    report_list_add(&writing->list, record);
    if (writing->out.len > (256u << 10)) {
        buf_reset(&writing->out);
    }
    writing->zones++;
    return 0;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_for_a_million(const char *path, const struct report_writer *writer)
{
    struct writing writing = {.zones = 0};
    const struct report_style style = {false, 0};
    const struct report_context context = {0, MODE_FULL};
    struct err err = ERR_INIT;
    struct store *store = store_open(path, STORE_READ_ONLY, &err);
    double before = now_s();
    if (store == NULL) {
        stop(err.message);
    }
    report_list_begin_in(&writing.list, writer, &style, &context, &writing.out);
    if (store_each_latest(store, add, &writing, &err) != 0 || writing.zones != ZONES) {
        stop(err.message);
    }
    report_list_end(&writing.list);
    if (writing.out.failed) {
        stop("the buffer has failed");
    }
    double seconds = (now_s() - before) * MILLION / ZONES;
    buf_release(&writing.out);
    store_close(store);
    return seconds;
}

static double peak_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

int main(void)
{
    struct temp_folder folder;
    char path[TEMP_PATH_BYTES];
    bool good = true;
    temp_folder_make(&folder);
    fill(temp_folder_path(&folder, "report.db", path));
    for (size_t i = 0; report_writer_at(i) != NULL; i++) {
        const struct report_writer *writer = report_writer_at(i);
        char name[64];
        snprintf(name, sizeof name, "a million zones as %s", writer->name);
        good = figure_at_most("report", name, seconds_for_a_million(path, writer), "s", 60) && good;
    }
    good = figure_at_most("report", "memory, the whole process", peak_megabytes(), "MB", 100) && good;
    temp_folder_remove(&folder);
    return good ? 0 : 1;
}

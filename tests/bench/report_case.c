#include "tests/bench/report_case.h"

#include "cli/output_file.h"
#include "db/store.h"
#include "reports/digest.h"
#include "reports/report.h"
#include "tests/bench/figure.h"
#include "tests/support/sample_record.h"
#include "tests/support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 20, MILLION = 1000000, PAGE_HOSTNAMES = 50000 };
#define BYTES_PER_ZONE 8000.0
#define FLUSH_BYTES    (256u << 10)

struct report_run {
    const char *bench;
    size_t zones;
    char database[TEMP_PATH_BYTES], output[TEMP_PATH_BYTES];
    struct store *store;
    struct output_file file;
    struct buf out;
    struct report_list list;
    struct digest digest;
    size_t seen;
};

static void stop(const struct report_run *run, const char *what)
{
    fprintf(stderr, "bench_%s: %s\n", run->bench, what);
    exit(1);
}

static void fill(const struct report_run *run)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(run->database, STORE_READ_WRITE, &err);
    for (size_t i = 0; store != NULL && i < run->zones; i++) {
        struct scan_record record;
        sample_numbered(&record, (unsigned)i, PAIRS);
        int result = store_write_scan(store, &record, NULL, &err);
        scan_record_release(&record);
        if (result != 0) {
            stop(run, err.message);
        }
    }
    if (store == NULL) {
        stop(run, err.message);
    }
    store_close(store);
}

static int pass_on(struct report_run *run, struct err *err)
{
    run->seen++;
    return run->out.len < FLUSH_BYTES ? 0 : output_file_write_buf(&run->file, &run->out, err);
}

static int add(void *context, const struct scan_record *record, struct err *err)
{
    struct report_run *run = context;
    report_list_add(&run->list, record);
    return pass_on(run, err);
}

static int add_change(void *context, const struct scan_record *before, const struct scan_record *after, struct err *err)
{
    struct report_run *run = context;
    digest_add(&run->digest, before, after);
    return pass_on(run, err);
}

static int write_list(struct report_run *run, const struct report_writer *writer, struct err *err)
{
    const struct report_style style = {false, 0};
    const struct report_context context = {.require = MODE_FULL, .page_hostnames = PAGE_HOSTNAMES};
    report_list_begin_in(&run->list, writer, &style, &context, &run->out);
    if (store_each_latest(run->store, add, run, err) != 0) {
        return -1;
    }
    report_list_end(&run->list);
    return 0;
}

static int write_digest(struct report_run *run, struct err *err)
{
    const struct digest_window window = {0, 0};
    digest_begin(&run->digest, digest_writer_find("text"), &window, &run->out);
    int result = store_each_change(run->store, 0, add_change, run, err);
    digest_end(&run->digest);
    digest_release(&run->digest);
    return result;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `writer` NULL: the digest. */
static double seconds_for_a_million(struct report_run *run, const struct report_writer *writer)
{
    struct err err = ERR_INIT;
    double before = now_s();
    run->seen = 0;
    run->file = (struct output_file)OUTPUT_FILE_INIT;
    buf_init(&run->out, 0);
    run->store = store_open(run->database, STORE_READ_ONLY, &err);
    if (run->store == NULL || output_file_open(&run->file, run->output, &err) != 0 ||
        (writer != NULL ? write_list(run, writer, &err) : write_digest(run, &err)) != 0 ||
        output_file_write_buf(&run->file, &run->out, &err) != 0 || output_file_commit(&run->file, &err) != 0) {
        stop(run, err.message);
    }
    if (run->seen != run->zones) {
        stop(run, "some zones were not seen");
    }
    output_file_release(&run->file);
    buf_release(&run->out);
    store_close(run->store);
    return (now_s() - before) * MILLION / (double)run->zones;
}

static bool measure(struct report_run *run, const struct report_writer *writer)
{
    const char *format = writer != NULL ? writer->name : "a digest";
    char name[64];
    struct stat written;
    double seconds = seconds_for_a_million(run, writer);
    snprintf(name, sizeof name, "a million zones as %s", format);
    bool good = figure_at_most(run->bench, name, seconds, "s", 60);
    if (stat(run->output, &written) != 0) {
        stop(run, "nothing was written");
    }
    fprintf(stderr, "%zu zones as %s: %.1f MB\n", run->zones, format, (double)written.st_size / 1e6);
    unlink(run->output);
    return good;
}

static void check_room(const struct report_run *run, const char *folder)
{
    struct statvfs room;
    if (statvfs(folder, &room) != 0 ||
        (double)room.f_bavail * (double)room.f_frsize < BYTES_PER_ZONE * (double)run->zones) {
        stop(run, "too little room in /tmp");
    }
}

static double peak_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

bool report_case(const char *bench, size_t zones)
{
    struct report_run run = {.bench = bench, .zones = zones};
    struct temp_folder folder;
    bool good = true;
    temp_folder_make(&folder);
    check_room(&run, folder.path);
    temp_folder_path(&folder, "report.db", run.database);
    temp_folder_path(&folder, "report", run.output);
    fill(&run);
    for (size_t i = 0; report_writer_at(i) != NULL; i++) {
        good = measure(&run, report_writer_at(i)) && good;
    }
    good = measure(&run, NULL) && good;
    good = figure_at_most(bench, "memory, the whole process", peak_megabytes(), "MB", 100) && good;
    temp_folder_remove(&folder);
    return good;
}

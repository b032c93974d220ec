#include "base/clock.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/demo_report.h"
#include "cli/demo_run.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "db/store.h"
#include "scan/scan.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

struct demo_arguments {
    struct global_arguments global;
    const char *only;
    int format;
};

#define WAIT_MS 200

static const struct option rows[] = {
    {.name = "only",
     .type = OPTION_TEXT,
     .offset = offsetof(struct demo_arguments, only),
     .placeholder = "NAMES",
     .help = "these origins alone, by their names in the lab, separated by commas",
     .initial_text = "all"},
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct demo_arguments, format),
     .choices = format_choices_with_ndjson,
     .help = "what to print; ndjson: the scans alone",
     .initial = "text"},
};
static const struct option_table option_table = OPTION_TABLE(rows);

/* A database of its own, in a folder that goes with it. */
struct demo_database {
    char folder[PATH_MAX];
    char path[PATH_MAX + sizeof "/demo.db"];
};

static int make_database(struct demo_database *database, struct err *err)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || *parent == '\0') {
        parent = "/tmp";
    }
    snprintf(database->folder, sizeof database->folder, "%s/origintls-demo-XXXXXX", parent);
    if (mkdtemp(database->folder) == NULL) {
        database->folder[0] = '\0';
        return err_set_errno(err, ERR_INTERNAL, "no folder for the database in %s", parent);
    }
    snprintf(database->path, sizeof database->path, "%s/demo.db", database->folder);
    return 0;
}

static void remove_database(const struct demo_database *database)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[sizeof database->path + sizeof "-wal"];
    if (database->folder[0] == '\0') {
        return;
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", database->path, endings[i]);
        unlink(path);
    }
    rmdir(database->folder);
}

static void show_progress(struct demo_run *run)
{
    char text[80];
    snprintf(text, sizeof text, "demo: %zu of %zu zones scanned", demo_run_finished(run), demo_run_count(run));
    progress_text(text);
}

static int take_zone(struct demo_zone *zone, struct store *store, struct demo_report *report, struct err *err)
{
    /* What a signal cut short says nothing of the origin. */
    if (zone->state == DEMO_SKIPPED || interrupt_signal() != 0) {
        return 0;
    }
    if (zone->state == DEMO_FAILED) {
        *err = zone->err;
        return err_prefix(err, "%s", zone->name);
    }
    if (store_write_scan(store, &zone->record, NULL, err) != 0) {
        return -1;
    }
    demo_report_zone(report, &zone->record);
    progress_clear();
    return output_write_buf(report->out, err) == 0 ? output_finish(err) : -1;
}

/* The zones in the order of the table, each as soon as it and those before it are there. */
static int take_zones(struct demo_run *run, struct store *store, struct demo_report *report, struct err *err)
{
    for (size_t i = 0; i < demo_run_count(run); i++) {
        struct demo_zone *zone = NULL;
        while ((zone = demo_run_wait(run, i, WAIT_MS)) == NULL) {
            show_progress(run);
        }
        if (take_zone(zone, store, report, err) != 0) {
            /* The other scans are of no use to anybody any more. */
            scan_interrupt();
            return -1;
        }
    }
    return 0;
}

static int verdict(const struct demo_report *report, struct err *err)
{
    if (interrupt_signal() != 0) {
        return EXIT_SIGNAL_BASE + interrupt_signal();
    }
    if (report->as_expected < report->zones) {
        return err_set(err, ERR_INTERNAL, "%zu of %zu zones are not as expected", report->zones - report->as_expected,
                       report->zones);
    }
    return EXIT_DONE;
}

static int run_demo(const struct demo_arguments *arguments, const struct lab *lab, struct store *store, struct err *err)
{
    const struct trust_options trust_options = {.system = true, .origin_ca = true, .ca_file = lab_ca_file(lab)};
    struct buf out = {.data = NULL};
    struct demo_report report = {
        .lab = lab,
        .format = (enum format)arguments->format,
        .color = output_wants_color(&arguments->global),
        .out = &out,
    };
    int64_t start_ms = clock_monotonic_ms();
    int code = -1;
    struct demo_run *run = NULL;
    struct trust *trust = trust_new(&trust_options, err);
    if (trust == NULL) {
        goto out;
    }
    run = demo_run_start(lab, trust, err);
    if (run == NULL) {
        goto out;
    }
    demo_report_begin(&report);
    if (take_zones(run, store, &report, err) != 0) {
        goto out;
    }
    demo_report_end(&report, (double)(clock_monotonic_ms() - start_ms) / 1000);
    code = output_write_buf(&out, err) == 0 ? verdict(&report, err) : -1;
out:
    demo_run_free(run);
    trust_free(trust);
    buf_release(&out);
    return code;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct demo_arguments *arguments = invocation->arguments;
    const struct lab_options lab_options = {.only = arguments->only, .seed = 1};
    struct demo_database database = {.folder = ""};
    struct store *store = NULL;
    struct lab *lab = NULL;
    int code = -1;
    /* Not that of the environment: what the lab's origins are like belongs into no database in use. */
    bool given = command_line_has(invocation->line, "db");
    /* Before there is anything that must not stay behind. */
    interrupt_gently(scan_interrupt);
    if (!given && make_database(&database, err) != 0) {
        return -1;
    }
    store = store_open(given ? invocation->global->database : database.path, STORE_READ_WRITE, err);
    if (store == NULL) {
        goto out;
    }
    lab = lab_start(&lab_options, err);
    if (lab != NULL) {
        code = run_demo(arguments, lab, store, err);
    }
out:
    lab_stop(lab);
    store_close(store);
    remove_database(&database);
    return code;
}

const struct command command_demo = {
    .name = "demo",
    .operands = "",
    .summary = "start loopback origins, scan them, show the report",
    .description =
        "Serves a table of web origins on loopback addresses, each with its own behaviour, scans every zone of "
        "them, and says whether the result is what the table expects. Nothing leaves this machine. Uses a "
        "database of its own unless --db is given.",
    .options = &option_table,
    .arguments_size = sizeof(struct demo_arguments),
    .run = run,
};

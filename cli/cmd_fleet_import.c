#include "base/clock.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/scan_arguments.h"
#include "crawler/hostname.h"
#include "scan/inventory_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Bad rows that are named; the rest is counted. */
#define NAMED_BAD_ROWS_MAX 1000

struct import_arguments {
    struct global_arguments global;
    int format;
    const char *zone;
    bool strict;
    bool add;
};

static const char *const inventory_formats[] = {"csv", "ndjson", "bind", NULL};

#define AT(member) offsetof(struct import_arguments, member)

static const struct option rows[] = {
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = AT(format),
     .choices = inventory_formats,
     .help = "of the inventory; bind: a zone file",
     .initial_text = "by the file's name and beginning"},
    {.name = "zone",
     .type = OPTION_TEXT,
     .offset = AT(zone),
     .placeholder = "ZONE",
     .help = "the zone of a zone file",
     .command_line_only = true},
    {.name = "strict", .type = OPTION_FLAG, .offset = AT(strict), .help = "import nothing if any row is bad"},
    {.name = "add",
     .type = OPTION_FLAG,
     .offset = AT(add),
     .help = "add to the fleet: zones that the inventory does not name stay in it",
     .command_line_only = true},
};
static const struct option_table option_table = OPTION_TABLE(rows);

struct import_run {
    const struct import_arguments *arguments;
    const char *path;
    struct arena arena;
    struct store *store;
    struct fleet_import *import;
    struct inventory_row_texts texts;
    uint64_t bad_rows;
};

static int on_bad(void *context, uint64_t line, const char *reason, struct err *err)
{
    struct import_run *run = context;
    char message[1024];
    (void)err;
    if (++run->bad_rows <= NAMED_BAD_ROWS_MAX) {
        snprintf(message, sizeof message, "%s:%" PRIu64 ": %s", run->path, line, reason);
        message_error(message);
    }
    return 0;
}

static int on_row(void *context, const struct inventory_fields *fields, uint64_t line, struct err *err)
{
    struct import_run *run = context;
    struct fleet_row row = {.line = line};
    bool listed_only = false;
    const char *fault = inventory_row_parse(fields, &run->texts, &row, &listed_only);
    if (fault == NULL) {
        return fleet_import_add(run->import, &row, err);
    }
    if (on_bad(run, line, fault, err) != 0) {
        return -1;
    }
    return listed_only ? fleet_import_add_zone(run->import, row.zone, line, err) : 0;
}

static enum inventory_format guess_format(const char *path, struct slice beginning)
{
    struct slice name = slice_of(path);
    if (slice_ends_with(name, SLICE(".csv"))) {
        return INVENTORY_CSV;
    }
    bool object = slice_starts_with(slice_trim(beginning), SLICE("{"));
    return object || slice_ends_with(name, SLICE(".ndjson")) || slice_ends_with(name, SLICE(".jsonl"))
               ? INVENTORY_NDJSON
               : INVENTORY_CSV;
}

static struct inventory_reader *start_reading(struct import_run *run, struct slice beginning, struct err *err)
{
    const struct import_arguments *arguments = run->arguments;
    const struct inventory_sink sink = {.context = run, .on_row = on_row, .on_bad = on_bad};
    enum inventory_format format =
        arguments->format >= 0 ? (enum inventory_format)arguments->format : guess_format(run->path, beginning);
    const char *zone = NULL;
    if (format == INVENTORY_BIND) {
        zone = zone_normalise(arguments->zone, &run->arena, err);
        if (zone == NULL || fleet_import_add_zone(run->import, zone, 0, err) != 0) {
            return NULL;
        }
    }
    return inventory_reader_new(format, zone, &sink, err);
}

static int name_file(const struct import_run *run, int result, struct err *err)
{
    return result != 0 && err->kind == ERR_USAGE ? err_prefix(err, "%s", run->path) : result;
}

static int read_rows(struct import_run *run, int fd, struct err *err)
{
    char chunk[65536];
    struct inventory_reader *reader = NULL;
    int result = 0;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            result = err_set_errno(err, ERR_USAGE, "%s", run->path);
            break;
        }
        struct slice bytes = slice_make(chunk, (size_t)got);
        if (reader == NULL && (reader = start_reading(run, bytes, err)) == NULL) {
            return -1;
        }
        if (got == 0) {
            result = name_file(run, inventory_reader_end(reader, err), err);
            break;
        }
        result = name_file(run, inventory_reader_feed(reader, bytes, err), err);
        if (result != 0) {
            break;
        }
    }
    inventory_reader_free(reader);
    return result;
}

static int read_file(struct import_run *run, struct err *err)
{
    if (strcmp(run->path, "-") == 0) {
        run->path = "standard input";
        return read_rows(run, STDIN_FILENO, err);
    }
    int fd = open(run->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, ERR_USAGE, "%s", run->path);
    }
    int result = read_rows(run, fd, err);
    close(fd);
    return result;
}

static int report(const struct import_run *run, const struct fleet_import_counts *counts, struct err *err)
{
    struct buf out = {.data = NULL};
    buf_printf(&out,
               "%" PRIu64 " rows, %" PRIu64 " zones: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64
               " removed, %" PRIu64 " without an origin\n",
               counts->rows, counts->zones, counts->new_zones, counts->changed_zones, counts->removed_zones,
               counts->zones_without_origin);
    if (run->bad_rows > 0 || counts->duplicate_rows > 0) {
        buf_printf(&out, "%" PRIu64 " bad rows, %" PRIu64 " duplicate rows\n", run->bad_rows, counts->duplicate_rows);
    }
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result;
}

static int check_arguments(const struct import_arguments *arguments, struct err *err)
{
    bool bind = arguments->format == INVENTORY_BIND;
    if (bind && arguments->zone == NULL) {
        return err_set(err, ERR_USAGE, "option --zone is missing: a zone file does not say whose it is");
    }
    if (!bind && arguments->zone != NULL) {
        return err_set(err, ERR_USAGE, "option --zone belongs to --format bind");
    }
    return 0;
}

/* Zones that lost a row are not judged by their absence. */
static bool is_whole(const struct import_run *run)
{
    return !run->arguments->add && run->arguments->format != INVENTORY_BIND;
}

static int take_over(struct import_run *run, struct err *err)
{
    struct fleet_import_counts counts;
    if (fleet_import_check(run->import, is_whole(run), on_bad, run, err) != 0) {
        return -1;
    }
    if (run->arguments->strict && run->bad_rows > 0) {
        return err_set(err, ERR_USAGE, "%s: %" PRIu64 " bad rows; nothing was imported", run->path, run->bad_rows);
    }
    if (fleet_import_finish(run->import, is_whole(run) && run->bad_rows == 0, clock_wall_s(), &counts, err) != 0 ||
        report(run, &counts, err) != 0) {
        return -1;
    }
    if (run->bad_rows == 0) {
        return EXIT_DONE;
    }
    return err_set(err, ERR_USAGE, "%s: %" PRIu64 " bad rows were left out%s", run->path, run->bad_rows,
                   is_whole(run) ? ", and no zone was marked as removed" : "");
}

static int run_import(const struct invocation *invocation, struct err *err)
{
    struct import_run run = {.arguments = invocation->arguments, .path = invocation->operands[0]};
    int code = -1;
    if (check_arguments(run.arguments, err) != 0) {
        return -1;
    }
    const char *path = database_path(invocation->global, &run.arena, err);
    if (path == NULL || (run.store = store_open(path, STORE_READ_WRITE, err)) == NULL ||
        (run.import = fleet_import_new(run.store, err)) == NULL) {
        goto out;
    }
    code = read_file(&run, err) == 0 ? take_over(&run, err) : -1;
out:
    fleet_import_free(run.import);
    store_close(run.store);
    arena_release(&run.arena);
    return code;
}

const struct command command_fleet_import = {
    .name = "fleet import",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "an inventory",
    .summary = "add or update zones, hostnames and origins from an inventory",
    .description = "Reads an inventory (CSV with a header, NDJSON, or a BIND zone file; '-' is standard input). "
                   "Importing the same "
                   "inventory again changes nothing. A zone that changed is due for a scan at once. The inventory is "
                   "taken for the "
                   "whole fleet: zones that it no longer names are marked as removed and not scanned any more, but "
                   "kept with their "
                   "history; --add leaves them as they are, and so does a zone file.\n"
                   "A bad row is named with its line and left out. Exit code 2 if there was one.",
    .options = &option_table,
    .arguments_size = sizeof(struct import_arguments),
    .run = run_import,
};

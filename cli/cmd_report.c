#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/scan_arguments.h"
#include "reports/report.h"

#include <string.h>

struct report_arguments {
    struct global_arguments global;
    struct option_list zones;
    int format;
};

#define AT(member)  offsetof(struct report_arguments, member)
#define FLUSH_BYTES (256u << 10)

static const struct option rows[] = {
    {.name = "zone",
     .type = OPTION_LIST,
     .offset = AT(zones),
     .placeholder = "ZONE",
     .help = "this zone only",
     .initial_text = "every zone"},
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = AT(format),
     .choices = format_choices_with_ndjson,
     .help = "what to print",
     .initial = "text"},
};
static const struct option_table option_table = OPTION_TABLE(rows);

struct report_run {
    const struct report_arguments *arguments;
    struct arena arena;
    const char **zones; /* normalised */
    struct store *store;
    struct report_list list;
    struct buf out;
};

static int add_record(void *context, const struct scan_record *record, struct err *err)
{
    struct report_run *run = context;
    report_list_add(&run->list, record);
    return run->out.len < FLUSH_BYTES ? 0 : output_write_buf(&run->out, err);
}

static int add_zone(struct report_run *run, const char *zone, struct err *err)
{
    struct scan_record record;
    int found = store_read_latest(run->store, zone, &record, err);
    if (found < 0) {
        return -1;
    }
    int result = found > 0 ? add_record(run, &record, err) : err_set(err, ERR_USAGE, "zone %s was never scanned", zone);
    scan_record_release(&record);
    return result;
}

static int add_zones(struct report_run *run, struct err *err)
{
    const struct option_list *zones = &run->arguments->zones;
    if (zones->count == 0) {
        return store_each_latest(run->store, add_record, run, err);
    }
    for (size_t i = 0; i < zones->count; i++) {
        if (add_zone(run, run->zones[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int normalise_zones(struct report_run *run, struct err *err)
{
    const struct option_list *zones = &run->arguments->zones;
    run->zones = arena_alloc(&run->arena, (zones->count + 1) * sizeof *run->zones);
    if (run->zones == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < zones->count; i++) {
        run->zones[i] = zone_normalise(zones->items[i], &run->arena, err);
        if (run->zones[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

static int run_report(const struct invocation *invocation, struct err *err)
{
    struct report_run run = {.arguments = invocation->arguments};
    const struct report_writer *writer = report_writer_find(format_choices_with_ndjson[run.arguments->format]);
    const struct report_style style = {output_wants_color(invocation->global), output_columns()};
    int code = -1;
    if (normalise_zones(&run, err) != 0) {
        goto out;
    }
    run.store = database_open_to_read(invocation->global, err);
    if (run.store == NULL) {
        goto out;
    }
    report_list_begin(&run.list, writer, &style, &run.out);
    if (add_zones(&run, err) == 0) {
        report_list_end(&run.list);
        code = output_write_buf(&run.out, err) == 0 ? EXIT_DONE : -1;
    }
out:
    buf_release(&run.out);
    store_close(run.store);
    arena_release(&run.arena);
    return code;
}

const struct command command_report = {
    .name = "report",
    .operands = "",
    .summary = "export what is known: the latest scan of every zone",
    .options = &option_table,
    .arguments_size = sizeof(struct report_arguments),
    .run = run_report,
};

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/opt_out_sources.h"
#include "cli/output.h"
#include "cli/scan_arguments.h"
#include "crawler/hostname.h"
#include "reports/report.h"
#include "scan/rollouts.h"

#include <string.h>

struct explain_arguments {
    struct global_arguments global;
    int format;
};

static const struct option rows[] = {FORMAT_OPTION(explain_arguments)};
static const struct option_table option_table = OPTION_TABLE(rows);

/* Leaves nothing but this hostname in the record. */
static int keep_hostname(struct scan_record *record, const char *text, struct err *err)
{
    char name[HOSTNAME_BYTES];
    enum hostname_fault fault = hostname_normalise(slice_of(text), name);
    if (fault != HOSTNAME_OK) {
        return err_set(err, ERR_USAGE, "hostname '%s': %s", text, hostname_fault_text(fault));
    }
    for (size_t i = 0; i < record->hostname_count; i++) {
        if (strcmp(record->hostnames[i].hostname, name) == 0) {
            record->hostnames += i;
            record->hostname_count = 1;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "hostname %s was not in the last scan of %s", name, record->zone);
}

static int print(const struct explain_arguments *arguments, const struct scan_record *record, struct err *err)
{
    struct buf out = {.data = NULL};
    const struct report_style style = {output_wants_color(&arguments->global), output_columns()};
    report_writer_find(format_choices[arguments->format])->explain(record, &style, &out);
    int result = output_write_buf(&out, err);
    buf_release(&out);
    return result;
}

/* Opt-outs of today count over what was found before. */
static int print_masked(const struct explain_arguments *arguments, struct store *store,
                        const struct scan_record *record, struct err *err)
{
    const struct option_list no_files = {NULL, 0};
    struct arena arena = {.head = NULL};
    struct scan_record shown;
    struct opt_out *list = opt_out_sources_load(store, &no_files, err);
    int result = list == NULL ? -1 : 0;
    if (result == 0 && opt_out_masked(list, clock_wall_s(), record, &arena, &shown) != 0) {
        result = err_memory(err);
    }
    result = result == 0 ? print(arguments, &shown, err) : -1;
    opt_out_free(list);
    arena_release(&arena);
    return result;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct explain_arguments *arguments = invocation->arguments;
    struct arena arena = {.head = NULL};
    struct scan_record record = {.zone = NULL};
    struct store *store = NULL;
    int code = -1;
    const char *zone = zone_normalise(invocation->operands[0], &arena, err);
    if (zone == NULL) {
        goto out;
    }
    store = database_open_to_read(invocation->global, err);
    if (store == NULL) {
        goto out;
    }
    int found = store_read_latest(store, zone, &record, err);
    if (found <= 0) {
        code = found < 0 ? -1 : err_set(err, ERR_USAGE, "zone %s was never scanned; see 'origintls scan --help'", zone);
        goto out;
    }
    if (invocation->operand_count > 1 && keep_hostname(&record, invocation->operands[1], err) != 0) {
        goto out;
    }
    code = print_masked(arguments, store, &record, err) == 0 ? EXIT_DONE : -1;
out:
    scan_record_release(&record);
    store_close(store);
    arena_release(&arena);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .operands = "ZONE [HOSTNAME]",
    .operands_min = 1,
    .operands_max = 2,
    .missing = "a zone",
    .summary = "why this mode, and what would lift it",
    .description =
        "Prints the ladder of modes of each hostname after the latest scan: what speaks for a mode, what rules it "
        "out, what a visitor would see, and the smallest change that lifts it.",
    .options = &option_table,
    .arguments_size = sizeof(struct explain_arguments),
    .run = run,
};

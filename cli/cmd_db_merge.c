#include "base/json_writer.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "db/merge.h"
#include "recommend/record.h"

#include <inttypes.h>

struct merge_arguments {
    struct global_arguments global;
    int format;
};

static const struct option rows[] = {FORMAT_OPTION(merge_arguments)};
static const struct option_table option_table = OPTION_TABLE(rows);

#define COUNT_LINES 7

struct count_line {
    const char *key;
    uint64_t value;
};

static void list_counts(const struct merge_counts *counts, struct count_line lines[COUNT_LINES])
{
    const struct count_line listed[COUNT_LINES] = {
        {"zones", counts->zones},
        {"inventories", counts->inventories},
        {"scans", counts->scans},
        {"opt_outs", counts->opt_outs},
        {"rollouts", counts->rollouts},
        {"observations", counts->observations},
        {"ledger_rows", counts->ledger_rows},
    };
    for (size_t i = 0; i < COUNT_LINES; i++) {
        lines[i] = listed[i];
    }
}

struct merge_page {
    struct buf out;
    struct json_writer json;
    bool is_json;
};

static void open_page(struct merge_page *page)
{
    json_init(&page->json, &page->out, true);
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_int(&page->json, "schema_version", RECORD_SCHEMA_VERSION);
        json_key(&page->json, "files");
        json_array_open(&page->json);
    }
}

static void add_file(struct merge_page *page, const char *path, const struct merge_counts *counts)
{
    struct count_line lines[COUNT_LINES];
    list_counts(counts, lines);
    if (page->is_json) {
        json_object_open(&page->json);
        json_key_text(&page->json, "file", path);
        for (size_t i = 0; i < COUNT_LINES; i++) {
            json_key_int(&page->json, lines[i].key, (int64_t)lines[i].value);
        }
        json_object_close(&page->json);
        return;
    }
    utf8_append_visible(&page->out, slice_of(path));
    buf_printf(&page->out,
               ": %" PRIu64 " zones, %" PRIu64 " inventories, %" PRIu64 " scans, %" PRIu64 " opt-outs, %" PRIu64
               " rollouts, %" PRIu64 " observations, %" PRIu64 " rows of a ledger added\n",
               counts->zones, counts->inventories, counts->scans, counts->opt_outs, counts->rollouts,
               counts->observations, counts->ledger_rows);
}

static void close_page(struct merge_page *page)
{
    if (page->is_json) {
        json_array_close(&page->json);
        json_object_close(&page->json);
        buf_append_byte(&page->out, '\n');
    }
}

static void tell(const char *what, const char *path)
{
    char text[512];
    snprintf(text, sizeof text, "%s %s", what, path);
    progress_text(text);
}

/* All of them are looked at before the first is merged, and before a database is made. */
static int check_files(const char *into, const struct invocation *invocation, struct err *err)
{
    for (size_t i = 0; i < invocation->operand_count; i++) {
        tell("checking", invocation->operands[i]);
        if (store_merge_check(into, invocation->operands[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int merge_files(struct store *store, const struct invocation *invocation, struct merge_page *page,
                       struct err *err)
{
    for (size_t i = 0; i < invocation->operand_count; i++) {
        struct merge_counts counts;
        tell("merging", invocation->operands[i]);
        if (store_merge(store, invocation->operands[i], &counts, err) != 0) {
            return -1;
        }
        add_file(page, invocation->operands[i], &counts);
    }
    return 0;
}

static int run_merge(const struct invocation *invocation, struct err *err)
{
    const struct merge_arguments *arguments = invocation->arguments;
    struct merge_page page = {.is_json = arguments->format == FORMAT_JSON};
    struct arena arena = {.head = NULL};
    const char *path = database_path(invocation->global, &arena, err);
    struct store *store = NULL;
    int code = -1;
    open_page(&page);
    if (path != NULL && check_files(path, invocation, err) == 0) {
        store = store_open(path, STORE_READ_WRITE, err);
    }
    if (store != NULL && merge_files(store, invocation, &page, err) == 0) {
        close_page(&page);
        progress_clear();
        code = output_write_buf(&page.out, err) == 0 ? EXIT_DONE : -1;
    }
    buf_release(&page.out);
    store_close(store);
    arena_release(&arena);
    return code;
}

const struct command command_db_merge = {
    .name = "db merge",
    .operands = "FILE...",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .missing = "a database to merge",
    .summary = "join the databases of shards into this one",
    .description =
        "Adds what the files know to the database of --db: scans, inventory, schedule, opt-outs, rollouts, "
        "observations, "
        "ledgers. Nothing is lost and nothing is there twice: merging a file again adds what is new in it, and the "
        "order "
        "of the files does not matter. Where two of them say something different of a zone, the newer inventory and "
        "the "
        "newer scan count.\n"
        "Every file is checked before the first is merged; each is merged as a whole or not at all, and is itself "
        "never "
        "changed. Each ledger stays a chain of its own, which 'ledger verify' and 'ledger replay' look at too.",
    .options = &option_table,
    .arguments_size = sizeof(struct merge_arguments),
    .run = run_merge,
};

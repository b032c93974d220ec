#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/version.h"
#include "recommend/record.h"

struct version_arguments {
    struct global_arguments global;
    int format;
};

static const struct option rows[] = {FORMAT_OPTION(version_arguments)};
static const struct option_table option_table = OPTION_TABLE(rows);

const char *version_text(void)
{
    return ORIGINTLS_VERSION;
}

int version_print(struct err *err)
{
    struct buf text = {.data = NULL};
    buf_printf(&text, "origintls %s\n", version_text());
    int result = output_write_buf(&text, err);
    buf_release(&text);
    return result;
}

static int print_json(struct err *err)
{
    struct buf text = {.data = NULL};
    struct json_writer json;
    json_init(&json, &text, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "program_version", version_text());
    json_object_close(&json);
    buf_append_byte(&text, '\n');
    int result = output_write_buf(&text, err);
    buf_release(&text);
    return result;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct version_arguments *arguments = invocation->arguments;
    int result = arguments->format == FORMAT_JSON ? print_json(err) : version_print(err);
    return result == 0 ? EXIT_DONE : -1;
}

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary = "show the version",
    .options = &option_table,
    .arguments_size = sizeof(struct version_arguments),
    .run = run,
};

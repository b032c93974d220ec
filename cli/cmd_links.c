#include "base/file.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "crawler/links.h"
#include "recommend/record.h"

struct links_arguments {
    struct global_arguments global;
    const char *base;
    const char *type;
    int format;
};

static const struct option rows[] = {
    {.name = "base",
     .type = OPTION_TEXT,
     .offset = offsetof(struct links_arguments, base),
     .placeholder = "URL",
     .help = "where the document came from; must be given"},
    {.name = "type",
     .type = OPTION_TEXT,
     .offset = offsetof(struct links_arguments, type),
     .placeholder = "TYPE",
     .help = "its content type, with the charset if that is known",
     .initial = "text/html"},
    FORMAT_OPTION(links_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

static void append_json(const struct document_links *links, const struct url *base, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "base", base->text);
    json_key_bool(&json, "truncated", links->truncated);
    json_key(&json, "links");
    json_array_open(&json);
    for (size_t i = 0; i < links->count; i++) {
        json_object_open(&json);
        json_key_text(&json, "url", links->items[i].url.text);
        json_key_text(&json, "kind", link_kind_name(links->items[i].kind));
        json_object_close(&json);
    }
    json_array_close(&json);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(const struct document_links *links, struct buf *out)
{
    for (size_t i = 0; i < links->count; i++) {
        buf_printf(out, "%s\n", links->items[i].url.text);
    }
}

static int parse_base(const char *text, struct url *base, struct err *err)
{
    if (text == NULL) {
        return err_set(err, ERR_USAGE, "links needs --base URL: where the document came from");
    }
    enum url_fault fault = url_parse(slice_of(text), base);
    return fault == URL_OK ? 0 : err_set(err, ERR_USAGE, "option --base: '%s': %s", text, url_fault_text(fault));
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct links_arguments *arguments = invocation->arguments;
    struct url base = {.text = NULL};
    struct document_links links = {.items = NULL};
    struct buf document = {.data = NULL};
    struct buf out = {.data = NULL};
    int code = -1;
    if (parse_base(arguments->base, &base, err) != 0 ||
        file_read(invocation->operands[0], LIMIT_INPUT_FILE_BYTES, &document, err) != 0 ||
        links_of_document(buf_slice(&document), &base, slice_of(arguments->type), &links, err) != 0) {
        goto out;
    }
    if (arguments->format == FORMAT_JSON) {
        append_json(&links, &base, &out);
    } else {
        append_text(&links, &out);
    }
    code = output_write_buf(&out, err) == 0 ? EXIT_DONE : -1;
out:
    buf_release(&out);
    buf_release(&document);
    document_links_release(&links);
    url_release(&base);
    return code;
}

const struct command command_links = {
    .name = "links",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a file",
    .summary = "the links of a saved document that the crawler would see",
    .description =
        "Prints absolute http and https URLs in the order of the document, each once, resolved against its base "
        "and normalised.",
    .options = &option_table,
    .arguments_size = sizeof(struct links_arguments),
    .run = run,
};

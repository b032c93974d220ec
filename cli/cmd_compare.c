#include "base/file.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "compare/compare.h"
#include "crawler/url.h"
#include "recommend/record.h"

#include <math.h>
#include <string.h>

struct compare_arguments {
    struct global_arguments global;
    const char *again_a, *again_b;
    const char *type, *type_a, *type_b;
    const char *url_a, *url_b;
    int format;
};

#define AT(member) offsetof(struct compare_arguments, member)

static const struct option rows[] = {
    {.name = "again-a",
     .type = OPTION_FILE,
     .offset = AT(again_a),
     .placeholder = "FILE",
     .help = "a second fetch of A, which measures noise"},
    {.name = "again-b",
     .type = OPTION_FILE,
     .offset = AT(again_b),
     .placeholder = "FILE",
     .help = "a second fetch of B"},
    {.name = "type",
     .type = OPTION_TEXT,
     .offset = AT(type),
     .placeholder = "TYPE",
     .help = "content type of both, with the charset",
     .initial_text = "from the content"},
    {.name = "type-a",
     .type = OPTION_TEXT,
     .offset = AT(type_a),
     .placeholder = "TYPE",
     .help = "content type of A",
     .initial_text = "that of --type"},
    {.name = "type-b",
     .type = OPTION_TEXT,
     .offset = AT(type_b),
     .placeholder = "TYPE",
     .help = "content type of B",
     .initial_text = "that of --type"},
    {.name = "url-a", .type = OPTION_TEXT, .offset = AT(url_a), .placeholder = "URL", .help = "where A came from"},
    {.name = "url-b",
     .type = OPTION_TEXT,
     .offset = AT(url_b),
     .placeholder = "URL",
     .help = "where B came from",
     .initial_text = "that of --url-a"},
    FORMAT_OPTION(compare_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

/* One saved response with what it borrows from. */
struct saved {
    struct buf body;
    struct url url;
    struct compare_response response;
};

static void saved_release(struct saved *saved)
{
    buf_release(&saved->body);
    url_release(&saved->url);
}

/* Visitors are taken to be shown both over https: only there does it matter by which scheme a page loads its parts. */
static int saved_read(struct saved *saved, const char *path, const char *type, const char *url, const char *option,
                      struct err *err)
{
    if (file_read(path, LIMIT_INPUT_FILE_BYTES, &saved->body, err) != 0) {
        return -1;
    }
    if (url != NULL) {
        enum url_fault fault = url_parse(slice_of(url), &saved->url);
        if (fault != URL_OK) {
            return err_set(err, ERR_USAGE, "option --%s: '%s': %s", option, url, url_fault_text(fault));
        }
    }
    saved->response = (struct compare_response){
        .outcome = EXCHANGE_ANSWERED,
        .status = 200,
        .https = true,
        .content_type = type != NULL ? slice_of(type) : compare_sniff_type(buf_slice(&saved->body)),
        .body = buf_slice(&saved->body),
        .host = slice_of(saved->url.host),
        .path = slice_of(saved->url.path_query),
        .retry_after_s = -1,
    };
    return 0;
}

enum { SAVED_A, SAVED_B, SAVED_AGAIN_A, SAVED_AGAIN_B, SAVED_COUNT };

static int read_all(const struct compare_arguments *arguments, const char *const *operands, struct saved *saved,
                    struct err *err)
{
    const char *type_a = arguments->type_a != NULL ? arguments->type_a : arguments->type;
    const char *type_b = arguments->type_b != NULL ? arguments->type_b : arguments->type;
    const char *url_a = arguments->url_a != NULL ? arguments->url_a : arguments->url_b;
    const char *url_b = arguments->url_b != NULL ? arguments->url_b : arguments->url_a;
    const char *option_a = arguments->url_a != NULL ? "url-a" : "url-b";
    const char *option_b = arguments->url_b != NULL ? "url-b" : "url-a";
    if (saved_read(&saved[SAVED_A], operands[0], type_a, url_a, option_a, err) != 0 ||
        saved_read(&saved[SAVED_B], operands[1], type_b, url_b, option_b, err) != 0) {
        return -1;
    }
    if (arguments->again_a == NULL) {
        return 0;
    }
    return saved_read(&saved[SAVED_AGAIN_A], arguments->again_a, type_a, url_a, option_a, err) == 0 &&
                   saved_read(&saved[SAVED_AGAIN_B], arguments->again_b, type_b, url_b, option_b, err) == 0
               ? 0
               : -1;
}

/* Standard input can be read only once. */
static int check(const struct compare_arguments *arguments, const char *const *operands, struct err *err)
{
    const char *const files[] = {operands[0], operands[1], arguments->again_a, arguments->again_b};
    int standard_input = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        standard_input += files[i] != NULL && strcmp(files[i], "-") == 0;
    }
    if (standard_input > 1) {
        return err_set(err, ERR_USAGE, "only one file can be standard input");
    }
    if ((arguments->again_a == NULL) != (arguments->again_b == NULL)) {
        return err_set(err, ERR_USAGE, "option --%s is missing: --again-a and --again-b belong together",
                       arguments->again_a == NULL ? "again-a" : "again-b");
    }
    return 0;
}

static void append_json(const struct compare_result *result, struct buf *out)
{
    const double unknown = result->compared ? 0 : NAN; /* writes null */
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "verdict", compare_verdict_name(result->verdict));
    json_key_number(&json, "text_similarity", result->text_similarity + unknown, 4);
    json_key_number(&json, "structure_similarity", result->structure_similarity + unknown, 4);
    json_key_number(&json, "resource_similarity", result->resource_similarity + unknown, 4);
    json_key_number(&json, "noise", result->noise + unknown, 4);
    json_key_text(&json, "reason", result->reason);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(const struct compare_result *result, struct buf *out)
{
    buf_printf(out, "%s: ", compare_verdict_name(result->verdict));
    utf8_append_visible(out, slice_of(result->reason));
    if (!result->compared) {
        buf_printf(out, "\nits content was not compared\n");
        return;
    }
    buf_printf(out, "\ntext %.4f, structure %.4f, resources %.4f, noise %.4f\n", result->text_similarity,
               result->structure_similarity, result->resource_similarity, result->noise);
}

static int exit_code(enum compare_verdict verdict)
{
    switch (verdict) {
    case COMPARE_SAME:
    case COMPARE_EQUIVALENT:
        return EXIT_DONE;
    case COMPARE_DIFFERENT:
        return EXIT_ANSWER_IS_NO;
    case COMPARE_UNSTABLE:
        return EXIT_NO_VERDICT;
    }
    return EXIT_OUR_FAILURE;
}

static int judge(const struct compare_arguments *arguments, const struct saved *saved, struct err *err)
{
    struct compare_result result;
    struct buf out = {.data = NULL};
    bool again = arguments->again_a != NULL;
    compare_bodies(&saved[SAVED_A].response, &saved[SAVED_B].response, again ? &saved[SAVED_AGAIN_A].response : NULL,
                   again ? &saved[SAVED_AGAIN_B].response : NULL, &result);
    if (result.out_of_memory) {
        return err_memory(err);
    }
    if (arguments->format == FORMAT_JSON) {
        append_json(&result, &out);
    } else {
        append_text(&result, &out);
    }
    int written = output_write_buf(&out, err);
    buf_release(&out);
    return written == 0 ? exit_code(result.verdict) : -1;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct compare_arguments *arguments = invocation->arguments;
    struct saved saved[SAVED_COUNT] = {{.url = {.text = NULL}}};
    int code = -1;
    if (check(arguments, invocation->operands, err) == 0 &&
        read_all(arguments, invocation->operands, saved, err) == 0) {
        code = judge(arguments, saved, err);
    }
    for (int i = 0; i < SAVED_COUNT; i++) {
        saved_release(&saved[i]);
    }
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .operands = "A B",
    .operands_min = 2,
    .operands_max = 2,
    .missing = "a file",
    .summary = "are two saved responses the same to a visitor?",
    .description = "A is what a visitor gets today, B what they would get. Exit code 0: the same, or equivalent; 4: "
                   "different; 3: it changes so much from load to load that nothing can be said.",
    .options = &option_table,
    .arguments_size = sizeof(struct compare_arguments),
    .run = run,
};

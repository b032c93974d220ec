#include "base/address.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "cli/certificate_report.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/trust_arguments.h"
#include "crawler/certificate.h"
#include "crawler/hostname.h"
#include "recommend/record.h"

struct cert_arguments {
    struct global_arguments global;
    const char *host;
    struct trust_arguments trust;
    struct option_list pins;
    int64_t at_s;
    int format;
};

#define AT(member) offsetof(struct cert_arguments, member)

static const struct option rows[] = {
    {.name = "host",
     .type = OPTION_TEXT,
     .offset = AT(host),
     .placeholder = "NAME",
     .help = "the hostname that the certificate is for; must be given"},
    TRUST_OPTIONS(cert_arguments),
    {.name = "pin",
     .type = OPTION_LIST,
     .offset = AT(pins),
     .placeholder = "sha256/BASE64",
     .help = "this public key and no other is valid; then no chain is needed"},
    {.name = "at",
     .type = OPTION_TIME,
     .offset = AT(at_s),
     .placeholder = "TIME",
     .help = "judge at this RFC 3339 time",
     .initial_text = "now"},
    FORMAT_OPTION(cert_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

static void append_json(const struct certificate_result *result, const char *host, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "host", host);
    certificate_report_json(&json, result);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(const struct certificate_result *result, const char *host, struct buf *out)
{
    buf_printf(out, "%s: %s\n", host, certificate_verdict_name(result->verdict));
    certificate_report_text(out, result);
}

/* A hostname in normal form, or an address. */
static int normalise_host(const char *text, char *host, struct err *err)
{
    struct address address;
    if (text == NULL) {
        return err_set(err, ERR_USAGE, "cert needs --host NAME: the hostname that the certificate is for");
    }
    if (address_parse(slice_of(text), &address) == 0) {
        address_format(&address, host);
        return 0;
    }
    enum hostname_fault fault = hostname_normalise(slice_of(text), host);
    return fault == HOSTNAME_OK ? 0
                                : err_set(err, ERR_USAGE, "option --host: '%s': %s", text, hostname_fault_text(fault));
}

static int print(const struct cert_arguments *arguments, const struct certificate_result *result, const char *host,
                 struct err *err)
{
    struct buf out = {.data = NULL};
    if (arguments->format == FORMAT_JSON) {
        append_json(result, host, &out);
    } else {
        append_text(result, host, &out);
    }
    int written = output_write_buf(&out, err);
    buf_release(&out);
    return written;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct cert_arguments *arguments = invocation->arguments;
    char host[HOSTNAME_BYTES];
    struct arena arena = {.head = NULL};
    struct certificate_chain chain = {.count = 0};
    struct certificate_result result = {.problems = 0};
    struct certificate_input input = {.time_s = arguments->at_s >= 0 ? arguments->at_s : clock_wall_s()};
    struct trust *trust = NULL;
    int code = -1;
    if (normalise_host(arguments->host, host, err) != 0 ||
        certificate_pins_parse(&arguments->pins, &arena, &input, err) != 0 ||
        certificate_read_pem(invocation->operands[0], &chain, err) != 0) {
        goto out;
    }
    trust = trust_arguments_load(&arguments->trust, err);
    input.chain = chain.certificates;
    input.chain_len = chain.count;
    input.hostname = slice_of(host);
    input.trust = trust;
    if (trust == NULL || certificate_judge(&input, &result, err) != 0 || print(arguments, &result, host, err) != 0) {
        goto out;
    }
    code = result.problems == 0 ? EXIT_DONE : EXIT_ANSWER_IS_NO;
out:
    certificate_result_release(&result);
    certificate_chain_release(&chain);
    trust_free(trust);
    arena_release(&arena);
    return code;
}

const struct command command_cert = {
    .name = "cert",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a file",
    .summary = "would this chain pass full_strict?",
    .description =
        "FILE holds the certificates that the origin sends, in PEM, its own first; \"-\" is standard input. Exit "
        "code 4: it would not pass.",
    .options = &option_table,
    .arguments_size = sizeof(struct cert_arguments),
    .run = run,
};

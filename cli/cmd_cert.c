#include "base/address.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/utf8.h"
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

#define AT(member)     offsetof(struct cert_arguments, member)
#define TEXT_NAMES_MAX 10

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

/* INT64_MIN stands for a date that cannot be read; JSON knows null for it, whatever the sign of a date. */
static void append_time(struct json_writer *json, const char *key, int64_t unix_s)
{
    char text[RFC3339_BYTES];
    json_key_text(json, key, unix_s == INT64_MIN ? NULL : time_format(unix_s, text));
}

static void append_text_or_null(struct json_writer *json, const char *key, const char *text)
{
    json_key_text(json, key, text != NULL && *text != '\0' ? text : NULL);
}

static void append_problems(struct json_writer *json, const struct certificate_result *result)
{
    json_key(json, "problems");
    json_array_open(json);
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if ((result->problems >> problem & 1) != 0) {
            json_object_open(json);
            json_key_text(json, "code", certificate_problem_code((enum certificate_problem)problem));
            json_key_text(json, "detail", result->details[problem]);
            json_object_close(json);
        }
    }
    json_array_close(json);
}

static void append_names(struct json_writer *json, const struct certificate_facts *facts)
{
    json_key(json, "names");
    json_array_open(json);
    for (size_t i = 0; i < facts->name_count; i++) {
        json_text(json, facts->names[i]);
    }
    json_array_close(json);
}

static const char *verdict_detail(const struct certificate_result *result)
{
    return result->verdict == CERTIFICATE_PROBLEM_COUNT ? NULL : result->details[result->verdict];
}

static bool expires_soon(const struct certificate_result *result)
{
    const struct certificate_expiry_policy policy = CERTIFICATE_EXPIRY_POLICY_DEFAULT;
    return certificate_expires_soon(&result->facts, &policy);
}

static void append_json(const struct certificate_result *result, const char *host, struct buf *out)
{
    const struct certificate_facts *facts = &result->facts;
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "host", host);
    json_key_text(&json, "verdict", certificate_verdict_name(result->verdict));
    json_key_text(&json, "detail", verdict_detail(result));
    append_problems(&json, result);
    json_key_text(&json, "trust", trust_kind_name(result->trust));
    append_text_or_null(&json, "root", result->root);
    append_time(&json, "not_before", facts->not_before_s);
    append_time(&json, "not_after", facts->not_after_s);
    append_names(&json, facts);
    append_text_or_null(&json, "subject", facts->subject);
    append_text_or_null(&json, "issuer", facts->issuer);
    append_text_or_null(&json, "serial", facts->serial);
    append_text_or_null(&json, "key", facts->key);
    append_text_or_null(&json, "signature", facts->signature_algorithm);
    append_text_or_null(&json, "spki_sha256", facts->spki_sha256);
    append_text_or_null(&json, "issuer_url", facts->aia_issuer_url);
    json_key_bool(&json, "must_staple", facts->must_staple);
    json_key_bool(&json, "cn_only", result->cn_only);
    json_key_bool(&json, "expires_soon", expires_soon(result));
    json_key_bool(&json, "crl_stale", result->crl_stale);
    json_key_int(&json, "chain_length", (int64_t)result->chain_sent);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_row(struct buf *out, const char *label, const char *text)
{
    if (text != NULL && *text != '\0') {
        buf_printf(out, "  %-12s", label);
        utf8_append_visible(out, slice_of(text));
        buf_append_byte(out, '\n');
    }
}

static void append_name_row(struct buf *out, const struct certificate_facts *facts)
{
    struct buf names = {.data = NULL};
    for (size_t i = 0; i < facts->name_count && i < TEXT_NAMES_MAX; i++) {
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", facts->names[i]);
    }
    if (facts->names_total > TEXT_NAMES_MAX) {
        buf_printf(&names, " and %zu more", facts->names_total - TEXT_NAMES_MAX);
    }
    append_row(out, "names", buf_text(&names));
    buf_release(&names);
}

static void append_validity_row(struct buf *out, const struct certificate_result *result)
{
    char from[RFC3339_BYTES];
    char to[RFC3339_BYTES];
    const struct certificate_facts *facts = &result->facts;
    if (facts->not_before_s == INT64_MIN || facts->not_after_s == INT64_MIN) {
        return;
    }
    buf_printf(out, "  %-12s%s to %s%s\n", "valid", time_format(facts->not_before_s, from),
               time_format(facts->not_after_s, to), expires_soon(result) ? ", expires soon" : "");
}

static void append_text(const struct certificate_result *result, const char *host, struct buf *out)
{
    const struct certificate_facts *facts = &result->facts;
    buf_printf(out, "%s: %s\n", host, certificate_verdict_name(result->verdict));
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if ((result->problems >> problem & 1) != 0) {
            append_row(out, "problem", result->details[problem]);
        }
    }
    append_row(out, "subject", facts->subject);
    append_row(out, "issuer", facts->issuer);
    append_name_row(out, facts);
    append_validity_row(out, result);
    append_row(out, "key", facts->key);
    append_row(out, "signature", facts->signature_algorithm);
    append_row(out, "public key", facts->spki_sha256);
    append_row(out, "trust", trust_kind_name(result->trust));
    append_row(out, "root", result->root);
    append_row(out, "note", result->cn_only ? "the hostname stands in the common name alone" : NULL);
    append_row(out, "note", result->crl_stale ? "a revocation list is past its next update" : NULL);
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

static int parse_pins(const struct option_list *texts, struct arena *arena, struct certificate_input *input,
                      struct err *err)
{
    struct certificate_pin *pins = arena_alloc(arena, (texts->count + 1) * sizeof *pins);
    if (pins == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < texts->count; i++) {
        if (certificate_pin_parse(slice_of(texts->items[i]), &pins[i]) != 0) {
            return err_set(err, ERR_USAGE, "option --pin: '%s' is not sha256/ and the base64 of 32 bytes",
                           texts->items[i]);
        }
    }
    input->pins = pins;
    input->pin_count = texts->count;
    return 0;
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
    if (normalise_host(arguments->host, host, err) != 0 || parse_pins(&arguments->pins, &arena, &input, err) != 0 ||
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

#include "base/clock.h"
#include "cli/certificate_report.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/probe_report.h"
#include "cli/trust_arguments.h"
#include "crawler/hostname.h"
#include "crawler/resolve.h"
#include "recommend/record.h"

#include <stdlib.h>
#include <string.h>

#define PORT_DEFAULT 443

struct probe_arguments {
    struct global_arguments global;
    const char *address;
    bool all;
    struct trust_arguments trust;
    struct option_list pins;
    const char *client_certificate, *client_key;
    const char *user_agent;
    double timeout_s;
    double rate;
    int64_t at_s;
    int format;
};

#define AT(member) offsetof(struct probe_arguments, member)

static const struct option rows[] = {
    {.name = "address",
     .type = OPTION_TEXT,
     .offset = AT(address),
     .placeholder = "ADDR",
     .help = "connect to this address; without it HOST is looked up in public DNS, which leads to the edge where the "
             "name is proxied"},
    {.name = "all",
     .type = OPTION_FLAG,
     .offset = AT(all),
     .help = "ask everything: at most 8 handshakes and 24 hellos instead of 2 and 7"},
    TRUST_OPTIONS(probe_arguments),
    {.name = "pin",
     .type = OPTION_LIST,
     .offset = AT(pins),
     .placeholder = "sha256/BASE64",
     .help = "this public key and no other is valid; then no chain is needed"},
    {.name = "client-cert",
     .type = OPTION_FILE,
     .offset = AT(client_certificate),
     .placeholder = "FILE",
     .help = "present this certificate (PEM) where the server asks for one; needs --client-key"},
    {.name = "client-key",
     .type = OPTION_FILE,
     .offset = AT(client_key),
     .placeholder = "FILE",
     .help = "the key of --client-cert (PEM)"},
    {.name = "user-agent",
     .type = OPTION_TEXT,
     .offset = AT(user_agent),
     .placeholder = "UA",
     .help = "how to name ourselves to the server",
     .initial = FETCH_USER_AGENT},
    {.name = "timeout",
     .type = OPTION_NUMBER,
     .offset = AT(timeout_s),
     .placeholder = "S",
     .help = "seconds for each connection, everything included",
     .initial = "10",
     .min = 0.1,
     .max = 300},
    {.name = "rate",
     .type = OPTION_NUMBER,
     .offset = AT(rate),
     .placeholder = "R",
     .help = "connections per second",
     .initial = "10",
     .min = 0.01,
     .max = 1000},
    {.name = "at",
     .type = OPTION_TIME,
     .offset = AT(at_s),
     .placeholder = "TIME",
     .help = "judge the certificate at this RFC 3339 time",
     .initial_text = "now"},
    FORMAT_OPTION(probe_arguments),
};
static const struct option_table option_table = OPTION_TABLE(rows);

/* Whom to ask. */
struct target {
    char host[HOSTNAME_BYTES];
    struct address address;
    uint16_t port;
};

static int parse_port(struct slice text, uint16_t *port)
{
    unsigned value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]) || i >= 5) {
            return -1;
        }
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= 65535 ? 0 : -1;
}

/* "HOST", "HOST:PORT", "[IPV6]:PORT", or an IPv6 address as it is. */
static int parse_target(const char *text, struct target *target, struct err *err)
{
    struct slice whole = slice_of(text);
    struct slice host = whole;
    struct address address;
    target->port = PORT_DEFAULT;
    bool is_bare_address = address_parse(whole, &address) == 0;
    size_t colon = whole.len;
    while (colon > 0 && whole.ptr[colon - 1] != ':' && whole.ptr[colon - 1] != ']') {
        colon--;
    }
    if (!is_bare_address && colon > 0 && whole.ptr[colon - 1] == ':') {
        host = slice_make(whole.ptr, colon - 1);
        if (parse_port(slice_from(whole, colon), &target->port) != 0) {
            return err_set(err, ERR_USAGE, "'%s': the port is not a number from 1 to 65535", text);
        }
    }
    if (address_parse(host, &address) == 0) {
        address_format(&address, target->host);
        target->address = address;
        return 0;
    }
    enum hostname_fault fault = hostname_normalise(host, target->host);
    return fault == HOSTNAME_OK ? 0 : err_set(err, ERR_USAGE, "'%s': %s", text, hostname_fault_text(fault));
}

static void on_resolved(void *context, const struct resolve_result *result)
{
    *(struct resolve_result *)context = *result;
}

static int look_up(struct loop *loop, struct target *target, struct err *err)
{
    struct resolve_result result = {.outcome = RESOLVE_FAILED};
    struct resolver *resolver = resolver_new(loop, NULL, err);
    int status = -1;
    if (resolver == NULL || resolve_start(resolver, target->host, 0, true, on_resolved, &result, err) == NULL ||
        loop_run(loop, err) != 0) {
        goto out;
    }
    if (result.count == 0) {
        err_set(err, ERR_USAGE, "%s: no address: %s; --address ADDR gives one", target->host,
                resolve_outcome_name(result.outcome));
        goto out;
    }
    target->address = result.addresses[0];
    status = 0;
out:
    resolver_free(resolver);
    return status;
}

static int find_address(const struct probe_arguments *arguments, struct loop *loop, struct target *target,
                        struct err *err)
{
    if (arguments->address != NULL && address_parse(slice_of(arguments->address), &target->address) != 0) {
        return err_set(err, ERR_USAGE, "option --address: '%s' is no IP address", arguments->address);
    }
    return target->address.family != 0 ? 0 : look_up(loop, target, err);
}

static void on_probed(void *context, struct tls_capabilities *found)
{
    struct tls_capabilities *kept = context;
    *kept = *found;
    *found = (struct tls_capabilities){.completed = false};
}

static int load_client_certificate(const struct probe_arguments *arguments,
                                   struct fetch_client_certificate **certificate, struct err *err)
{
    *certificate = NULL;
    if ((arguments->client_certificate == NULL) != (arguments->client_key == NULL)) {
        return err_set(err, ERR_USAGE, "--client-cert and --client-key go together");
    }
    if (arguments->client_certificate == NULL) {
        return 0;
    }
    *certificate = fetch_client_certificate_load(arguments->client_certificate, arguments->client_key, err);
    return *certificate != NULL ? 0 : -1;
}

static int ask(const struct probe_arguments *arguments, struct loop *loop, const struct target *target,
               struct tls_capabilities *found, struct err *err)
{
    struct fetch_client_certificate *certificate = NULL;
    struct limiter *limiter = limiter_new(err);
    int status = -1;
    if (limiter == NULL || load_client_certificate(arguments, &certificate, err) != 0) {
        goto out;
    }
    struct tls_probe_request request = {.address = target->address,
                                        .port = target->port,
                                        .hostname = target->host,
                                        .user_agent = arguments->user_agent,
                                        .depth = arguments->all ? TLS_PROBE_ALL : TLS_PROBE_DEFAULT,
                                        .client_certificate = certificate,
                                        .limiter = limiter,
                                        .bounds = {.requests_per_second = arguments->rate, .connections = 1},
                                        .timeout_ms = (int64_t)(arguments->timeout_s * 1000)};
    if (tls_probe_start(loop, &request, on_probed, found, err) != NULL) {
        status = loop_run(loop, err);
    }
out:
    fetch_client_certificate_free(certificate);
    limiter_free(limiter);
    return status;
}

static int judge(const struct probe_arguments *arguments, const struct target *target,
                 const struct tls_capabilities *found, struct certificate_result *result, struct err *err)
{
    struct arena arena = {.head = NULL};
    struct certificate_input input = {.chain = found->tls.chain,
                                      .chain_len = found->tls.chain_count,
                                      .parsed = &found->tls.parsed,
                                      .hostname = slice_of(target->host),
                                      .time_s = arguments->at_s >= 0 ? arguments->at_s : clock_wall_s(),
                                      .stapled_ocsp = found->tls.ocsp};
    struct trust *trust = trust_arguments_load(&arguments->trust, err);
    input.trust = trust;
    int status = trust != NULL && certificate_pins_parse(&arguments->pins, &arena, &input, err) == 0
                     ? certificate_judge(&input, result, err)
                     : -1;
    trust_free(trust);
    arena_release(&arena);
    return status;
}

static void append_json(const struct target *target, const char *address, const struct tls_capabilities *found,
                        const struct certificate_result *certificate, enum tls_probe_depth depth, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "host", target->host);
    json_key_text(&json, "address", address);
    json_key_int(&json, "port", target->port);
    json_key_text(&json, "connection", tcp_outcome_name(found->tcp));
    probe_report_json(&json, found);
    if (found->tls.chain_count > 0) {
        json_key(&json, "certificate");
        json_object_open(&json);
        certificate_report_json(&json, certificate);
        json_object_close(&json);
    } else {
        json_key_null(&json, "certificate");
    }
    probe_report_cost_json(&json, found, depth);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static void append_text(const struct target *target, const char *address, const struct tls_capabilities *found,
                        const struct certificate_result *certificate, enum tls_probe_depth depth, struct buf *out)
{
    buf_printf(out, "%s at %s, port %u\n", target->host, address, target->port);
    probe_report_text(out, found);
    probe_report_cost_text(out, found, depth);
    if (found->tls.chain_count > 0) {
        buf_printf(out, "certificate: %s\n", certificate_verdict_name(certificate->verdict));
        certificate_report_text(out, certificate);
    }
}

static int print(const struct probe_arguments *arguments, const struct target *target,
                 const struct tls_capabilities *found, const struct certificate_result *certificate, struct err *err)
{
    struct buf out = {.data = NULL};
    char address[ADDRESS_TEXT_BYTES];
    address_format(&target->address, address);
    enum tls_probe_depth depth = arguments->all ? TLS_PROBE_ALL : TLS_PROBE_DEFAULT;
    if (arguments->format == FORMAT_JSON) {
        append_json(target, address, found, certificate, depth, &out);
    } else {
        append_text(target, address, found, certificate, depth, &out);
    }
    int written = output_write_buf(&out, err);
    buf_release(&out);
    return written;
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct probe_arguments *arguments = invocation->arguments;
    struct target target = {.port = PORT_DEFAULT};
    struct tls_capabilities found = {.completed = false};
    struct certificate_result certificate = {.problems = 0};
    struct loop *loop = NULL;
    int code = -1;
    if (parse_target(invocation->operands[0], &target, err) != 0 || (loop = loop_new(err)) == NULL ||
        find_address(arguments, loop, &target, err) != 0 || ask(arguments, loop, &target, &found, err) != 0 ||
        judge(arguments, &target, &found, &certificate, err) != 0 ||
        print(arguments, &target, &found, &certificate, err) != 0) {
        goto out;
    }
    code = found.completed ? EXIT_DONE : EXIT_ANSWER_IS_NO;
out:
    certificate_result_release(&certificate);
    tls_capabilities_release(&found);
    loop_free(loop);
    return code;
}

const struct command command_probe = {
    .name = "probe",
    .operands = "HOST[:PORT]",
    .operands_min = 1,
    .operands_max = 1,
    .missing = "a host",
    .summary = "TLS capabilities of one server",
    .description =
        "Connects as the edge would, and asks what the server's TLS can do: a few handshakes, and hellos that are "
        "never completed. Exit code 4: no handshake succeeds.",
    .options = &option_table,
    .arguments_size = sizeof(struct probe_arguments),
    .run = run,
};

#include "scan/zone_state.h"

#include <string.h>

struct scan_origin *scan_origin_for(struct scan_origin *preferred, const char *hostname)
{
    if (strcmp(preferred->host->inventory->hostname, hostname) == 0) {
        return preferred;
    }
    struct scan_hostname *host = scan_find_hostname(preferred->host->scan, hostname);
    if (host == NULL || host->opted_out) {
        return NULL;
    }
    for (size_t i = 0; i < host->origin_count; i++) {
        if (!host->origins[i].opted_out) {
            return &host->origins[i];
        }
    }
    return NULL;
}

/* Crawl-delay is a minimum; the operator's rate is one too. */
static double rate_of(const struct scan_hostname *host)
{
    int64_t delay_ms = host->robots != NULL ? robots_crawl_delay_ms(host->robots) : -1;
    double rate = host->scan->options->rate;
    if (delay_ms <= 0) {
        return rate;
    }
    double asked = 1000.0 / (double)delay_ms;
    return rate > 0 && rate < asked ? rate : asked;
}

/* An exchange that is not made, since the port is known to keep silent: asking it for every pair would cost the time of
 * as many time-outs and tell nothing new. */
struct known_failure {
    struct scan_origin *origin;
    enum scheme scheme;
    wish_fetched *done;
    void *context;
};

static enum fetch_outcome outcome_of(enum port_state state)
{
    return state == PORT_SILENT ? FETCH_CONNECT_TIMEOUT : state == PORT_NO_ROUTE ? FETCH_NO_ROUTE : FETCH_UNREACHABLE;
}

static void tell_known_failure(void *context)
{
    struct known_failure *failure = context;
    const struct port_probe *probe = failure->scheme == SCHEME_HTTPS ? &failure->origin->https : &failure->origin->http;
    struct fetch_response response = {
        .outcome = outcome_of(probe->state), .detail = probe->detail, .retry_after_s = -1, .tls = {.alert = -1}};
    failure->done(failure->context, &response);
    fetch_response_release(&response);
}

static bool keeps_silent(const struct scan_origin *origin, enum scheme scheme)
{
    enum port_state state = scheme == SCHEME_HTTPS ? origin->https.state : origin->http.state;
    return state == PORT_SILENT || state == PORT_UNREACHABLE || state == PORT_NO_ROUTE;
}

static int answer_from_memory(struct scan_origin *origin, enum scheme scheme, wish_fetched *done, void *context)
{
    struct zone_scan *scan = origin->host->scan;
    struct known_failure *failure = arena_alloc(&scan->arena, sizeof *failure);
    if (failure != NULL) {
        *failure = (struct known_failure){origin, scheme, done, context};
    }
    if (failure == NULL || wishes_timer(scan->wishes, 0, tell_known_failure, failure) != 0) {
        scan->out_of_memory = true;
        return -1;
    }
    return 0;
}

int origin_fetch(struct scan_origin *origin, const struct exchange_key *key, const struct cookie_jar *jar,
                 fetch_body_sink *on_body, wish_fetched *done, void *context)
{
    struct zone_scan *scan = origin->host->scan;
    const struct scan_options *options = scan->options;
    const struct inventory_hostname *inventory = origin->host->inventory;
    bool https = kind_origin(key->kind) == SCHEME_HTTPS;
    if (keeps_silent(origin, kind_origin(key->kind))) {
        return answer_from_memory(origin, kind_origin(key->kind), done, context);
    }
    struct buf cookies;
    buf_init(&cookies, 16384);
    if (jar != NULL) {
        cookie_jar_append_header(jar, key->hostname, kind_visitor(key->kind), &cookies);
    }
    struct fetch_request request = {
        .address = origin->address,
        .port = https ? origin->https_port : origin->http_port,
        .https = https,
        .visitor_https = kind_visitor(key->kind) == SCHEME_HTTPS,
        .hostname = inventory->host_header != NULL ? inventory->host_header : key->hostname,
        .sni = inventory->sni != NULL ? inventory->sni : key->hostname,
        .path_query = key->path,
        .user_agent = options->user_agent,
        .headers = scan->headers,
        .header_count = options->header_count,
        .cookie = cookies.len > 0 ? buf_text(&cookies) : NULL,
        .timeout_ms = options->timeout_ms,
        .client_certificate = scan->client_certificate,
        .bounds = {.requests_per_second = rate_of(origin->host), .connections = options->connections},
        .owner = (uint64_t)(origin->host - scan->hostnames) + 1,
        .cost = &scan->cost,
    };
    origin->requests++;
    int result = wishes_fetch(scan->wishes, &request, on_body, done, context);
    buf_release(&cookies);
    if (result != 0) {
        scan->out_of_memory = true;
    }
    return result;
}

int origin_probe_tls(struct scan_origin *origin, wish_probed *done)
{
    struct zone_scan *scan = origin->host->scan;
    const struct inventory_hostname *inventory = origin->host->inventory;
    struct fetch_request request = {
        .address = origin->address,
        .port = origin->https_port,
        .https = true,
        .hostname = inventory->host_header != NULL ? inventory->host_header : inventory->hostname,
        .sni = inventory->sni != NULL ? inventory->sni : inventory->hostname,
        .user_agent = scan->options->user_agent,
        .client_certificate = scan->client_certificate,
        .timeout_ms = scan->options->timeout_ms,
        .bounds = {.requests_per_second = rate_of(origin->host), .connections = scan->options->connections},
    };
    return wishes_probe(scan->wishes, &request, done, origin);
}

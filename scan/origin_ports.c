#include "scan/zone_state.h"

#include <stddef.h>

/* A refused port is asked once more, a silent one twice more, each after a longer pause. */
#define REFUSED_TRIES  2
#define SILENT_TRIES   3
#define PROBE_PAUSE_MS 300

struct probe_rule {
    enum fetch_outcome outcome;
    enum port_state state;
    unsigned tries;
};

/* Outcomes of connecting that say something of the port. */
static const struct probe_rule rules[] = {
    {FETCH_REFUSED, PORT_REFUSED, REFUSED_TRIES},
    {FETCH_CONNECT_TIMEOUT, PORT_SILENT, SILENT_TRIES},
    {FETCH_UNREACHABLE, PORT_UNREACHABLE, REFUSED_TRIES},
    {FETCH_NO_ROUTE, PORT_NO_ROUTE, 1},
    {FETCH_TLS_FAILED, PORT_NO_TLS, REFUSED_TRIES},
    {FETCH_CLIENT_CERTIFICATE_REQUIRED, PORT_CLIENT_CERTIFICATE, REFUSED_TRIES},
};

static const struct probe_rule *find_rule(enum fetch_outcome outcome)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].outcome == outcome) {
            return &rules[i];
        }
    }
    return NULL;
}

static struct port_probe *probe_of(struct scan_origin *origin, enum scheme scheme)
{
    return scheme == SCHEME_HTTPS ? &origin->https : &origin->http;
}

static const char *keep(struct scan_origin *origin, const char *text)
{
    return arena_text(&origin->host->scan->arena, text);
}

void origin_note(struct scan_origin *origin, enum scheme scheme, const struct fetch_response *response)
{
    struct port_probe *probe = probe_of(origin, scheme);
    if (origin->host->scan->interrupted && response->outcome != FETCH_ANSWERED) {
        return;
    }
    if (scheme == SCHEME_HTTPS) {
        origin_note_tls(origin, &response->tls);
        origin_note_certificate(origin, &response->tls);
    }
    const struct probe_rule *rule = find_rule(response->outcome);
    if (rule == NULL) {
        /* It connected; what came then is a matter of content. */
        if (response->outcome != FETCH_LOCAL_FAULT) {
            probe->state = PORT_ANSWERS;
            probe->failures = 0;
            probe->resets = response->outcome == FETCH_RESET ? probe->resets + 1 : 0;
        }
        return;
    }
    if (scheme == SCHEME_HTTPS && rule->state == PORT_CLIENT_CERTIFICATE) {
        origin->tls.client_certificate = CLIENT_CERTIFICATE_REQUIRED;
    }
    probe->failures++;
    if (probe->state == PORT_ANSWERS || probe->failures < rule->tries) {
        return;
    }
    probe->state = rule->state;
    probe->detail = keep(origin, response->detail != NULL ? response->detail : fetch_outcome_name(response->outcome));
    if (scheme == SCHEME_HTTPS && (rule->state == PORT_NO_TLS || rule->state == PORT_CLIENT_CERTIFICATE)) {
        origin_ask_tls(origin);
    }
}

bool origin_port_may_answer(const struct scan_origin *origin, enum scheme scheme)
{
    const struct port_probe *probe = scheme == SCHEME_HTTPS ? &origin->https : &origin->http;
    return probe->state == PORT_UNKNOWN || probe->state == PORT_ANSWERS;
}

static bool probe_is_settled(const struct port_probe *probe)
{
    return probe->state != PORT_UNKNOWN;
}

static void ask_port(struct scan_origin *origin, enum scheme scheme);

static bool is_dead(const struct port_probe *probe)
{
    return probe_is_settled(probe) && probe->state != PORT_ANSWERS;
}

/* Asked for in the handshake without being demanded there, and then refused in HTTP: nginx answers 400 (495 and 496
 * inside), others 401 or 403, where plain http is served. */
bool origin_refuses_certificate(const struct scan_origin *origin)
{
    int status = origin->https.home_status;
    return (status == 400 || status == 401 || status == 403 || status == 495 || status == 496) &&
           origin->http.home_status != status;
}

static bool refuses_for_want_of_certificate(const struct scan_origin *origin)
{
    return origin_refuses_certificate(origin) && origin->tls.client_certificate == CLIENT_CERTIFICATE_REQUESTED &&
           origin->host->scan->client_certificate == NULL;
}

static void probe_goes_on(struct scan_origin *origin)
{
    if (origin->http.asking || origin->https.asking) {
        return;
    }
    /* A dead https port means one thing where the same address answers on the other, and another where it does not. */
    bool compare_homes = !origin->http.probed && refuses_for_want_of_certificate(origin);
    if (((is_dead(&origin->https) && !probe_is_settled(&origin->http)) || compare_homes) &&
        !origin->host->scan->interrupted) {
        origin->http.asking = true;
        ask_port(origin, SCHEME_HTTP);
        return;
    }
    if (refuses_for_want_of_certificate(origin)) {
        origin->https.state = PORT_CLIENT_CERTIFICATE;
        origin->https.detail = arena_printf(&origin->host->scan->arena,
                                            "a client certificate was asked for in the handshake, then status %d came",
                                            origin->https.home_status);
        origin->tls.client_certificate = CLIENT_CERTIFICATE_REQUIRED;
    }
    origin->phase = ORIGIN_READY;
    hostname_continue(origin->host);
}

static void on_http_pause(void *context)
{
    ask_port(context, SCHEME_HTTP);
}

static void on_https_pause(void *context)
{
    ask_port(context, SCHEME_HTTPS);
}

static void on_answer(struct scan_origin *origin, enum scheme scheme, struct fetch_response *response)
{
    struct port_probe *probe = probe_of(origin, scheme);
    struct zone_scan *scan = origin->host->scan;
    origin_note(origin, scheme, response);
    probe->home_status = response->outcome == FETCH_ANSWERED ? response->status : 0;
    probe->probed = true;
    probe->asking = false;
    if (!probe_is_settled(probe) && probe->failures > 0 && !scan->interrupted) {
        int64_t pause_ms = (int64_t)PROBE_PAUSE_MS << probe->failures;
        probe->asking = true;
        if (wishes_timer(scan->wishes, pause_ms, scheme == SCHEME_HTTPS ? on_https_pause : on_http_pause, origin) ==
            0) {
            return;
        }
        scan->out_of_memory = true;
        probe->asking = false;
    }
    probe_goes_on(origin);
}

static void on_http_answer(void *context, struct fetch_response *response)
{
    on_answer(context, SCHEME_HTTP, response);
}

static void on_https_answer(void *context, struct fetch_response *response)
{
    on_answer(context, SCHEME_HTTPS, response);
}

/* A kind of exchange that some mode in question makes over this scheme, so that a probe looks like any other request.
 */
static enum exchange_kind probe_kind(const struct scan_origin *origin, enum scheme scheme)
{
    if (scheme == SCHEME_HTTPS) {
        return KIND_HTTPS_TO_HTTPS;
    }
    return hostname_mode(origin->host) == MODE_OFF ? KIND_HTTP_TO_HTTP : KIND_HTTPS_TO_HTTP;
}

static void ask_port(struct scan_origin *origin, enum scheme scheme)
{
    struct port_probe *probe = probe_of(origin, scheme);
    struct exchange_key key = {
        .hostname = origin->host->inventory->hostname, .path = "/", .kind = probe_kind(origin, scheme)};
    probe->asking =
        !origin->host->scan->interrupted &&
        origin_fetch(origin, &key, NULL, NULL, scheme == SCHEME_HTTPS ? on_https_answer : on_http_answer, origin) == 0;
    if (!probe->asking) {
        probe_goes_on(origin);
    }
}

/* Does today's mode, or one in question, reach origins over this scheme? */
static bool some_mode_uses(const struct scan_hostname *host, enum scheme scheme)
{
    mode_set modes = host->candidates | mode_set_of(hostname_mode(host));
    for (int mode = MODE_OFF; mode <= MODE_STRICT; mode++) {
        bool always_https = host->inventory->always_https;
        bool uses = scheme == SCHEME_HTTPS ? mode_uses_https((enum mode)mode, always_https)
                                           : mode_uses_http((enum mode)mode, always_https);
        if (mode_set_has(modes, (enum mode)mode) && uses) {
            return true;
        }
    }
    return false;
}

/* robots.txt over https told that the port answers, and that a client certificate is asked for: whether it is demanded,
 * the home page tells. */
static bool is_demand_open(const struct scan_origin *origin)
{
    return origin->https.state == PORT_ANSWERS && !origin->https.probed &&
           origin->tls.client_certificate == CLIENT_CERTIFICATE_REQUESTED;
}

void origin_probe(struct scan_origin *origin)
{
    origin->phase = ORIGIN_PROBING;
    bool ask_http = !probe_is_settled(&origin->http) && some_mode_uses(origin->host, SCHEME_HTTP);
    bool ask_https =
        (!probe_is_settled(&origin->https) || is_demand_open(origin)) && some_mode_uses(origin->host, SCHEME_HTTPS);
    /* Both are marked before either is asked, so that the first answer does not end the probing. */
    origin->http.asking = ask_http;
    origin->https.asking = ask_https;
    if (ask_http) {
        ask_port(origin, SCHEME_HTTP);
    }
    if (ask_https) {
        ask_port(origin, SCHEME_HTTPS);
    }
    if (!ask_http && !ask_https) {
        probe_goes_on(origin);
    }
}

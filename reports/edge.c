/* What the edge should do now, in the languages of edges. Names are those of the inventory: normalised hostnames and
 * canonical addresses, which need no quoting in any of these. */
#include "reports/json_parts.h"
#include "reports/rollouts.h"

#include <stdio.h>
#include <string.h>

/* How an edge reaches the origin for a visitor. */
enum route { ROUTE_HTTP, ROUTE_HTTPS, ROUTE_VERIFIED, ROUTE_REDIRECT_HTTP, ROUTE_REDIRECT_HTTPS };
#define ROUTE_COUNT 5

static const char *route_name(enum route route)
{
    switch (route) {
    case ROUTE_HTTP:
        return "http";
    case ROUTE_HTTPS:
        return "https";
    case ROUTE_VERIFIED:
        return "verified";
    case ROUTE_REDIRECT_HTTP:
        return "redirect_http";
    case ROUTE_REDIRECT_HTTPS:
        return "redirect_https";
    }
    return NULL;
}

static enum route route_of(const struct edge_hostname *hostname, enum mode mode, enum scheme visitor)
{
    struct edge_action action = mode_edge_action(mode, hostname->always_https, visitor);
    if (action.redirects) {
        return visitor == SCHEME_HTTP ? ROUTE_REDIRECT_HTTPS : ROUTE_REDIRECT_HTTP;
    }
    if (kind_origin(action.kind) == SCHEME_HTTP) {
        return ROUTE_HTTP;
    }
    return mode_needs_certificate(mode) ? ROUTE_VERIFIED : ROUTE_HTTPS;
}

/* `candidate`: of the visitors in the share; else of the rest. */
static enum route route_of_arm(const struct edge_hostname *hostname, bool candidate, enum scheme visitor)
{
    enum mode mode = candidate || hostname->otherwise == MODE_NONE ? hostname->mode : hostname->otherwise;
    return route_of(hostname, mode, visitor);
}

static bool uses_route(const struct edge_hostname *hostname, enum route route)
{
    for (int i = 0; i < 4; i++) {
        if (route_of_arm(hostname, i & 1, i & 2 ? SCHEME_HTTPS : SCHEME_HTTP) == route) {
            return true;
        }
    }
    return false;
}

static void put_address(struct buf *out, const struct inventory_origin *origin, uint16_t port)
{
    bool six = strchr(origin->address, ':') != NULL;
    buf_printf(out, "%s%s%s:%u", six ? "[" : "", origin->address, six ? "]" : "", port);
}

void edge_ndjson(const struct edge_hostname *hostnames, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct edge_hostname *hostname = &hostnames[i];
        struct json_writer json;
        json_init(&json, out, false);
        json_object_open(&json);
        json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
        json_key_text(&json, "zone", hostname->zone);
        json_key_text(&json, "hostname", hostname->hostname);
        json_key_text(&json, "state", rollout_state_name(hostname->state));
        json_key_mode(&json, "mode", hostname->mode);
        json_key_int(&json, "percent", hostname->percent);
        json_key_mode(&json, "otherwise", hostname->otherwise);
        json_object_close(&json);
        buf_append_byte(out, '\n');
    }
}

/* nginx. */

static void nginx_upstream(const struct edge_hostname *hostname, size_t number, bool tls, struct buf *out)
{
    buf_printf(out, "upstream origintls_%zu_%s {\n", number, tls ? "https" : "http");
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct inventory_origin *origin = &hostname->origins[i];
        buf_append_text(out, "    server ");
        put_address(out, origin, tls ? origin->https_port : origin->http_port);
        buf_append_text(out, ";\n");
    }
    buf_append_text(out, "}\n");
}

static void nginx_choice(const struct edge_hostname *hostname, size_t number, struct buf *out)
{
    buf_printf(out, "split_clients \"$remote_addr %s\" $origintls_%zu_candidate {\n", hostname->hostname, number);
    if (hostname->percent < 100) {
        buf_printf(out, "    %d%% 1;\n", hostname->percent);
    }
    buf_printf(out, "    * %d;\n}\n", hostname->is_new && hostname->percent == 100);
    buf_printf(out, "map \"$scheme:$origintls_%zu_candidate\" $origintls_%zu_route {\n", number, number);
    for (int i = 0; i < 4; i++) {
        enum scheme visitor = i & 2 ? SCHEME_HTTPS : SCHEME_HTTP;
        buf_printf(out, "    \"%s:%d\" %s;\n", scheme_name(visitor), i & 1,
                   route_name(route_of_arm(hostname, i & 1, visitor)));
    }
    buf_append_text(out, "}\n");
}

static void nginx_headers(const struct edge_hostname *hostname, struct buf *out)
{
    buf_printf(out,
               "        proxy_set_header Host %s;\n"
               "        proxy_set_header X-Forwarded-Proto $scheme;\n"
               "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
               "        proxy_set_header CF-Visitor '{\"scheme\":\"$scheme\"}';\n"
               "        proxy_set_header Connection \"\";\n"
               "        proxy_http_version 1.1;\n",
               hostname->host_header);
}

/* Verification cannot be a variable: each way to the origin is a location of its own. */
static void nginx_location(const struct edge_hostname *hostname, size_t number, enum route route, const char *ca_file,
                           struct buf *out)
{
    bool tls = route == ROUTE_HTTPS || route == ROUTE_VERIFIED;
    buf_printf(out, "    location = /.origintls/%s {\n        internal;\n", route_name(route));
    if (route == ROUTE_REDIRECT_HTTP || route == ROUTE_REDIRECT_HTTPS) {
        buf_printf(out, "        return 301 %s://$host$request_uri;\n    }\n",
                   route == ROUTE_REDIRECT_HTTP ? "http" : "https");
        return;
    }
    buf_printf(out, "        proxy_pass %s://origintls_%zu_%s$request_uri;\n", tls ? "https" : "http", number,
               tls ? "https" : "http");
    nginx_headers(hostname, out);
    if (tls) {
        buf_printf(out, "        proxy_ssl_server_name on;\n        proxy_ssl_name %s;\n", hostname->sni);
    }
    if (route == ROUTE_VERIFIED) {
        buf_printf(out,
                   "        proxy_ssl_verify on;\n        proxy_ssl_verify_depth 5;\n"
                   "        proxy_ssl_trusted_certificate %s;\n",
                   ca_file);
    }
    buf_append_text(out, "    }\n");
}

static void nginx_server(const struct edge_hostname *hostname, size_t number, const char *ca_file, struct buf *out)
{
    buf_printf(out,
               "server {\n    server_name %s;\n    include origintls.d/%s/*.conf; # listen, certificates, log\n"
               "    location / {\n        rewrite ^ /.origintls/$origintls_%zu_route last;\n    }\n",
               hostname->hostname, hostname->hostname, number);
    for (int route = ROUTE_HTTP; route < ROUTE_COUNT; route++) {
        if (uses_route(hostname, (enum route)route)) {
            nginx_location(hostname, number, (enum route)route, ca_file, out);
        }
    }
    buf_append_text(out, "}\n");
}

void edge_nginx(const struct edge_hostname *hostnames, size_t count, const char *ca_file, struct buf *out)
{
    buf_append_text(out, "# For the http block. $origintls_candidate is 1 for visitors who get the new mode, else 0:\n"
                         "# write it to the access log, so that both sides can be counted.\n"
                         "map $host $origintls_candidate {\n    default \"\";\n");
    for (size_t i = 0; i < count; i++) {
        if (hostnames[i].origin_count > 0) {
            buf_printf(out, "    %s $origintls_%zu_candidate;\n", hostnames[i].hostname, i + 1);
        }
    }
    buf_append_text(out, "}\n");
    for (size_t i = 0; i < count; i++) {
        const struct edge_hostname *hostname = &hostnames[i];
        buf_printf(out, "\n# %s: %s for %d %% of visitors%s%s (%s)\n", hostname->hostname, mode_name(hostname->mode),
                   hostname->percent, hostname->otherwise == MODE_NONE ? "" : ", else ",
                   hostname->otherwise == MODE_NONE ? "" : mode_name(hostname->otherwise),
                   rollout_state_name(hostname->state));
        if (hostname->origin_count == 0) {
            buf_append_text(out, "# left out: no origin is known\n");
            continue;
        }
        nginx_choice(hostname, i + 1, out);
        nginx_upstream(hostname, i + 1, false, out);
        nginx_upstream(hostname, i + 1, true, out);
        nginx_server(hostname, i + 1, ca_file, out);
    }
}

/* HAProxy. */

static void haproxy_servers(const struct edge_hostname *hostname, enum route route, const char *ca_file,
                            struct buf *out)
{
    bool tls = route != ROUTE_HTTP;
    buf_printf(out, "    http-request set-header Host %s\n", hostname->host_header);
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct inventory_origin *origin = &hostname->origins[i];
        buf_printf(out, "    server origin%zu ", i + 1);
        put_address(out, origin, tls ? origin->https_port : origin->http_port);
        if (route == ROUTE_HTTPS) {
            buf_printf(out, " ssl verify none sni str(%s)", hostname->sni);
        } else if (route == ROUTE_VERIFIED) {
            buf_printf(out, " ssl verify required verifyhost %s ca-file %s sni str(%s)", hostname->sni, ca_file,
                       hostname->sni);
        }
        buf_append_byte(out, '\n');
    }
}

static void haproxy_backend(const struct edge_hostname *hostname, bool candidate, enum scheme visitor,
                            const char *ca_file, struct buf *out)
{
    enum route route = route_of_arm(hostname, candidate, visitor);
    buf_printf(out, "\nbackend origintls_%s_%s_%s\n    mode http\n", hostname->hostname,
               candidate ? "candidate" : "control", scheme_name(visitor));
    if (route == ROUTE_REDIRECT_HTTP || route == ROUTE_REDIRECT_HTTPS) {
        buf_printf(out, "    http-request redirect scheme %s code 301\n",
                   route == ROUTE_REDIRECT_HTTP ? "http" : "https");
        return;
    }
    buf_printf(out,
               "    http-request set-header X-Forwarded-Proto %s\n"
               "    http-request set-header CF-Visitor '{\"scheme\":\"%s\"}'\n",
               scheme_name(visitor), scheme_name(visitor));
    haproxy_servers(hostname, route, ca_file, out);
}

void edge_haproxy(const struct edge_hostname *hostnames, size_t count, const char *ca_file, struct buf *out)
{
    buf_append_text(
        out, "# Lines for the frontend. The map is that of 'origintls upgrade export --format haproxy-map'.\n"
             "#   http-request set-var(txn.host) req.hdr(host),field(1,:),lower\n"
             "#   http-request set-var(txn.percent) var(txn.host),map_str_int(/etc/haproxy/origintls.map,-1)\n"
             "#   http-request set-var(txn.bucket) src,concat(,txn.host),xxh32,mod(100)\n"
             "#   acl candidate var(txn.bucket),sub(txn.percent) -m int lt 0\n"
             "#   acl known var(txn.percent) -m int ge 0\n"
             "#   use_backend origintls_%[var(txn.host)]_candidate_%[ssl_fc,iif(https,http)] if known candidate\n"
             "#   use_backend origintls_%[var(txn.host)]_control_%[ssl_fc,iif(https,http)] if known\n");
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < 4 && hostnames[i].origin_count > 0; k++) {
            haproxy_backend(&hostnames[i], (k & 1) == 0, k & 2 ? SCHEME_HTTPS : SCHEME_HTTP, ca_file, out);
        }
    }
}

void edge_haproxy_map(const struct edge_hostname *hostnames, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (hostnames[i].origin_count > 0) {
            buf_printf(out, "%s %d\n", hostnames[i].hostname, hostnames[i].is_new ? hostnames[i].percent : 0);
        }
    }
}

/* Cloudflare. */

static const char *cloudflare_name(enum mode mode)
{
    switch (mode) {
    case MODE_FULL_STRICT:
        return "strict";
    case MODE_STRICT:
        return "origin_pull";
    case MODE_NONE:
    case MODE_OFF:
    case MODE_FLEXIBLE:
    case MODE_FULL:
        break;
    }
    return mode_name(mode);
}

static enum mode mode_for_all(const struct edge_hostname *hostname)
{
    return hostname->percent == 100 || hostname->otherwise == MODE_NONE ? hostname->mode : hostname->otherwise;
}

static void cloudflare_rule(struct json_writer *json, const struct edge_hostname *hostname)
{
    struct buf text = {.data = NULL};
    json_object_open(json);
    buf_printf(&text, "(http.host eq \"%s\")", hostname->hostname);
    json_key(json, "expression");
    json_string(json, buf_slice(&text));
    buf_reset(&text);
    buf_printf(&text, "origintls: %s, %s", hostname->hostname, rollout_state_name(hostname->state));
    json_key(json, "description");
    json_string(json, buf_slice(&text));
    json_key_text(json, "action", "set_config");
    json_key(json, "action_parameters");
    json_object_open(json);
    json_key_text(json, "ssl", cloudflare_name(mode_for_all(hostname)));
    json_object_close(json);
    json_key_bool(json, "enabled", true);
    json_object_close(json);
    buf_release(&text);
}

/* The setting of the zone, where all its hostnames agree. */
static enum mode common_mode(const struct edge_hostname *hostnames, size_t count)
{
    enum mode mode = mode_for_all(&hostnames[0]);
    for (size_t i = 1; i < count; i++) {
        mode = mode_for_all(&hostnames[i]) == mode ? mode : MODE_NONE;
    }
    return mode;
}

static void cloudflare_zone(struct json_writer *json, const struct edge_hostname *hostnames, size_t count)
{
    enum mode mode = common_mode(hostnames, count);
    json_object_open(json);
    json_key_int(json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(json, "zone", hostnames[0].zone);
    json_key(json, "zone_setting");
    if (mode == MODE_NONE) {
        json_null(json);
    } else {
        json_object_open(json);
        json_key_text(json, "id", "ssl");
        json_key_text(json, "value", cloudflare_name(mode));
        json_object_close(json);
    }
    json_key(json, "config_rules");
    json_array_open(json);
    for (size_t i = 0; i < count; i++) {
        cloudflare_rule(json, &hostnames[i]);
    }
    json_array_close(json);
    json_object_close(json);
}

void edge_cloudflare(const struct edge_hostname *hostnames, size_t count, struct buf *out)
{
    struct json_writer json;
    size_t begin = 0;
    json_init(&json, out, true);
    json_array_open(&json);
    while (begin < count) {
        size_t end = begin + 1;
        while (end < count && strcmp(hostnames[end].zone, hostnames[begin].zone) == 0) {
            end++;
        }
        cloudflare_zone(&json, hostnames + begin, end - begin);
        begin = end;
    }
    json_array_close(&json);
    buf_append_byte(out, '\n');
}

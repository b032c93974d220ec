/* Rollouts as people, programs and edges read them. Pure: values in, bytes out. */
#ifndef ORIGINTLS_REPORTS_ROLLOUTS_H
#define ORIGINTLS_REPORTS_ROLLOUTS_H

#include "base/json_writer.h"
#include "recommend/inventory.h"
#include "reports/report.h"

/* One rollout in a list. Borrowed. */
struct rollout_row {
    const char *zone, *hostname;
    struct rollout_summary summary;
    uint64_t weight;      /* requests a day; 0: not known */
    int64_t unobserved_s; /* of the time at the present step; < 0: not ramping */
};
/* `rollout` of a hostname; null for NULL. */
void json_key_rollout(struct json_writer *json, const char *key, const struct rollout_summary *summary);
void rollout_row_json(struct json_writer *json, const struct rollout_row *row);
void rollout_rows_text(const struct rollout_row *rows, size_t count, const struct report_style *style, struct buf *out);

/* What an edge needs to know of one hostname to do what its rollout says. */
struct edge_hostname {
    const char *zone, *hostname;
    const char *host_header, *sni; /* the hostname where there is no override */
    enum rollout_state state;
    enum mode mode;      /* that `percent` of visitors get */
    enum mode otherwise; /* that the rest gets; MODE_NONE where there is no rest */
    int percent;         /* 1..100 */
    bool is_new;         /* `mode` is that to which the rollout goes: who gets it is a candidate */
    bool always_https;
    const struct inventory_origin *origins;
    size_t origin_count;
};

/* One line of JSON each. */
void edge_ndjson(const struct edge_hostname *hostnames, size_t count, struct buf *out);
/* For the http block of nginx: split_clients, maps, upstreams, and a server for each hostname, whose `listen` lines
 * stand in origintls.d/HOSTNAME/. `ca_file` holds the roots against which origins are verified. */
void edge_nginx(const struct edge_hostname *hostnames, size_t count, const char *ca_file, struct buf *out);
/* Backends for HAProxy, with the lines for a frontend in its comment; and the map of shares that these lines read. */
void edge_haproxy(const struct edge_hostname *hostnames, size_t count, const char *ca_file, struct buf *out);
void edge_haproxy_map(const struct edge_hostname *hostnames, size_t count, struct buf *out);
/* Zone settings and configuration rules of Cloudflare's API. These know no share of visitors: a hostname keeps its old
 * mode until all visitors have the new one. `hostnames` are ordered by zone. */
void edge_cloudflare(const struct edge_hostname *hostnames, size_t count, struct buf *out);

#endif

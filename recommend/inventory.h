/* What the operator knows of a zone: its hostnames, their origins, and how the edge treats them today. Values only. */
#ifndef ORIGINTLS_RECOMMEND_INVENTORY_H
#define ORIGINTLS_RECOMMEND_INVENTORY_H

#include "recommend/record.h"

#define INVENTORY_DEFAULT_HTTP_PORT  80
#define INVENTORY_DEFAULT_HTTPS_PORT 443

struct inventory_origin {
    const char *address; /* an address literal (canonical, no brackets), or a name that is resolved at each scan */
    bool is_name;
    uint16_t http_port, https_port;
    enum origin_source source;
};

struct inventory_hostname {
    const char *hostname; /* normalised: lower case, punycode */
    enum mode mode;       /* in use today */
    enum mode ceiling;
    enum setting setting;
    bool always_https;
    const char *host_header; /* NULL: the hostname */
    const char *sni;         /* NULL: the hostname */
    uint64_t weight;         /* requests a day; 0: not known */
    struct inventory_origin *origins;
    size_t origin_count;
};

struct inventory_zone {
    struct arena arena; /* owns everything below */
    const char *zone;   /* normalised */
    struct inventory_hostname *hostnames;
    size_t hostname_count;
};

void inventory_zone_release(struct inventory_zone *zone);
/* The hostname's entry, or NULL. */
struct inventory_hostname *inventory_find(const struct inventory_zone *zone, const char *hostname);
/* Finds or adds a hostname with the contract's defaults (flexible, full_strict, auto). NULL only when out of memory or
 * beyond LIMIT_ZONE_HOSTNAMES. Adding a hostname moves the others: pointers to entries hold until the next call. */
struct inventory_hostname *inventory_add_hostname(struct inventory_zone *zone, const char *hostname);
/* Adds an origin unless the same address and ports are there. 0, or -1 out of memory or beyond LIMIT_HOSTNAME_ORIGINS.
 */
int inventory_add_origin(struct inventory_zone *zone, struct inventory_hostname *hostname,
                         const struct inventory_origin *origin);

#endif

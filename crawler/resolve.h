/* Addresses of an origin that is given by name (a load balancer's), from DNS and /etc/hosts, on the event loop.
 *
 * Built on c-ares. Both families are asked at once; each address is given once, in the order of the answers, at most
 * LIMIT_HOSTNAME_ORIGINS of them. Special-purpose addresses (loopback, private, link-local, ...) are dropped and
 * counted unless they are allowed: a name under somebody else's control must not lead a scanner into its own network.
 */
#ifndef ORIGINTLS_CRAWLER_RESOLVE_H
#define ORIGINTLS_CRAWLER_RESOLVE_H

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "crawler/loop.h"

enum resolve_outcome {
    RESOLVE_FOUND,   /* at least one address that may be used */
    RESOLVE_REFUSED, /* there are addresses, but none that may be used */
    RESOLVE_NO_NAME, /* the name does not exist, or has no address of the wanted family */
    RESOLVE_TIMEOUT, /* no server answered in time */
    RESOLVE_FAILED   /* a server failed, or sent what cannot be read */
};

const char *resolve_outcome_name(enum resolve_outcome outcome);

struct resolve_result {
    enum resolve_outcome outcome;
    struct address addresses[LIMIT_HOSTNAME_ORIGINS];
    size_t count;
    size_t refused; /* special-purpose addresses that were dropped */
    size_t beyond;  /* further addresses above the bound */
};

struct resolver_options {
    const char *servers; /* "ADDR[:PORT],..." instead of those of the system; NULL: the system's */
    int timeout_ms;      /* for one name, retries included; 0: 10 s */
};

struct resolver;

/* `options` may be NULL. The loop must outlive the resolver. */
struct resolver *resolver_new(struct loop *loop, const struct resolver_options *options, struct err *err);
/* Ends every query; no callback is called. */
void resolver_free(struct resolver *resolver);

struct resolve;
/* Called once, from the loop, never from within `resolve_start`. */
typedef void resolve_done(void *context, const struct resolve_result *result);

/* `family`: 0 any, 4 or 6. NULL with `err` set only when out of memory. */
struct resolve *resolve_start(struct resolver *resolver, const char *name, int family, bool allow_special,
                              resolve_done *done, void *context, struct err *err);
/* `done` is not called any more. NULL is fine. */
void resolve_cancel(struct resolve *resolve);

#endif

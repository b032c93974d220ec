/* The modes and their algebra. One table says everything; no other code knows what a mode does.
 *
 *   mode         a visitor's http request   a visitor's https request                certificate
 *   off          http→http                  the edge redirects the visitor to http   not asked for
 *   flexible     http→http                  https→http                               not asked for
 *   full         http→http                  https→https                              any
 *   full_strict  http→http                  https→https                              valid
 *   strict       http→https                 https→https                              valid
 *
 * An exchange's kind is visitor scheme → origin scheme: what the origin is told of the visitor, and how it is reached.
 */
#ifndef ORIGINTLS_RECOMMEND_MODE_H
#define ORIGINTLS_RECOMMEND_MODE_H

#include "base/slice.h"

#include <stdint.h>

/* The order is the rank. */
enum mode {
    MODE_NONE = -1, /* not known; JSON null */
    MODE_OFF = 0,
    MODE_FLEXIBLE,
    MODE_FULL,
    MODE_FULL_STRICT,
    MODE_STRICT
};
#define MODE_COUNT 5

enum scheme { SCHEME_HTTP = 0, SCHEME_HTTPS = 1 };
#define SCHEME_COUNT 2

enum exchange_kind { KIND_HTTP_TO_HTTP = 0, KIND_HTTPS_TO_HTTP, KIND_HTTPS_TO_HTTPS, KIND_HTTP_TO_HTTPS };
#define KIND_COUNT 4

/* What the edge does with one visitor's request. */
struct edge_action {
    bool redirects;          /* to the same URL with the other scheme, by itself, without asking the origin */
    enum exchange_kind kind; /* if it does not */
};

/* A set of modes, bit 1 << mode. */
typedef uint8_t mode_set;

const char *mode_name(enum mode mode);              /* "full_strict"; NULL for MODE_NONE */
int mode_parse(struct slice name, enum mode *mode); /* 0, or -1 */
bool mode_needs_certificate(enum mode mode);
/* With `always_https` the edge redirects every http visitor to https, in every mode. */
struct edge_action mode_edge_action(enum mode mode, bool always_https, enum scheme visitor);
/* The same action for that visitor scheme: no pair is due for it between the two. */
bool mode_same_action(enum mode a, enum mode b, bool always_https, enum scheme visitor);
/* The same action for every visitor scheme: nothing but the certificate can tell the two apart. */
bool mode_same_actions(enum mode a, enum mode b, bool always_https);
/* Some exchange that the mode makes goes to the origin over https. */
bool mode_uses_https(enum mode mode, bool always_https);
bool mode_uses_http(enum mode mode, bool always_https);

mode_set mode_set_of(enum mode mode);
/* Every mode from `low` to `high`, both included. */
mode_set mode_set_range(enum mode low, enum mode high);
bool mode_set_has(mode_set set, enum mode mode);
enum mode mode_set_strongest(mode_set set); /* MODE_NONE for the empty set */
enum mode mode_set_weakest(mode_set set);

enum scheme kind_visitor(enum exchange_kind kind);
enum scheme kind_origin(enum exchange_kind kind);
enum exchange_kind kind_of(enum scheme visitor, enum scheme origin);
const char *kind_name(enum exchange_kind kind); /* "https→http" */
const char *scheme_name(enum scheme scheme);

#endif

#include "recommend/mode.h"

#include <stddef.h>
#include <string.h>

struct mode_row {
    const char *name;
    bool needs_certificate;
    struct edge_action action[SCHEME_COUNT]; /* by the visitor's scheme, without always_https */
};

#define REDIRECTED                                                                                                     \
    {                                                                                                                  \
        true, KIND_HTTP_TO_HTTP                                                                                        \
    }
#define FETCHES(kind)                                                                                                  \
    {                                                                                                                  \
        false, kind                                                                                                    \
    }

static const struct mode_row modes[MODE_COUNT] = {
    [MODE_OFF] = {"off", false, {FETCHES(KIND_HTTP_TO_HTTP), REDIRECTED}},
    [MODE_FLEXIBLE] = {"flexible", false, {FETCHES(KIND_HTTP_TO_HTTP), FETCHES(KIND_HTTPS_TO_HTTP)}},
    [MODE_FULL] = {"full", false, {FETCHES(KIND_HTTP_TO_HTTP), FETCHES(KIND_HTTPS_TO_HTTPS)}},
    [MODE_FULL_STRICT] = {"full_strict", true, {FETCHES(KIND_HTTP_TO_HTTP), FETCHES(KIND_HTTPS_TO_HTTPS)}},
    [MODE_STRICT] = {"strict", true, {FETCHES(KIND_HTTP_TO_HTTPS), FETCHES(KIND_HTTPS_TO_HTTPS)}},
};

static const enum exchange_kind kinds[SCHEME_COUNT][SCHEME_COUNT] = {
    [SCHEME_HTTP] = {[SCHEME_HTTP] = KIND_HTTP_TO_HTTP, [SCHEME_HTTPS] = KIND_HTTP_TO_HTTPS},
    [SCHEME_HTTPS] = {[SCHEME_HTTP] = KIND_HTTPS_TO_HTTP, [SCHEME_HTTPS] = KIND_HTTPS_TO_HTTPS},
};

const char *mode_name(enum mode mode)
{
    return mode == MODE_NONE ? NULL : modes[mode].name;
}

int mode_parse(struct slice name, enum mode *mode)
{
    for (int i = 0; i < MODE_COUNT; i++) {
        if (slice_equal(name, slice_of(modes[i].name))) {
            *mode = (enum mode)i;
            return 0;
        }
    }
    return -1;
}

bool mode_needs_certificate(enum mode mode)
{
    return mode != MODE_NONE && modes[mode].needs_certificate;
}

struct edge_action mode_edge_action(enum mode mode, bool always_https, enum scheme visitor)
{
    if (always_https && visitor == SCHEME_HTTP)
        return (struct edge_action){.redirects = true, .kind = KIND_HTTP_TO_HTTP};
    return modes[mode].action[visitor];
}

bool mode_same_action(enum mode a, enum mode b, bool always_https, enum scheme visitor)
{
    struct edge_action x = mode_edge_action(a, always_https, visitor);
    struct edge_action y = mode_edge_action(b, always_https, visitor);

    return x.redirects == y.redirects && (x.redirects || x.kind == y.kind);
}

bool mode_same_actions(enum mode a, enum mode b, bool always_https)
{
    return mode_same_action(a, b, always_https, SCHEME_HTTP) && mode_same_action(a, b, always_https, SCHEME_HTTPS);
}

static bool uses_origin_scheme(enum mode mode, bool always_https, enum scheme origin)
{
    for (int visitor = 0; visitor < SCHEME_COUNT; visitor++) {
        struct edge_action action = mode_edge_action(mode, always_https, (enum scheme)visitor);
        if (!action.redirects && kind_origin(action.kind) == origin)
            return true;
    }
    return false;
}

bool mode_uses_https(enum mode mode, bool always_https)
{
    return uses_origin_scheme(mode, always_https, SCHEME_HTTPS);
}

bool mode_uses_http(enum mode mode, bool always_https)
{
    return uses_origin_scheme(mode, always_https, SCHEME_HTTP);
}

mode_set mode_set_of(enum mode mode)
{
    if (mode == MODE_NONE)
        return 0;
    return (mode_set)(1u << mode);
}

mode_set mode_set_range(enum mode low, enum mode high)
{
    mode_set set = 0;

    for (int mode = low < 0 ? 0 : low; mode <= (int)high; mode++)
        set |= mode_set_of((enum mode)mode);
    return set;
}

bool mode_set_has(mode_set set, enum mode mode)
{
    return (set & mode_set_of(mode)) != 0;
}

enum mode mode_set_strongest(mode_set set)
{
    for (int mode = MODE_COUNT - 1; mode >= 0; mode--) {
        if (mode_set_has(set, (enum mode)mode))
            return (enum mode)mode;
    }
    return MODE_NONE;
}

enum mode mode_set_weakest(mode_set set)
{
    for (int mode = 0; mode < MODE_COUNT; mode++) {
        if (mode_set_has(set, (enum mode)mode))
            return (enum mode)mode;
    }
    return MODE_NONE;
}

enum scheme kind_visitor(enum exchange_kind kind)
{
    return kind == KIND_HTTPS_TO_HTTP || kind == KIND_HTTPS_TO_HTTPS ? SCHEME_HTTPS : SCHEME_HTTP;
}

enum scheme kind_origin(enum exchange_kind kind)
{
    return kind == KIND_HTTP_TO_HTTPS || kind == KIND_HTTPS_TO_HTTPS ? SCHEME_HTTPS : SCHEME_HTTP;
}

enum exchange_kind kind_of(enum scheme visitor, enum scheme origin)
{
    return kinds[visitor][origin];
}

const char *kind_name(enum exchange_kind kind)
{
    switch (kind) {
    case KIND_HTTP_TO_HTTP:
        return "http→http";
    case KIND_HTTPS_TO_HTTP:
        return "https→http";
    case KIND_HTTPS_TO_HTTPS:
        return "https→https";
    case KIND_HTTP_TO_HTTPS:
        return "http→https";
    }
    return "";
}

const char *scheme_name(enum scheme scheme)
{
    return scheme == SCHEME_HTTPS ? "https" : "http";
}

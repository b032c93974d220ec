#include "scan/exchange.h"

#include "crawler/url.h"

#include <stdlib.h>
#include <string.h>

/* A page that refreshes to another URL within this time is a redirect to a visitor. */
#define REFRESH_IS_REDIRECT_S 1

static void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    fetch_response_release(&exchange->response);
    cookie_jar_release(&exchange->jar);
    html_links_free(exchange->links);
    arena_release(&exchange->arena);
    free(exchange);
}

void exchange_set_release(struct exchange_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        exchange_free(set->items[i]);
    }
    set->count = 0;
}

enum exchange_outcome exchange_outcome_of(enum fetch_outcome outcome)
{
    switch (outcome) {
    case FETCH_ANSWERED:
        return EXCHANGE_ANSWERED;
    case FETCH_REFUSED:
        return EXCHANGE_REFUSED;
    case FETCH_CONNECT_TIMEOUT:
        return EXCHANGE_CONNECT_TIMEOUT;
    case FETCH_UNREACHABLE:
        return EXCHANGE_UNREACHABLE;
    case FETCH_NO_ROUTE:
    case FETCH_LOCAL_FAULT:
        return EXCHANGE_NO_ROUTE;
    case FETCH_TLS_FAILED:
        return EXCHANGE_TLS_FAILED;
    case FETCH_CLIENT_CERTIFICATE_REQUIRED:
        return EXCHANGE_CLIENT_CERTIFICATE_REQUIRED;
    case FETCH_TIMEOUT:
        return EXCHANGE_TIMEOUT;
    case FETCH_RESET:
        return EXCHANGE_RESET;
    case FETCH_BROKEN:
        return EXCHANGE_BROKEN;
    case FETCH_EMPTY:
        return EXCHANGE_EMPTY_REPLY;
    case FETCH_TOO_LARGE:
        return EXCHANGE_TOO_LARGE;
    }
    return EXCHANGE_BROKEN;
}

struct compare_response exchange_view(const struct exchange *exchange)
{
    const struct fetch_response *from = &exchange->response;
    return (struct compare_response){
        .outcome = exchange_outcome_of(from->outcome),
        .status = from->status,
        .truncated = from->truncated,
        .https = kind_visitor(exchange->key.kind) == SCHEME_HTTPS,
        .content_type = slice_of(from->content_type),
        .location = slice_of(from->location),
        .access_control_allow_origin = slice_of(from->access_control_allow_origin),
        .strict_transport_security = slice_of(from->strict_transport_security),
        .content_security_policy = slice_of(from->content_security_policy),
        .body = buf_slice(&from->body),
        .host = slice_of(exchange->key.hostname),
        .path = slice_of(exchange->key.path),
        .retry_after_s = from->retry_after_s,
        .phrase = from->outcome == FETCH_ANSWERED ? NULL : from->detail,
    };
}

static bool is_redirect_status(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static enum url_fault own_url(const struct exchange *exchange, struct url *url)
{
    enum url_scheme scheme = kind_visitor(exchange->key.kind) == SCHEME_HTTPS ? URL_HTTPS : URL_HTTP;
    return url_make(scheme, slice_of(exchange->key.hostname), url_scheme_port(scheme), slice_of(exchange->key.path),
                    url);
}

/* Fills the target of a redirect; false if the reference leads to nothing that can be asked for. */
static bool set_target(struct exchange *exchange, struct slice reference)
{
    struct url own = {0}, target = {0};
    bool found = own_url(exchange, &own) == URL_OK && url_resolve(&own, reference, &target) == URL_OK;
    if (found) {
        struct exchange_fact *fact = &exchange->fact;
        fact->target_url = arena_text(&exchange->arena, target.text);
        fact->target_hostname = arena_text(&exchange->arena, target.host);
        fact->target_path = arena_text(&exchange->arena, target.path_query);
        fact->target_scheme = target.scheme == URL_HTTPS ? SCHEME_HTTPS : SCHEME_HTTP;
        fact->target_default_port = url_has_default_port(&target);
        found = fact->target_url != NULL && fact->target_hostname != NULL && fact->target_path != NULL;
    }
    url_release(&own);
    url_release(&target);
    return found;
}

/* Most pages hold no such word; only those that do are parsed. */
static bool may_refresh(struct slice body)
{
    return slice_find(body, SLICE("efresh")) < body.len || slice_find(body, SLICE("EFRESH")) < body.len;
}

static bool refreshes_elsewhere(struct exchange *exchange)
{
    struct slice body = buf_slice(&exchange->response.body), reference = SLICE_EMPTY;
    if (!may_refresh(body)) {
        return false;
    }
    struct html_links *links = html_links_new(slice_of(exchange->response.content_type), NULL);
    if (links == NULL) {
        return false;
    }
    unsigned delay_s = 0;
    html_links_feed(links, body);
    bool refreshes = html_links_finish(links, NULL) == 0 && html_links_refresh(links, &reference, &delay_s) &&
                     delay_s <= REFRESH_IS_REDIRECT_S && set_target(exchange, reference);
    html_links_free(links);
    if (!refreshes) {
        return false;
    }
    /* A page that reloads itself is a page. */
    const struct exchange_fact *fact = &exchange->fact;
    return strcmp(fact->target_path, exchange->key.path) != 0 ||
           strcmp(fact->target_hostname, exchange->key.hostname) != 0 ||
           fact->target_scheme != kind_visitor(exchange->key.kind);
}

static enum exchange_class classify(struct exchange *exchange)
{
    const struct fetch_response *response = &exchange->response;
    struct exchange_fact *fact = &exchange->fact;
    if (response->outcome != FETCH_ANSWERED) {
        fact->failure = response->detail != NULL ? response->detail : fetch_outcome_name(response->outcome);
        return EXCHANGE_FAILURE;
    }
    fact->status = response->status;
    if (response->status >= 500) {
        fact->failure = arena_printf(&exchange->arena, "status %d", response->status);
        return EXCHANGE_FAILURE;
    }
    if (is_redirect_status(response->status) && response->location != NULL &&
        set_target(exchange, slice_of(response->location))) {
        fact->permanent = response->status == 301 || response->status == 308;
        return EXCHANGE_REDIRECT;
    }
    if (response->status < 200 || response->status > 299) {
        return EXCHANGE_ANSWER;
    }
    return refreshes_elsewhere(exchange) ? EXCHANGE_REDIRECT : EXCHANGE_PAGE;
}

/* The visitor's cookies after this answer: those of the state it was asked in, and what the answer sets. */
static int set_jar(struct exchange_set *set, struct exchange *exchange)
{
    const struct cookie_jar *before = exchange_set_jar(set, exchange->key.cookies);
    if (before != NULL && cookie_jar_copy(before, &exchange->jar) != 0) {
        return -1;
    }
    const struct fetch_response *response = &exchange->response;
    for (size_t i = 0; i < response->set_cookie_count; i++) {
        cookie_jar_set(&exchange->jar, exchange->key.hostname, slice_of(response->set_cookies[i]));
    }
    exchange->fact.cookies_after = cookie_jar_state(&exchange->jar);
    return 0;
}

struct exchange *exchange_set_add(struct exchange_set *set, const struct exchange_key *key,
                                  struct fetch_response *response)
{
    struct exchange *exchange = set->count < EXCHANGE_SET_MAX ? calloc(1, sizeof *exchange) : NULL;
    if (exchange == NULL) {
        fetch_response_release(response);
        return NULL;
    }
    exchange->response = fetch_response_take(response);
    exchange->key = *key;
    exchange->key.hostname = arena_text(&exchange->arena, key->hostname);
    exchange->key.path = arena_text(&exchange->arena, key->path);
    if (exchange->key.hostname == NULL || exchange->key.path == NULL || set_jar(set, exchange) != 0) {
        exchange_free(exchange);
        return NULL;
    }
    exchange->fact.class = classify(exchange);
    if (exchange->fact.class == EXCHANGE_REDIRECT) {
        /* Nobody sees the page behind a redirect; only ends of journeys keep their bodies. */
        buf_release(&exchange->response.body);
    }
    set->items[set->count++] = exchange;
    return exchange;
}

struct exchange *exchange_set_find(const struct exchange_set *set, const struct exchange_key *key)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct exchange_key *other = &set->items[i]->key;
        if (other->kind == key->kind && other->cookies == key->cookies && strcmp(other->path, key->path) == 0 &&
            strcmp(other->hostname, key->hostname) == 0) {
            return set->items[i];
        }
    }
    return NULL;
}

const struct exchange_fact *exchange_set_lookup(void *context, const struct exchange_key *key)
{
    struct exchange *exchange = exchange_set_find(context, key);
    return exchange == NULL ? NULL : &exchange->fact;
}

const struct cookie_jar *exchange_set_jar(const struct exchange_set *set, uint64_t cookies)
{
    for (size_t i = 0; cookies != 0 && i < set->count; i++) {
        if (set->items[i]->fact.cookies_after == cookies) {
            return &set->items[i]->jar;
        }
    }
    return NULL;
}

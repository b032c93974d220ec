#include "crawler/url.h"

#include "base/address.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/hostname.h"
#include "crawler/url_reference.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The normal form is put together here and then read back by libcurl, which splits it and resolves its dot segments:
 * what libcurl refuses is no URL, and what it connects to is what scope was decided on. */
struct url_work {
    CURLU *handle;
    struct buf clean; /* the reference without what browsers drop */
    struct buf text;  /* the absolute URL that libcurl is given */
};

static void work_release(struct url_work *work)
{
    curl_url_cleanup(work->handle);
    buf_release(&work->clean);
    buf_release(&work->text);
}

static int work_init(struct url_work *work)
{
    *work = (struct url_work){.handle = curl_url()};
    /* Each byte may become three; the base's path and the host come on top. */
    buf_init(&work->clean, 4u * LIMIT_URL_BYTES);
    buf_init(&work->text, 8u * LIMIT_URL_BYTES);
    return work->handle != NULL ? 0 : -1;
}

const char *url_scheme_name(enum url_scheme scheme)
{
    switch (scheme) {
    case URL_HTTP:
        return "http";
    case URL_HTTPS:
        return "https";
    }
    return "http";
}

uint16_t url_scheme_port(enum url_scheme scheme)
{
    return scheme == URL_HTTPS ? 443 : 80;
}

static uint16_t port_of_text(struct slice text, enum url_scheme scheme)
{
    struct slice authority = slice_from(text, strlen(url_scheme_name(scheme)) + 3);
    authority.len = slice_find_byte(authority, '/');
    int port = url_authority_port(authority);
    return port > 0 ? (uint16_t)port : url_scheme_port(scheme);
}

static enum url_fault store(struct url *url, enum url_scheme scheme, uint16_t port, const char *host, struct slice path,
                            struct slice query)
{
    char port_text[8] = "";
    if (port != url_scheme_port(scheme))
        snprintf(port_text, sizeof port_text, ":%u", port);
    size_t host_len = strlen(host);
    size_t origin_len = strlen(url_scheme_name(scheme)) + 3 + host_len + strlen(port_text);
    size_t text_len = origin_len + path.len + query.len;
    if (text_len > LIMIT_URL_BYTES)
        return URL_TOO_LONG;

    char *memory = malloc(text_len + 1 + host_len + 1);
    if (memory == NULL)
        return URL_OUT_OF_MEMORY;
    snprintf(memory, origin_len + 1, "%s://%s%s", url_scheme_name(scheme), host, port_text);
    memcpy(memory + origin_len, path.ptr, path.len);
    if (query.len > 0)
        memcpy(memory + origin_len + path.len, query.ptr, query.len);
    memory[text_len] = '\0';
    memcpy(memory + text_len + 1, host, host_len + 1);
    *url = (struct url){.scheme = scheme,
                        .port = port,
                        .text = memory,
                        .host = memory + text_len + 1,
                        .path_query = memory + origin_len,
                        .memory = memory};
    return URL_OK;
}

/* A host that hostname_normalise took for an address must be one to libcurl, too. */
static bool host_is_sound(const char *host)
{
    char name[HOSTNAME_BYTES];
    struct address address;
    return address_parse(slice_of(host), &address) == 0 || hostname_normalise(slice_of(host), name) == HOSTNAME_OK;
}

static enum url_fault fault_of_curl(CURLUcode code)
{
    switch (code) {
    case CURLUE_OK:
        return URL_OK;
    case CURLUE_OUT_OF_MEMORY:
        return URL_OUT_OF_MEMORY;
    case CURLUE_BAD_HOSTNAME:
    case CURLUE_BAD_IPV6:
    case CURLUE_NO_HOST:
        return URL_BAD_HOST;
    default:
        return URL_MALFORMED;
    }
}

static enum url_fault read_back(struct url_work *work, enum url_scheme scheme, struct url *url)
{
    CURLUcode code = curl_url_set(work->handle, CURLUPART_URL, buf_text(&work->text), 0);
    if (code != CURLUE_OK)
        return fault_of_curl(code);

    char *host = NULL;
    char *path = NULL;
    enum url_fault fault = URL_OK;
    code = curl_url_get(work->handle, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(work->handle, CURLUPART_PATH, &path, 0);
    if (code != CURLUE_OK) {
        fault = fault_of_curl(code);
        goto out;
    }
    if (!host_is_sound(host)) {
        fault = URL_BAD_HOST;
        goto out;
    }
    /* libcurl drops an empty query; "/a?" and "/a" are two resources to an origin. */
    struct slice text = buf_slice(&work->text);
    struct slice query = slice_from(text, slice_find_byte(text, '?'));
    fault = store(url, scheme, port_of_text(text, scheme), host, slice_of(path), query);
out:
    curl_free(host);
    curl_free(path);
    return fault;
}

static enum url_fault resolve_with(struct url_work *work, const struct url *base, struct slice text, struct url *url)
{
    enum url_scheme scheme = URL_HTTP;
    *url = (struct url){0};
    enum url_fault fault = url_reference_compose(text, base, &work->clean, &work->text, &scheme);
    return fault == URL_OK ? read_back(work, scheme, url) : fault;
}

/* --- the interface --- */

enum url_fault url_resolve(const struct url *base, struct slice reference, struct url *url)
{
    struct url_work work;
    enum url_fault fault = URL_OUT_OF_MEMORY;
    *url = (struct url){0};
    if (work_init(&work) == 0)
        fault = resolve_with(&work, base, reference, url);
    work_release(&work);
    return fault;
}

enum url_fault url_parse(struct slice text, struct url *url)
{
    return url_resolve(NULL, text, url);
}

enum url_fault url_make(enum url_scheme scheme, struct slice host, uint16_t port, struct slice path_query,
                        struct url *url)
{
    struct buf text;
    buf_init(&text, 2u * LIMIT_URL_BYTES);
    buf_printf(&text, "%s://", url_scheme_name(scheme));
    buf_append_slice(&text, host);
    buf_printf(&text, ":%u", port);
    buf_append_slice(&text, path_query);
    *url = (struct url){0};
    enum url_fault fault = text.failed ? URL_TOO_LONG : url_parse(buf_slice(&text), url);
    buf_release(&text);
    return fault;
}

enum url_fault url_copy(const struct url *from, struct url *url)
{
    struct slice path_query = slice_of(from->path_query);
    *url = (struct url){0};
    return store(url, from->scheme, from->port, from->host, path_query, SLICE_EMPTY);
}

void url_release(struct url *url)
{
    free(url->memory);
    *url = (struct url){0};
}

bool url_equal(const struct url *a, const struct url *b)
{
    return strcmp(a->text, b->text) == 0;
}

bool url_has_default_port(const struct url *url)
{
    return url->port == url_scheme_port(url->scheme);
}

bool url_equal_but_scheme(const struct url *a, const struct url *b)
{
    bool ports_agree = a->port == b->port || (url_has_default_port(a) && url_has_default_port(b));
    return ports_agree && strcmp(a->host, b->host) == 0 && strcmp(a->path_query, b->path_query) == 0;
}

struct slice url_path(struct slice path_query)
{
    return slice_make(path_query.ptr, slice_find_byte(path_query, '?'));
}

struct slice url_query(struct slice path_query)
{
    return slice_from(path_query, slice_find_byte(path_query, '?') + 1);
}

const char *url_fault_text(enum url_fault fault)
{
    switch (fault) {
    case URL_OK:
        return "it is a URL";
    case URL_EMPTY:
        return "it is empty";
    case URL_TOO_LONG:
        return "it is longer than 2048 bytes";
    case URL_OTHER_SCHEME:
        return "it is neither http nor https";
    case URL_BAD_HOST:
        return "its host is neither a hostname nor an address";
    case URL_MALFORMED:
        return "it is malformed";
    case URL_OUT_OF_MEMORY:
        return "out of memory";
    }
    return "it is malformed";
}

/* --- the resolver --- */

#define RESOLVER_SLOTS 16384u /* a power of two, more than three times LIMIT_LINKS_PER_PAGE */

struct resolver_entry {
    uint64_t hash; /* of the raw reference */
    size_t len;
    enum url_fault fault;
    struct url url;
};

struct url_resolver {
    struct url_work work;
    struct url base;
    struct resolver_entry *entries;
    size_t count;
    size_t capacity;
    uint16_t *slots; /* 1 + index into entries; 0: free */
    struct url overflow;
};

struct url_resolver *url_resolver_new(const struct url *base)
{
    struct url_resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL)
        return NULL;
    resolver->slots = calloc(RESOLVER_SLOTS, sizeof *resolver->slots);
    if (work_init(&resolver->work) != 0 || resolver->slots == NULL || url_copy(base, &resolver->base) != URL_OK) {
        url_resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void url_resolver_free(struct url_resolver *resolver)
{
    if (resolver == NULL)
        return;
    for (size_t i = 0; i < resolver->count; i++)
        url_release(&resolver->entries[i].url);
    url_release(&resolver->overflow);
    url_release(&resolver->base);
    work_release(&resolver->work);
    free(resolver->entries);
    free(resolver->slots);
    free(resolver);
}

/* NULL when full or out of memory. */
static struct resolver_entry *resolver_append(struct url_resolver *resolver)
{
    if (resolver->count == LIMIT_LINKS_PER_PAGE)
        return NULL;
    if (resolver->count == resolver->capacity) {
        size_t capacity = resolver->capacity == 0 ? 64 : resolver->capacity * 2;
        struct resolver_entry *entries = realloc(resolver->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return NULL;
        resolver->entries = entries;
        resolver->capacity = capacity;
    }
    return &resolver->entries[resolver->count];
}

static const struct url *answer(const struct url *url, enum url_fault result, enum url_fault *fault)
{
    if (fault != NULL)
        *fault = result;
    return result == URL_OK ? url : NULL;
}

const struct url *url_resolver_get(struct url_resolver *resolver, struct slice reference, enum url_fault *fault)
{
    uint64_t hash = hash_slice(reference);
    size_t slot = hash & (RESOLVER_SLOTS - 1);
    for (; resolver->slots[slot] != 0; slot = (slot + 1) & (RESOLVER_SLOTS - 1)) {
        struct resolver_entry *known = &resolver->entries[resolver->slots[slot] - 1];
        if (known->hash == hash && known->len == reference.len)
            return answer(&known->url, known->fault, fault);
    }

    struct resolver_entry *entry = resolver_append(resolver);
    if (entry == NULL) {
        url_release(&resolver->overflow);
        enum url_fault result = resolve_with(&resolver->work, &resolver->base, reference, &resolver->overflow);
        return answer(&resolver->overflow, result, fault);
    }
    *entry = (struct resolver_entry){.hash = hash, .len = reference.len};
    entry->fault = resolve_with(&resolver->work, &resolver->base, reference, &entry->url);
    resolver->slots[slot] = (uint16_t)++resolver->count;
    return answer(&entry->url, entry->fault, fault);
}

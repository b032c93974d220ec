/* A reference against a base: what comes out is in normal form, which is to say that it comes out of itself again, and
 * every judgement of it ends. */
#include "base/limits.h"
#include "crawler/crawl_trap.h"
#include "crawler/hostname.h"
#include "crawler/private_query.h"
#include "crawler/state_change.h"
#include "crawler/url.h"
#include "crawler/url_shape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_normal(const struct url *url)
{
    size_t len = strlen(url->text);
    check(len <= LIMIT_URL_BYTES && url->path_query[0] == '/' && url->port != 0);
    check(strchr(url->text, '#') == NULL && strchr(url->path_query, ' ') == NULL);
    for (size_t i = 0; i < len; i++)
        check((unsigned char)url->text[i] > 0x20 && (unsigned char)url->text[i] < 0x7f);

    char name[HOSTNAME_BYTES];
    enum hostname_fault fault = hostname_normalise(slice_of(url->host), name);
    check(fault == HOSTNAME_IS_ADDRESS || (fault == HOSTNAME_OK && strcmp(name, url->host) == 0));

    struct url again;
    check(url_parse(slice_of(url->text), &again) == URL_OK);
    check(url_equal(&again, url) && again.port == url->port && strcmp(again.host, url->host) == 0);
    url_release(&again);
}

/* What a trap is a variant of is no longer than it, and free of session ids. */
static void judge_trap(struct slice path_query)
{
    struct buf stem = {0};
    enum crawl_trap trap = crawl_trap_of(path_query);
    if (crawl_trap_stem(trap, path_query, &stem)) {
        check(stem.len > 0 && stem.len < path_query.len && buf_text(&stem)[0] == '/');
        check(trap != CRAWL_TRAP_SESSION || !query_has_session(buf_slice(&stem)));
    }
    buf_release(&stem);
}

static void judge(struct slice path_query)
{
    struct buf shape = {0};
    url_shape_append(&shape, path_query);
    check(shape.len > 0 && shape.len <= path_query.len);
    buf_release(&shape);
    url_may_change_state(path_query, NULL);
    query_may_be_private(path_query);
    judge_trap(path_query);
    url_is_dated(path_query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make((const char *)data, size);
    struct url base;
    struct url url;
    check(url_parse(SLICE("https://b.example:8443/x/y;z?q"), &base) == URL_OK);
    if (url_resolve(&base, text, &url) == URL_OK) {
        check_normal(&url);
        judge(slice_of(url.path_query));
        url_release(&url);
    }
    if (url_parse(text, &url) == URL_OK) {
        check_normal(&url);
        url_release(&url);
    }
    url_release(&base);
    return 0;
}

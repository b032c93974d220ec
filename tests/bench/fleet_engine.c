#include "tests/bench/fleet_engine.h"

#include "base/clock.h"
#include "crawler/trust.h"
#include "scan/zone_scan.h"
#include "tests/lab/certificate.h"
#include "tests/lab/content.h"
#include "tests/support/temp_folder.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX      32
#define PAGE_PATH      40
#define CHAIN_MAX      4
#define CHAIN_DER_SIZE 2048

struct page {
    char path[PAGE_PATH];
    struct buf body;
};

struct fleet_engine {
    struct scan_options options;
    struct trust *trust;
    struct page pages[PAGES_MAX];
    size_t page_count;
    unsigned char der[CHAIN_MAX][CHAIN_DER_SIZE];
    struct slice chain[CHAIN_MAX];
    size_t chain_count;
};

/* ---- making */

static void add_page(struct fleet_engine *engine, const char *path)
{
    static const struct content content = {THEME_HARBOUR, CONTENT_UNIFORM, 0};
    const struct content_view view = {&content, "z.fleet.test", DRESS_PLAIN, NULL};
    struct page *page = &engine->pages[engine->page_count];
    const char *type = NULL;
    snprintf(page->path, sizeof page->path, "%s", path);
    engine->page_count += content_render(&view, slice_of(path), &page->body, &type);
}

/* The home page, and every page that it links to. */
static void add_pages(struct fleet_engine *engine)
{
    add_page(engine, "/");
    const char *at = engine->page_count > 0 ? buf_text(&engine->pages[0].body) : "";
    while ((at = strstr(at, "href=\"/")) != NULL && engine->page_count < PAGES_MAX) {
        char path[PAGE_PATH];
        at += strlen("href=\"");
        snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "\""), at);
        if (strcmp(path, "/") != 0) {
            add_page(engine, path);
        }
    }
}

static void keep_certificate(struct fleet_engine *engine, X509 *certificate)
{
    unsigned char *out = engine->der[engine->chain_count];
    int len = i2d_X509(certificate, NULL);
    if (len > 0 && len <= CHAIN_DER_SIZE && engine->chain_count < CHAIN_MAX) {
        i2d_X509(certificate, &out);
        engine->chain[engine->chain_count] = slice_make((const char *)engine->der[engine->chain_count], (size_t)len);
        engine->chain_count++;
    }
}

static void keep_chain(struct fleet_engine *engine, SSL_CTX *context)
{
    STACK_OF(X509) *further = NULL;
    keep_certificate(engine, SSL_CTX_get0_certificate(context));
    SSL_CTX_get0_chain_certs(context, &further);
    for (int i = 0; further != NULL && i < sk_X509_num(further); i++) {
        keep_certificate(engine, sk_X509_value(further, i));
    }
}

static struct trust *trust_authority(const struct authority *authority, struct err *err)
{
    struct temp_folder folder;
    struct buf pem = {.data = NULL};
    char path[TEMP_PATH_BYTES];
    temp_folder_make(&folder);
    const struct trust_options options = {.ca_file = temp_folder_path(&folder, "ca.pem", path)};
    FILE *file = authority_root_pem(authority, &pem, err) == 0 ? fopen(path, "w") : NULL;
    bool written = file != NULL && fwrite(pem.data, 1, pem.len, file) == pem.len;
    written = file != NULL && fclose(file) == 0 && written;
    struct trust *trust = written ? trust_new(&options, err) : NULL;
    buf_release(&pem);
    temp_folder_remove(&folder);
    return trust;
}

static bool add_certificate(struct fleet_engine *engine, struct err *err)
{
    struct authority *authority = authority_new(clock_wall_s(), err);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool ok = authority != NULL && context != NULL &&
              authority_equip(authority, context, CERTIFICATE_WILDCARD, "z.fleet.test", err) == 0;
    if (ok) {
        keep_chain(engine, context);
        engine->trust = trust_authority(authority, err);
    }
    SSL_CTX_free(context);
    authority_free(authority);
    return ok && engine->trust != NULL && engine->chain_count > 0;
}

struct fleet_engine *fleet_engine_new(size_t pairs)
{
    struct err err = ERR_INIT;
    struct fleet_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL || !add_certificate(engine, &err)) {
        fprintf(stderr, "%s\n", err.message);
        fleet_engine_free(engine);
        return NULL;
    }
    add_pages(engine);
    scan_options_init(&engine->options);
    engine->options.trust = engine->trust;
    engine->options.pairs = pairs;
    engine->options.program_version = "bench";
    return engine;
}

void fleet_engine_free(struct fleet_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    for (size_t i = 0; i < engine->page_count; i++) {
        buf_release(&engine->pages[i].body);
    }
    trust_free(engine->trust);
    free(engine);
}

/* ---- answering */

static const struct page *find_page(const struct fleet_engine *engine, const char *path)
{
    for (size_t i = 0; i < engine->page_count; i++) {
        if (strcmp(engine->pages[i].path, path) == 0) {
            return &engine->pages[i];
        }
    }
    return NULL;
}

static void answer_fetch(struct fleet_engine *engine, struct wishes *wishes, const struct wish *wish)
{
    const struct page *page = find_page(engine, wish->request.path_query);
    struct fetch_response response = {.outcome = FETCH_ANSWERED,
                                      .status = page != NULL ? 200 : 404,
                                      .content_type = "text/html; charset=utf-8",
                                      .retry_after_s = -1};
    if (page != NULL) {
        buf_append_slice(&response.body, buf_slice(&page->body));
    }
    if (wish->request.https) {
        response.tls = (struct fetch_tls){.completed = true,
                                          .alert = -1,
                                          .version = "TLSv1.3",
                                          .cipher = "TLS_AES_256_GCM_SHA384",
                                          .group = "X25519",
                                          .chain = engine->chain,
                                          .chain_count = engine->chain_count};
    }
    if (wish->request.cost != NULL) {
        wish->request.cost->requests++;
    }
    wishes_answer_fetch(wishes, wish->id, &response);
    fetch_response_release(&response);
}

static void answer(struct fleet_engine *engine, struct wishes *wishes, const struct wish *wish)
{
    static const struct tls_capabilities nothing = {.no_connection = true};
    static const struct resolve_result unknown = {.outcome = RESOLVE_FAILED};
    switch (wish->kind) {
    case WISH_FETCH:
        answer_fetch(engine, wishes, wish);
        return;
    case WISH_PROBE:
        wishes_answer_probe(wishes, wish->id, &nothing);
        return;
    case WISH_RESOLVE:
        wishes_answer_resolve(wishes, wish->id, &unknown);
        return;
    case WISH_TIMER:
        wishes_answer_timer(wishes, wish->id);
        return;
    case WISH_BACK_OFF:
        return;
    }
}

int fleet_engine_scan(void *context, const struct inventory_zone *zone, struct scan_record *record, struct err *err)
{
    struct fleet_engine *engine = context;
    struct scan_options options = engine->options;
    struct wish wish;
    options.inventory = zone;
    struct zone_scan *scan = zone_scan_new(&options, clock_wall_s(), err);
    if (scan == NULL) {
        return -1;
    }
    zone_scan_start(scan);
    while (wishes_next(zone_scan_wishes(scan), &wish)) {
        answer(engine, zone_scan_wishes(scan), &wish);
    }
    int result = zone_scan_is_done(scan) ? zone_scan_record(scan, 1.0, record, err)
                                         : err_set(err, ERR_INTERNAL, "a scan did not end");
    zone_scan_free(scan);
    return result;
}

/* The engine under a network that is a function: no socket, no clock, every answer given by a table of rules. */
#include "base/clock.h"
#include "crawler/trust.h"
#include "recommend/inventory.h"
#include "scan/opt_out.h"
#include "scan/zone_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the origin at the other end does with a request. */
struct reply {
    enum fetch_outcome outcome;
    int status;
    const char *location, *body, *set_cookie;
    int64_t retry_after_s;    /* 0: none */
    struct slice certificate; /* DER; empty: none was seen */
};

typedef struct reply origin_function(const struct fetch_request *request, unsigned count);

struct world {
    origin_function *origin;
    unsigned requests, timers, back_offs;
    unsigned to_second_address; /* requests for 192.0.2.2 */
    unsigned not_home_over_http;
    unsigned probes;
    const struct tls_capabilities *capabilities; /* of every origin; NULL: no connection */
    const char *interrupt_at;                    /* interrupt the scan when this path is asked for */
};

static const char *const words = "the quick brown fox jumps over the lazy dog while rain falls on the hills of the "
                                 "north and nobody in the village below has time to look up from the harvest ";

static const char *page_for(const char *path)
{
    static char page[8192];
    int len = snprintf(page, sizeof page, "<html><head><title>Page %s</title></head><body><h1>%s</h1><p>%s%s</p>", path,
                       path, words, words);
    for (int i = 1; i <= 20 && strcmp(path, "/") == 0; i++) {
        len += snprintf(page + len, sizeof page - (size_t)len, "<a href='/page%d.html'>Page %d</a> ", i, i);
    }
    snprintf(page + len, sizeof page - (size_t)len, "<p>End of %s</p></body></html>", path);
    return page;
}

static struct reply ok(const struct fetch_request *request)
{
    if (strcmp(request->path_query, "/robots.txt") == 0) {
        return (struct reply){.status = 404, .body = "no"};
    }
    return (struct reply){.status = 200, .body = page_for(request->path_query)};
}

static void answer_fetch(struct world *world, struct wishes *wishes, const struct wish *wish)
{
    struct reply reply = world->origin(&wish->request, world->requests++);
    char second[ADDRESS_TEXT_BYTES];
    struct fetch_response response = {.outcome = reply.outcome, .retry_after_s = -1};
    world->to_second_address += strcmp(address_format(&wish->request.address, second), "192.0.2.2") == 0;
    assert_string_equal(wish->request.user_agent, "Cloudflare-SSLDetector");
    if (reply.outcome == FETCH_ANSWERED) {
        response.status = reply.status;
        response.location = arena_text(&response.arena, reply.location);
        response.content_type = "text/html; charset=utf-8";
        response.retry_after_s = reply.retry_after_s > 0 ? reply.retry_after_s : -1;
        buf_append_text(&response.body, reply.body != NULL ? reply.body : "");
        if (reply.certificate.len > 0) {
            struct slice *chain = arena_alloc(&response.arena, sizeof *chain);
            *chain = reply.certificate;
            response.tls = (struct fetch_tls){.completed = true, .chain = chain, .chain_count = 1};
        }
        if (reply.set_cookie != NULL) {
            const char **cookies = arena_alloc(&response.arena, sizeof *cookies);
            cookies[0] = reply.set_cookie;
            response.set_cookies = cookies;
            response.set_cookie_count = 1;
        }
    }
    if (wish->request.cost != NULL) {
        wish->request.cost->requests++;
    }
    wishes_answer_fetch(wishes, wish->id, &response);
    fetch_response_release(&response);
}

static void answer_probe(struct world *world, struct wishes *wishes, const struct wish *wish)
{
    struct tls_capabilities found = {.no_connection = true};
    if (world->capabilities != NULL) {
        found = *world->capabilities;
    }
    wishes_answer_probe(wishes, wish->id, &found);
}

static void run(struct world *world, const struct scan_options *options, struct scan_record *record)
{
    struct err err = ERR_INIT;
    struct wish wish;
    struct zone_scan *scan = zone_scan_new(options, 1700000000, &err);
    assert_non_null(scan);
    zone_scan_start(scan);
    while (wishes_next(zone_scan_wishes(scan), &wish)) {
        assert_true(world->requests < 10000); /* it ends by itself */
        switch (wish.kind) {
        case WISH_FETCH:
            if (world->interrupt_at != NULL && strcmp(world->interrupt_at, wish.request.path_query) == 0) {
                zone_scan_interrupt(scan);
            }
            answer_fetch(world, zone_scan_wishes(scan), &wish);
            break;
        case WISH_PROBE:
            world->probes++;
            answer_probe(world, zone_scan_wishes(scan), &wish);
            break;
        case WISH_TIMER:
            world->timers++;
            wishes_answer_timer(zone_scan_wishes(scan), wish.id);
            break;
        case WISH_BACK_OFF:
            world->back_offs++;
            break;
        case WISH_RESOLVE:
            fail_msg("no name was to be resolved");
        }
    }
    assert_true(zone_scan_is_done(scan));
    assert_int_equal(zone_scan_record(scan, 1.0, record, &err), 0);
    zone_scan_free(scan);
}

static void add(struct inventory_zone *zone, const char *hostname, const char *address)
{
    struct inventory_hostname *entry = inventory_add_hostname(zone, hostname);
    struct inventory_origin origin = {
        .address = address, .http_port = 80, .https_port = 443, .source = SOURCE_INVENTORY};
    assert_non_null(entry);
    entry->ceiling = MODE_FULL; /* no certificates here */
    assert_int_equal(inventory_add_origin(zone, entry, &origin), 0);
}

/* ---- origins */

static struct reply healthy(const struct fetch_request *request, unsigned count)
{
    (void)count;
    return ok(request);
}

static struct reply other_site_over_https(const struct fetch_request *request, unsigned count)
{
    (void)count;
    if (request->https && strcmp(request->path_query, "/robots.txt") != 0) {
        return (struct reply){.status = 200, .body = "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>"};
    }
    return ok(request);
}

static struct reply one_page_missing(const struct fetch_request *request, unsigned count)
{
    (void)count;
    if (request->https && strcmp(request->path_query, "/page7.html") == 0) {
        return (struct reply){.status = 404, .body = "<h1>Not found</h1>"};
    }
    return ok(request);
}

static struct reply redirects_blindly(const struct fetch_request *request, unsigned count)
{
    static char location[300];
    (void)count;
    if (!request->https) {
        snprintf(location, sizeof location, "https://www.example.com%s", request->path_query);
        return (struct reply){.status = 301, .location = location};
    }
    return ok(request);
}

static struct reply sends_https_back(const struct fetch_request *request, unsigned count)
{
    static char location[300];
    (void)count;
    if (request->https) {
        snprintf(location, sizeof location, "http://www.example.com%s", request->path_query);
        return (struct reply){.status = 302, .location = location};
    }
    return ok(request);
}

static struct reply https_refused(const struct fetch_request *request, unsigned count)
{
    (void)count;
    return request->https ? (struct reply){.outcome = FETCH_REFUSED} : ok(request);
}

static struct reply http_is_silent(const struct fetch_request *request, unsigned count)
{
    (void)count;
    return request->https ? ok(request) : (struct reply){.outcome = FETCH_CONNECT_TIMEOUT};
}

static struct reply nothing_answers(const struct fetch_request *request, unsigned count)
{
    (void)count;
    (void)request;
    return (struct reply){.outcome = FETCH_REFUSED};
}

static struct reply forbidden_over_https(const struct fetch_request *request, unsigned count)
{
    (void)count;
    return request->https ? (struct reply){.status = 403, .body = "<h1>Forbidden</h1>"} : ok(request);
}

static struct reply robots_forbid(const struct fetch_request *request, unsigned count)
{
    (void)count;
    if (strcmp(request->path_query, "/robots.txt") == 0) {
        return (struct reply){.status = 200, .body = "User-agent: Cloudflare-SSLDetector\nDisallow: /\n"};
    }
    fail_msg("asked for %s", request->path_query);
    return ok(request);
}

/* Sets a cookie and comes back to the same URL; with the cookie there is a page. */
static struct reply asks_for_a_cookie(const struct fetch_request *request, unsigned count)
{
    (void)count;
    if (strcmp(request->path_query, "/robots.txt") != 0 && request->cookie == NULL) {
        return (struct reply){.status = 302, .location = request->path_query, .set_cookie = "seen=1; Path=/"};
    }
    return ok(request);
}

static struct reply fails_once_over_https(const struct fetch_request *request, unsigned count)
{
    static bool failed;
    (void)count;
    if (!failed && request->https && strcmp(request->path_query, "/page3.html") == 0) {
        failed = true;
        return (struct reply){.status = 404, .body = "<h1>Not found</h1>"};
    }
    return ok(request);
}

/* No page links to any other: only the sitemap of the index that robots.txt names knows them. */
static struct reply known_by_sitemap(const struct fetch_request *request, unsigned count)
{
    static char sitemap[4096];
    (void)count;
    assert_true(request->bounds.requests_per_second <= 0.5 || strcmp(request->path_query, "/robots.txt") == 0);
    if (strcmp(request->path_query, "/robots.txt") == 0) {
        return (struct reply){.status = 200,
                              .body = "User-agent: cloudflare-ssldetector\nCrawl-delay: 2\nDisallow: /page9\n"
                                      "Sitemap: https://www.example.com/index.xml\n"
                                      "Sitemap: https://elsewhere.example.net/sitemap.xml\n"};
    }
    if (strcmp(request->path_query, "/index.xml") == 0) {
        return (struct reply){
            .status = 200,
            .body = "<sitemapindex><sitemap><loc>http://www.example.com/pages.xml</loc></sitemap></sitemapindex>"};
    }
    if (strcmp(request->path_query, "/pages.xml") == 0) {
        int len = snprintf(sitemap, sizeof sitemap, "<urlset>");
        for (int i = 1; i <= 15; i++) {
            len += snprintf(sitemap + len, sizeof sitemap - (size_t)len,
                            "<url><loc>https://www.example.com/page%d.html</loc></url>", i);
        }
        snprintf(sitemap + len, sizeof sitemap - (size_t)len, "</urlset>");
        return (struct reply){.status = 200, .body = sitemap};
    }
    assert_string_not_equal(request->path_query, "/page9.html");
    return (struct reply){.status = 200,
                          .body = strcmp(request->path_query, "/") == 0
                                      ? "<html><body><p>Nothing links anywhere.</p></body></html>"
                                      : page_for(request->path_query)};
}

static struct reply home_page_is_missing(const struct fetch_request *request, unsigned count)
{
    if (strcmp(request->path_query, "/") == 0) {
        return (struct reply){.status = 404, .body = "<h1>Not found</h1>"};
    }
    return known_by_sitemap(request, count);
}

/* Self-signed, for other.test, until 2046. */
static const unsigned char self_signed[] = {
    0x30, 0x82, 0x01, 0x96, 0x30, 0x82, 0x01, 0x3c, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x14, 0x68, 0xf0, 0x34, 0x74,
    0x51, 0xee, 0x96, 0x3f, 0x97, 0xf9, 0xab, 0x3f, 0x13, 0x95, 0x97, 0xdf, 0x67, 0x04, 0xc5, 0x00, 0x30, 0x0a, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x30, 0x15, 0x31, 0x13, 0x30, 0x11, 0x06, 0x03, 0x55, 0x04,
    0x03, 0x0c, 0x0a, 0x6f, 0x74, 0x68, 0x65, 0x72, 0x2e, 0x74, 0x65, 0x73, 0x74, 0x30, 0x1e, 0x17, 0x0d, 0x32, 0x36,
    0x31, 0x31, 0x32, 0x33, 0x31, 0x39, 0x35, 0x36, 0x35, 0x31, 0x5a, 0x17, 0x0d, 0x34, 0x36, 0x31, 0x31, 0x31, 0x38,
    0x31, 0x39, 0x35, 0x36, 0x35, 0x31, 0x5a, 0x30, 0x15, 0x31, 0x13, 0x30, 0x11, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c,
    0x0a, 0x6f, 0x74, 0x68, 0x65, 0x72, 0x2e, 0x74, 0x65, 0x73, 0x74, 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    0xfc, 0xa1, 0xcf, 0x8b, 0x19, 0x32, 0xbf, 0x0e, 0xf6, 0x1e, 0x3b, 0x6b, 0x4a, 0xa8, 0x2b, 0xf5, 0x3f, 0x92, 0x07,
    0x02, 0x33, 0xc2, 0x86, 0x46, 0x3f, 0xe0, 0x6a, 0x86, 0x8f, 0x2b, 0x8f, 0x8d, 0x14, 0xdb, 0xdd, 0xe6, 0xf5, 0x54,
    0x20, 0x76, 0x95, 0x64, 0x7a, 0x1c, 0x51, 0xfb, 0x79, 0xf7, 0x8f, 0x36, 0x15, 0x7e, 0x81, 0xcb, 0xfa, 0x7c, 0xa5,
    0x82, 0xaf, 0x66, 0x2a, 0x63, 0xaa, 0xb4, 0xa3, 0x6a, 0x30, 0x68, 0x30, 0x1d, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04,
    0x16, 0x04, 0x14, 0x8b, 0xb9, 0x81, 0x63, 0x75, 0xbc, 0x5d, 0xc3, 0x94, 0x1f, 0xc6, 0x23, 0xf1, 0x7c, 0x7e, 0x41,
    0x71, 0xc6, 0xfb, 0x71, 0x30, 0x1f, 0x06, 0x03, 0x55, 0x1d, 0x23, 0x04, 0x18, 0x30, 0x16, 0x80, 0x14, 0x8b, 0xb9,
    0x81, 0x63, 0x75, 0xbc, 0x5d, 0xc3, 0x94, 0x1f, 0xc6, 0x23, 0xf1, 0x7c, 0x7e, 0x41, 0x71, 0xc6, 0xfb, 0x71, 0x30,
    0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff, 0x30, 0x15, 0x06,
    0x03, 0x55, 0x1d, 0x11, 0x04, 0x0e, 0x30, 0x0c, 0x82, 0x0a, 0x6f, 0x74, 0x68, 0x65, 0x72, 0x2e, 0x74, 0x65, 0x73,
    0x74, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x48, 0x00, 0x30, 0x45, 0x02,
    0x20, 0x3c, 0x7c, 0xc9, 0x3f, 0x85, 0x10, 0xa3, 0x63, 0x7b, 0xc5, 0xe8, 0x85, 0x12, 0x0f, 0xf2, 0x3f, 0xe6, 0x68,
    0xc8, 0x8e, 0xb9, 0x4c, 0x5e, 0xf3, 0x07, 0xf6, 0x21, 0xf3, 0xdb, 0x3b, 0xc3, 0x99, 0x02, 0x21, 0x00, 0xd5, 0x93,
    0xf1, 0x90, 0x43, 0x40, 0xcd, 0x03, 0x00, 0xe1, 0x52, 0x15, 0x81, 0x69, 0x18, 0x1b, 0xdc, 0x85, 0xd3, 0x4a, 0x45,
    0xbd, 0x81, 0xac, 0xb9, 0x14, 0x03, 0xf9, 0x2c, 0x1d, 0xb3, 0x00};

static struct reply presents_certificate(const struct fetch_request *request, unsigned count)
{
    struct reply reply = ok(request);
    (void)count;
    reply.certificate = request->https ? (struct slice){(const char *)self_signed, sizeof self_signed} : SLICE_EMPTY;
    return reply;
}

/* Several servers behind one address, and not all have the same certificate. */
static struct reply two_certificates(const struct fetch_request *request, unsigned count)
{
    struct reply reply = ok(request);
    reply.certificate = count < 40 ? (struct slice){(const char *)self_signed, sizeof self_signed} : SLICE("junk");
    return reply;
}

/* For its first four fetches over https, as many as two rounds make, one page has a paragraph more. */
static struct reply differs_by_chance_twice(const struct fetch_request *request, unsigned count)
{
    static char page[9000];
    static unsigned fetched;
    (void)count;
    if (request->https && strcmp(request->path_query, "/page3.html") == 0 && fetched++ < 4) {
        snprintf(page, sizeof page,
                 "%s<p>Special offer of the day: buy three baskets of pears, pay for two of them.</p>",
                 page_for("/page3.html"));
        return (struct reply){.status = 200, .body = page};
    }
    return ok(request);
}

struct row {
    const char *sentence;
    origin_function *origin;
    enum mode current;
    enum scan_status status;
    enum code reason;
    enum mode supported, recommended;
    enum code blocker; /* among the blockers; CODE_NONE: there are none */
    unsigned most_requests;
};

static const struct row rows[] = {
    {"A site that is the same over both schemes is upgraded.", healthy, MODE_FLEXIBLE, STATUS_COMPLETE, CODE_NONE,
     MODE_FULL, MODE_FULL, CODE_NONE, 100},
    {"Another site over https keeps flexible, after a handful of requests.", other_site_over_https, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FLEXIBLE, MODE_FLEXIBLE, CODE_CONTENT_DIFFERS, 90},
    {"One page that is missing over https is enough.", one_page_missing, MODE_FLEXIBLE, STATUS_COMPLETE, CODE_NONE,
     MODE_FLEXIBLE, MODE_FLEXIBLE, CODE_HTTPS_UNAVAILABLE, 110},
    {"A blind redirect to https loops under flexible and is healed by full.", redirects_blindly, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 300},
    {"A redirect from https to http makes full loop or lose its scheme.", sends_https_back, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FLEXIBLE, MODE_FLEXIBLE, CODE_REDIRECT_DIFFERS, 200},
    {"A closed https port settles it without pairs.", https_refused, MODE_FLEXIBLE, STATUS_COMPLETE, CODE_NONE,
     MODE_FLEXIBLE, MODE_FLEXIBLE, CODE_HTTPS_REFUSED, 40},
    {"A silent http port is asked three times, and not again for every pair.", http_is_silent, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 50},
    {"Where nothing answers there is no verdict.", nothing_answers, MODE_FLEXIBLE, STATUS_INCOMPLETE, CODE_UNREACHABLE,
     MODE_NONE, MODE_NONE, CODE_NONE, 10},
    {"A firewall that refuses https alone is interference, not a difference.", forbidden_over_https, MODE_FLEXIBLE,
     STATUS_INCOMPLETE, CODE_BLOCKED, MODE_NONE, MODE_NONE, CODE_NONE, 80},
    {"A robots.txt that names us and forbids everything is obeyed at once.", robots_forbid, MODE_FLEXIBLE,
     STATUS_INCOMPLETE, CODE_BLOCKED, MODE_NONE, MODE_NONE, CODE_NONE, 1},
    {"Cookies are carried along a journey.", asks_for_a_cookie, MODE_FLEXIBLE, STATUS_COMPLETE, CODE_NONE, MODE_FULL,
     MODE_FULL, CODE_NONE, 250},
    {"Pages that only a sitemap knows are compared; robots.txt is obeyed.", known_by_sitemap, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 80},
    {"A home page that is missing does not hide what a sitemap knows.", home_page_is_missing, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 80},
    {"A rare difference is asked about in a third round before it counts.", differs_by_chance_twice, MODE_FLEXIBLE,
     STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 80},
    {"A failure that is gone in the second round is no reason against a mode, and none for it.", fails_once_over_https,
     MODE_FLEXIBLE, STATUS_COMPLETE, CODE_NONE, MODE_FULL, MODE_FULL, CODE_NONE, 110},
};

static bool has_blocker(const struct origin_record *origin, enum code code)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        if (origin->blockers[i].code == code) {
            return true;
        }
    }
    return false;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct world world = {.origin = row->origin};
        struct inventory_zone zone = {.zone = "example.com"};
        struct scan_options options;
        struct scan_record record;
        scan_options_init(&options);
        options.inventory = &zone;
        options.program_version = "test";
        add(&zone, "www.example.com", "192.0.2.1");
        zone.hostnames[0].mode = row->current;
        run(&world, &options, &record);
        const struct hostname_record *hostname = &record.hostnames[0];
        const struct origin_record *origin = &hostname->origins[0];
        print_message("%s (%u requests)\n", row->sentence, world.requests);
        if (hostname->incomplete_reason != row->reason || hostname->supported_mode != row->supported) {
            print_message("   reason %s, supported %s: %s\n", code_name(hostname->incomplete_reason),
                          mode_name(hostname->supported_mode), origin->incomplete_detail);
        }
        assert_int_equal(hostname->status, row->status);
        assert_int_equal(hostname->incomplete_reason, row->reason);
        assert_int_equal(hostname->supported_mode, row->supported);
        assert_int_equal(hostname->recommended_mode, row->recommended);
        if (row->blocker != CODE_NONE) {
            assert_true(has_blocker(origin, row->blocker));
        } else {
            assert_int_equal(origin->blocker_count, 0);
        }
        assert_true(world.requests <= row->most_requests);
        scan_record_release(&record);
        inventory_zone_release(&zone);
    }
}

static void test_every_certificate_of_an_address_counts(void **state)
{
    (void)state;
    struct world world = {.origin = two_certificates};
    struct inventory_zone zone = {.zone = "example.com"};
    struct err err = ERR_INIT;
    struct scan_options options;
    struct scan_record record;
    struct trust *trust = trust_new(&(struct trust_options){.origin_ca = true}, &err);
    assert_non_null(trust);
    scan_options_init(&options);
    options.inventory = &zone;
    options.program_version = "test";
    options.trust = trust;
    add(&zone, "www.example.com", "192.0.2.1");
    zone.hostnames[0].ceiling = MODE_FULL_STRICT;
    run(&world, &options, &record);
    const struct origin_record *origin = &record.hostnames[0].origins[0];
    assert_true(has_blocker(origin, CODE_CERTIFICATE_NAME_MISMATCH));
    assert_true(has_blocker(origin, CODE_CERTIFICATE_SELF_SIGNED));
    assert_true(has_blocker(origin, CODE_CERTIFICATE_INVALID));
    assert_int_equal(record.hostnames[0].recommended_mode, MODE_FULL);
    scan_record_release(&record);
    inventory_zone_release(&zone);
    trust_free(trust);
}

/* Weak for the edge in one case, and in the other only for whoever offers nothing better. */
static const struct tls_capabilities modern_but_lenient = {
    .completed = true,
    .tls = {.completed = true, .version = "TLSv1.3", .cipher = "TLS_AES_128_GCM_SHA256", .alpn = "h2"},
    .versions = {[1] = {.answer = TLS_YES, .asked = true}, [4] = {.answer = TLS_YES}},
    .rc4 = {.answer = TLS_YES, .asked = true},
    .triple_des = {.answer = TLS_NO, .asked = true, .outcome = HELLO_RESET},
    .resumption = TLS_YES,
    .hellos = 11,
};
static const struct tls_capabilities outdated = {
    .completed = true,
    .tls = {.completed = true, .version = "TLSv1.1", .cipher = "TLS_RSA_WITH_AES_128_CBC_SHA", .alpn = "h2"},
    .resumption = TLS_YES,
};

static bool warns(const struct origin_record *origin, enum code code)
{
    for (size_t i = 0; i < origin->warning_count; i++) {
        if (origin->warnings[i].code == code) {
            return true;
        }
    }
    return false;
}

static void scan_two_ports(const struct tls_capabilities *capabilities, const char *sni, struct world *world,
                           struct scan_record *record)
{
    struct inventory_zone zone;
    struct scan_options options;
    struct err err = ERR_INIT;
    struct trust *trust = trust_new(&(struct trust_options){.origin_ca = true}, &err);
    assert_non_null(trust);
    zone = (struct inventory_zone){.zone = "example.com"};
    add(&zone, "www.example.com", "192.0.2.1");
    add(&zone, "img.example.com", "192.0.2.1");
    zone.hostnames[0].sni = zone.hostnames[1].sni = sni;
    scan_options_init(&options);
    options.inventory = &zone;
    options.program_version = "test";
    options.trust = trust;
    *world = (struct world){.origin = presents_certificate, .capabilities = capabilities};
    run(world, &options, record);
    inventory_zone_release(&zone);
    trust_free(trust);
}

static void test_tls_is_asked_once_for_an_address_and_name(void **state)
{
    (void)state;
    struct world world;
    struct scan_record record = {0};
    scan_two_ports(&modern_but_lenient, NULL, &world, &record);
    assert_int_equal(world.probes, 2); /* another name may be answered by another server */
    scan_record_release(&record);

    record = (struct scan_record){0};
    scan_two_ports(&modern_but_lenient, "origin.example.com", &world, &record);
    assert_int_equal(world.probes, 1);
    for (size_t i = 0; i < 2; i++) {
        const struct tls_record *tls = &record.hostnames[i].origins[0].tls;
        assert_true(tls->completed);
        assert_int_equal(tls->version_count, 2);
        assert_int_equal(tls->legacy[1], 1); /* TLS 1.0 */
        assert_int_equal(tls->legacy[4], 0); /* 3DES */
        assert_int_equal(tls->legacy[5], 1); /* RC4 */
        assert_int_equal(tls->refusal_count, 1);
        assert_string_equal(tls->refusals[0].outcome, "reset");
        assert_false(warns(&record.hostnames[i].origins[0], CODE_WEAK_PROTOCOL));
        assert_false(warns(&record.hostnames[i].origins[0], CODE_WEAK_CIPHER));
    }
    assert_int_equal(record.cost.hellos, 11);
    scan_record_release(&record);
}

static void test_weak_for_the_edge_is_a_warning(void **state)
{
    (void)state;
    struct world world;
    struct scan_record record = {0};
    scan_two_ports(&outdated, NULL, &world, &record);
    for (size_t i = 0; i < 2; i++) {
        assert_true(warns(&record.hostnames[i].origins[0], CODE_WEAK_PROTOCOL));
        assert_true(warns(&record.hostnames[i].origins[0], CODE_WEAK_CIPHER));
    }
    scan_record_release(&record);
}

static void test_opted_out_origin_is_never_asked(void **state)
{
    (void)state;
    struct world world = {.origin = redirects_blindly};
    struct inventory_zone zone = {.zone = "example.com"};
    struct scan_options options;
    struct scan_record record;
    struct opt_out *list = opt_out_new(NULL);
    scan_options_init(&options);
    options.inventory = &zone;
    assert_int_equal(opt_out_add(list, SLICE("192.0.2.2"), OPT_OUT_NEVER_EXPIRES, NULL, "test", NULL), 0);
    opt_out_finish(list);
    options.opt_out = list;
    add(&zone, "shop.example.com", "192.0.2.1");
    add(&zone, "www.example.com", "192.0.2.2"); /* every redirect leads here */
    run(&world, &options, &record);
    assert_int_equal(world.to_second_address, 0);
    assert_int_equal(record.hostnames[1].status, STATUS_OPTED_OUT);
    scan_record_release(&record);
    inventory_zone_release(&zone);
    opt_out_free(list);
}

/* The first hostname's home page leads to the last one's, which has not had its turn yet. */
static struct reply leads_to_the_last(const struct fetch_request *request, unsigned count)
{
    static char location[300];
    (void)count;
    if (strcmp(request->hostname, "h0.example.com") == 0 && strcmp(request->path_query, "/robots.txt") != 0) {
        snprintf(location, sizeof location, "https://h49.example.com%s", request->path_query);
        return (struct reply){.status = 301, .location = location};
    }
    return ok(request);
}

static void test_many_hostnames_take_turns(void **state)
{
    (void)state;
    struct world world = {.origin = leads_to_the_last};
    struct inventory_zone zone = {.zone = "example.com"};
    struct scan_options options;
    struct scan_record record;
    scan_options_init(&options);
    options.inventory = &zone;
    assert_true(LIMIT_HOSTNAMES_AT_ONCE < 49);
    for (int i = 0; i < 50; i++) {
        char hostname[40];
        snprintf(hostname, sizeof hostname, "h%d.example.com", i);
        add(&zone, hostname, "192.0.2.1");
    }
    run(&world, &options, &record);
    assert_int_equal(record.status, STATUS_COMPLETE);
    for (size_t i = 0; i < record.hostname_count; i++) {
        assert_int_equal(record.hostnames[i].supported_mode, MODE_FULL);
        /* The one without pages of its own borrowed the other's. */
        assert_int_equal(pair_counts_compared(&record.hostnames[i].origins[0].pairs), 21);
    }
    scan_record_release(&record);
    inventory_zone_release(&zone);
}

static void test_interrupted_scan_says_so(void **state)
{
    (void)state;
    struct world world = {.origin = healthy, .interrupt_at = "/page5.html"};
    struct inventory_zone zone = {.zone = "example.com"};
    struct scan_options options;
    struct scan_record record;
    scan_options_init(&options);
    options.inventory = &zone;
    add(&zone, "www.example.com", "192.0.2.1");
    run(&world, &options, &record);
    assert_int_equal(record.status, STATUS_INCOMPLETE);
    assert_int_equal(record.hostnames[0].incomplete_reason, CODE_INTERRUPTED);
    assert_int_equal(record.hostnames[0].recommended_mode, MODE_NONE);
    scan_record_release(&record);
    inventory_zone_release(&zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_certificate_of_an_address_counts),
        cmocka_unit_test(test_opted_out_origin_is_never_asked),
        cmocka_unit_test(test_tls_is_asked_once_for_an_address_and_name),
        cmocka_unit_test(test_weak_for_the_edge_is_a_warning),
        cmocka_unit_test(test_many_hostnames_take_turns),
        cmocka_unit_test(test_interrupted_scan_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

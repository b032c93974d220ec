/* Each origin of the lab does what its sentence says. The client is libcurl, which knows nothing of the lab. */
#include "base/hash.h"
#include "tests/lab/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

#define BODY_BYTES_MAX (3u << 20)
#define QUICK_MS       400L
#define PATIENT_MS     20000L

static struct lab *lab;
static char client_file[] = "/tmp/origintls-test-lab-XXXXXX";

struct reply {
    CURLcode code;
    long status;
    char location[256];
    struct buf headers;
    struct buf body;
};

static void reply_release(struct reply *reply)
{
    buf_release(&reply->headers);
    buf_release(&reply->body);
}

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    return buf_append(context, bytes, size * count) == 0 ? size * count : 0;
}

enum client {
    PLAIN = 0,
    IMPATIENT = 1,        /* waits for QUICK_MS only */
    LENIENT = 2,          /* TLS 1.0 and weak keys are fine */
    AS_SCANNER = 4,       /* with the scanner's user agent */
    VISITOR_HTTPS = 8,    /* X-Forwarded-Proto: https */
    VISITOR_HTTP = 16,    /* X-Forwarded-Proto: http */
    UNPACKING = 32,       /* asks for gzip and unpacks it */
    WITH_CERTIFICATE = 64 /* shows the lab's client certificate */
};

static void set_target(CURL *curl, const struct lab_served *served, bool https, const char *path, struct buf *url,
                       struct curl_slist **connect_to)
{
    struct buf target = {0};
    buf_printf(&target, "::%s:%u", served->address, https ? served->https_port : served->http_port);
    *connect_to = curl_slist_append(NULL, buf_text(&target));
    buf_release(&target);
    buf_printf(url, "%s://%s%s", https ? "https" : "http", served->site->hostname, path);
    curl_easy_setopt(curl, CURLOPT_URL, buf_text(url));
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, *connect_to);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CAINFO, lab_ca_file(lab));
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

static void set_client(CURL *curl, unsigned client, struct curl_slist **headers)
{
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, client & IMPATIENT ? QUICK_MS : PATIENT_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, client & AS_SCANNER ? "Cloudflare-SSLDetector" : "curl");
    if (client & LENIENT) {
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
        curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0");
    }
    if (client & UNPACKING)
        curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (client & VISITOR_HTTPS)
        *headers = curl_slist_append(*headers, "X-Forwarded-Proto: https");
    if (client & VISITOR_HTTP)
        *headers = curl_slist_append(*headers, "X-Forwarded-Proto: http");
    if (client & WITH_CERTIFICATE) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, client_file);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, client_file);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
}

static struct reply fetch(const char *name, bool https, const char *path, unsigned client)
{
    struct reply reply = {.code = CURLE_OK};
    const struct lab_served *served = lab_find(lab, name);
    if (served == NULL)
        fail_msg("no site %s", name);
    struct curl_slist *connect_to = NULL;
    struct curl_slist *headers = NULL;
    struct buf url = {0};
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    buf_init(&reply.body, BODY_BYTES_MAX);
    set_target(curl, served, https, path, &url, &connect_to);
    set_client(curl, client, &headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply.headers);
    reply.code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    char *location = NULL;
    if (curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location) == CURLE_OK && location != NULL)
        snprintf(reply.location, sizeof reply.location, "%s", location);
    curl_easy_cleanup(curl);
    curl_slist_free_all(connect_to);
    curl_slist_free_all(headers);
    buf_release(&url);
    return reply;
}

static bool contains(const struct buf *body, const char *text)
{
    return slice_find(buf_slice(body), slice_of(text)) < body->len;
}

/* One exchange and what must come of it. */
struct row {
    const char *sentence;
    const char *site;
    bool https;
    const char *path;
    unsigned client;
    CURLcode code;
    long status;          /* 0: none */
    const char *text;     /* in the body, or NULL */
    const char *location; /* of a redirect, or NULL */
};

#define HTTP  false
#define HTTPS true

static const struct row rows[] = {
    {"a site answers over http", "identical", HTTP, "/", 0, CURLE_OK, 200, "Northmouth Harbour", NULL},
    {"a site answers over https with a valid chain", "identical", HTTPS, "/news/3", 0, CURLE_OK, 200, "<h1>", NULL},
    {"unknown paths are 404", "identical", HTTPS, "/news/13", 0, CURLE_OK, 404, "no such page", NULL},
    {"a Chinese site is Chinese", "chinese", HTTPS, "/docs/2", 0, CURLE_OK, 200, "图书馆", NULL},
    {"gzip unpacks to the page", "gzip", HTTPS, "/terms", UNPACKING, CURLE_OK, 200, "Northmouth Harbour", NULL},
    {"chunks make up the page", "chunked", HTTPS, "/terms", 0, CURLE_OK, 200, "</html>", NULL},
    {"the end of the connection ends the page", "closing", HTTPS, "/terms", 0, CURLE_OK, 200, "</html>", NULL},
    {"own links carry http over http", "absolute-links", HTTP, "/", 0, CURLE_OK, 200,
     "href=\"http://absolute-links.lab.test/news/", NULL},
    {"own links carry https over https", "absolute-links", HTTPS, "/", 0, CURLE_OK, 200,
     "href=\"https://absolute-links.lab.test/news/", NULL},
    {"the page loads http:// styles over https", "mixed-content", HTTPS, "/", 0, CURLE_OK, 200,
     "href=\"http://mixed-content.lab.test/assets/site.css", NULL},
    {"resources are downgraded over https", "resources-downgraded", HTTPS, "/", 0, CURLE_OK, 200,
     "src=\"http://resources-downgraded", NULL},
    {"and were https over http", "resources-downgraded", HTTP, "/", 0, CURLE_OK, 200,
     "src=\"https://resources-downgraded", NULL},
    {"the calendar goes on", "calendar", HTTP, "/calendar/2031/12", 0, CURLE_OK, 200, "/calendar/2032/1\"", NULL},
    {"links carry a session id", "session-links", HTTP, "/", 0, CURLE_OK, 200, "href=\"/page/1?PHPSESSID=", NULL},
    {"on every page of the large site, too", "session-links-large", HTTPS, "/about", 0, CURLE_OK, 200,
     "href=\"/news/?PHPSESSID=", NULL},
    {"the archive is everywhere", "relative-links", HTTPS, "/archive/archive/archive/", 0, CURLE_OK, 200,
     "href=\"archive/\"", NULL},
    {"a folder is forbidden", "forbidden-folders", HTTP, "/news/", 0, CURLE_OK, 403, "nginx", NULL},
    {"a page in it is not", "forbidden-folders", HTTPS, "/news/1", 0, CURLE_OK, 200, "<h1>", NULL},
    {"cookies are tried out", "cookie-test", HTTPS, "/about", 0, CURLE_OK, 302, NULL, NULL},
    {"assets have no type", "untyped-assets", HTTPS, "/assets/site.css", 0, CURLE_OK, 200, "{", NULL},
    {"prices without tax", "other-prices", HTTP, "/about", 0, CURLE_OK, 200, "EUR 14.99", NULL},
    {"and with it", "other-prices", HTTPS, "/about", 0, CURLE_OK, 200, "EUR 17.84", NULL},
    {"no content", "no-content", HTTPS, "/about", 0, CURLE_OK, 204, NULL, NULL},
    {"a part of the content", "partial-content", HTTPS, "/about", 0, CURLE_OK, 206, "<html", NULL},
    {"robots.txt names the scanner", "robots-us", HTTP, "/robots.txt", 0, CURLE_OK, 200,
     "User-agent: Cloudflare-SSLDetector\nDisallow: /\n", NULL},
    {"robots.txt forbids others", "robots-others", HTTPS, "/robots.txt", 0, CURLE_OK, 200, "User-agent: *\nDisallow: /",
     NULL},
    {"pages want consent", "consent-wall", HTTPS, "/about", 0, CURLE_OK, 302, NULL,
     "https://consent-wall.lab.test/consent"},
    {"the home page does not", "consent-wall", HTTP, "/", 0, CURLE_OK, 200, "/news/", NULL},
    {"documents loop over http", "loops-alike", HTTP, "/docs/3", 0, CURLE_OK, 302, NULL,
     "http://loops-alike.lab.test/docs/3"},
    {"documents fail over http", "better-over-https", HTTP, "/docs/3", 0, CURLE_OK, 500, "Internal", NULL},
    {"and work over https", "better-over-https", HTTPS, "/docs/3", 0, CURLE_OK, 200, "<h1>", NULL},
    {"the HTTP port is closed", "http-closed", HTTP, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},
    {"and HTTPS works", "http-closed", HTTPS, "/", 0, CURLE_OK, 200, "Harbour", NULL},
    {"another site over https", "other-site", HTTPS, "/about", 0, CURLE_OK, 200, "Aldermoor Joinery", NULL},
    {"the right one over http", "other-site", HTTP, "/about", 0, CURLE_OK, 200, "Northmouth Harbour", NULL},
    {"another Chinese site over https", "other-language", HTTPS, "/", 0, CURLE_OK, 200, "云岭茶园", NULL},
    {"the first site's certificate", "wrong-vhost", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"the welcome page everywhere", "welcome-page", HTTPS, "/about", 0, CURLE_OK, 200, "Welcome to nginx!", NULL},
    {"the welcome page at home", "fresh-server", HTTPS, "/", 0, CURLE_OK, 200, "Welcome to nginx!", NULL},
    {"and 404 elsewhere", "fresh-server", HTTPS, "/about", 0, CURLE_OK, 404, "404 Not Found", NULL},
    {"not found, with 200", "soft-404", HTTPS, "/about", 0, CURLE_OK, 200, "could not be found", NULL},
    {"but the home page is right", "soft-404", HTTPS, "/", 0, CURLE_OK, 200, "/news/12", NULL},
    {"a refresh to elsewhere", "meta-refresh", HTTPS, "/about", 0, CURLE_OK, 200, "url=/moved", NULL},
    {"products are missing", "products-missing", HTTPS, "/products/2", 0, CURLE_OK, 404, NULL, NULL},
    {"but not over http", "products-missing", HTTP, "/products/2", 0, CURLE_OK, 200, "<h1>", NULL},
    {"news fail", "news-failing", HTTPS, "/news/2", 0, CURLE_OK, 500, NULL, NULL},
    {"the API fails", "api-failing", HTTPS, "/api/v1/status.json", 0, CURLE_OK, 502, NULL, NULL},
    {"and works over http", "api-failing", HTTP, "/api/v1/status.json", 0, CURLE_OK, 200, "\"items\":[", NULL},
    {"503 over https", "https-503", HTTPS, "/", 0, CURLE_OK, 503, NULL, NULL},
    {"500 over https", "https-500", HTTPS, "/", 0, CURLE_OK, 500, NULL, NULL},
    {"500 over http", "both-500", HTTP, "/", 0, CURLE_OK, 500, NULL, NULL},
    {"500 over https too", "both-500", HTTPS, "/about", 0, CURLE_OK, 500, NULL, NULL},

    {"the HTTPS port is closed", "https-closed", HTTPS, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},
    {"no answer to a SYN", "https-silent", HTTPS, "/", IMPATIENT, CURLE_OPERATION_TIMEDOUT, 0, NULL, NULL},
    {"no word after the accept", "https-hangs", HTTPS, "/", IMPATIENT, CURLE_OPERATION_TIMEDOUT, 0, NULL, NULL},
    {"silence within the handshake", "tls-stalls", HTTPS, "/", IMPATIENT, CURLE_OPERATION_TIMEDOUT, 0, NULL, NULL},
    {"an alert", "tls-alert", HTTPS, "/", 0, CURLE_SSL_CONNECT_ERROR, 0, NULL, NULL},
    {"no TLS at all", "plain-on-https", HTTPS, "/", 0, CURLE_SSL_CONNECT_ERROR, 0, NULL, NULL},
    {"DHE answers curl, whose offer is wider", "dhe-only", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"both ports closed", "both-closed", HTTP, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},
    {"both ports closed", "both-closed", HTTPS, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},
    {"refused for want of a certificate", "client-certificate", HTTPS, "/", 0, CURLE_RECV_ERROR, 0, NULL, NULL},
    {"refused in the handshake", "client-certificate-tls12", HTTPS, "/", 0, CURLE_SSL_CONNECT_ERROR, 0, NULL, NULL},
    {"let in with one", "client-certificate", HTTPS, "/", WITH_CERTIFICATE, CURLE_OK, 200, NULL, NULL},
    {"refused in HTTP", "client-certificate-http", HTTPS, "/", 0, CURLE_OK, 400, "No required SSL certificate", NULL},
    {"let in with one", "client-certificate-http", HTTPS, "/", WITH_CERTIFICATE, CURLE_OK, 200, NULL, NULL},
    {"TLS 1.0 is refused by a modern client", "tls-1.0", HTTPS, "/", 0, CURLE_SSL_CONNECT_ERROR, 0, NULL, NULL},
    {"TLS 1.0 works for a lenient one", "tls-1.0", HTTPS, "/", LENIENT, CURLE_OK, 200, NULL, NULL},
    {"TLS 1.3", "tls-1.3", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"static RSA", "static-rsa", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"with the server name", "needs-sni", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},

    {"RSA", "rsa-certificate", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"wildcard", "wildcard.www", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"only a common name", "common-name-only", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"wrong order", "shuffled-chain", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"three days left", "expires-soon", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"self-signed", "self-signed", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"expired", "expired", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"not yet valid", "not-yet-valid", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"wrong name", "wrong-name", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"unknown root", "unknown-root", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"unknown issuer", "unknown-issuer", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"no intermediate", "missing-intermediate", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"a key of 1024 bits", "weak-key", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"a key of 1024 bits, taken leniently", "weak-key", HTTPS, "/", LENIENT, CURLE_OK, 200, NULL, NULL},
    {"a SHA-1 signature, taken leniently", "weak-signature", HTTPS, "/", LENIENT, CURLE_OK, 200, NULL, NULL},
    {"expired and wrong", "expired-wrong-name", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},

    {"http to https", "redirect-to-https", HTTP, "/about?a=1", VISITOR_HTTPS, CURLE_OK, 301, NULL,
     "https://redirect-to-https.lab.test/about?a=1"},
    {"and no further", "redirect-to-https", HTTPS, "/about", 0, CURLE_OK, 200, NULL, NULL},
    {"http to the https home page", "redirect-to-https-home", HTTP, "/about", 0, CURLE_OK, 301, NULL,
     "https://redirect-to-https-home.lab.test/"},
    {"only visitors by http", "redirect-by-forwarded-proto", HTTP, "/about", VISITOR_HTTP, CURLE_OK, 301, NULL,
     "https://redirect-by-forwarded-proto.lab.test/about"},
    {"not visitors by https", "redirect-by-forwarded-proto", HTTP, "/about", VISITOR_HTTPS, CURLE_OK, 200, NULL, NULL},
    {"https to http", "redirect-to-http", HTTPS, "/about", 0, CURLE_OK, 301, NULL,
     "http://redirect-to-http.lab.test/about"},
    {"a loop", "redirect-loop", HTTPS, "/about", 0, CURLE_OK, 302, NULL, "https://redirect-loop.lab.test/about"},
    {"no loop over http", "redirect-loop", HTTP, "/about", 0, CURLE_OK, 200, NULL, NULL},
    {"to the login", "login-wall", HTTPS, "/about", 0, CURLE_OK, 302, NULL, "https://login-wall.lab.test/login"},
    {"the login itself", "login-wall", HTTPS, "/login", 0, CURLE_OK, 200, "password", NULL},
    {"the bare domain", "apex-to-www", HTTPS, "/news/1", 0, CURLE_OK, 301, NULL,
     "https://www.apex-to-www.lab.test/news/1"},
    {"its www, on the same origin", "apex-to-www.www", HTTPS, "/news/1", 0, CURLE_OK, 200, NULL, NULL},

    {"403 to the scanner", "blocks-our-agent", HTTPS, "/", AS_SCANNER, CURLE_OK, 403, NULL, NULL},
    {"200 to others", "blocks-our-agent", HTTP, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"403 over https", "https-403", HTTPS, "/", 0, CURLE_OK, 403, NULL, NULL},
    {"a challenge", "https-challenge", HTTPS, "/", 0, CURLE_OK, 403, "Just a moment...", NULL},
    {"401 with JSON", "api-401", HTTP, "/anything", 0, CURLE_OK, 401, "unauthorized", NULL},
    {"documented endpoints", "api-documented", HTTPS, "/", 0, CURLE_OK, 200, "/v1/records/15", NULL},
    {"that answer 401", "api-documented", HTTPS, "/v1/records/15", 0, CURLE_OK, 401, "unauthorized", NULL},
    {"the good hostname", "two-strengths.www", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"the old hostname", "two-strengths.old", HTTPS, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},
    {"the good address", "two-addresses.good", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"the bad address", "two-addresses.bad", HTTPS, "/", 0, CURLE_PEER_FAILED_VERIFICATION, 0, NULL, NULL},
    {"the address that is up", "half-down.up", HTTPS, "/", 0, CURLE_OK, 200, NULL, NULL},
    {"the one that is not", "half-down.down", HTTPS, "/", 0, CURLE_COULDNT_CONNECT, 0, NULL, NULL},

    {"more than we take", "endless-body", HTTPS, "/", 0, CURLE_WRITE_ERROR, 200, "without ever coming to an end", NULL},
    {"more than we take, packed", "gzip-bomb", HTTPS, "/", UNPACKING, CURLE_WRITE_ERROR, 200, NULL, NULL},
    {"four bytes a second", "slow-drip", HTTPS, "/", IMPATIENT, CURLE_OPERATION_TIMEDOUT, 0, NULL, NULL},
    {"an attribute of 1 MB", "huge-attribute", HTTP, "/news/1", 0, CURLE_OK, 200, "very long very long", NULL},
    {"an abyss", "deep-nesting", HTTPS, "/news/1", 0, CURLE_OK, 200, "<div><div><div>", NULL},
    {"broken chunks", "broken-chunks", HTTPS, "/", 0, CURLE_RECV_ERROR, 200, NULL, NULL},
    {"cut off", "cut-off", HTTPS, "/", 0, CURLE_PARTIAL_FILE, 200, NULL, NULL},
    {"too little of what was claimed", "claims-100-megabytes", HTTPS, "/", IMPATIENT, CURLE_OPERATION_TIMEDOUT, 200,
     NULL, NULL},
    {"not HTTP", "bad-status-line", HTTPS, "/", 0, CURLE_UNSUPPORTED_PROTOCOL, 0, NULL, NULL},
    {"no answer", "no-answer", HTTPS, "/", 0, CURLE_GOT_NOTHING, 0, NULL, NULL},
};

static void check_row(const struct row *row)
{
    struct reply reply = fetch(row->site, row->https, row->path, row->client);
    if (reply.code != row->code || reply.status != row->status)
        fail_msg("%s (%s %s): curl %d, status %ld instead of %d, %ld", row->sentence, row->site, row->path, reply.code,
                 reply.status, row->code, row->status);
    if (row->text != NULL && !contains(&reply.body, row->text))
        fail_msg("%s (%s %s): no \"%s\" in the body", row->sentence, row->site, row->path, row->text);
    if (row->location != NULL && strcmp(reply.location, row->location) != 0)
        fail_msg("%s (%s %s): leads to %s", row->sentence, row->site, row->path, reply.location);
    reply_release(&reply);
}

static void every_origin_does_what_its_sentence_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i]);
}

static void assert_body_equal(const char *name, const char *path, bool equal)
{
    struct reply http = fetch(name, HTTP, path, 0);
    struct reply https = fetch(name, HTTPS, path, 0);
    assert_int_equal(http.status, 200);
    assert_int_equal(https.status, 200);
    if (slice_equal(buf_slice(&http.body), buf_slice(&https.body)) != equal)
        fail_msg("%s %s: the bodies are%s the same", name, path, equal ? " not" : "");
    reply_release(&http);
    reply_release(&https);
}

static void the_same_site_has_the_same_bytes_and_noise_has_not(void **state)
{
    (void)state;
    assert_body_equal("identical", "/docs/7", true);
    assert_body_equal("identical", "/images/3.png", true);
    assert_body_equal("nul-bytes", "/news/1", true);
    assert_body_equal("noisy", "/docs/7", false);
    assert_body_equal("random-pages", "/docs/7", false);
}

static void a_page_of_nul_bytes_has_them(void **state)
{
    (void)state;
    struct reply reply = fetch("nul-bytes", HTTPS, "/news/1", 0);
    assert_non_null(memchr(reply.body.data, '\0', reply.body.len));
    reply_release(&reply);
}

static void header_lines_are_many_or_say_what_they_should(void **state)
{
    (void)state;
    struct reply reply = fetch("many-headers", HTTPS, "/", 0);
    /* curl itself gives up at 300 kB. */
    assert_true(contains(&reply.headers, "X-Filler-5000:"));
    reply_release(&reply);
    reply = fetch("hsts-on-https", HTTPS, "/", 0);
    assert_true(contains(&reply.headers, "Strict-Transport-Security: max-age="));
    reply_release(&reply);
    reply = fetch("hsts-on-https", HTTP, "/", 0);
    assert_false(contains(&reply.headers, "Strict-Transport-Security"));
    reply_release(&reply);
    reply = fetch("consent-wall", HTTP, "/consent", 0);
    assert_true(contains(&reply.headers, "Set-Cookie: consent=1"));
    reply_release(&reply);
}

static void patience_is_rewarded(void **state)
{
    (void)state;
    static const long over_https[] = {503, 503, 503, 503, 200, 200};
    for (size_t i = 0; i < sizeof over_https / sizeof over_https[0]; i++) {
        struct reply reply = fetch("503-for-a-while", HTTPS, "/", 0);
        assert_int_equal(reply.status, over_https[i]);
        assert_int_equal(contains(&reply.headers, "Retry-After: 1\r\n"), reply.status == 503);
        reply_release(&reply);
    }
    for (int i = 1; i <= 14; i++) {
        struct reply reply = fetch("429-for-a-while", i % 2 == 0, "/", 0);
        assert_int_equal(reply.status, i >= 9 && i <= 12 ? 429 : 200);
        reply_release(&reply);
    }
    for (int i = 1; i <= 22; i++) {
        struct reply reply = fetch("resets-after-twenty", HTTPS, "/about", 0);
        assert_int_equal(reply.code, i <= 20 ? CURLE_OK : CURLE_RECV_ERROR);
        reply_release(&reply);
    }
}

static void a_stray_redirect_leads_to_the_canary_that_nobody_has_asked(void **state)
{
    (void)state;
    const struct lab_served *canary = lab_find(lab, "canary");
    assert_non_null(canary);
    struct buf url = {0};
    buf_printf(&url, "http://%s:%u/secret", canary->address, canary->http_port);
    struct reply reply = fetch("redirect-to-another-address", HTTPS, "/", 0);
    assert_int_equal(reply.status, 302);
    assert_string_equal(reply.location, buf_text(&url));
    struct lab_stats stats;
    lab_stats(lab, canary, &stats);
    assert_int_equal(stats.connections, 0);
    reply_release(&reply);
    buf_release(&url);
}

/* Puts the own links of a page behind the list `queue` (paths with a line feed each), each once. */
static void collect_links(const struct buf *body, const char *attribute, struct hash_set *known, struct buf *queue)
{
    struct slice rest = buf_slice(body);
    for (;;) {
        rest = slice_from(rest, slice_find(rest, slice_of(attribute)) + strlen(attribute));
        if (rest.len == 0)
            return;
        struct slice link = slice_make(rest.ptr, slice_find_byte(rest, '"'));
        if (link.len > 0 && link.ptr[0] == '/' && hash_set_add(known, hash_slice(link)) == 1) {
            buf_append_slice(queue, link);
            buf_append_byte(queue, '\n');
        }
    }
}

/* Follows all links from the home page on and returns the number of documents; none may be missing. */
static size_t count_documents(const char *name)
{
    struct hash_set known = {0};
    struct buf queue = {0};
    size_t done = 0;
    size_t documents = 0;
    hash_set_add(&known, hash_slice(SLICE("/")));
    buf_append_text(&queue, "/\n");
    while (done < queue.len) {
        struct slice rest = slice_from(buf_slice(&queue), done);
        char path[128];
        snprintf(path, sizeof path, "%.*s", (int)slice_find_byte(rest, '\n'), rest.ptr);
        done += strlen(path) + 1;
        if (strstr(path, "logout") != NULL || strstr(path, "cart") != NULL || strstr(path, "unsubscribe") != NULL)
            continue;
        struct reply reply = fetch(name, HTTP, path, 0);
        if (reply.status != 200)
            fail_msg("%s %s: status %ld", name, path, reply.status);
        documents++;
        collect_links(&reply.body, "href=\"", &known, &queue);
        collect_links(&reply.body, "src=\"", &known, &queue);
        reply_release(&reply);
    }
    hash_set_release(&known);
    buf_release(&queue);
    return documents;
}

static void sites_have_as_many_documents_as_they_promise(void **state)
{
    (void)state;
    assert_in_range(count_documents("identical"), 65, 90);
    assert_int_equal(count_documents("small"), 3);
    assert_int_equal(count_documents("uniform"), 30);
    struct reply reply = fetch("uniform", HTTP, "/page/9", 0);
    assert_in_range(reply.body.len, 13000, 15500);
    reply_release(&reply);
}

static bool has_seen(const struct lab_seen *seen, const char *text)
{
    for (uint32_t i = 0; i < seen->count; i++) {
        if (strcmp(seen->text[i], text) == 0)
            return true;
    }
    return false;
}

static void what_an_origin_sees_is_counted(void **state)
{
    (void)state;
    const struct lab_served *served = lab_find(lab, "gzip");
    struct lab_stats before;
    struct lab_stats after;
    lab_stats(lab, served, &before);
    struct reply reply = fetch("gzip", HTTP, "/cart/add?product=7", AS_SCANNER);
    reply_release(&reply);
    reply = fetch("gzip", HTTPS, "/robots.txt", 0);
    reply_release(&reply);
    lab_stats(lab, served, &after);
    assert_int_equal(after.connections - before.connections, 2);
    assert_int_equal(after.handshakes - before.handshakes, 1);
    assert_int_equal(after.requests - before.requests, 2);
    assert_int_equal(after.http_requests - before.http_requests, 1);
    assert_int_equal(after.https_requests - before.https_requests, 1);
    assert_int_equal(after.state_changing - before.state_changing, 1);
    assert_int_equal(after.robots - before.robots, 1);
    assert_int_equal(after.not_get, 0);
    assert_true(after.max_requests_in_one_second >= 2);
    assert_true(after.bytes_sent > before.bytes_sent);
    assert_true(has_seen(&after.user_agents, "Cloudflare-SSLDetector"));
    assert_true(has_seen(&after.hosts, "gzip.lab.test"));
    assert_true(has_seen(&after.server_names, "gzip.lab.test"));
    assert_true(has_seen(&after.methods, "GET"));
}

static void another_method_is_refused_and_counted(void **state)
{
    (void)state;
    const struct lab_served *served = lab_find(lab, "chunked");
    struct buf url = {0};
    buf_printf(&url, "http://%s:%u/", served->address, served->http_port);
    CURL *curl = curl_easy_init();
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, buf_text(&url));
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    buf_release(&url);
    struct lab_stats stats;
    lab_stats(lab, served, &stats);
    assert_int_equal(status, 405);
    assert_int_equal(stats.not_get, 1);
    assert_true(has_seen(&stats.methods, "HEAD"));
}

static void the_rate_is_that_of_the_fullest_second_wherever_it_begins(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        uint32_t fullest; /* so far */
    } requests[] = {{5000, 1}, {5600, 2}, {5999, 3}, {6000, 3}, {6001, 4}, {6599, 5}, {6600, 5}, {9000, 5}, {90000, 5}};
    struct lab_stats stats = {0};
    struct origin origin = {.stats = &stats};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct request request = {.method = SLICE("GET"), .path = SLICE("/")};
        count_request(&origin, &request, requests[i].at_ms);
        if (stats.max_requests_in_one_second != requests[i].fullest)
            fail_msg("at %lld ms: %u", (long long)requests[i].at_ms, stats.max_requests_in_one_second);
    }
    assert_int_equal(stats.requests, sizeof requests / sizeof requests[0]);
}

static void one_of(const char *what, const char *value, const char *const *allowed)
{
    for (; *allowed != NULL; allowed++) {
        if (value != NULL && strcmp(value, *allowed) == 0)
            return;
    }
    fail_msg("%s '%s' is none of the contract's", what, value != NULL ? value : "null");
}

static void all_known(const char *what, const char *const *codes, const char *const *allowed)
{
    for (size_t i = 0; i < LAB_CODES_MAX && codes[i] != NULL; i++)
        one_of(what, codes[i], allowed);
}

static const char *const blocker_codes[] = {"https_refused",
                                            "https_timeout",
                                            "https_unreachable",
                                            "tls_handshake_failed",
                                            "content_differs",
                                            "https_unavailable",
                                            "redirect_loop",
                                            "redirect_differs",
                                            "client_certificate_required",
                                            "certificate_pin_mismatch",
                                            "certificate_revoked",
                                            "certificate_expired",
                                            "certificate_not_yet_valid",
                                            "certificate_name_mismatch",
                                            "certificate_self_signed",
                                            "certificate_chain_incomplete",
                                            "certificate_untrusted",
                                            "certificate_weak",
                                            "certificate_invalid",
                                            "certificate_expires_soon",
                                            NULL};
static const char *const warning_codes[] = {"small_sample",
                                            "weak_evidence",
                                            "hsts_new",
                                            "certificate_cn_only",
                                            "mixed_content",
                                            "current_mode_broken",
                                            "weak_protocol",
                                            "weak_cipher",
                                            "certificate_expires_soon",
                                            "no_http2",
                                            "no_session_resumption",
                                            NULL};
static const char *const reasons[] = {"blocked",          "unreachable",   "no_route",    "too_few_pairs",
                                      "unstable_content", "origin_errors", "interrupted", NULL};
static const char *const modes[] = {"flexible", "full", "full_strict", NULL};
static const char *const actions[] = {"upgrade", "hold", "none", NULL};

/* A mode below full_strict has a reason, full_strict has none that could not be lifted. */
static void check_promise(const struct lab_site *site)
{
    const struct lab_expectation *expected = &site->expected;
    one_of("action", expected->action, actions);
    all_known("blocker", expected->blockers, blocker_codes);
    all_known("blocker", expected->may_also, blocker_codes);
    all_known("warning", expected->warnings, warning_codes);
    if (expected->status != NULL && strcmp(expected->status, "incomplete") == 0) {
        one_of("reason", expected->incomplete_reason, reasons);
        assert_null(expected->recommended_mode);
        return;
    }
    assert_null(expected->incomplete_reason);
    one_of("mode", expected->supported_mode, modes);
    one_of("mode", expected->recommended_mode, modes);
    one_of("mode", expected->zone_mode, modes);
    bool best = strcmp(expected->supported_mode, "full_strict") == 0;
    if (best == (expected->blockers[0] != NULL) && expected->may_also[0] == NULL)
        fail_msg("%s: mode and blockers do not go together", site->name);
}

static void the_promises_speak_the_contracts_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < lab_site_count(); i++) {
        const struct lab_site *site = lab_site(i);
        assert_true(slice_ends_with(slice_of(site->hostname), slice_of(site->zone)));
        assert_true(strlen(site->sentence) > 10);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(site->name, lab_site(j)->name);
        if (!site->canary)
            check_promise(site);
    }
    assert_null(lab_site(lab_site_count()));
    assert_true(lab_site_count() >= 45);
}

static void every_site_is_tried_by_some_test(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"noisy",
                                            "small",
                                            "uniform",
                                            "hsts-on-https",
                                            "random-pages",
                                            "nul-bytes",
                                            "many-headers",
                                            "503-for-a-while",
                                            "429-for-a-while",
                                            "resets-after-twenty",
                                            "redirect-to-another-address",
                                            "canary",
                                            "empty-body"};
    for (size_t i = 0; i < lab_site_count(); i++) {
        bool tried = false;
        for (size_t j = 0; j < sizeof rows / sizeof rows[0]; j++)
            tried = tried || strcmp(rows[j].site, lab_site(i)->name) == 0;
        for (size_t j = 0; j < sizeof elsewhere / sizeof elsewhere[0]; j++)
            tried = tried || strcmp(elsewhere[j], lab_site(i)->name) == 0;
        if (!tried)
            fail_msg("nothing tries %s", lab_site(i)->name);
    }
    struct reply reply = fetch("empty-body", HTTPS, "/", 0);
    assert_int_equal(reply.code, CURLE_OK);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, 0);
    reply_release(&reply);
}

static void an_unknown_site_is_named(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct lab_options options = {.only = "identical,nonsense"};
    assert_null(lab_start(&options, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "nonsense"));
}

static void a_few_sites_may_be_served_alone(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct lab_options options = {.only = "small,expired"};
    struct lab *few = lab_start(&options, &err);
    assert_non_null(few);
    assert_int_equal(lab_served_count(few), 3);
    assert_non_null(lab_find(few, "small"));
    assert_non_null(lab_find(few, "canary"));
    assert_null(lab_find(few, "identical"));
    char ca_file[256];
    snprintf(ca_file, sizeof ca_file, "%s", lab_ca_file(few));
    lab_stop(few);
    assert_null(fopen(ca_file, "r"));
}

static json_t *parse_line(const struct buf *line)
{
    json_error_t error;
    assert_int_equal(line->data[line->len - 1], '\n');
    json_t *object = json_loadb(line->data, line->len, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL)
        fail_msg("%s in %s", error.text, line->data);
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void descriptions_are_lines_of_json(void **state)
{
    (void)state;
    const struct lab_served *served = lab_find(lab, "two-strengths.www");
    struct buf line = {0};
    lab_describe(served->site, served, &line);
    json_t *site = parse_line(&line);
    char option[128];
    snprintf(option, sizeof option, "www.two-strengths.lab.test=%s:%u:%u", served->address, served->http_port,
             served->https_port);
    assert_string_equal(text_of(site, "origin_option"), option);
    assert_string_equal(text_of(site, "zone"), "two-strengths.lab.test");
    assert_string_equal(text_of(json_object_get(site, "expected"), "zone_mode"), "flexible");
    json_decref(site);

    buf_reset(&line);
    lab_describe(lab_find(lab, "canary")->site, NULL, &line);
    json_t *canary = parse_line(&line);
    assert_true(json_is_true(json_object_get(canary, "canary")));
    assert_true(json_is_null(json_object_get(canary, "expected")));
    json_decref(canary);

    buf_reset(&line);
    struct lab_stats stats;
    lab_stats(lab, lab_find(lab, "identical"), &stats);
    lab_describe_stats(lab_find(lab, "identical"), &stats, &line);
    json_t *seen = parse_line(&line);
    assert_true(json_integer_value(json_object_get(seen, "requests")) > 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(seen, "methods"), 0)), "GET");
    json_decref(seen);
    buf_release(&line);
}

static int start(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int fd = mkstemp(client_file);
    if (fd < 0)
        return -1;
    close(fd);
    struct lab_options options = {.client_file = client_file};
    lab = lab_start(&options, &err);
    if (lab == NULL)
        print_error("%s\n", err.message);
    return lab != NULL ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    lab_stop(lab);
    unlink(client_file);
    curl_global_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_origin_does_what_its_sentence_says),
        cmocka_unit_test(the_same_site_has_the_same_bytes_and_noise_has_not),
        cmocka_unit_test(a_page_of_nul_bytes_has_them),
        cmocka_unit_test(header_lines_are_many_or_say_what_they_should),
        cmocka_unit_test(patience_is_rewarded),
        cmocka_unit_test(a_stray_redirect_leads_to_the_canary_that_nobody_has_asked),
        cmocka_unit_test(sites_have_as_many_documents_as_they_promise),
        cmocka_unit_test(what_an_origin_sees_is_counted),
        cmocka_unit_test(the_rate_is_that_of_the_fullest_second_wherever_it_begins),
        cmocka_unit_test(another_method_is_refused_and_counted),
        cmocka_unit_test(the_promises_speak_the_contracts_words),
        cmocka_unit_test(every_site_is_tried_by_some_test),
        cmocka_unit_test(descriptions_are_lines_of_json),
        cmocka_unit_test(an_unknown_site_is_named),
        cmocka_unit_test(a_few_sites_may_be_served_alone),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

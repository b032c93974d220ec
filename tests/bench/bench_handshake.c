/* CPU of the client per fresh verified TLS 1.3 handshake with one small GET on it, to a server with a chain of leaf and
 * intermediate under a private root:
 *  - bare OpenSSL: blocking sockets, one SSL_CTX with the roots read once, verified in the handshake;
 *  - the fetcher, and the judgement of the chain apart: what a scan does;
 *  - libcurl with its defaults left on: the trust-store trap, in which every connection reads the roots anew.
 * In turns in the same run.
 */
#include "crawler/certificate.h"
#include "crawler/fetch.h"
#include "crawler/trust.h"
#include "tests/bench/figure.h"
#include "tests/bench/serving_child.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HANDSHAKES = 40, ROUNDS = 15, TRAPPED = 10, BODY_BYTES = 100 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_handshake: %s\n", what);
        exit(1);
    }
}

/* ---- Bare OpenSSL ---- */

static SSL_CTX *bare_context(const char *root_path)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    must(context != NULL && SSL_CTX_load_verify_file(context, TRUST_SYSTEM_FILE) == 1, "no " TRUST_SYSTEM_FILE);
    must(SSL_CTX_load_verify_file(context, root_path) == 1, "no private root");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return context;
}

static void bare_get(SSL_CTX *context, uint16_t port)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: site.test\r\nUser-Agent: " FETCH_USER_AGENT "\r\n\r\n";
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[4096];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), len = 0, got = 0;
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "no connection");
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, "site.test");
    SSL_set1_host(ssl, "site.test");
    must(SSL_connect(ssl) == 1, "a bare handshake failed");
    must(SSL_write(ssl, request, sizeof request - 1) > 0, "a bare request failed");
    while (len < BODY_BYTES + 60 && (got = SSL_read(ssl, answer, sizeof answer)) > 0) {
        len += got;
    }
    must(len > BODY_BYTES, "a bare answer failed");
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

static double bare_ms(SSL_CTX *context, uint16_t port)
{
    double begun_s = figure_thread_cpu_s();
    for (int i = 0; i < HANDSHAKES; i++) {
        bare_get(context, port);
    }
    return (figure_thread_cpu_s() - begun_s) / HANDSHAKES * 1e3;
}

/* ---- The fetcher ---- */

struct ours {
    struct loop *loop;
    struct fetcher *fetcher;
    struct trust *trust;
    struct fetch_request request;
    int left;
    bool done;
};

static void judge(const struct ours *ours, const struct fetch_response *response)
{
    struct certificate_result result;
    const struct certificate_input input = {.chain = response->tls.chain,
                                            .chain_len = response->tls.chain_count,
                                            .parsed = &response->tls.parsed,
                                            .hostname = SLICE("site.test"),
                                            .trust = ours->trust,
                                            .time_s = (int64_t)time(NULL)};
    must(certificate_judge(&input, &result, NULL) == 0, "a judgement failed");
    must(result.problems == 0 && result.path_len == 3, "a chain was not judged valid");
    certificate_result_release(&result);
}

static void take(void *context, struct fetch_response *response)
{
    struct ours *ours = context;
    must(response->outcome == FETCH_ANSWERED && response->tls.completed, "a fetch failed");
    judge(ours, response);
    ours->done = --ours->left == 0;
    if (!ours->done) {
        must(fetch_start(ours->fetcher, &ours->request, NULL, take, ours, NULL) != NULL, "a fetch did not start");
    }
}

static void ours_init(struct ours *ours, uint16_t port, const char *root_path)
{
    struct err err = ERR_INIT;
    const struct trust_options trust = {.system = true, .origin_ca = true, .ca_file = root_path};
    *ours = (struct ours){.loop = loop_new(&err), .trust = trust_new(&trust, &err)};
    must(ours->trust != NULL, err.message);
    ours->fetcher = fetcher_new(ours->loop, NULL, &err);
    must(ours->fetcher != NULL, err.message);
    ours->request = (struct fetch_request){.port = port,
                                           .https = true,
                                           .visitor_https = true,
                                           .hostname = "site.test",
                                           .path_query = "/",
                                           .fresh_connection = true};
    address_parse(SLICE("127.0.0.1"), &ours->request.address);
}

static double ours_ms(struct ours *ours)
{
    double begun_s = figure_thread_cpu_s();
    ours->left = HANDSHAKES;
    ours->done = false;
    must(fetch_start(ours->fetcher, &ours->request, NULL, take, ours, NULL) != NULL, "a fetch did not start");
    must(loop_run_until(ours->loop, &ours->done, NULL) == 0, "the loop failed");
    return (figure_thread_cpu_s() - begun_s) / HANDSHAKES * 1e3;
}

/* ---- The trap ---- */

static size_t ignore(char *bytes, size_t one, size_t len, void *context)
{
    (void)bytes, (void)one, (void)context;
    return len;
}

/* One easy handle without a multi's cache, its CAPATH left at the default: 0 where it fails. */
static double trapped_ms(uint16_t port, const char *bundle_path)
{
    char url[64];
    CURL *easy = curl_easy_init();
    struct curl_slist *connect_to = curl_slist_append(NULL, "::127.0.0.1:");
    snprintf(url, sizeof url, "https://site.test:%u/", port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    curl_easy_setopt(easy, CURLOPT_CAINFO, bundle_path);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    double begun_s = figure_thread_cpu_s();
    for (int i = 0; i < TRAPPED; i++) {
        must(curl_easy_perform(easy) == CURLE_OK, "a fetch with libcurl's defaults failed");
    }
    double spent_s = figure_thread_cpu_s() - begun_s;
    curl_easy_cleanup(easy);
    curl_slist_free_all(connect_to);
    return spent_s / TRAPPED * 1e3;
}

/* The system's roots and the private one in one file, for libcurl takes one. */
static void write_bundle(const char *bundle_path, const char *root_path)
{
    const char *const paths[] = {TRUST_SYSTEM_FILE, root_path};
    FILE *bundle = fopen(bundle_path, "w");
    must(bundle != NULL, "no temporary file");
    for (size_t i = 0; i < 2; i++) {
        char bytes[8192];
        size_t len = 0;
        FILE *part = fopen(paths[i], "r");
        must(part != NULL, paths[i]);
        while ((len = fread(bytes, 1, sizeof bytes, part)) > 0) {
            fwrite(bytes, 1, len, bundle);
        }
        fclose(part);
    }
    fclose(bundle);
}

int main(void)
{
    char root_path[64], bundle_path[64];
    double bare[ROUNDS], ours[ROUNDS], ratios[ROUNDS];
    snprintf(root_path, sizeof root_path, "/tmp/bench_handshake.%d.root.pem", (int)getpid());
    snprintf(bundle_path, sizeof bundle_path, "/tmp/bench_handshake.%d.bundle.pem", (int)getpid());
    const struct scripted_tls tls = {.root_path = root_path};
    struct serving_child child = serving_child_start(&tls, BODY_BYTES);
    SSL_CTX *context = bare_context(root_path);
    struct ours fetching;
    ours_init(&fetching, child.port, root_path);
    write_bundle(bundle_path, root_path);
    bare_ms(context, child.port);
    ours_ms(&fetching);
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = bare_ms(context, child.port);
        ours[i] = ours_ms(&fetching);
        ratios[i] = bare[i] / ours[i];
    }
    double trapped = trapped_ms(child.port, bundle_path);
    unlink(root_path);
    unlink(bundle_path);
    fetcher_free(fetching.fetcher);
    loop_free(fetching.loop);
    trust_free(fetching.trust);
    SSL_CTX_free(context);
    serving_child_stop(&child);

    figure_for_information("handshake", "bare OpenSSL", figure_median(bare, ROUNDS), "ms CPU per verified handshake");
    figure_for_information("handshake", "libcurl's defaults, which read the roots for every connection", trapped,
                           "ms CPU per verified handshake");
    bool quick = figure_at_most("handshake", "fetcher and judgement", figure_median(ours, ROUNDS),
                                "ms CPU per verified handshake", 5);
    bool near = figure_at_least("handshake", "fetcher and judgement against bare OpenSSL",
                                figure_median(ratios, ROUNDS), "ratio", 0.7);
    return quick && near ? 0 : 1;
}

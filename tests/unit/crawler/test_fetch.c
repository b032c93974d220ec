/* Where fetches go, what they say, and whose connections they share. */
#include "base/limits.h"
#include "tests/support/scripted_server.h"
#include "tests/unit/crawler/fetch_rig.h"

#include <arpa/inet.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Answers every request of a connection with the request itself. */
static void echo(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[16384], head[128];
    while (scripted_read_request(connection, request, sizeof request)) {
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nX-Number: %u\r\nContent-Length: %zu\r\n\r\n",
                 scripted_connection_number(connection), strlen(request));
        if (!scripted_write_text(connection, head) || !scripted_write_text(connection, request)) {
            return;
        }
    }
}

static struct scripted_server *start_echo(bool https)
{
    static const struct scripted_tls tls = {0};
    struct scripted_options options = {.serve = echo, .tls = https ? &tls : NULL};
    return scripted_server_start(&options);
}

static struct fetch_response expect_answer(const struct fetch_request *request)
{
    struct fetch_response response = fetch_rig_get(&fetch_rig, request);
    if (response.outcome != FETCH_ANSWERED || response.status != 200) {
        fail_msg("outcome %s, status %d: %s", fetch_outcome_name(response.outcome), response.status,
                 response.detail != NULL ? response.detail : "");
    }
    return response;
}

/* ---- What is said ---- */

static void test_exact_request(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    request.path_query = "/a/../b%20c?q=%2f&x=\xc3\xa4//";
    struct fetch_response response = expect_answer(&request);
    assert_string_equal(buf_text(&response.body), "GET /a/../b%20c?q=%2f&x=\xc3\xa4// HTTP/1.1\r\n"
                                                  "Host: site.test\r\n"
                                                  "User-Agent: Cloudflare-SSLDetector\r\n"
                                                  "Accept: */*\r\n"
                                                  "Accept-Encoding: br, gzip\r\n"
                                                  "X-Forwarded-Proto: http\r\n"
                                                  "CF-Visitor: {\"scheme\":\"http\"}\r\n"
                                                  "\r\n");
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void test_exact_request_with_everything(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(true);
    const struct fetch_header headers[] = {{SLICE("X-Edge"), SLICE("yes, edge")}, {SLICE("X-Empty"), SLICE("")}};
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    request.headers = headers;
    request.header_count = 2;
    request.cookie = "a=1; b=2";
    request.user_agent = "Our-Edge/2";
    struct fetch_response response = expect_answer(&request);
    assert_string_equal(buf_text(&response.body), "GET / HTTP/1.1\r\n"
                                                  "Host: site.test\r\n"
                                                  "User-Agent: Our-Edge/2\r\n"
                                                  "Accept: */*\r\n"
                                                  "Accept-Encoding: br, gzip\r\n"
                                                  "Cookie: a=1; b=2\r\n"
                                                  "X-Forwarded-Proto: https\r\n"
                                                  "CF-Visitor: {\"scheme\":\"https\"}\r\n"
                                                  "X-Edge: yes, edge\r\n"
                                                  "X-Empty:\r\n"
                                                  "\r\n");
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void test_visitor_scheme_is_apart_from_origin_scheme(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    request.visitor_https = true;
    struct fetch_response response = expect_answer(&request);
    assert_non_null(strstr(buf_text(&response.body), "X-Forwarded-Proto: https\r\n"));
    assert_non_null(strstr(buf_text(&response.body), "CF-Visitor: {\"scheme\":\"https\"}\r\n"));
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void test_overridden_names(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(true);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), true);
    request.hostname = "host-header.test";
    request.sni = "name-in-hello.test";
    char name[256];
    struct fetch_response response = expect_answer(&request);
    assert_non_null(strstr(buf_text(&response.body), "\r\nHost: host-header.test\r\n"));
    scripted_server_name(server, name, sizeof name);
    assert_string_equal(name, "name-in-hello.test");
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void test_malformed_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *hostname, *path_query, *user_agent, *cookie;
    } rows[] = {
        {"no host", "", "/", NULL, NULL},
        {"a host with a slash", "a/b", "/", NULL, NULL},
        {"a host with a line break", "a\r\nX: y", "/", NULL, NULL},
        {"a host with user info", "a@b", "/", NULL, NULL},
        {"a relative path", "site.test", "a", NULL, NULL},
        {"a path with a space", "site.test", "/a b", NULL, NULL},
        {"a path with a line break", "site.test", "/a\r\nX: y", NULL, NULL},
        {"a path with a fragment", "site.test", "/a#b", NULL, NULL},
        {"a user agent with a line break", "site.test", "/", "a\r\nX: y", NULL},
        {"a cookie with a line break", "site.test", "/", NULL, "a\nX: y"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = ERR_INIT;
        struct fetch_request request = fetch_rig_request(1, false);
        request.hostname = rows[i].hostname;
        request.path_query = rows[i].path_query;
        request.user_agent = rows[i].user_agent;
        request.cookie = rows[i].cookie;
        if (fetch_start(fetch_rig.fetcher, &request, NULL, NULL, NULL, &err) != NULL || err.kind != ERR_INTERNAL) {
            fail_msg("%s was not refused", rows[i].sentence);
        }
    }
}

static void test_operator_headers(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool fine;
    } rows[] = {
        {"X-Edge: a", true},
        {"X-Edge:", true},
        {"x_y: 1", true},
        {"Authorization: Basic secret", true},
        {"Cookie: a=b", true},
        {"no colon", false},
        {": empty name", false},
        {"a b: c", false},
        {"X-Bad: a\r\nY: z", false},
        {"host: other", false},
        {"HOST: other", false},
        {"User-Agent: x", false},
        {"X-Forwarded-Proto: x", false},
        {"cf-visitor: x", false},
        {"Accept-Encoding: x", false},
        {"Content-Length: 5", false},
        {"Transfer-Encoding: chunked", false},
        {"Expect: 100-continue", false},
        {"Range: bytes=0-1", false},
        {"Connection: close", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = ERR_INIT;
        struct fetch_header header;
        int status = fetch_header_parse(slice_of(rows[i].line), &header, &err);
        if ((status == 0) != rows[i].fine) {
            fail_msg("'%s' was %s", rows[i].line, status == 0 ? "taken" : "refused");
        }
        assert_true(rows[i].fine || err.kind == ERR_USAGE);
        assert_null(strstr(err.message, "secret"));
    }
}

/* ---- Where it goes ---- */

static void test_proxy_of_the_environment_is_ignored(void **state)
{
    (void)state;
    struct scripted_server *trap = start_echo(false);
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", scripted_server_port(trap));
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv(names[i], proxy, 1);
    }
    for (int https = 0; https <= 1; https++) {
        struct scripted_server *server = start_echo(https == 1);
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), https == 1);
        struct fetch_response response = expect_answer(&request);
        fetch_response_release(&response);
        assert_int_equal(scripted_server_requests(server), 1);
        scripted_server_stop(server);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    assert_int_equal(scripted_server_accepted(trap), 0);
    scripted_server_stop(trap);
}

static void redirect_elsewhere(struct scripted_connection *connection, void *context)
{
    char request[8192], answer[512];
    if (scripted_read_request(connection, request, sizeof request)) {
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/\r\nAlt-Svc: h2=\"127.0.0.1:%u\"; ma=60\r\n"
                 "Refresh: 0; url=http://127.0.0.1:%u/\r\nContent-Length: 0\r\n\r\n",
                 *(unsigned *)context, *(unsigned *)context, *(unsigned *)context);
        scripted_write_text(connection, answer);
    }
}

static void test_redirect_leads_nowhere(void **state)
{
    (void)state;
    struct scripted_server *trap = start_echo(false);
    unsigned port = scripted_server_port(trap);
    struct scripted_options options = {.serve = redirect_elsewhere, .context = &port};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    for (int i = 0; i < 2; i++) {
        struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
        assert_int_equal(response.outcome, FETCH_ANSWERED);
        assert_int_equal(response.status, 302);
        assert_non_null(response.location);
        assert_int_equal(scripted_server_requests(server), i + 1);
        fetch_response_release(&response);
    }
    assert_int_equal(scripted_server_accepted(trap), 0);
    scripted_server_stop(server);
    scripted_server_stop(trap);
}

static void test_ipv6(void **state)
{
    (void)state;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool there = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    close(fd);
    if (!there) {
        skip(); /* a machine without IPv6 on loopback */
    }
    struct scripted_options options = {.serve = echo, .address = "::1"};
    struct scripted_server *server = scripted_server_start(&options);
    for (int group = 0; group <= 1; group++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        address_parse(SLICE("::1"), &request.address);
        request.connection_group = (uint64_t)group;
        struct fetch_response response = expect_answer(&request);
        fetch_response_release(&response);
    }
    scripted_server_stop(server);
}

static void test_no_connection(void **state)
{
    (void)state;
    struct fetch_request request = fetch_rig_request(scripted_closed_port(), false);
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    assert_int_equal(response.outcome, FETCH_REFUSED);
    assert_string_equal(response.detail, "the port is closed: the connection was refused");
    assert_int_equal(response.cost.connections, 1);
    fetch_response_release(&response);
}

/* A listener whose queue is full drops what else comes: nobody answers the attempt to connect. */
static void test_silent_port(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), fillers[4];
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address, len);
    }
    struct fetch_request request = fetch_rig_request(ntohs(address.sin_port), true);
    request.timeout_ms = 300;
    struct fetch_response response = fetch_rig_get(&fetch_rig, &request);
    assert_int_equal(response.outcome, FETCH_CONNECT_TIMEOUT);
    assert_int_equal(response.cost.hellos, 0);
    fetch_response_release(&response);
    for (int i = 0; i < 4; i++) {
        close(fillers[i]);
    }
    close(listener);
}

/* ---- Whose connection ---- */

struct turn {
    const char *sentence;
    const char *hostname, *sni;
    uint64_t group;
    bool fresh;
    unsigned connections; /* accepted altogether after this turn */
};

static void check_turns(const struct turn *turns, size_t count, bool https)
{
    struct scripted_server *server = start_echo(https);
    for (size_t i = 0; i < count; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), https);
        request.hostname = turns[i].hostname;
        request.sni = turns[i].sni;
        request.connection_group = turns[i].group;
        request.fresh_connection = turns[i].fresh;
        unsigned before = scripted_server_accepted(server);
        struct fetch_response response = expect_answer(&request);
        unsigned now = scripted_server_accepted(server);
        if (now != turns[i].connections || response.new_connection != (now > before) ||
            response.tls.completed != (https && now > before)) {
            fail_msg("%s (%s): %u connections", turns[i].sentence, https ? "https" : "http", now);
        }
        char host[300];
        snprintf(host, sizeof host, "\r\nHost: %s\r\n", turns[i].hostname);
        assert_non_null(strstr(buf_text(&response.body), host));
        fetch_response_release(&response);
    }
    assert_int_equal(scripted_server_handshakes(server), https ? turns[count - 1].connections : 0);
    scripted_server_stop(server);
}

static void test_connections_belong_to_one_hostname(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        {"the first request", "a.test", NULL, 0, false, 1},
        {"the same hostname again uses its connection", "a.test", NULL, 0, false, 1},
        {"another hostname on the same address and port does not", "b.test", NULL, 0, false, 2},
        {"the first hostname still has its own", "a.test", NULL, 0, false, 2},
        {"so has the second", "b.test", NULL, 0, false, 2},
        {"another Host under the name of the first does not share its TLS session", "c.test", "a.test", 0, false, 3},
        {"it has one of its own", "c.test", "a.test", 0, false, 3},
        {"nor does a third Host under that name", "d.test", "a.test", 0, false, 4},
        {"another group of the same hostname is apart", "a.test", NULL, 7, false, 5},
        {"and keeps its own", "a.test", NULL, 7, false, 5},
        {"a fresh connection is fresh", "a.test", NULL, 0, true, 6},
        {"and is not kept", "a.test", NULL, 0, false, 6},
    };
    check_turns(turns, sizeof turns / sizeof turns[0], false);
    check_turns(turns, sizeof turns / sizeof turns[0], true);
}

static void test_idle_connections_count_against_the_bound(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    char hostname[32];
    for (int i = 0; i < 12; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        snprintf(hostname, sizeof hostname, "h%d.test", i);
        request.hostname = hostname;
        request.bounds.connections = 2;
        struct fetch_response response = expect_answer(&request);
        fetch_response_release(&response);
    }
    assert_int_equal(scripted_server_accepted(server), 12);
    /* The server's thread may see the end of one a moment after the beginning of the next, on a busy machine of some. */
    assert_in_range(scripted_server_most_open(server), 1, 8);
    scripted_server_stop(server);
}

static void test_idle_connections_are_closed(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    struct fetch_response response = expect_answer(&request);
    fetch_response_release(&response);
    fetcher_close_idle(fetch_rig.fetcher, &request.address);
    for (int i = 0; i < 1000 && scripted_server_open(server) > 0; i++) {
        usleep(5000);
    }
    assert_int_equal(scripted_server_open(server), 0);
    response = expect_answer(&request);
    assert_true(response.new_connection);
    fetch_response_release(&response);
    scripted_server_stop(server);
}

/* Closes the connection behind each answer without saying so. */
static void answer_once(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[8192];
    if (scripted_read_request(connection, request, sizeof request)) {
        scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
}

static void test_connection_that_died_meanwhile(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    for (int https = 0; https <= 1; https++) {
        static const struct scripted_tls tls = {0};
        struct scripted_options options = {.serve = answer_once, .tls = https == 1 ? &tls : NULL};
        struct scripted_server *server = scripted_server_start(&options);
        for (int i = 0; i < 5; i++) {
            struct fetch_request request = fetch_rig_request(scripted_server_port(server), https == 1);
            struct fetch_response response = expect_answer(&request);
            fetch_response_release(&response);
        }
        assert_int_equal(scripted_server_requests(server), 5);
        scripted_server_stop(server);
    }
}

static void answer_and_hang(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[8192];
    if (scripted_read_request(connection, request, sizeof request) &&
        scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
        scripted_hang(connection);
    }
}

static void test_silence_on_a_kept_connection(void **state)
{
    (void)state;
    for (int https = 0; https <= 1; https++) {
        static const struct scripted_tls tls = {0};
        struct scripted_options options = {.serve = answer_and_hang, .tls = https == 1 ? &tls : NULL};
        struct scripted_server *server = scripted_server_start(&options);
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), https == 1);
        struct fetch_response response = expect_answer(&request);
        fetch_response_release(&response);
        request.timeout_ms = 200;
        response = fetch_rig_get(&fetch_rig, &request);
        assert_int_equal(response.outcome, FETCH_TIMEOUT);
        assert_false(response.new_connection);
        fetch_response_release(&response);
        scripted_server_stop(server);
    }
}

/* ---- Many at once ---- */

struct crowd {
    unsigned left;
    unsigned answered;
    bool done;
    uint64_t order[64];
    unsigned order_count;
};

struct member {
    struct crowd *crowd;
    uint64_t owner;
};

static void count_answer(void *context, struct fetch_response *response)
{
    struct member *member = context;
    struct crowd *crowd = member->crowd;
    crowd->answered += response->outcome == FETCH_ANSWERED;
    if (crowd->order_count < 64) {
        crowd->order[crowd->order_count++] = member->owner;
    }
    crowd->done = --crowd->left == 0;
}

static void test_connections_at_once_are_bounded(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct crowd crowd = {.left = 60};
    struct member members[60];
    struct fetch_cost cost = {0};
    for (unsigned i = 0; i < 60; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        members[i] = (struct member){&crowd, 0};
        request.bounds.connections = 3;
        request.cost = &cost;
        assert_non_null(fetch_start(fetch_rig.fetcher, &request, NULL, count_answer, &members[i], NULL));
    }
    assert_int_equal(fetcher_queued(fetch_rig.fetcher), 60);
    assert_int_equal(loop_run_until(fetch_rig.loop, &crowd.done, NULL), 0);
    assert_int_equal(crowd.answered, 60);
    assert_int_equal(scripted_server_accepted(server), 3);
    assert_int_equal(cost.requests, 60);
    assert_int_equal(cost.connections, 3);
    assert_int_equal(fetcher_active(fetch_rig.fetcher), 0);
    scripted_server_stop(server);
}

static void test_owners_take_turns(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct crowd crowd = {.left = 24};
    struct member members[24];
    for (unsigned i = 0; i < 24; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        members[i] = (struct member){&crowd, i < 20 ? 1 : 2}; /* twenty of one, then four of another */
        request.owner = members[i].owner;
        request.bounds.connections = 1;
        assert_non_null(fetch_start(fetch_rig.fetcher, &request, NULL, count_answer, &members[i], NULL));
    }
    assert_int_equal(loop_run_until(fetch_rig.loop, &crowd.done, NULL), 0);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(crowd.order[i], 1 + i % 2);
    }
    scripted_server_stop(server);
}

static void test_rate_is_kept(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct crowd crowd = {.left = 11};
    struct member members[11];
    int64_t begun_ms = loop_now_ms(fetch_rig.loop);
    for (unsigned i = 0; i < 11; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        members[i] = (struct member){&crowd, 0};
        request.bounds.requests_per_second = 50;
        assert_non_null(fetch_start(fetch_rig.fetcher, &request, NULL, count_answer, &members[i], NULL));
    }
    assert_int_equal(loop_run_until(fetch_rig.loop, &crowd.done, NULL), 0);
    /* Ten gaps of 20 ms: no machine is too fast for that. */
    assert_true(loop_now_ms(fetch_rig.loop) - begun_ms >= 195);
    scripted_server_stop(server);
}

static void test_back_off_holds_what_waits(void **state)
{
    (void)state;
    struct scripted_server *server = start_echo(false);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    int64_t begun_ms = loop_now_ms(fetch_rig.loop);
    fetcher_back_off(fetch_rig.fetcher, &request.address, 1);
    struct fetch_response response = expect_answer(&request);
    assert_true(loop_now_ms(fetch_rig.loop) - begun_ms >= 1000);
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void hang_at_once(struct scripted_connection *connection, void *context)
{
    (void)context;
    scripted_hang(connection);
}

static void stop_waiting(void *context)
{
    *(bool *)context = true;
}

static void test_transfers_at_once_are_bounded(void **state)
{
    (void)state;
    enum { MORE = 40, COUNT = LIMIT_TRANSFERS_PER_LOOP + MORE };
    static struct fetch *fetches[COUNT];
    struct scripted_options options = {.serve = hang_at_once};
    struct scripted_server *server = scripted_server_start(&options);
    struct crowd crowd = {.left = COUNT};
    struct member member = {&crowd, 0};
    for (unsigned i = 0; i < COUNT; i++) {
        struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
        request.owner = i;
        fetches[i] = fetch_start(fetch_rig.fetcher, &request, NULL, count_answer, &member, NULL);
        assert_non_null(fetches[i]);
    }
    bool waited = false;
    struct loop_timer timer = {.callback = stop_waiting, .context = &waited};
    loop_timer_set(fetch_rig.loop, &timer, 200, NULL);
    assert_int_equal(loop_run_until(fetch_rig.loop, &waited, NULL), 0);
    assert_int_equal(fetcher_active(fetch_rig.fetcher), LIMIT_TRANSFERS_PER_LOOP);
    assert_int_equal(fetcher_queued(fetch_rig.fetcher), MORE);
    for (unsigned i = 0; i < COUNT; i++) {
        fetch_cancel(fetches[i]);
    }
    assert_int_equal(fetcher_active(fetch_rig.fetcher), 0);
    assert_int_equal(fetcher_queued(fetch_rig.fetcher), 0);
    assert_int_equal(crowd.left, COUNT);
    scripted_server_stop(server);
}

static void test_idle_connections_grow_old(void **state)
{
    (void)state;
    struct fetch_rig own;
    const struct fetcher_options options = {.idle_connection_ms = 50};
    fetch_rig_init(&own, &options);
    struct scripted_server *server = start_echo(false);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    struct fetch_response response = fetch_rig_get(&own, &request);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    fetch_response_release(&response);
    assert_int_equal(loop_run(own.loop, NULL), 0); /* ends when the last timer, theirs, has rung */
    for (int i = 0; i < 1000 && scripted_server_open(server) > 0; i++) {
        usleep(5000);
    }
    assert_int_equal(scripted_server_open(server), 0);
    fetch_rig_release(&own);
    scripted_server_stop(server);
}

/* In a network of its own, in which there is nothing at all. Exits with the outcome. */
static void fetch_without_network(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        _exit(255);
    }
    struct fetch_rig own;
    fetch_rig_init(&own, NULL);
    struct fetch_request request = fetch_rig_request(80, false);
    address_parse(SLICE("192.0.2.1"), &request.address);
    struct fetch_response response = fetch_rig_get(&own, &request);
    _exit((int)response.outcome);
}

static void test_no_route_is_our_failure(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fetch_without_network();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 255) {
        skip(); /* a machine that gives nobody a network of his own */
    }
    assert_int_equal(WEXITSTATUS(status), FETCH_NO_ROUTE);
}

/* ---- Cancelling ---- */

static void must_not_be_called(void *context, struct fetch_response *response)
{
    (void)context, (void)response;
    fail_msg("the callback of a fetch that was cancelled");
}

static struct fetch *victim;

static bool cancel_victim(void *context, const struct fetch_response *head, struct slice bytes)
{
    (void)context, (void)head, (void)bytes;
    fetch_cancel(victim);
    victim = NULL;
    return true;
}

static void hang(struct scripted_connection *connection, void *context)
{
    (void)context;
    char request[8192];
    if (scripted_read_request(connection, request, sizeof request)) {
        scripted_write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
        scripted_hang(connection);
    }
}

static void test_cancelled_fetches(void **state)
{
    (void)state;
    struct scripted_options options = {.serve = hang};
    struct scripted_server *hanging = scripted_server_start(&options), *server = start_echo(false);
    struct fetch_cost cost = {0};
    struct fetch_request slow = fetch_rig_request(scripted_server_port(hanging), false);
    struct fetch_request quick = fetch_rig_request(scripted_server_port(server), false);
    slow.cost = &cost;
    /* in the queue */
    fetch_cancel(fetch_start(fetch_rig.fetcher, &slow, NULL, must_not_be_called, NULL, NULL));
    assert_int_equal(fetcher_queued(fetch_rig.fetcher), 0);
    assert_int_equal(cost.requests, 0);
    /* under way, from within libcurl: by the arrival of another's body, its last piece even */
    victim = fetch_start(fetch_rig.fetcher, &slow, NULL, must_not_be_called, NULL, NULL);
    struct fetch_response response = fetch_rig_get_into(&fetch_rig, &quick, cancel_victim, NULL);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    fetch_response_release(&response);
    assert_int_equal(fetcher_active(fetch_rig.fetcher), 0);
    assert_int_equal(cost.requests, 1);
    fetch_cancel(NULL);
    scripted_server_stop(server);
    scripted_server_stop(hanging);
}

static bool stop_after_first(void *context, const struct fetch_response *head, struct slice bytes)
{
    unsigned *calls = context;
    assert_int_equal(head->status, 200);
    assert_true(bytes.len > 0);
    ++*calls;
    return false;
}

static void test_body_sink_may_stop(void **state)
{
    (void)state;
    struct scripted_options options = {.serve = hang};
    struct scripted_server *server = scripted_server_start(&options);
    unsigned calls = 0;
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    struct fetch_response response = fetch_rig_get_into(&fetch_rig, &request, stop_after_first, &calls);
    assert_int_equal(response.outcome, FETCH_ANSWERED);
    assert_true(response.truncated);
    assert_string_equal(buf_text(&response.body), "some");
    assert_int_equal(calls, 1);
    fetch_response_release(&response);
    scripted_server_stop(server);
}

static void test_freed_with_everything_under_way(void **state)
{
    (void)state;
    struct fetch_rig own;
    fetch_rig_init(&own, NULL);
    struct scripted_options options = {.serve = hang};
    struct scripted_server *server = scripted_server_start(&options);
    struct fetch_request request = fetch_rig_request(scripted_server_port(server), false);
    request.bounds.connections = 2;
    for (int i = 0; i < 5; i++) {
        assert_non_null(fetch_start(own.fetcher, &request, NULL, must_not_be_called, NULL, NULL));
    }
    struct fetch_request refused = fetch_rig_request(scripted_closed_port(), false);
    struct fetch_response response = fetch_rig_get(&own, &refused);
    fetch_response_release(&response);
    fetch_rig_release(&own);
    scripted_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_request),
        cmocka_unit_test(test_exact_request_with_everything),
        cmocka_unit_test(test_visitor_scheme_is_apart_from_origin_scheme),
        cmocka_unit_test(test_overridden_names),
        cmocka_unit_test(test_malformed_requests_are_refused),
        cmocka_unit_test(test_operator_headers),
        cmocka_unit_test(test_proxy_of_the_environment_is_ignored),
        cmocka_unit_test(test_redirect_leads_nowhere),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_silent_port),
        cmocka_unit_test(test_connections_belong_to_one_hostname),
        cmocka_unit_test(test_idle_connections_count_against_the_bound),
        cmocka_unit_test(test_idle_connections_are_closed),
        cmocka_unit_test(test_connection_that_died_meanwhile),
        cmocka_unit_test(test_silence_on_a_kept_connection),
        cmocka_unit_test(test_connections_at_once_are_bounded),
        cmocka_unit_test(test_owners_take_turns),
        cmocka_unit_test(test_rate_is_kept),
        cmocka_unit_test(test_back_off_holds_what_waits),
        cmocka_unit_test(test_transfers_at_once_are_bounded),
        cmocka_unit_test(test_idle_connections_grow_old),
        cmocka_unit_test(test_no_route_is_our_failure),
        cmocka_unit_test(test_cancelled_fetches),
        cmocka_unit_test(test_body_sink_may_stop),
        cmocka_unit_test(test_freed_with_everything_under_way),
    };
    return cmocka_run_group_tests(tests, fetch_rig_set_up, fetch_rig_tear_down);
}

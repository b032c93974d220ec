/* Names into addresses, against a DNS server on loopback that answers from a table. */
#include "crawler/resolve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Addresses in the answer to A and to AAAA, with spaces between them. */
struct dns_row {
    const char *name;
    int code; /* 0 no error, 2 failure, 3 no such name; -1: silence; -2: rubbish */
    const char *a, *aaaa;
};

static const struct dns_row rows[] = {
    {"one.test", 0, "203.0.114.1", ""},
    {"both.test", 0, "203.0.114.1 203.0.114.2", "2a00:1450::1"},
    {"six.test", 0, "", "2a00:1450::1"},
    {"twice.test", 0, "203.0.114.1 203.0.114.1", ""},
    {"many.test", 0,
     "203.0.114.1 203.0.114.2 203.0.114.3 203.0.114.4 203.0.114.5 203.0.114.6 203.0.114.7 203.0.114.8 "
     "203.0.114.9 203.0.114.10",
     ""},
    {"inside.test", 0, "127.0.0.1 10.0.0.1 169.254.169.254", "::1 fe80::1 ::ffff:10.0.0.2"},
    {"mixed.test", 0, "10.0.0.1 203.0.114.1", ""},
    {"empty.test", 0, "", ""},
    {"missing.test", 3, "", ""},
    {"failing.test", 2, "", ""},
    {"silent.test", -1, "", ""},
    {"rubbish.test", -2, "", ""},
};

struct dns_server {
    int fd;
    pthread_t thread;
    char address[32];
};

static size_t read_name(const unsigned char *query, size_t len, char *name, size_t size)
{
    size_t at = 12, out = 0;
    while (at < len && query[at] != 0) {
        for (size_t label = query[at++]; label > 0 && at < len && out + 2 < size; label--) {
            name[out++] = (char)query[at++];
        }
        name[out++] = '.';
    }
    name[out > 0 ? out - 1 : 0] = '\0';
    return at + 5; /* the root label, type and class */
}

static size_t append_records(unsigned char *reply, size_t len, const char *list, int family, unsigned *count)
{
    char copy[512], *rest = NULL;
    const size_t size = family == AF_INET ? 4 : 16;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *text = strtok_r(copy, " ", &rest); text != NULL; text = strtok_r(NULL, " ", &rest)) {
        const unsigned char head[] = {0xc0, 12, 0, family == AF_INET ? 1 : 28, 0, 1, 0, 0,
                                      0,    60, 0, (unsigned char)size};
        memcpy(reply + len, head, sizeof head);
        inet_pton(family, text, reply + len + sizeof head);
        len += sizeof head + size;
        ++*count;
    }
    return len;
}

static void reply_to(int fd, unsigned char *packet, size_t len, const struct sockaddr_in *client)
{
    char name[256];
    size_t end = read_name(packet, len, name, sizeof name);
    unsigned count = 0, type = packet[end - 3];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcasecmp(rows[i].name, name) != 0) {
            continue;
        }
        if (rows[i].code == -1) {
            return;
        }
        packet[2] = 0x81;
        packet[3] = (unsigned char)(0x80 | (rows[i].code > 0 ? rows[i].code : 0));
        end = append_records(packet, end, type == 1 ? rows[i].a : rows[i].aaaa, type == 1 ? AF_INET : AF_INET6, &count);
        packet[7] = (unsigned char)count;
        if (rows[i].code == -2) {
            packet[7] = 9; /* nine records, and none of them there */
        }
        packet[11] = 0;
        sendto(fd, packet, end, 0, (const struct sockaddr *)client, sizeof *client);
    }
}

static void *serve_dns(void *argument)
{
    const struct dns_server *server = argument;
    for (;;) {
        unsigned char packet[2048];
        struct sockaddr_in client;
        socklen_t client_len = sizeof client;
        ssize_t len = recvfrom(server->fd, packet, 512, 0, (struct sockaddr *)&client, &client_len);
        if (len < 17) {
            return NULL; /* also the one byte that ends the server */
        }
        reply_to(server->fd, packet, (size_t)len, &client);
    }
}

static struct dns_server server;

static int start_dns(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(server.fd, (struct sockaddr *)&address, &len), 0);
    snprintf(server.address, sizeof server.address, "127.0.0.1:%u", ntohs(address.sin_port));
    return pthread_create(&server.thread, NULL, serve_dns, &server);
}

static int stop_dns(void **state)
{
    (void)state;
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    getsockname(server.fd, (struct sockaddr *)&address, &len);
    sendto(server.fd, "x", 1, 0, (struct sockaddr *)&address, len);
    pthread_join(server.thread, NULL);
    return close(server.fd);
}

struct wait {
    bool done;
    struct resolve_result result;
};

static void take_result(void *context, const struct resolve_result *result)
{
    struct wait *wait = context;
    wait->result = *result;
    wait->done = true;
}

static struct resolve_result resolve_once(const char *name, int family, bool allow_special, int timeout_ms)
{
    struct err err = ERR_INIT;
    struct wait wait = {0};
    struct loop *loop = loop_new(&err);
    const struct resolver_options options = {.servers = server.address, .timeout_ms = timeout_ms};
    struct resolver *resolver = resolver_new(loop, &options, &err);
    assert_non_null(resolver);
    assert_non_null(resolve_start(resolver, name, family, allow_special, take_result, &wait, &err));
    assert_false(wait.done);
    assert_int_equal(loop_run_until(loop, &wait.done, &err), 0);
    assert_true(wait.done);
    resolver_free(resolver);
    loop_free(loop);
    return wait.result;
}

/* In the order of address_compare, for the two questions may be answered in either order. */
static void describe(struct resolve_result *result, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "%s", resolve_outcome_name(result->outcome));
    for (size_t i = 0; i < result->count; i++) {
        for (size_t k = i + 1; k < result->count; k++) {
            if (address_compare(&result->addresses[k], &result->addresses[i]) < 0) {
                struct address swap = result->addresses[i];
                result->addresses[i] = result->addresses[k];
                result->addresses[k] = swap;
            }
        }
        char address[ADDRESS_TEXT_BYTES];
        len += (size_t)snprintf(text + len, size - len, " %s", address_format(&result->addresses[i], address));
    }
    snprintf(text + len, size - len, " (%zu refused, %zu beyond)", result->refused, result->beyond);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int family;
        bool allow_special;
        const char *expected;
    } cases[] = {
        {"one.test", 0, false, "found 203.0.114.1 (0 refused, 0 beyond)"},
        {"ONE.test", 0, false, "found 203.0.114.1 (0 refused, 0 beyond)"},
        {"both.test", 0, false, "found 203.0.114.1 203.0.114.2 2a00:1450::1 (0 refused, 0 beyond)"},
        {"both.test", 4, false, "found 203.0.114.1 203.0.114.2 (0 refused, 0 beyond)"},
        {"both.test", 6, false, "found 2a00:1450::1 (0 refused, 0 beyond)"},
        {"six.test", 4, false, "no_name (0 refused, 0 beyond)"},
        {"twice.test", 0, false, "found 203.0.114.1 (0 refused, 0 beyond)"},
        {"many.test", 0, false,
         "found 203.0.114.1 203.0.114.2 203.0.114.3 203.0.114.4 203.0.114.5 203.0.114.6 203.0.114.7 203.0.114.8 "
         "(0 refused, 2 beyond)"},
        {"inside.test", 0, false, "refused (6 refused, 0 beyond)"},
        {"inside.test", 4, true, "found 10.0.0.1 127.0.0.1 169.254.169.254 (0 refused, 0 beyond)"},
        {"mixed.test", 0, false, "found 203.0.114.1 (1 refused, 0 beyond)"},
        {"empty.test", 0, false, "no_name (0 refused, 0 beyond)"},
        {"missing.test", 0, false, "no_name (0 refused, 0 beyond)"},
        {"failing.test", 0, false, "failed (0 refused, 0 beyond)"},
        {"rubbish.test", 0, false, "failed (0 refused, 0 beyond)"},
        {"127.0.0.1", 0, false, "refused (1 refused, 0 beyond)"},
        {"203.0.114.7", 0, false, "found 203.0.114.7 (0 refused, 0 beyond)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct resolve_result result = resolve_once(cases[i].name, cases[i].family, cases[i].allow_special, 5000);
        describe(&result, text, sizeof text);
        if (strcmp(text, cases[i].expected) != 0) {
            fail_msg("%s (family %d): %s", cases[i].name, cases[i].family, text);
        }
    }
}

static void test_silence_ends(void **state)
{
    (void)state;
    struct resolve_result result = resolve_once("silent.test", 0, false, 200);
    assert_int_equal(result.outcome, RESOLVE_TIMEOUT);
    assert_int_equal(result.count, 0);
}

static void must_not_be_called(void *context, const struct resolve_result *result)
{
    (void)context, (void)result;
    fail_msg("the callback of a query that was cancelled");
}

static void test_cancelled_and_freed(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct wait wait = {0};
    struct loop *loop = loop_new(&err);
    const struct resolver_options options = {.servers = server.address};
    struct resolver *resolver = resolver_new(loop, &options, &err);
    struct resolve *cancelled = resolve_start(resolver, "one.test", 0, false, must_not_be_called, NULL, &err);
    resolve_start(resolver, "silent.test", 0, false, must_not_be_called, NULL, &err);
    resolve_start(resolver, "both.test", 0, false, take_result, &wait, &err);
    resolve_cancel(cancelled);
    resolve_cancel(NULL);
    assert_int_equal(loop_run_until(loop, &wait.done, &err), 0);
    assert_int_equal(wait.result.count, 3);
    /* one whose answer is there, but not delivered */
    struct resolve *literal = resolve_start(resolver, "203.0.114.7", 0, false, must_not_be_called, NULL, &err);
    resolve_cancel(literal);
    resolve_start(resolver, "203.0.114.8", 0, false, must_not_be_called, NULL, &err);
    resolver_free(resolver);
    loop_free(loop);
}

static void test_bad_server_list(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct loop *loop = loop_new(&err);
    const struct resolver_options options = {.servers = "not an address"};
    assert_null(resolver_new(loop, &options, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_silence_ends),
        cmocka_unit_test(test_cancelled_and_freed),
        cmocka_unit_test(test_bad_server_list),
    };
    return cmocka_run_group_tests(tests, start_dns, stop_dns);
}

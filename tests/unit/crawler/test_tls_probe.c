#include "crawler/tls_probe.h"
#include "tests/unit/crawler/faulty_tls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 400 /* of one connection: what a silent server costs */

static void take(void *context, struct tls_capabilities *found)
{
    *(struct tls_capabilities *)context = *found;
    *found = (struct tls_capabilities){.completed = false};
}

static struct tls_probe_request request_for(uint16_t port, enum tls_probe_depth depth, struct limiter *limiter)
{
    return (struct tls_probe_request){.address = {.family = 4, .bytes = {127, 0, 0, 1}},
                                      .port = port,
                                      .hostname = "www.example.test",
                                      .depth = depth,
                                      .limiter = limiter,
                                      .timeout_ms = TIMEOUT_MS};
}

static void probe(uint16_t port, enum tls_probe_depth depth, struct tls_capabilities *found)
{
    struct err err = ERR_INIT;
    struct loop *loop = loop_new(&err);
    struct limiter *limiter = limiter_new(&err);
    struct tls_probe_request request = request_for(port, depth, limiter);
    memset(found, 0, sizeof *found);
    assert_non_null(tls_probe_start(loop, &request, take, found, &err));
    assert_int_equal(0, loop_run(loop, &err));
    limiter_free(limiter);
    loop_free(loop);
}

/* What is expected of a server with a fault. */
struct row {
    const char *sentence;
    enum faulty_tls fault;
    bool completed;
    const char *detail; /* a part of it, where no handshake succeeds */
    enum tls_post_quantum post_quantum;
    unsigned faults;
    enum tls_answer tls13, tls12;
    enum hello_outcome tls13_outcome; /* looked at unless TLS 1.3 was seen to work */
};

static const struct row rows[] = {
    {"a server without a fault", FAULTY_NOT, true, NULL, TLS_POST_QUANTUM_NOT_SUPPORTED, 0, TLS_YES, TLS_YES, 0},
    {"a server that reads the hello at once", FAULTY_SPLIT_HELLO, true, NULL, TLS_POST_QUANTUM_NOT_SUPPORTED,
     TLS_FAULT_SPLIT_CLIENT_HELLO, TLS_YES, TLS_YES, 0},
    {"a server that refuses unknown key shares", FAULTY_UNKNOWN_SHARE, true, NULL, TLS_POST_QUANTUM_NOT_SUPPORTED,
     TLS_FAULT_UNKNOWN_KEY_SHARE, TLS_YES, TLS_YES, 0},
    {"a server that cannot ask again", FAULTY_RETRY, true, NULL, TLS_POST_QUANTUM_NOT_SUPPORTED,
     TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST, TLS_YES, TLS_YES, 0},
    {"a server that asks again and does not listen", FAULTY_RETRY_LEADS_AWAY, true, NULL,
     TLS_POST_QUANTUM_NOT_SUPPORTED, TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST, TLS_YES, TLS_YES, 0},
    {"a server that breaks on the name of the hybrid", FAULTY_HYBRID, true, NULL, TLS_POST_QUANTUM_BROKEN, 0, TLS_YES,
     TLS_YES, 0},
    {"a server that cannot bear TLS 1.3", FAULTY_TLS13, false, "closed the connection", TLS_POST_QUANTUM_UNKNOWN, 0,
     TLS_NO, TLS_YES, HELLO_RESET},
    {"a server that is silent", FAULTY_SILENT, false, "silent", TLS_POST_QUANTUM_UNKNOWN, 0, TLS_UNKNOWN, TLS_UNKNOWN,
     HELLO_SILENCE},
    {"a server that resets", FAULTY_RESET, false, "closed the connection", TLS_POST_QUANTUM_UNKNOWN, 0, TLS_NO, TLS_NO,
     HELLO_RESET},
    {"a server that closes", FAULTY_CLOSE, false, "closed the connection", TLS_POST_QUANTUM_UNKNOWN, 0, TLS_NO, TLS_NO,
     HELLO_CLOSED},
    {"a server that refuses everything", FAULTY_ALERT, false, "alert handshake_failure", TLS_POST_QUANTUM_UNKNOWN, 0,
     TLS_NO, TLS_NO, HELLO_REFUSED},
    {"plain HTTP on the port", FAULTY_PLAIN_HTTP, false, "plain HTTP", TLS_POST_QUANTUM_UNKNOWN, 0, TLS_NO, TLS_NO,
     HELLO_NONSENSE},
    {"a server that answers with nonsense", FAULTY_GARBAGE, false, "", TLS_POST_QUANTUM_UNKNOWN, 0, TLS_NO, TLS_NO,
     HELLO_NONSENSE},
};

static int check_row(const struct row *row, const struct tls_capabilities *found)
{
    const struct tls_finding *tls13 = &found->versions[4];
    bool as_expected = found->completed == row->completed && found->post_quantum == row->post_quantum &&
                       found->faults == row->faults && tls13->answer == row->tls13 &&
                       found->versions[3].answer == row->tls12 && !found->no_connection;
    bool detail = row->completed ? true : found->detail != NULL && strstr(found->detail, row->detail) != NULL;
    bool outcome = row->tls13 == TLS_YES || (tls13->asked && tls13->outcome == row->tls13_outcome);
    if (as_expected && detail && outcome) {
        return 0;
    }
    print_error("%s: completed %d (%s), post-quantum %d, faults %u, TLS 1.3 %d by %s, TLS 1.2 %d\n", row->sentence,
                found->completed, found->detail != NULL ? found->detail : "-", found->post_quantum, found->faults,
                tls13->answer, hello_outcome_name(tls13->outcome), found->versions[3].answer);
    return 1;
}

static void test_faults_are_told_apart(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i / 2];
        enum tls_probe_depth depth = i % 2 == 0 ? TLS_PROBE_ALL : TLS_PROBE_SCAN;
        struct tls_capabilities found;
        if (depth == TLS_PROBE_SCAN && row->fault == FAULTY_SILENT) {
            continue;
        }
        struct faulty_tls_server *server = faulty_tls_server_start(row->fault);
        probe(faulty_tls_server_port(server), depth, &found);
        wrong += check_row(row, &found);
        faulty_tls_server_stop(server);
        tls_capabilities_release(&found);
    }
    assert_int_equal(0, wrong);
}

/* A scan has other things to do than to wait. */
static void test_scan_leaves_a_silent_server_alone(void **state)
{
    (void)state;
    struct tls_capabilities found;
    struct faulty_tls_server *server = faulty_tls_server_start(FAULTY_SILENT);
    probe(faulty_tls_server_port(server), TLS_PROBE_SCAN, &found);
    assert_false(found.completed);
    assert_non_null(strstr(found.detail, "silent"));
    assert_int_equal(1, found.connections);
    assert_int_equal(0, found.hellos);
    faulty_tls_server_stop(server);
    tls_capabilities_release(&found);
}

/* Several questions share a hello: two for the versions, one for the hybrid, one without the name, three for groups,
 * two for old ciphers, one for the shares, two for the HelloRetryRequest. */
static void test_scan_of_a_modern_server_takes_few_hellos(void **state)
{
    (void)state;
    struct tls_capabilities found;
    struct faulty_tls_server *server = faulty_tls_server_start(FAULTY_NOT);
    probe(faulty_tls_server_port(server), TLS_PROBE_SCAN, &found);
    assert_in_range(found.hellos, 9, 13);
    assert_int_equal(2, found.handshakes);
    for (size_t i = 0; i < TLS_GROUPS; i++) {
        assert_int_equal(TLS_YES, found.groups[i].answer);
    }
    faulty_tls_server_stop(server);
    tls_capabilities_release(&found);
}

/* The server counts for itself. */
static void test_no_more_is_asked_than_promised(void **state)
{
    (void)state;
    static const enum tls_probe_depth depths[] = {TLS_PROBE_DEFAULT, TLS_PROBE_SCAN, TLS_PROBE_ALL};
    static const enum faulty_tls servers[] = {FAULTY_NOT, FAULTY_ALERT};
    for (size_t i = 0; i < 6; i++) {
        enum tls_probe_depth depth = depths[i / 2];
        struct tls_capabilities found;
        struct faulty_tls_server *server = faulty_tls_server_start(servers[i % 2]);
        probe(faulty_tls_server_port(server), depth, &found);
        assert_true(found.handshakes <= tls_probe_handshakes_max(depth));
        assert_true(found.hellos <= tls_probe_hellos_max(depth));
        assert_int_equal(found.connections, faulty_tls_server_connections(server));
        /* A second hello goes over the connection of the first; the failed handshake is none of both. */
        unsigned second_hellos = depth != TLS_PROBE_DEFAULT && found.completed ? 1 : 0;
        assert_int_equal(found.connections,
                         found.handshakes + found.hellos - second_hellos + (found.completed ? 0 : 1));
        faulty_tls_server_stop(server);
        tls_capabilities_release(&found);
    }
}

static void test_closed_port(void **state)
{
    (void)state;
    struct tls_capabilities found;
    struct faulty_tls_server *server = faulty_tls_server_start(FAULTY_NOT);
    uint16_t port = faulty_tls_server_port(server);
    faulty_tls_server_stop(server);
    probe(port, TLS_PROBE_ALL, &found);
    assert_true(found.no_connection);
    assert_int_equal(TCP_REFUSED, found.tcp);
    assert_int_equal(1, found.connections);
    assert_int_equal(0, found.handshakes + found.hellos);
    assert_int_equal(TLS_CLIENT_CERTIFICATE_UNKNOWN, found.client_certificate);
    tls_capabilities_release(&found);
}

static void count_call(void *context, struct tls_capabilities *found)
{
    (void)found;
    ++*(int *)context;
}

struct canceller {
    struct loop *loop;
    struct tls_probe *probe;
};

static void cancel(void *context)
{
    struct canceller *canceller = context;
    tls_probe_cancel(canceller->probe);
}

/* At any moment: while it connects, while it waits for a handshake, for a hello. */
static void test_cancelled_probes_are_silent(void **state)
{
    (void)state;
    static const enum faulty_tls servers[] = {FAULTY_NOT, FAULTY_SILENT};
    static const int64_t delays_ms[] = {0, 1, 5, 20};
    for (size_t i = 0; i < 8; i++) {
        struct err err = ERR_INIT;
        int calls = 0;
        struct faulty_tls_server *server = faulty_tls_server_start(servers[i % 2]);
        struct canceller canceller = {.loop = loop_new(&err)};
        struct limiter *limiter = limiter_new(&err);
        struct tls_probe_request request = request_for(faulty_tls_server_port(server), TLS_PROBE_DEFAULT, limiter);
        struct loop_timer timer = {.callback = cancel, .context = &canceller};
        /* Slow enough to be under way for longer than any delay. */
        request.bounds.requests_per_second = 20;
        canceller.probe = tls_probe_start(canceller.loop, &request, count_call, &calls, &err);
        assert_non_null(canceller.probe);
        assert_int_equal(0, loop_timer_set(canceller.loop, &timer, delays_ms[i / 2], &err));
        assert_int_equal(0, loop_run(canceller.loop, &err));
        assert_int_equal(0, calls);
        limiter_free(limiter);
        loop_free(canceller.loop);
        faulty_tls_server_stop(server);
    }
    tls_probe_cancel(NULL);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal("not_supported", tls_post_quantum_name(TLS_POST_QUANTUM_NOT_SUPPORTED));
    assert_null(tls_post_quantum_name(TLS_POST_QUANTUM_UNKNOWN));
    assert_string_equal("other_certificate", tls_sni_name(TLS_SNI_OTHER_CERTIFICATE));
    assert_string_equal("required", tls_client_certificate_name(TLS_CLIENT_CERTIFICATE_REQUIRED));
    assert_string_equal("split_client_hello", tls_fault_name(TLS_FAULT_SPLIT_CLIENT_HELLO));
    assert_string_equal("no_route", tcp_outcome_name(TCP_NO_ROUTE));
    assert_string_equal("asked_again", hello_outcome_name(HELLO_ASKED_AGAIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_told_apart),
        cmocka_unit_test(test_closed_port),
        cmocka_unit_test(test_no_more_is_asked_than_promised),
        cmocka_unit_test(test_scan_leaves_a_silent_server_alone),
        cmocka_unit_test(test_scan_of_a_modern_server_takes_few_hellos),
        cmocka_unit_test(test_cancelled_probes_are_silent),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("tls_probe", tests, NULL, NULL);
}

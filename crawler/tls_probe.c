#include "crawler/tls_probe.h"

#include "crawler/tls_probe_questions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RELEASE_POLL_MS      50
#define LOST_CONNECTIONS_MAX 2 /* in a row: the server has enough of us */
#define SILENCES_MAX         2 /* of a scan, which has other things to do than to wait */

struct tls_probe {
    struct loop *loop;
    struct tls_probe_request request;
    tls_probe_done *done;
    void *context;
    struct tls_inquiry inquiry;
    struct tls_capabilities found;
    size_t next; /* question */
    const struct tls_question *asked;
    struct loop_timer timer; /* until the limiter lets us */
    struct hello_exchange *hello;
    struct handshake *handshake;
    struct limiter_keeper keeper; /* only who we are: nothing can be wanted back */
    bool holds_limiter;
    bool keeps_place; /* of the connection before, for the next */
    unsigned lost_connections;
    unsigned silences;
};

unsigned tls_probe_handshakes_max(enum tls_probe_depth depth)
{
    return depth == TLS_PROBE_ALL ? 8 : depth == TLS_PROBE_SCAN ? 3 : 2;
}

unsigned tls_probe_hellos_max(enum tls_probe_depth depth)
{
    return depth == TLS_PROBE_DEFAULT ? 7 : 24;
}

void tls_capabilities_release(struct tls_capabilities *capabilities)
{
    certificate_parsed_release(&capabilities->tls.parsed);
    arena_release(&capabilities->memory);
}

static void give_back(struct tls_probe *probe)
{
    if (probe->holds_limiter) {
        limiter_release(probe->request.limiter, &probe->request.address);
        probe->holds_limiter = false;
    }
    if (probe->keeps_place) {
        limiter_drop_kept(probe->request.limiter, &probe->request.address);
        probe->keeps_place = false;
    }
}

void tls_probe_cancel(struct tls_probe *probe)
{
    if (probe == NULL) {
        return;
    }
    hello_exchange_cancel(probe->hello);
    handshake_cancel(probe->handshake);
    give_back(probe);
    loop_timer_clear(probe->loop, &probe->timer);
    handshake_session_free(probe->inquiry.resume_by);
    tls_capabilities_release(&probe->found);
    free(probe);
}

static void finish(struct tls_probe *probe)
{
    tls_inquiry_conclude(&probe->inquiry);
    probe->done(probe->context, &probe->found);
    tls_probe_cancel(probe);
}

static bool may_ask(const struct tls_probe *probe, const struct tls_question *question)
{
    enum tls_probe_depth depth = probe->request.depth;
    unsigned hellos = question->hellos_max > 1 && depth != TLS_PROBE_DEFAULT ? question->hellos_max : 1;
    bool fits = question->is_hello ? probe->found.hellos + hellos <= tls_probe_hellos_max(depth)
                                   : probe->found.handshakes < tls_probe_handshakes_max(depth);
    return question->depth <= depth && fits && question->due(&probe->inquiry, question);
}

static void ask_next(struct tls_probe *probe);

/* After each connection. */
static void go_on(struct tls_probe *probe, bool connected)
{
    probe->holds_limiter = false;
    probe->keeps_place = limiter_keep_place(probe->request.limiter, &probe->request.address);
    probe->lost_connections = connected ? 0 : probe->lost_connections + 1;
    probe->found.connections++;
    bool waited_enough = probe->request.depth == TLS_PROBE_SCAN && probe->silences >= SILENCES_MAX;
    if (probe->found.no_connection || probe->lost_connections >= LOST_CONNECTIONS_MAX || waited_enough) {
        finish(probe);
        return;
    }
    ask_next(probe);
}

static void on_hello(void *context, const struct hello_result *result)
{
    struct tls_probe *probe = context;
    probe->hello = NULL;
    probe->found.hellos += result->hellos;
    probe->silences += result->outcome == HELLO_SILENCE;
    probe->found.bytes += result->bytes;
    probe->asked->hear_hello(&probe->inquiry, probe->asked, result);
    go_on(probe, result->outcome != HELLO_NO_CONNECTION);
}

static void on_handshake(void *context, struct handshake_result *result)
{
    struct tls_probe *probe = context;
    probe->handshake = NULL;
    probe->found.handshakes += result->outcome == HANDSHAKE_COMPLETED ? 1 : 0;
    probe->silences += result->timed_out ? SILENCES_MAX : 0;
    probe->found.bytes += result->bytes_read + result->bytes_written;
    probe->asked->hear_handshake(&probe->inquiry, result);
    handshake_session_free(result->session);
    result->session = NULL;
    go_on(probe, result->outcome != HANDSHAKE_NO_CONNECTION);
}

static bool start_hello(struct tls_probe *probe)
{
    const struct tls_probe_request *request = &probe->request;
    struct hello_request hello = {.address = request->address,
                                  .port = request->port,
                                  .offer = hello_edge_offer(slice_of(probe->inquiry.sni)),
                                  .seed = request->seed + probe->next,
                                  .timeout_ms = request->timeout_ms};
    probe->asked->make_hello(&probe->inquiry, probe->asked, &hello);
    probe->hello = hello_exchange_start(probe->loop, &hello, on_hello, probe, NULL);
    return probe->hello != NULL;
}

static bool start_handshake(struct tls_probe *probe)
{
    const struct tls_probe_request *request = &probe->request;
    struct handshake_request handshake = {.address = request->address,
                                          .port = request->port,
                                          .sni = probe->inquiry.sni,
                                          .timeout_ms = request->timeout_ms};
    probe->asked->make_handshake(&probe->inquiry, &handshake);
    probe->handshake = handshake_start(probe->loop, &handshake, on_handshake, probe, NULL);
    return probe->handshake != NULL;
}

static void on_turn(void *context)
{
    struct tls_probe *probe = context;
    const struct tls_probe_request *request = &probe->request;
    int64_t wait_ms = 0;
    int64_t now_ms = loop_now_ms(probe->loop);
    if (!limiter_acquire_for(request->limiter, &probe->keeper, probe->keeps_place, &request->address, &request->bounds,
                             now_ms, &wait_ms)) {
        wait_ms = wait_ms == LIMITER_WAIT_FOR_RELEASE ? RELEASE_POLL_MS : wait_ms;
        if (loop_timer_set(probe->loop, &probe->timer, wait_ms, NULL) != 0) {
            finish(probe);
        }
        return;
    }
    if (probe->keeps_place) {
        limiter_connect_anew(request->limiter, now_ms);
    }
    probe->keeps_place = false;
    probe->holds_limiter = true;
    if (!(probe->asked->is_hello ? start_hello(probe) : start_handshake(probe))) {
        probe->found.tcp = TCP_LOCAL_FAULT;
        finish(probe);
    }
}

static void ask_next(struct tls_probe *probe)
{
    while (probe->next < tls_question_count) {
        probe->asked = tls_questions[probe->next++];
        if (may_ask(probe, probe->asked)) {
            if (loop_timer_set(probe->loop, &probe->timer, 0, NULL) != 0) {
                break;
            }
            return;
        }
    }
    finish(probe);
}

static bool is_address(const char *hostname)
{
    struct address address;
    return address_parse(slice_of(hostname), &address) == 0;
}

struct tls_probe *tls_probe_start(struct loop *loop, const struct tls_probe_request *request, tls_probe_done *done,
                                  void *context, struct err *err)
{
    struct tls_probe *probe = calloc(1, sizeof *probe);
    if (probe == NULL) {
        err_memory(err);
        return NULL;
    }
    probe->loop = loop;
    probe->request = *request;
    probe->request.timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TLS_PROBE_TIMEOUT_MS;
    probe->done = done;
    probe->context = context;
    probe->timer = (struct loop_timer){.callback = on_turn, .context = probe};
    struct tls_inquiry *inquiry = &probe->inquiry;
    inquiry->request = &probe->request;
    const char *name = request->sni != NULL ? request->sni : request->hostname;
    inquiry->sni = is_address(name) ? NULL : name;
    inquiry->found = &probe->found;
    snprintf(inquiry->http_request, sizeof inquiry->http_request,
             "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n\r\n",
             request->hostname, request->user_agent != NULL ? request->user_agent : FETCH_USER_AGENT);
    /* The first question is always due. */
    probe->asked = tls_questions[probe->next++];
    if (loop_timer_set(loop, &probe->timer, 0, err) != 0) {
        tls_probe_cancel(probe);
        return NULL;
    }
    return probe;
}

const char *tls_post_quantum_name(enum tls_post_quantum value)
{
    switch (value) {
    case TLS_POST_QUANTUM_UNKNOWN:
        break;
    case TLS_POST_QUANTUM_SUPPORTED:
        return "supported";
    case TLS_POST_QUANTUM_NOT_SUPPORTED:
        return "not_supported";
    case TLS_POST_QUANTUM_BROKEN:
        return "broken";
    }
    return NULL;
}

const char *tls_sni_name(enum tls_sni value)
{
    switch (value) {
    case TLS_SNI_UNKNOWN:
        break;
    case TLS_SNI_REQUIRED:
        return "required";
    case TLS_SNI_IGNORED:
        return "ignored";
    case TLS_SNI_OTHER_CERTIFICATE:
        return "other_certificate";
    }
    return NULL;
}

const char *tls_client_certificate_name(enum tls_client_certificate value)
{
    switch (value) {
    case TLS_CLIENT_CERTIFICATE_UNKNOWN:
        break;
    case TLS_CLIENT_CERTIFICATE_NONE:
        return "none";
    case TLS_CLIENT_CERTIFICATE_REQUESTED:
        return "requested";
    case TLS_CLIENT_CERTIFICATE_REQUIRED:
        return "required";
    }
    return NULL;
}

const char *tls_fault_name(enum tls_fault fault)
{
    switch (fault) {
    case TLS_FAULT_SPLIT_CLIENT_HELLO:
        return "split_client_hello";
    case TLS_FAULT_BROKEN_HELLO_RETRY_REQUEST:
        return "broken_hello_retry_request";
    case TLS_FAULT_UNKNOWN_KEY_SHARE:
        break;
    }
    return "unknown_key_share";
}

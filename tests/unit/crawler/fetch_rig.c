#include "tests/unit/crawler/fetch_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

void fetch_rig_init(struct fetch_rig *rig, const struct fetcher_options *options)
{
    struct err err = ERR_INIT;
    rig->loop = loop_new(&err);
    assert_non_null(rig->loop);
    rig->fetcher = fetcher_new(rig->loop, options, &err);
    assert_non_null(rig->fetcher);
}

void fetch_rig_release(struct fetch_rig *rig)
{
    fetcher_free(rig->fetcher);
    loop_free(rig->loop);
}

struct fetch_rig fetch_rig;

int fetch_rig_set_up(void **state)
{
    (void)state;
    fetch_rig_init(&fetch_rig, NULL);
    return 0;
}

int fetch_rig_tear_down(void **state)
{
    (void)state;
    fetch_rig_release(&fetch_rig);
    return 0;
}

struct fetch_request fetch_rig_request(uint16_t port, bool https)
{
    struct fetch_request request = {.port = port,
                                    .https = https,
                                    .visitor_https = https,
                                    .hostname = "site.test",
                                    .path_query = "/",
                                    .timeout_ms = 5000};
    address_parse(SLICE("127.0.0.1"), &request.address);
    return request;
}

struct wait {
    bool done;
    fetch_body_sink *on_body;
    void *context;
    struct fetch_response response;
};

static void take_response(void *context, struct fetch_response *response)
{
    struct wait *wait = context;
    wait->response = fetch_response_take(response);
    wait->done = true;
}

static bool pass_body(void *context, const struct fetch_response *head, struct slice bytes)
{
    struct wait *wait = context;
    return wait->on_body(wait->context, head, bytes);
}

struct fetch_response fetch_rig_get_into(struct fetch_rig *rig, const struct fetch_request *request,
                                         fetch_body_sink *on_body, void *context)
{
    struct err err = ERR_INIT;
    struct wait wait = {.on_body = on_body, .context = context};
    struct fetch *fetch =
        fetch_start(rig->fetcher, request, on_body != NULL ? pass_body : NULL, take_response, &wait, &err);
    if (fetch == NULL) {
        fail_msg("fetch_start: %s", err.message);
    }
    assert_false(wait.done);
    assert_int_equal(loop_run_until(rig->loop, &wait.done, &err), 0);
    assert_true(wait.done);
    return wait.response;
}

struct fetch_response fetch_rig_get(struct fetch_rig *rig, const struct fetch_request *request)
{
    return fetch_rig_get_into(rig, request, NULL, NULL);
}

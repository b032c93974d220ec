/* A loop with a fetcher on it, and fetches that are waited for. */
#ifndef ORIGINTLS_TESTS_UNIT_CRAWLER_FETCH_RIG_H
#define ORIGINTLS_TESTS_UNIT_CRAWLER_FETCH_RIG_H

#include "crawler/fetch.h"
#include "crawler/loop.h"

struct fetch_rig {
    struct loop *loop;
    struct fetcher *fetcher;
};

/* `options` may be NULL. Fails the test where it cannot. */
void fetch_rig_init(struct fetch_rig *rig, const struct fetcher_options *options);
void fetch_rig_release(struct fetch_rig *rig);

/* The rig of the test that is running, for groups whose every test wants a fresh one without options. */
extern struct fetch_rig fetch_rig;
int fetch_rig_set_up(void **state);
int fetch_rig_tear_down(void **state);

/* GET / for site.test on 127.0.0.1 without bounds, within 5 seconds. */
struct fetch_request fetch_rig_request(uint16_t port, bool https);
/* Starts one fetch and runs the loop until it is done; the caller releases the response. */
struct fetch_response fetch_rig_get(struct fetch_rig *rig, const struct fetch_request *request);
struct fetch_response fetch_rig_get_into(struct fetch_rig *rig, const struct fetch_request *request,
                                         fetch_body_sink *on_body, void *context);

#endif

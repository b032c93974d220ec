/* What a zone scan asks of the outside, and the answers that it waits for.
 *
 * The engine never opens a socket and never blocks: it puts wishes here, whoever drives it takes them out, fulfils them
 * and answers by number. Each answer runs one continuation of the engine. So the same engine runs under a real network,
 * under a thousand others on one loop, or under a test that answers from a table.
 *
 * Every wish must be answered in the end, also when a scan is being ended: continuations free what they hold.
 */
#ifndef ORIGINTLS_SCAN_WISHES_H
#define ORIGINTLS_SCAN_WISHES_H

#include "crawler/fetch.h"
#include "crawler/resolve.h"
#include "crawler/tls_probe.h"

enum wish_kind {
    WISH_FETCH,   /* answer with wishes_answer_fetch */
    WISH_RESOLVE, /* answer with wishes_answer_resolve */
    WISH_PROBE,   /* what can the TLS of `request.address` do? Answer with wishes_answer_probe */
    WISH_TIMER,   /* answer with wishes_answer_timer */
    WISH_BACK_OFF /* no answer: ask nothing of `request.address` for `delay_ms` */
};

struct wish {
    enum wish_kind kind;
    uint64_t id;
    struct fetch_request request; /* FETCH, PROBE; its texts live until the wish is answered */
    fetch_body_sink *on_body;     /* FETCH: wants the body as it arrives; NULL: only the whole response */
    void *context;                /* for on_body */
    const char *name;             /* RESOLVE; likewise */
    int64_t delay_ms;             /* TIMER, BACK_OFF */
};

struct wishes;

typedef void wish_fetched(void *context, struct fetch_response *response); /* may be taken by fetch_response_take */
typedef void wish_resolved(void *context, const struct resolve_result *result);
typedef void wish_probed(void *context, const struct tls_capabilities *found);
typedef void wish_rang(void *context);

struct wishes *wishes_new(void); /* NULL only when out of memory */
void wishes_free(struct wishes *wishes);

/* The asking side. `request` is copied with its texts (but not `headers`, which the caller keeps). `on_body` may be
 * NULL, and whoever fulfils the wish may leave it uncalled: the response has the body as well. 0, or -1 out of memory.
 */
int wishes_fetch(struct wishes *wishes, const struct fetch_request *request, fetch_body_sink *on_body,
                 wish_fetched *done, void *context);
int wishes_resolve(struct wishes *wishes, const char *name, wish_resolved *done, void *context);
/* Of the request, what concerns the connection counts. */
int wishes_probe(struct wishes *wishes, const struct fetch_request *request, wish_probed *done, void *context);
int wishes_timer(struct wishes *wishes, int64_t delay_ms, wish_rang *done, void *context);
int wishes_back_off(struct wishes *wishes, const struct address *address, int64_t delay_ms);

/* The fulfilling side. The next wish that nobody has taken yet; false if there is none. */
bool wishes_next(struct wishes *wishes, struct wish *wish);
void wishes_answer_fetch(struct wishes *wishes, uint64_t id, struct fetch_response *response);
void wishes_answer_resolve(struct wishes *wishes, uint64_t id, const struct resolve_result *result);
void wishes_answer_probe(struct wishes *wishes, uint64_t id, const struct tls_capabilities *found);
void wishes_answer_timer(struct wishes *wishes, uint64_t id);

/* Wishes that are not answered yet, taken or not; timers apart. */
size_t wishes_pending(const struct wishes *wishes);
size_t wishes_pending_timers(const struct wishes *wishes);

#endif

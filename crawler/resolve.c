#include "crawler/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { TIMEOUT_DEFAULT_MS = 10000, FIRST_TRY_MS = 2000, TRIES = 3 };

struct resolver {
    struct loop *loop;
    ares_channel channel;
    bool has_channel;
    struct loop_timer timer; /* c-ares's own: repeated questions */
    int timeout_ms;
    struct resolve *first;
};

struct resolve {
    struct resolver *resolver;
    resolve_done *done;
    void *context;
    bool allow_special;
    bool pending;            /* c-ares will still call back */
    bool over;               /* delivered or cancelled */
    struct loop_timer timer; /* the end of our patience; once the answer is there, its delivery */
    struct resolve_result result;
    struct resolve *previous;
    struct resolve *next;
};

const char *resolve_outcome_name(enum resolve_outcome outcome)
{
    switch (outcome) {
    case RESOLVE_FOUND:
        return "found";
    case RESOLVE_REFUSED:
        return "refused";
    case RESOLVE_NO_NAME:
        return "no_name";
    case RESOLVE_TIMEOUT:
        return "timeout";
    case RESOLVE_FAILED:
        return "failed";
    }
    return "unknown";
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_ready;

static void start_library(void)
{
    library_ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
}

/* ---- c-ares on the loop ---- */

static void set_library_timer(struct resolver *resolver)
{
    struct timeval wait;
    if (ares_timeout(resolver->channel, NULL, &wait) == NULL) {
        loop_timer_clear(resolver->loop, &resolver->timer);
        return;
    }
    /* Rounded up: a timer that rings too early would ring again at once. */
    int64_t wait_ms = (int64_t)wait.tv_sec * 1000 + (wait.tv_usec + 999) / 1000;
    loop_timer_set(resolver->loop, &resolver->timer, wait_ms, NULL);
}

static void time_has_come(void *context)
{
    struct resolver *resolver = context;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_library_timer(resolver);
}

static void socket_is_ready(void *context, int fd, unsigned events)
{
    struct resolver *resolver = context;
    bool readable = (events & (LOOP_READ | LOOP_ERROR)) != 0, writable = (events & LOOP_WRITE) != 0;
    ares_process_fd(resolver->channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
    set_library_timer(resolver);
}

static void watch_socket(void *context, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = context;
    unsigned events = (readable != 0 ? LOOP_READ : 0u) | (writable != 0 ? LOOP_WRITE : 0u);
    if (events == 0) {
        loop_unwatch(resolver->loop, fd);
    } else {
        /* Where it cannot be watched, the query ends by its timeout. */
        loop_watch(resolver->loop, fd, events, socket_is_ready, resolver, NULL);
    }
}

/* ---- One answer ---- */

static void free_resolve(struct resolve *resolve)
{
    loop_timer_clear(resolve->resolver->loop, &resolve->timer);
    *(resolve->previous != NULL ? &resolve->previous->next : &resolve->resolver->first) = resolve->next;
    if (resolve->next != NULL) {
        resolve->next->previous = resolve->previous;
    }
    free(resolve);
}

static bool has_address(const struct resolve_result *result, const struct address *address)
{
    for (size_t i = 0; i < result->count; i++) {
        if (address_equal(&result->addresses[i], address)) {
            return true;
        }
    }
    return false;
}

static void add_address(struct resolve *resolve, const struct address *address)
{
    struct resolve_result *result = &resolve->result;
    if (!resolve->allow_special && address_is_special(address)) {
        result->refused++;
    } else if (has_address(result, address)) {
        return;
    } else if (result->count == LIMIT_HOSTNAME_ORIGINS) {
        result->beyond++;
    } else {
        result->addresses[result->count++] = *address;
    }
}

/* Through text, so that an IPv4 address in IPv6's clothes is taken for what it is. */
static bool address_of(const struct ares_addrinfo_node *node, struct address *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (node->ai_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, node->ai_addr, sizeof four);
        inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    } else if (node->ai_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, node->ai_addr, sizeof six);
        inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    }
    return address_parse(slice_of(text), address) == 0;
}

static enum resolve_outcome outcome_of(const struct resolve_result *result, int status)
{
    if (result->count > 0) {
        return RESOLVE_FOUND;
    }
    if (result->refused > 0) {
        return RESOLVE_REFUSED;
    }
    switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME:
        return RESOLVE_NO_NAME;
    case ARES_ETIMEOUT:
        return RESOLVE_TIMEOUT;
    default:
        return RESOLVE_FAILED;
    }
}

static void take_answer(void *context, int status, int timeouts, struct ares_addrinfo *answer)
{
    (void)timeouts;
    struct resolve *resolve = context;
    resolve->pending = false;
    struct address address;
    for (const struct ares_addrinfo_node *node = answer != NULL ? answer->nodes : NULL; node != NULL;
         node = node->ai_next) {
        if (address_of(node, &address)) {
            add_address(resolve, &address);
        }
    }
    ares_freeaddrinfo(answer);
    resolve->result.outcome = outcome_of(&resolve->result, status);
    if (resolve->over) {
        free_resolve(resolve);
    } else {
        loop_timer_set(resolve->resolver->loop, &resolve->timer, 0, NULL);
    }
}

/* An address in the place of a name needs no question. */
static bool take_literal(struct resolve *resolve, const char *name, int family)
{
    struct address address;
    if (address_parse(slice_of(name), &address) != 0) {
        return false;
    }
    if (family == 0 || family == address.family) {
        add_address(resolve, &address);
    }
    resolve->pending = false;
    resolve->result.outcome = outcome_of(&resolve->result, ARES_SUCCESS);
    return true;
}

/* Rings when the answer is there, or when it has not come in time. */
static void deliver(void *context)
{
    struct resolve *resolve = context;
    struct resolve_result result = resolve->result;
    resolve_done *done = resolve->done;
    void *caller = resolve->context;
    if (resolve->pending) {
        result = (struct resolve_result){.outcome = RESOLVE_TIMEOUT};
        resolve->over = true;
    } else {
        free_resolve(resolve);
    }
    done(caller, &result);
}

/* ---- The resolver ---- */

static int make_channel(struct resolver *resolver, const struct resolver_options *options, struct err *err)
{
    struct ares_options wanted = {.flags = ARES_FLAG_NOSEARCH,
                                  .timeout = FIRST_TRY_MS < resolver->timeout_ms ? FIRST_TRY_MS : resolver->timeout_ms,
                                  .tries = TRIES,
                                  .sock_state_cb = watch_socket,
                                  .sock_state_cb_data = resolver};
    const int set = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    pthread_once(&library_once, start_library);
    if (!library_ready || ares_init_options(&resolver->channel, &wanted, set) != ARES_SUCCESS) {
        return err_set(err, ERR_INTERNAL, "cannot start the DNS resolver");
    }
    resolver->has_channel = true;
    if (options != NULL && options->servers != NULL &&
        ares_set_servers_ports_csv(resolver->channel, options->servers) != ARES_SUCCESS) {
        return err_set(err, ERR_USAGE, "'%s' is no list of DNS servers", options->servers);
    }
    return 0;
}

struct resolver *resolver_new(struct loop *loop, const struct resolver_options *options, struct err *err)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL) {
        err_memory(err);
        return NULL;
    }
    resolver->loop = loop;
    resolver->timer = (struct loop_timer){.callback = time_has_come, .context = resolver};
    resolver->timeout_ms = options != NULL && options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_DEFAULT_MS;
    if (make_channel(resolver, options, err) != 0) {
        resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver == NULL) {
        return;
    }
    for (struct resolve *resolve = resolver->first; resolve != NULL; resolve = resolve->next) {
        resolve->over = true;
    }
    if (resolver->has_channel) {
        ares_destroy(resolver->channel); /* calls back for what is pending, which frees it */
    }
    while (resolver->first != NULL) {
        free_resolve(resolver->first);
    }
    loop_timer_clear(resolver->loop, &resolver->timer);
    free(resolver);
}

struct resolve *resolve_start(struct resolver *resolver, const char *name, int family, bool allow_special,
                              resolve_done *done, void *context, struct err *err)
{
    const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT,
                                              .ai_family = family == 4   ? AF_INET
                                                           : family == 6 ? AF_INET6
                                                                         : AF_UNSPEC};
    struct resolve *resolve = calloc(1, sizeof *resolve);
    if (resolve == NULL) {
        err_memory(err);
        return NULL;
    }
    *resolve = (struct resolve){.resolver = resolver,
                                .done = done,
                                .context = context,
                                .allow_special = allow_special,
                                .pending = true,
                                .timer = {.callback = deliver, .context = resolve},
                                .next = resolver->first};
    bool is_literal = take_literal(resolve, name, family);
    if (loop_timer_set(resolver->loop, &resolve->timer, is_literal ? 0 : resolver->timeout_ms, err) != 0) {
        free(resolve);
        return NULL;
    }
    if (resolve->next != NULL) {
        resolve->next->previous = resolve;
    }
    resolver->first = resolve;
    if (is_literal) {
        return resolve;
    }
    ares_getaddrinfo(resolver->channel, name, NULL, &hints, take_answer, resolve);
    set_library_timer(resolver);
    return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
    if (resolve == NULL) {
        return;
    }
    if (resolve->pending) {
        resolve->over = true;
        loop_timer_clear(resolve->resolver->loop, &resolve->timer);
    } else {
        free_resolve(resolve);
    }
}

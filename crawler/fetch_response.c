#include "crawler/fetch.h"

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    switch (outcome) {
    case FETCH_ANSWERED:
        return "answered";
    case FETCH_REFUSED:
        return "refused";
    case FETCH_CONNECT_TIMEOUT:
        return "connect_timeout";
    case FETCH_UNREACHABLE:
        return "unreachable";
    case FETCH_NO_ROUTE:
        return "no_route";
    case FETCH_TLS_FAILED:
        return "tls_failed";
    case FETCH_CLIENT_CERTIFICATE_REQUIRED:
        return "client_certificate_required";
    case FETCH_TIMEOUT:
        return "timeout";
    case FETCH_RESET:
        return "reset";
    case FETCH_BROKEN:
        return "broken";
    case FETCH_EMPTY:
        return "empty";
    case FETCH_TOO_LARGE:
        return "too_large";
    case FETCH_LOCAL_FAULT:
        return "local_fault";
    }
    return "unknown";
}

void fetch_cost_add(struct fetch_cost *sum, const struct fetch_cost *cost)
{
    sum->requests += cost->requests;
    sum->connections += cost->connections;
    sum->hellos += cost->hellos;
    sum->handshakes += cost->handshakes;
    sum->bytes += cost->bytes;
}

void fetch_response_release(struct fetch_response *response)
{
    buf_release(&response->body);
    certificate_parsed_release(&response->tls.parsed);
    arena_release(&response->arena);
    *response = (struct fetch_response){0};
}

struct fetch_response fetch_response_take(struct fetch_response *from)
{
    struct fetch_response taken = *from;
    *from = (struct fetch_response){0};
    return taken;
}

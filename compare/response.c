#include "compare/response.h"

const char *exchange_outcome_name(enum exchange_outcome outcome)
{
    switch (outcome) {
    case EXCHANGE_ANSWERED:
        return "answered";
    case EXCHANGE_REFUSED:
        return "refused";
    case EXCHANGE_CONNECT_TIMEOUT:
        return "connect timeout";
    case EXCHANGE_UNREACHABLE:
        return "unreachable";
    case EXCHANGE_NO_ROUTE:
        return "no route";
    case EXCHANGE_TLS_FAILED:
        return "TLS handshake failed";
    case EXCHANGE_CLIENT_CERTIFICATE_REQUIRED:
        return "client certificate required";
    case EXCHANGE_TIMEOUT:
        return "timeout";
    case EXCHANGE_RESET:
        return "connection reset";
    case EXCHANGE_BROKEN:
        return "broken response";
    case EXCHANGE_EMPTY_REPLY:
        return "empty reply";
    case EXCHANGE_TOO_LARGE:
        return "too large";
    }
    return "unknown";
}

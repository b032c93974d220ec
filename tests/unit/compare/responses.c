#include "tests/unit/compare/responses.h"

struct compare_response typed_body(const char *content_type, const char *body)
{
    return (struct compare_response){.outcome = EXCHANGE_ANSWERED,
                                     .status = 200,
                                     .https = true,
                                     .content_type = slice_of(content_type),
                                     .body = slice_of(body),
                                     .host = SLICE("www.example.com"),
                                     .path = SLICE("/dir/page"),
                                     .retry_after_s = -1};
}

struct compare_response html_page(const char *body)
{
    return typed_body("text/html; charset=utf-8", body);
}

struct compare_response with_status(int status, const char *body)
{
    struct compare_response response = html_page(body);
    response.status = status;
    return response;
}

struct compare_response redirect_to(int status, const char *location)
{
    struct compare_response response = with_status(status, "");
    response.location = slice_of(location);
    return response;
}

struct compare_response failed_with(enum exchange_outcome outcome)
{
    struct compare_response response = with_status(0, "");
    response.outcome = outcome;
    return response;
}

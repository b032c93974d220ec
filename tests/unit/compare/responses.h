/* Responses for the tests of compare/, with the fields that hardly any test cares about filled in. */
#ifndef ORIGINTLS_TESTS_UNIT_COMPARE_RESPONSES_H
#define ORIGINTLS_TESTS_UNIT_COMPARE_RESPONSES_H

#include "compare/response.h"

/* 200 text/html from www.example.com/page, shown over https. `body` must outlive the result. */
struct compare_response html_page(const char *body);
struct compare_response typed_body(const char *content_type, const char *body);
struct compare_response with_status(int status, const char *body);
struct compare_response redirect_to(int status, const char *location);
struct compare_response failed_with(enum exchange_outcome outcome);

#endif

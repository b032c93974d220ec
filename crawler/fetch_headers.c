#include "crawler/fetch_headers.h"

#include "base/limits.h"

#include <curl/curl.h>
#include <string.h>

/* A longer wait than this is as good as for ever. */
#define RETRY_AFTER_SECONDS_MAX 999999999

enum { COOKIES_AT_FIRST = 8 };

static int64_t http_date(struct slice value)
{
    char text[64];
    /* curl_getdate also takes bare numbers and zones for dates; those of RFC 9110 begin with a day and hold a time. */
    if (value.len == 0 || value.len >= sizeof text || !ascii_is_alpha(value.ptr[0]) ||
        (memchr(value.ptr, ',', value.len) == NULL && memchr(value.ptr, ':', value.len) == NULL)) {
        return -1;
    }
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    return (int64_t)curl_getdate(text, NULL);
}

int64_t fetch_retry_after_parse(struct slice value, int64_t now_s)
{
    value = slice_trim(value);
    int64_t seconds = 0;
    size_t digits = 0;
    while (digits < value.len && ascii_is_digit(value.ptr[digits])) {
        seconds = seconds * 10 + (value.ptr[digits++] - '0');
        seconds = seconds < RETRY_AFTER_SECONDS_MAX ? seconds : RETRY_AFTER_SECONDS_MAX;
    }
    if (digits > 0 && digits == value.len) {
        return seconds;
    }
    int64_t date_s = http_date(value);
    if (date_s < 0) {
        return -1;
    }
    return date_s > now_s ? date_s - now_s : 0;
}

static int status_of(struct slice line)
{
    size_t space = slice_find_byte(line, ' ');
    struct slice digits = slice_from(line, space + 1);
    if (digits.len < 3 || !ascii_is_digit(digits.ptr[0]) || !ascii_is_digit(digits.ptr[1]) ||
        !ascii_is_digit(digits.ptr[2])) {
        return 0;
    }
    return (digits.ptr[0] - '0') * 100 + (digits.ptr[1] - '0') * 10 + (digits.ptr[2] - '0');
}

static void begin_head(struct fetch_head *head, struct fetch_response *response, struct slice line)
{
    response->status = status_of(line);
    response->content_type = NULL;
    response->content_encoding = NULL;
    response->location = NULL;
    response->strict_transport_security = NULL;
    response->content_security_policy = NULL;
    response->access_control_allow_origin = NULL;
    response->server = NULL;
    response->set_cookies = NULL;
    response->set_cookie_count = 0;
    response->retry_after_s = -1;
    head->set_cookie_capacity = 0;
    head->codings = 0;
    head->unknown_coding = false;
    head->retry_after = head->date = SLICE_EMPTY;
}

/* Every list of codings counts: "gzip, gzip" as well as two headers. */
static void count_codings(struct fetch_head *head, struct slice list)
{
    static const struct slice known[] = {{"gzip", 4}, {"x-gzip", 6}, {"br", 2}, {"deflate", 7}};
    static const struct slice none[] = {{"identity", 8}, {"chunked", 7}, {"none", 4}, {"", 0}};
    struct slice part;
    while (slice_next(&list, ',', &part)) {
        bool is_known = false, is_none = false;
        part = slice_trim(part);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            is_known = is_known || slice_equal_nocase(part, known[i]);
            is_none = is_none || slice_equal_nocase(part, none[i]);
        }
        head->codings += is_none ? 0u : 1u;
        head->unknown_coding = head->unknown_coding || (!is_none && !is_known);
    }
}

bool fetch_head_may_decode(const struct fetch_head *head)
{
    return head->codings <= 1 && !head->unknown_coding;
}

static int add_cookie(struct fetch_head *head, struct fetch_response *response, struct slice value)
{
    const char **cookies = (const char **)(uintptr_t)response->set_cookies; /* our own array, const for its readers */
    if (response->set_cookie_count == head->set_cookie_capacity) {
        size_t capacity = head->set_cookie_capacity == 0 ? COOKIES_AT_FIRST : head->set_cookie_capacity * 2;
        const char **grown = arena_alloc(&response->arena, capacity * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        if (response->set_cookie_count > 0) {
            memcpy(grown, cookies, response->set_cookie_count * sizeof *grown);
        }
        response->set_cookies = cookies = grown;
        head->set_cookie_capacity = capacity;
    }
    const char *copy = arena_copy(&response->arena, value);
    if (copy == NULL) {
        return -1;
    }
    cookies[response->set_cookie_count++] = copy;
    return 0;
}

static int keep_first(const char **kept, struct arena *arena, struct slice value)
{
    if (*kept == NULL) {
        *kept = arena_copy(arena, value);
    }
    return *kept != NULL ? 0 : -1;
}

static int keep_slice(struct slice *kept, struct arena *arena, struct slice value)
{
    const char *copy = NULL;
    if (kept->len > 0) {
        return 0;
    }
    if (keep_first(&copy, arena, value) != 0) {
        return -1;
    }
    *kept = slice_make(copy, value.len);
    return 0;
}

static int keep_header(struct fetch_head *head, struct fetch_response *response, struct slice name, struct slice value)
{
    const struct {
        struct slice name;
        const char **kept;
    } texts[] = {
        {SLICE("Content-Type"), &response->content_type},
        {SLICE("Content-Encoding"), &response->content_encoding},
        {SLICE("Location"), &response->location},
        {SLICE("Strict-Transport-Security"), &response->strict_transport_security},
        {SLICE("Content-Security-Policy"), &response->content_security_policy},
        {SLICE("Access-Control-Allow-Origin"), &response->access_control_allow_origin},
        {SLICE("Server"), &response->server},
    };
    if (slice_equal_nocase(name, SLICE("Content-Encoding")) || slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
        count_codings(head, value);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (slice_equal_nocase(name, texts[i].name)) {
            return keep_first(texts[i].kept, &response->arena, value);
        }
    }
    if (slice_equal_nocase(name, SLICE("Set-Cookie"))) {
        return add_cookie(head, response, value);
    }
    if (slice_equal_nocase(name, SLICE("Retry-After"))) {
        return keep_slice(&head->retry_after, &response->arena, value);
    }
    if (slice_equal_nocase(name, SLICE("Date"))) {
        return keep_slice(&head->date, &response->arena, value);
    }
    return 0;
}

enum fetch_head_verdict fetch_head_line(struct fetch_head *head, struct fetch_response *response, struct slice line)
{
    head->bytes += line.len;
    head->lines++;
    if (head->bytes > LIMIT_HEADER_BYTES || head->lines > LIMIT_HEADER_COUNT) {
        return FETCH_HEAD_TOO_LARGE;
    }
    if (head->in_body || line.len == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return FETCH_HEAD_FINE; /* trailers and folded lines tell us nothing */
    }
    if (slice_starts_with_nocase(line, SLICE("HTTP/"))) {
        begin_head(head, response, line);
        return FETCH_HEAD_FINE;
    }
    size_t colon = slice_find_byte(line, ':');
    if (colon == line.len) {
        return FETCH_HEAD_FINE;
    }
    struct slice value = slice_trim(slice_from(line, colon + 1));
    value.len = value.len > LIMIT_HEADER_VALUE_BYTES ? LIMIT_HEADER_VALUE_BYTES : value.len;
    value.len = slice_find_byte(value, '\0');
    struct slice name = slice_trim(slice_make(line.ptr, colon));
    return keep_header(head, response, name, value) == 0 ? FETCH_HEAD_FINE : FETCH_HEAD_NO_MEMORY;
}

void fetch_head_finish(struct fetch_head *head, struct fetch_response *response, int64_t now_s)
{
    head->in_body = response->status >= 200;
    if (head->retry_after.len > 0) {
        int64_t date_s = http_date(head->date);
        response->retry_after_s = fetch_retry_after_parse(head->retry_after, date_s >= 0 ? date_s : now_s);
    }
}

/* Names that the fetcher sends itself, or that would change what a request is. */
static bool is_reserved(struct slice name)
{
    static const char *const reserved[] = {
        "Host",       "User-Agent",     "Accept-Encoding", "X-Forwarded-Proto", "CF-Visitor",
        "Connection", "Content-Length", "Content-Type",    "Transfer-Encoding", "TE",
        "Trailer",    "Upgrade",        "Expect",          "Keep-Alive",        "Proxy-Connection",
        "Range",      "If-None-Match",  "If-Match",        "If-Modified-Since", "If-Unmodified-Since",
        "If-Range",   "HTTP2-Settings",
    };
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (slice_equal_nocase(name, slice_of(reserved[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_token(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_printable(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

int fetch_header_parse(struct slice line, struct fetch_header *header, struct err *err)
{
    size_t colon = slice_find_byte(line, ':');
    struct slice name = slice_make(line.ptr, colon);
    if (colon == line.len || !is_token(name)) {
        return err_set(err, ERR_USAGE, "not a header of the form 'NAME: VALUE'");
    }
    if (is_reserved(name)) {
        return err_set(err, ERR_USAGE, "the header %.*s cannot be given: it is part of every request", SLICE_ARG(name));
    }
    struct slice value = slice_trim(slice_from(line, colon + 1));
    if (value.len > LIMIT_HEADER_VALUE_BYTES || !is_printable(value)) {
        return err_set(err, ERR_USAGE, "the value of the header %.*s is too long or has control characters in it",
                       SLICE_ARG(name));
    }
    *header = (struct fetch_header){name, value};
    return 0;
}

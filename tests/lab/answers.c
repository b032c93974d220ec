#include "tests/lab/answer.h"
#include "tests/lab/answer_parts.h"
#include "tests/lab/site.h"

#include <inttypes.h>

#define OUR_AGENT "SSLDetector"

void answer_content(const struct request *request, const struct content *content, unsigned dress,
                    struct response *response)
{
    struct content_view view = {content, request->site->about.hostname, dress, request->rng};
    if (content_render(&view, request->path, &response->body, &response->type))
        return;
    answer_message(request, 404, "Not found", "There is no such page.", response);
}

void answer_message(const struct request *request, int status, const char *title, const char *text,
                    struct response *response)
{
    struct content_view view = {&request->site->content, request->site->about.hostname, DRESS_PLAIN, request->rng};
    response->status = status;
    response->type = "text/html; charset=utf-8";
    content_message_page(&view, title, text, &response->body);
}

/* An error page as a web server has it built in. */
static void bare_error(int status, const char *text, struct response *response)
{
    response->status = status;
    response->type = "text/html";
    buf_printf(&response->body,
               "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n"
               "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n",
               status, text, status, text);
}

static void redirect(int status, const char *scheme, const char *host, struct slice path, struct response *response)
{
    response->status = status;
    response->type = "text/html";
    buf_printf(&response->headers, "Location: %s://%s%.*s\r\n", scheme, host, SLICE_ARG(path));
    buf_printf(&response->body, "<html><body><h1>%d</h1></body></html>\n", status);
}

static bool below(const struct request *request, const char *prefix)
{
    return slice_starts_with(request->path, slice_of(prefix));
}

static bool is_robots(const struct request *request)
{
    return slice_equal(request->path, SLICE("/robots.txt"));
}

static bool is_home(const struct request *request)
{
    return slice_equal(request->path, SLICE("/"));
}

static const char *scheme_of(const struct request *request)
{
    return request->https ? "https" : "http";
}

static void site_with(const struct request *request, unsigned dress, struct response *response)
{
    answer_content(request, &request->site->content, dress, response);
}

void answer_site(const struct request *request, struct response *response)
{
    site_with(request, DRESS_PLAIN, response);
}

void answer_site_noisy(const struct request *request, struct response *response)
{
    site_with(request, DRESS_NOISE, response);
}

void answer_site_follow_scheme(const struct request *request, struct response *response)
{
    site_with(request,
              request->https ? DRESS_LINKS_HTTPS | DRESS_RESOURCES_HTTPS : DRESS_LINKS_HTTP | DRESS_RESOURCES_HTTP,
              response);
}

void answer_site_http_resources(const struct request *request, struct response *response)
{
    site_with(request, DRESS_RESOURCES_HTTP, response);
}

void answer_site_resources_opposite(const struct request *request, struct response *response)
{
    site_with(request, request->https ? DRESS_RESOURCES_HTTP : DRESS_RESOURCES_HTTPS, response);
}

void answer_site_calendar(const struct request *request, struct response *response)
{
    struct content_view view = {&request->site->content, request->site->about.hostname, DRESS_CALENDAR, request->rng};
    if (content_calendar(&view, request->path, &response->body))
        response->type = "text/html; charset=utf-8";
    else
        site_with(request, DRESS_CALENDAR, response);
}

void answer_site_sessions(const struct request *request, struct response *response)
{
    site_with(request, DRESS_SESSION, response);
}

void answer_site_archives(const struct request *request, struct response *response)
{
    if (!slice_ends_with(request->path, SLICE("/archive/"))) {
        site_with(request, DRESS_RELATIVE, response);
        return;
    }
    struct content_view view = {&request->site->content, request->site->about.hostname, DRESS_RELATIVE, request->rng};
    response->type = "text/html; charset=utf-8";
    content_message_page(&view, "Archive", "All that was written here before.", &response->body);
}

void answer_site_hsts(const struct request *request, struct response *response)
{
    buf_append_text(&response->headers, "Strict-Transport-Security: max-age=31536000\r\n");
    answer_site(request, response);
}

void answer_site_gzip(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (slice_find_nocase(request->accept_encoding, SLICE("gzip")) == request->accept_encoding.len)
        return;
    struct buf packed = {0};
    gzip_stored(buf_slice(&response->body), &packed);
    buf_release(&response->body);
    response->body = packed;
    buf_append_text(&response->headers, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
}

void answer_site_chunked(const struct request *request, struct response *response)
{
    answer_site(request, response);
    response->framing = FRAMING_CHUNKED;
}

void answer_site_closing(const struct request *request, struct response *response)
{
    answer_site(request, response);
    response->framing = FRAMING_CLOSE;
    response->close = true;
}

void answer_site_meta_refresh(const struct request *request, struct response *response)
{
    if (is_robots(request)) {
        answer_site(request, response);
        return;
    }
    response->type = "text/html";
    buf_append_text(&response->body, "<html><head><meta http-equiv=\"refresh\" content=\"0; url=/moved\"></head>\n"
                                     "<body>We have moved.</body></html>\n");
}

void answer_random_pages(const struct request *request, struct response *response)
{
    /* The links stay the same, so that a crawler finds its way. */
    struct content content = request->site->content;
    content.seed = rng_next(request->rng);
    answer_content(request, &content, DRESS_PLAIN, response);
}

void answer_other_site(const struct request *request, struct response *response)
{
    answer_content(request, &request->site->other, DRESS_PLAIN, response);
}

void answer_welcome_everywhere(const struct request *request, struct response *response)
{
    (void)request;
    response->type = "text/html";
    buf_append_text(&response->body,
                    "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n"
                    "<h1>Welcome to nginx!</h1>\n<p>The web server is installed and works. It has to be configured "
                    "before it serves anything else.</p>\n</body>\n</html>\n");
}

void answer_welcome_home(const struct request *request, struct response *response)
{
    if (is_home(request))
        answer_welcome_everywhere(request, response);
    else
        bare_error(404, "Not Found", response);
}

void answer_soft_404(const struct request *request, struct response *response)
{
    if (is_home(request) || is_robots(request))
        answer_site(request, response);
    else
        answer_message(request, 200, "Oops!", "The page that you are looking for could not be found.", response);
}

void answer_empty(const struct request *request, struct response *response)
{
    (void)request;
    response->type = "text/html";
}

static void site_but_for(const char *folder, int status, const char *reason, const struct request *request,
                         struct response *response)
{
    if (below(request, folder))
        bare_error(status, reason, response);
    else
        answer_site(request, response);
}

void answer_products_404(const struct request *request, struct response *response)
{
    site_but_for("/products", 404, "Not Found", request, response);
}

void answer_news_500(const struct request *request, struct response *response)
{
    site_but_for("/news", 500, "Internal Server Error", request, response);
}

void answer_api_502(const struct request *request, struct response *response)
{
    site_but_for("/api", 502, "Bad Gateway", request, response);
}

void answer_docs_500(const struct request *request, struct response *response)
{
    site_but_for("/docs", 500, "Internal Server Error", request, response);
}

void answer_500(const struct request *request, struct response *response)
{
    if (is_robots(request))
        bare_error(404, "Not Found", response);
    else
        bare_error(500, "Internal Server Error", response);
}

void answer_503(const struct request *request, struct response *response)
{
    (void)request;
    bare_error(503, "Service Temporarily Unavailable", response);
}

void answer_503_for_a_while(const struct request *request, struct response *response)
{
    if (request->https_serial == 0 || request->https_serial > 4) {
        answer_site(request, response);
        return;
    }
    buf_append_text(&response->headers, "Retry-After: 1\r\n");
    answer_503(request, response);
}

void answer_429_for_a_while(const struct request *request, struct response *response)
{
    if (request->serial < 9 || request->serial > 12) {
        answer_site(request, response);
        return;
    }
    buf_append_text(&response->headers, "Retry-After: 1\r\n");
    bare_error(429, "Too Many Requests", response);
}

void answer_403(const struct request *request, struct response *response)
{
    if (is_robots(request))
        bare_error(404, "Not Found", response);
    else
        bare_error(403, "Forbidden", response);
}

void answer_403_to_our_agent(const struct request *request, struct response *response)
{
    if (slice_find_nocase(request->user_agent, SLICE(OUR_AGENT)) < request->user_agent.len)
        bare_error(403, "Forbidden", response);
    else
        answer_site(request, response);
}

void answer_challenge(const struct request *request, struct response *response)
{
    (void)request;
    response->status = 403;
    response->type = "text/html; charset=UTF-8";
    buf_append_text(&response->headers, "cf-mitigated: challenge\r\n");
    buf_append_text(&response->body,
                    "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>"
                    "<h1>Checking your browser</h1><noscript>Enable JavaScript and cookies to continue</noscript>"
                    "<script src=\"/cdn-cgi/challenge-platform/orchestrate.js\"></script></body></html>\n");
}

void answer_401(const struct request *request, struct response *response)
{
    if (is_robots(request)) {
        bare_error(404, "Not Found", response);
        return;
    }
    response->status = 401;
    response->type = "application/json";
    buf_append_text(&response->headers, "WWW-Authenticate: Bearer realm=\"records\"\r\n");
    buf_append_text(&response->body, "{\"error\":\"unauthorized\",\"message\":\"Send your key with every call.\"}\n");
}

void answer_401_below_v1(const struct request *request, struct response *response)
{
    if (below(request, "/v1/"))
        answer_401(request, response);
    else
        answer_site(request, response);
}

void answer_robots_forbids_us(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (!is_robots(request))
        return;
    response->status = 200;
    response->type = "text/plain";
    buf_reset(&response->body);
    buf_append_text(&response->body, "User-agent: *\nDisallow: /cart/\n\n"
                                     "User-agent: Cloudflare-SSLDetector\nDisallow: /\n");
}

void answer_robots_forbids_others(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (!is_robots(request))
        return;
    response->status = 200;
    response->type = "text/plain";
    buf_reset(&response->body);
    buf_append_text(&response->body, "User-agent: *\nDisallow: /\n");
}

void answer_redirect_https(const struct request *request, struct response *response)
{
    redirect(301, "https", request->site->about.hostname, request->path, response);
}

void answer_redirect_https_home(const struct request *request, struct response *response)
{
    redirect(301, "https", request->site->about.hostname, SLICE("/"), response);
}

void answer_redirect_https_forwarded(const struct request *request, struct response *response)
{
    if (slice_equal_nocase(request->forwarded_proto, SLICE("https")))
        answer_site(request, response);
    else
        answer_redirect_https(request, response);
}

void answer_redirect_http(const struct request *request, struct response *response)
{
    redirect(301, "http", request->site->about.hostname, request->path, response);
}

void answer_redirect_self(const struct request *request, struct response *response)
{
    redirect(302, scheme_of(request), request->site->about.hostname, request->path, response);
}

void answer_docs_redirect_self(const struct request *request, struct response *response)
{
    if (!below(request, "/docs")) {
        answer_site(request, response);
        return;
    }
    response->status = 302;
    buf_printf(&response->headers, "Location: %.*s\r\n", SLICE_ARG(request->path));
}

void answer_redirect_www(const struct request *request, struct response *response)
{
    struct buf host = {0};
    buf_printf(&host, "www.%s", request->site->about.zone);
    /* The visitor's scheme: an origin behind a proxy is told it. */
    bool https = slice_equal_nocase(request->forwarded_proto, SLICE("https")) || request->https;
    redirect(301, https ? "https" : "http", buf_text(&host), request->path, response);
    buf_release(&host);
}

void answer_redirect_canary(const struct request *request, struct response *response)
{
    response->status = 302;
    buf_printf(&response->headers, "Location: %s/secret\r\n", request->canary_url);
}

void answer_login_wall(const struct request *request, struct response *response)
{
    if (below(request, "/login") || below(request, "/assets") || below(request, "/images") || is_robots(request)) {
        answer_site(request, response);
        return;
    }
    response->status = 302;
    buf_append_text(&response->headers, "Location: /login\r\n");
}

void answer_consent_wall(const struct request *request, struct response *response)
{
    if (below(request, "/consent")) {
        buf_append_text(&response->headers, "Set-Cookie: consent=1; Path=/\r\n");
        answer_message(request, 200, "Your consent", "We set a cookie. Go on reading as you like.", response);
    } else if (is_home(request) || is_robots(request) ||
               slice_find(request->cookie, SLICE("consent=1")) < request->cookie.len) {
        answer_site(request, response);
    } else {
        response->status = 302;
        buf_append_text(&response->headers, "Location: /consent\r\n");
    }
}

static bool is_folder(const struct request *request)
{
    return slice_ends_with(request->path, SLICE("/")) && !is_home(request);
}

void answer_forbidden_folders(const struct request *request, struct response *response)
{
    if (is_folder(request))
        bare_error(403, "Forbidden", response);
    else
        answer_site(request, response);
}

/* The redirect goes to another URL with every load, as applications do that look whether cookies are taken. */
void answer_cookie_test(const struct request *request, struct response *response)
{
    if (is_robots(request) || slice_find(request->cookie, SLICE("taken=1")) < request->cookie.len) {
        answer_site(request, response);
        return;
    }
    response->status = 302;
    buf_printf(&response->headers, "Location: %.*s?test=%016" PRIx64 "\r\nSet-Cookie: taken=1; Path=/\r\n",
               SLICE_ARG(request->path), rng_next(request->rng));
}

static void site_with_prices(double factor, const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (response->status != 200 || !slice_starts_with(slice_of(response->type), SLICE("text/html")))
        return;
    buf_append_text(&response->body, "<table>");
    for (int i = 0; i < 12; i++)
        buf_printf(&response->body, "<tr><td>Article %d<td>EUR %.2f", i, (14.99 + 3 * i) * factor);
}

void answer_prices(const struct request *request, struct response *response)
{
    site_with_prices(1.0, request, response);
}

void answer_prices_with_tax(const struct request *request, struct response *response)
{
    site_with_prices(1.19, request, response);
}

void answer_untyped_assets(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (below(request, "/assets/"))
        response->type = NULL;
}

void answer_no_content(const struct request *request, struct response *response)
{
    (void)request;
    response->status = 204;
}

void answer_partial_content(const struct request *request, struct response *response)
{
    answer_site(request, response);
    if (response->status != 200)
        return;
    size_t whole = response->body.len, part = whole / 2;
    response->status = 206;
    buf_printf(&response->headers, "Content-Range: bytes 0-%zu/%zu\r\n", part - 1, whole);
    response->body.len = part;
}

void answer_certificate_missing(const struct request *request, struct response *response)
{
    if (request->client_certificate)
        answer_site(request, response);
    else
        bare_error(400, "Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n<h1>",
                   response);
}

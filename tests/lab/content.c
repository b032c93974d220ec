#include "tests/lab/content.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdlib.h>

enum kind { KIND_PAGE, KIND_SECTION, KIND_STYLE, KIND_SCRIPT, KIND_IMAGE, KIND_API, KIND_FEED, KIND_SITEMAP };

static const char *const content_types[] = {
    [KIND_PAGE] = "text/html; charset=utf-8",
    [KIND_SECTION] = "text/html; charset=utf-8",
    [KIND_STYLE] = "text/css",
    [KIND_SCRIPT] = "application/javascript",
    [KIND_IMAGE] = "image/png",
    [KIND_API] = "application/json",
    [KIND_FEED] = "application/rss+xml; charset=utf-8",
    [KIND_SITEMAP] = "application/xml",
};

/* The documents `prefix`N`suffix` for N = 1..count; count 0: the one document `prefix`. */
struct group {
    const char *prefix;
    const char *suffix;
    unsigned count;
    enum kind kind;
    unsigned sentences;
    const char *section; /* of a KIND_SECTION: the prefix of the pages that it lists */
};

static const struct group large_groups[] = {
    {"/", "", 0, KIND_SECTION, 40, NULL},
    {"/about", "", 0, KIND_PAGE, 60, NULL},
    {"/contact", "", 0, KIND_PAGE, 25, NULL},
    {"/terms", "", 0, KIND_PAGE, 120, NULL},
    {"/login", "", 0, KIND_PAGE, 15, NULL},
    {"/search", "", 0, KIND_PAGE, 15, NULL},
    {"/news/", "", 0, KIND_SECTION, 12, "/news/"},
    {"/news/", "", 12, KIND_PAGE, 165, NULL},
    {"/products/", "", 0, KIND_SECTION, 12, "/products/"},
    {"/products/", "", 12, KIND_PAGE, 50, NULL},
    {"/docs/", "", 0, KIND_SECTION, 12, "/docs/"},
    {"/docs/", "", 10, KIND_PAGE, 165, NULL},
    {"/blog/", "", 0, KIND_SECTION, 12, "/blog/"},
    {"/blog/", "", 8, KIND_PAGE, 80, NULL},
    {"/api/v1/items.json", "", 0, KIND_API, 12, NULL},
    {"/api/v1/status.json", "", 0, KIND_API, 2, NULL},
    {"/api/v1/items/", ".json", 6, KIND_API, 5, NULL},
    {"/assets/site.css", "", 0, KIND_STYLE, 40, NULL},
    {"/assets/print.css", "", 0, KIND_STYLE, 10, NULL},
    {"/assets/site.js", "", 0, KIND_SCRIPT, 30, NULL},
    {"/assets/menu.js", "", 0, KIND_SCRIPT, 10, NULL},
    {"/images/logo.png", "", 0, KIND_IMAGE, 6, NULL},
    {"/images/", ".png", 8, KIND_IMAGE, 30, NULL},
    {"/feed.xml", "", 0, KIND_FEED, 12, NULL},
    {"/sitemap.xml", "", 0, KIND_SITEMAP, 0, NULL},
    {NULL, NULL, 0, KIND_PAGE, 0, NULL},
};
static const struct group small_groups[] = {
    {"/", "", 0, KIND_SECTION, 40, "/page/"},
    {"/page/", "", 2, KIND_PAGE, 60, NULL},
    {NULL, NULL, 0, KIND_PAGE, 0, NULL},
};
static const struct group uniform_groups[] = {
    {"/", "", 0, KIND_SECTION, 150, "/page/"},
    {"/page/", "", 29, KIND_PAGE, 180, NULL},
    {NULL, NULL, 0, KIND_PAGE, 0, NULL},
};
static const struct group api_groups[] = {
    {"/", "", 0, KIND_SECTION, 20, "/v1/records/"},
    {"/v1/records/", "", 15, KIND_API, 5, NULL},
    {NULL, NULL, 0, KIND_PAGE, 0, NULL},
};

static const struct group *groups_of(const struct content *content)
{
    switch (content->size) {
    case CONTENT_LARGE:
        return large_groups;
    case CONTENT_SMALL:
        return small_groups;
    case CONTENT_UNIFORM:
        return uniform_groups;
    case CONTENT_API:
        return api_groups;
    }
    abort();
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]))
            return false;
    }
    return text.len > 0 && text.len <= 4 && text.ptr[0] != '0';
}

static unsigned number_of(struct slice digits)
{
    unsigned number = 0;
    for (size_t i = 0; i < digits.len; i++)
        number = number * 10 + (unsigned)(digits.ptr[i] - '0');
    return number;
}

/* Sets *number to 0 for a document that stands alone. */
static bool group_has(const struct group *group, struct slice path, unsigned *number)
{
    struct slice prefix = slice_of(group->prefix);
    struct slice suffix = slice_of(group->suffix);
    *number = 0;
    if (group->count == 0)
        return slice_equal(path, prefix);
    if (path.len <= prefix.len + suffix.len || !slice_starts_with(path, prefix) || !slice_ends_with(path, suffix))
        return false;
    struct slice digits = slice_make(path.ptr + prefix.len, path.len - prefix.len - suffix.len);
    if (!is_digits(digits))
        return false;
    *number = number_of(digits);
    return *number <= group->count;
}

/* The generator of one document: it depends on the site and the path and on nothing else. */
static struct rng rng_of(const struct content *content, const struct group *group, unsigned number)
{
    struct rng rng;
    uint64_t document = hash_mix(number, (uint64_t)group->kind);
    rng_init(&rng, hash_mix(hash_seeded(slice_of(group->prefix), content->seed), document));
    return rng;
}

/* The beginning of an absolute link, or nothing. */
static void link_base(const struct content_view *view, bool resource, struct buf *out)
{
    unsigned http = resource ? DRESS_RESOURCES_HTTP : DRESS_LINKS_HTTP;
    unsigned https = resource ? DRESS_RESOURCES_HTTPS : DRESS_LINKS_HTTPS;
    if (view->dress & http)
        buf_printf(out, "http://%s", view->host);
    else if (view->dress & https)
        buf_printf(out, "https://%s", view->host);
}

static void link_to(const struct content_view *view, const char *path, const char *text, struct buf *out)
{
    buf_append_text(out, "<li><a href=\"");
    link_base(view, false, out);
    buf_append_text(out, path);
    if (view->dress & DRESS_SESSION)
        buf_printf(out, "?PHPSESSID=%016" PRIx64, rng_next(view->noise));
    buf_printf(out, "\">%s</a></li>\n", text);
}

static void resource(const struct content_view *view, const char *before, const char *path, const char *after,
                     struct buf *out)
{
    buf_append_text(out, before);
    link_base(view, true, out);
    buf_append_text(out, path);
    buf_append_text(out, after);
}

static const char *const banners[] = {
    "Today only: tickets for the evening tour at half price.",
    "Our newsletter has eleven thousand readers. Join them!",
    "The car park is closed for repairs until Friday.",
    "Have you seen the new photographs in the gallery?",
    "Members get a tenth off everything in the shop.",
    "We are looking for someone who can mend clocks.",
    "Please mind the wet paint near the entrance.",
    "Listen to the second part of our radio series.",
};

static void noise_head(const struct content_view *view, struct buf *out)
{
    if (view->dress & DRESS_NOISE)
        buf_printf(out,
                   "<meta name=\"csrf-token\" content=\"%016llx%016llx\">\n"
                   "<script nonce=\"%016llx\">window.loadedAt = %llu;</script>\n",
                   (unsigned long long)rng_next(view->noise), (unsigned long long)rng_next(view->noise),
                   (unsigned long long)rng_next(view->noise), (unsigned long long)rng_below(view->noise, 2000000000));
}

static void noise_body(const struct content_view *view, struct buf *out)
{
    if (!(view->dress & DRESS_NOISE))
        return;
    uint64_t second = rng_below(view->noise, 86400);
    buf_printf(out, "<div class=\"banner\" id=\"ad-%llx\">%s</div>\n<p class=\"clock\">It is %02u:%02u:%02u.</p>\n",
               (unsigned long long)rng_next(view->noise),
               banners[rng_below(view->noise, sizeof banners / sizeof banners[0])], (unsigned)(second / 3600),
               (unsigned)(second / 60 % 60), (unsigned)(second % 60));
}

static void page_top(const struct content_view *view, const char *title, struct buf *out)
{
    const struct theme *theme = theme_get(view->content->theme);
    buf_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<title>%s - %s</title>\n",
               theme->language, title, theme->name);
    noise_head(view, out);
    if (view->content->size == CONTENT_LARGE) {
        resource(view, "<link rel=\"stylesheet\" href=\"", "/assets/site.css", "\">\n", out);
        resource(view, "<link rel=\"stylesheet\" media=\"print\" href=\"", "/assets/print.css", "\">\n", out);
        resource(view, "<script src=\"", "/assets/site.js", "\"></script>\n", out);
        resource(view, "<script src=\"", "/assets/menu.js", "\" defer></script>\n", out);
        buf_append_text(out, "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.xml\">\n");
    }
    buf_printf(out, "</head>\n<body>\n<header><h2>%s</h2><p>%s</p>\n", theme->name, theme->slogan);
    if (view->content->size == CONTENT_LARGE)
        resource(view, "<img alt=\"\" src=\"", "/images/logo.png", "\">\n", out);
    buf_append_text(out, "<nav><ul>\n");
    link_to(view, "/", "Home", out);
    if (view->content->size == CONTENT_LARGE) {
        static const char *const sections[][2] = {
            {"/news/", "News"},  {"/products/", "Products"}, {"/docs/", "Documents"}, {"/blog/", "Journal"},
            {"/about", "About"}, {"/contact", "Contact"},    {"/terms", "Terms"},     {"/login", "Log in"},
        };
        for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
            link_to(view, sections[i][0], sections[i][1], out);
    }
    if (view->dress & DRESS_CALENDAR)
        link_to(view, "/calendar/2026/11", "Calendar", out);
    if (view->dress & DRESS_RELATIVE)
        link_to(view, "archive/", "Archive", out);
    buf_append_text(out, "</ul></nav></header>\n");
    noise_body(view, out);
    buf_append_text(out, "<main>\n");
}

static void page_bottom(const struct content_view *view, struct buf *out)
{
    buf_append_text(out, "</main>\n<footer><ul>\n");
    if (view->content->size == CONTENT_LARGE) {
        link_to(view, "/logout", "Log out", out);
        link_to(view, "/cart/add?product=7", "Put it into the cart", out);
        link_to(view, "/newsletter/unsubscribe?reader=12", "Unsubscribe", out);
        buf_append_text(out, "</ul><form action=\"/search\"><input name=\"q\"><button>Search</button></form><ul>\n");
    }
    buf_printf(out, "</ul><p>%s</p></footer>\n</body>\n</html>\n", theme_get(view->content->theme)->name);
}

static void paragraphs(const struct content_view *view, struct rng *rng, unsigned sentences, struct buf *out)
{
    const struct theme *theme = theme_get(view->content->theme);
    for (unsigned i = 0; i < sentences; i++) {
        if (i % 24 == 0) {
            buf_append_text(out, i > 0 ? "</p>\n<h2>" : "<h2>");
            theme_heading(theme, rng, out);
            buf_append_text(out, "</h2>\n");
        }
        if (i % 6 == 0)
            buf_append_text(out, i % 24 == 0 ? "<p>" : "</p>\n<p>");
        theme_sentence(theme, rng, out);
    }
    buf_append_text(out, "</p>\n");
}

/* Links to every document of the group with this prefix that has numbers. */
static void list_group(const struct content_view *view, const char *prefix, struct buf *out)
{
    buf_append_text(out, "<ul class=\"list\">\n");
    for (const struct group *group = groups_of(view->content); group->prefix != NULL; group++) {
        if (group->count == 0 || !slice_equal(slice_of(group->prefix), slice_of(prefix)))
            continue;
        for (unsigned n = 1; n <= group->count; n++) {
            struct rng rng = rng_of(view->content, group, n);
            struct buf path = {0};
            struct buf heading = {0};
            buf_printf(&path, "%s%u%s", group->prefix, n, group->suffix);
            theme_heading(theme_get(view->content->theme), &rng, &heading);
            link_to(view, buf_text(&path), buf_text(&heading), out);
            buf_release(&path);
            buf_release(&heading);
        }
    }
    buf_append_text(out, "</ul>\n");
}

static void render_section(const struct content_view *view, const struct group *group, struct rng *rng, struct buf *out)
{
    paragraphs(view, rng, group->sentences, out);
    if (group->section != NULL) {
        list_group(view, group->section, out);
        return;
    }
    list_group(view, "/news/", out);
    list_group(view, "/api/v1/items/", out);
    link_to(view, "/api/v1/items.json", "All items", out);
    link_to(view, "/api/v1/status.json", "Status", out);
    for (unsigned n = 1; n <= 8; n++) {
        buf_append_text(out, "<img alt=\"\" src=\"");
        link_base(view, true, out);
        buf_printf(out, "/images/%u.png\">\n", n);
    }
}

static void render_page(const struct content_view *view, const struct group *group, unsigned number, struct buf *out)
{
    struct rng rng = rng_of(view->content, group, number);
    struct buf title = {0};
    theme_heading(theme_get(view->content->theme), &rng, &title);
    page_top(view, buf_text(&title), out);
    buf_printf(out, "<h1>%s</h1>\n", buf_text(&title));
    if (group->kind == KIND_SECTION)
        render_section(view, group, &rng, out);
    else
        paragraphs(view, &rng, group->sentences, out);
    if (slice_equal(slice_of(group->prefix), SLICE("/login")))
        buf_append_text(out, "<form method=\"post\" action=\"/login\"><input name=\"user\"><input name=\"password\" "
                             "type=\"password\"><button>Log in</button></form>\n");
    page_bottom(view, out);
    buf_release(&title);
}

static void render_json(const struct content_view *view, struct rng *rng, unsigned items, struct buf *out)
{
    buf_append_text(out, "{\"items\":[");
    for (unsigned i = 0; i < items; i++) {
        buf_printf(out, "%s{\"id\":%u,\"stock\":%u,\"name\":\"", i > 0 ? "," : "", i + 1,
                   (unsigned)rng_below(rng, 900));
        theme_heading(theme_get(view->content->theme), rng, out);
        buf_append_text(out, "\"}");
    }
    buf_append_text(out, "]}\n");
}

static void render_feed(const struct content_view *view, struct rng *rng, unsigned items, struct buf *out)
{
    const struct theme *theme = theme_get(view->content->theme);
    buf_printf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>%s</title>\n",
               theme->name);
    for (unsigned i = 0; i < items; i++) {
        buf_append_text(out, "<item><title>");
        theme_heading(theme, rng, out);
        buf_printf(out, "</title><link>/news/%u</link></item>\n", i + 1);
    }
    buf_append_text(out, "</channel></rss>\n");
}

static void render_sitemap(const struct content_view *view, struct buf *out)
{
    buf_append_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (const struct group *group = groups_of(view->content); group->prefix != NULL; group++) {
        if (group->kind != KIND_PAGE)
            continue;
        unsigned n = group->count > 0 ? 1 : 0;
        do {
            buf_printf(out, "<url><loc>https://%s%s", view->host, group->prefix);
            if (n > 0)
                buf_printf(out, "%u%s", n, group->suffix);
            buf_append_text(out, "</loc></url>\n");
        } while (++n <= group->count);
    }
    buf_append_text(out, "</urlset>\n");
}

static void render_style(struct rng *rng, unsigned lines, struct buf *out)
{
    for (unsigned i = 0; i < lines; i++)
        buf_printf(out, ".part-%u { margin: %upx; color: #334; }\n", i, (unsigned)rng_below(rng, 40));
}

static void render_script(struct rng *rng, unsigned lines, struct buf *out)
{
    for (unsigned i = 0; i < lines; i++)
        buf_printf(out, "function part%u() { return %u; }\n", i, (unsigned)rng_below(rng, 4096));
}

/* The signature of a PNG and seeded bytes: nobody decodes it. */
static void render_image(struct rng *rng, unsigned size, struct buf *out)
{
    buf_append(out, "\x89PNG\r\n\x1a\n", 8);
    for (unsigned i = 0; i < size * 16; i++) {
        uint64_t word = rng_next(rng);
        buf_append(out, &word, sizeof word);
    }
}

static void render_document(const struct content_view *view, const struct group *group, unsigned number,
                            struct buf *out)
{
    struct rng rng = rng_of(view->content, group, number);
    switch (group->kind) {
    case KIND_PAGE:
    case KIND_SECTION:
        render_page(view, group, number, out);
        break;
    case KIND_STYLE:
        render_style(&rng, group->sentences, out);
        break;
    case KIND_SCRIPT:
        render_script(&rng, group->sentences, out);
        break;
    case KIND_IMAGE:
        render_image(&rng, group->sentences, out);
        break;
    case KIND_API:
        render_json(view, &rng, group->sentences, out);
        break;
    case KIND_FEED:
        render_feed(view, &rng, group->sentences, out);
        break;
    case KIND_SITEMAP:
        render_sitemap(view, out);
        break;
    }
}

static struct slice without_query(struct slice path)
{
    return slice_make(path.ptr, slice_find_byte(path, '?'));
}

bool content_render(const struct content_view *view, struct slice path, struct buf *out, const char **type)
{
    path = without_query(path);
    for (const struct group *group = groups_of(view->content); group->prefix != NULL; group++) {
        unsigned number = 0;
        if (!group_has(group, path, &number))
            continue;
        render_document(view, group, number, out);
        *type = content_types[group->kind];
        return true;
    }
    return false;
}

void content_message_page(const struct content_view *view, const char *title, const char *text, struct buf *out)
{
    page_top(view, title, out);
    buf_printf(out, "<h1>%s</h1>\n<p>%s</p>\n", title, text);
    page_bottom(view, out);
}

bool content_calendar(const struct content_view *view, struct slice path, struct buf *out)
{
    struct slice rest = without_query(path);
    if (!slice_starts_with(rest, SLICE("/calendar/")))
        return false;
    rest = slice_from(rest, sizeof "/calendar/" - 1);
    struct slice year_text = SLICE_EMPTY;
    if (!slice_next(&rest, '/', &year_text) || !is_digits(year_text) || !is_digits(rest) || number_of(rest) > 12)
        return false;
    unsigned year = number_of(year_text);
    unsigned month = number_of(rest);
    page_top(view, "Calendar", out);
    buf_printf(out, "<h1>Events in month %u of %u</h1>\n<ul>\n", month, year);
    buf_printf(out, "<li><a href=\"/calendar/%u/%u\">next month</a></li>\n", month == 12 ? year + 1 : year,
               month % 12 + 1);
    buf_printf(out, "<li><a href=\"/calendar/%u/%u\">next year</a></li>\n", year + 1, month);
    buf_append_text(out, "</ul>\n");
    page_bottom(view, out);
    return true;
}

bool content_changes_state(struct slice path)
{
    return slice_starts_with(path, SLICE("/logout")) || slice_starts_with(path, SLICE("/cart/")) ||
           slice_starts_with(path, SLICE("/newsletter/"));
}

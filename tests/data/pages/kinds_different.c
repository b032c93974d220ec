/* Kinds of pairs that are not the same thing, although many look alike. */
#include "base/hash.h"
#include "tests/data/pages/documents.h"
#include "tests/data/pages/markup.h"
#include "tests/data/pages/pairs.h"

#include <stdio.h>
#include <string.h>

static unsigned page_of(uint64_t seed)
{
    return (unsigned)(hash_mix(seed, 5) % 50);
}

static unsigned other_page(uint64_t seed)
{
    return 50 + (unsigned)(hash_mix(seed, 6) % 50);
}

static void render_sides(const struct site *a, unsigned page_a, const struct site *b, unsigned page_b, uint64_t seed,
                         struct page_pair *pair)
{
    struct pair_side side_a = {a, page_a, LINKS_RELATIVE}, side_b = {b, page_b, LINKS_RELATIVE};
    page_pair_render(pair, &side_a, &side_b, seed);
}

/* Another page of the same template; the variant is the habits of the site. */
static void make_other_page(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    render_sides(&site, page_of(seed), &site, other_page(seed), seed, pair);
}

/* ... of a site whose pages call themselves all the same, with much boilerplate around little text. */
static void make_other_page_unnamed(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant & 0xffffff;
    site.one_title = site.no_heading = true;
    site.has_canonical = site.has_og = site.has_description = false;
    site.boilerplate = 30 + (unsigned)(seed % 40);
    site.article = 8 + (unsigned)(seed % 12);
    if (site.layout == LAYOUT_ARTICLE) {
        site.layout = LAYOUT_DIVS;
    }
    render_sides(&site, page_of(seed), &site, other_page(seed), seed, pair);
}

static void make_other_site(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    site_make(&b, seed ^ 0x123457);
    a.habits = b.habits = variant;
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

/* ... with one or two paragraphs of its own among ten times as much that every page has. */
static void make_little_of_its_own(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    site.one_title = site.no_heading = true;
    site.has_canonical = site.has_og = site.has_description = false;
    site.layout = seed % 2 == 0 ? LAYOUT_DIVS : LAYOUT_FORUM;
    site.boilerplate = 40 + (unsigned)(seed % 30);
    site.article = 1 + (unsigned)(seed % 8);
    render_sides(&site, page_of(seed), &site, other_page(seed), seed, pair);
}

/* An old copy of a page that names its address, without its last paragraph or two. */
static void make_older(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    a.habits = variant;
    a.has_canonical = true;
    a.article = 20 + (unsigned)(seed % 40);
    b = a;
    b.article -= 5 + (unsigned)(seed % 4);
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

/* Another customer of the same software: layout, language and size are the same. */
static void make_other_tenant(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    b = a;
    a.habits = b.habits = variant;
    b.seed = seed ^ 0x7e4a47;
    snprintf(b.host, sizeof b.host, "%s", a.host);
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

static void make_other_template(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    a.habits = variant;
    a.layout = LAYOUT_TABLES;
    b = a;
    b.layout = seed % 2 == 0 ? LAYOUT_ARTICLE : LAYOUT_DIVS;
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

static void make_other_language(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    a.habits = variant;
    b = a;
    b.language = (enum language)((a.language + 1 + seed % (LANGUAGE_COUNT - 1)) % LANGUAGE_COUNT);
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

/* A mobile version: less of everything, other elements. */
static void make_mobile(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    a.habits = variant;
    a.layout = LAYOUT_ARTICLE;
    a.article += 8;
    b = a;
    b.layout = LAYOUT_DIVS;
    b.article = a.article / 2;
    b.boilerplate = 2;
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

/* The home page in place of what was asked for. */
static void make_home(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    render_sides(&site, 1 + page_of(seed), &site, 0, seed, pair);
}

static void make_foreign(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    render_sides(&site, page_of(seed), &site, page_of(seed), seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            buf_reset(&pair->bodies[i]);
            buf_append_text(&pair->bodies[i], foreign_pages[seed % foreign_page_count]);
        }
    }
}

/* The frame of the site with a message in place of the article. */
static void make_message(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    static const char *const messages[] = {
        "\n<h1>Page not found</h1><p>The page you are looking for is not here.</p>\n",
        "\n<h1>Error</h1><p>A database error has occurred. Please try again later.</p>\n",
        "\n<form method=\"post\" action=\"/login\"><h2>Please log in</h2><input name=u><input type=password "
        "name=p></form>\n",
        "\n<p>Your search had no results.</p>\n",
        "\n<p>Secure connections are not supported in this area.</p>\n",
    };
    struct site site;
    site_make(&site, seed);
    site.habits = HABIT_TOKENS;
    site.layout = LAYOUT_ARTICLE;
    render_sides(&site, page_of(seed), &site, page_of(seed), seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            markup_drop_between(&pair->bodies[i], "<main class=\"content\">", "</main>");
            markup_insert(&pair->bodies[i], "</main>", messages[variant]);
        }
    }
}

static void make_cut(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = HABIT_TOKENS;
    render_sides(&site, page_of(seed), &site, page_of(seed), seed, pair);
    unsigned percent = variant + (unsigned)(seed % 10);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            markup_cut(&pair->bodies[i], percent);
        }
    }
}

/* An old copy: the same page with an article of which only the beginning is the same. */
static void make_stale(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site a, b;
    site_make(&a, seed);
    a.habits = HABIT_TOKENS;
    a.article = 24 + variant;
    b = a;
    b.article = a.article / 2;
    render_sides(&a, page_of(seed), &b, page_of(seed), seed, pair);
}

static void make_insecure_resources(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    struct pair_side a = {&site, page_of(seed), seed % 2 == 0 ? LINKS_RELATIVE : LINKS_HTTPS};
    struct pair_side b = {&site, page_of(seed), LINKS_HTTP};
    page_pair_render(pair, &a, &b, seed);
}

/* The same words with other numbers: a price list in another currency, a table of another year. */
static void make_other_numbers(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct rng words;
    (void)variant;
    for (int i = 0; i < FETCH_COUNT; i++) {
        rng_init(&words, seed);
        struct rng numbers;
        rng_init(&numbers, hash_mix(seed, fetch_is_b((enum fetch)i)));
        struct buf *out = &pair->bodies[i];
        buf_reset(out);
        buf_append_text(out, "<!DOCTYPE html><html><head><title>Prices</title></head><body><h1>Prices</h1><table>\n");
        for (int row = 0; row < 30; row++) {
            buf_append_text(out, "<tr><td>");
            language_phrase(LANGUAGE_ENGLISH, &words, 3, out);
            buf_printf(out, "</td><td>%u</td></tr>\n", 1000 + (unsigned)rng_below(&numbers, 90000));
        }
        buf_append_text(out, "</table></body></html>\n");
    }
}

static void make_other_document(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    for (int i = 0; i < FETCH_COUNT; i++) {
        uint64_t which = fetch_is_b((enum fetch)i) ? seed ^ 0xd0c : seed;
        document_write((enum document)variant, site.language, which, page_pair_load(pair, i), &pair->bodies[i]);
        page_pair_set_type(pair, (enum fetch)i, document_type((enum document)variant));
    }
}

/* A page where a script, style sheet, feed, API answer or image should be; half of the servers still name the old type.
 */
static void make_page_for_document(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    (void)variant;
    static const enum document documents[] = {DOCUMENT_SCRIPT, DOCUMENT_STYLE, DOCUMENT_JSON, DOCUMENT_FEED,
                                              DOCUMENT_IMAGE};
    enum document document = documents[seed % 5];
    for (int i = 0; i < FETCH_COUNT; i++) {
        document_write(document, LANGUAGE_ENGLISH, seed, page_pair_load(pair, i), &pair->bodies[i]);
        page_pair_set_type(pair, (enum fetch)i, document_type(document));
        if (fetch_is_b((enum fetch)i)) {
            buf_reset(&pair->bodies[i]);
            buf_append_text(&pair->bodies[i],
                            "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>");
            if (seed % 2 == 0) {
                page_pair_set_type(pair, (enum fetch)i, "text/html");
            }
        }
    }
}

/* The right bytes under a type with which a browser does something else. */
static void make_wrong_type(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    (void)variant;
    static const enum document documents[] = {DOCUMENT_SCRIPT, DOCUMENT_STYLE, DOCUMENT_FEED};
    static const char *const types[] = {"text/plain", "application/octet-stream", "text/html"};
    for (int i = 0; i < FETCH_COUNT; i++) {
        document_write(documents[seed % 3], LANGUAGE_ENGLISH, seed, page_pair_load(pair, i), &pair->bodies[i]);
        page_pair_set_type(pair, (enum fetch)i,
                           fetch_is_b((enum fetch)i) ? types[seed / 3 % 3] : document_type(documents[seed % 3]));
    }
}

static void make_empty(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    make_foreign(0, seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (fetch_is_b((enum fetch)i)) {
            buf_reset(&pair->bodies[i]);
            buf_append_text(&pair->bodies[i], variant == 0 ? "" : "<html><head></head><body></body></html>");
        }
    }
}

/* Two short pages that share their frame. */
static void make_short(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    site.boilerplate = 0;
    site.article = 1 + (unsigned)(seed % 3);
    render_sides(&site, page_of(seed), &site, other_page(seed), seed, pair);
}

/* The state of an application without text is another one. */
static void make_application(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    (void)variant;
    for (int i = 0; i < FETCH_COUNT; i++) {
        struct rng stable;
        rng_init(&stable, hash_mix(seed, fetch_is_b((enum fetch)i)));
        struct buf *out = &pair->bodies[i];
        buf_reset(out);
        buf_append_text(out, "<!doctype html><html><head><title>App</title><script>window.boot={\"texts\":[\"");
        for (int k = 0; k < 20; k++) {
            language_sentence(LANGUAGE_ENGLISH, &stable, out);
        }
        buf_append_text(out,
                        "\"]}</script><script src=\"/static/main.js\"></script></head><body><div id=\"root\"></div>"
                        "</body></html>");
    }
}

const struct pair_kind pair_kinds_different[] = {
    {"another page of the template", false, HALF_TRAINING, make_other_page, 0},
    {"another page with tokens", false, HALF_HELD_OUT, make_other_page, HABIT_TOKENS},
    {"another page with a banner and a clock", false, HALF_TRAINING, make_other_page, HABIT_BANNER | HABIT_CLOCK},
    {"another page with related pages and advertisements", false, HALF_HELD_OUT, make_other_page,
     HABIT_RELATED | HABIT_ADS},
    {"another page with a tag cloud and comments", false, HALF_TRAINING, make_other_page,
     HABIT_TAG_CLOUD | HABIT_LATEST},
    {"another page that calls itself the same", false, HALF_HELD_OUT, make_other_page_unnamed, 0},
    {"another page that calls itself the same, with tokens", false, HALF_TRAINING, make_other_page_unnamed,
     HABIT_TOKENS},
    {"another page that calls itself the same, with a banner", false, HALF_HELD_OUT, make_other_page_unnamed,
     HABIT_BANNER},
    {"another page with little of its own", false, HALF_TRAINING, make_little_of_its_own, 0},
    {"another page with little of its own, and a clock", false, HALF_HELD_OUT, make_little_of_its_own, HABIT_CLOCK},
    {"another site", false, HALF_TRAINING, make_other_site, 0},
    {"another noisy site", false, HALF_HELD_OUT, make_other_site, HABIT_ADS | HABIT_RELATED},
    {"another tenant", false, HALF_HELD_OUT, make_other_tenant, HABIT_TOKENS},
    {"another tenant with quotations", false, HALF_TRAINING, make_other_tenant, HABIT_QUOTE},
    {"the same text in another template", false, HALF_TRAINING, make_other_template, 0},
    {"the same text in another template, with tokens", false, HALF_HELD_OUT, make_other_template, HABIT_TOKENS},
    {"another language", false, HALF_HELD_OUT, make_other_language, 0},
    {"another language of a noisy site", false, HALF_TRAINING, make_other_language, HABIT_CLOCK | HABIT_COUNTERS},
    {"a mobile version", false, HALF_TRAINING, make_mobile, 0},
    {"a mobile version with a carousel", false, HALF_HELD_OUT, make_mobile, HABIT_CAROUSEL},
    {"the home page", false, HALF_TRAINING, make_home, 0},
    {"the home page of a noisy site", false, HALF_HELD_OUT, make_home, HABIT_BLOCK_TEST | HABIT_HERO},
    {"a page of the server, hoster or firewall", false, HALF_TRAINING, make_foreign, 0},
    {"such a page in place of a noisy one", false, HALF_HELD_OUT, make_foreign,
     HABIT_ADS | HABIT_RELATED | HABIT_TOKENS},
    {"not found, in the site's frame", false, HALF_HELD_OUT, make_message, 0},
    {"an error, in the site's frame", false, HALF_TRAINING, make_message, 1},
    {"a login, in the site's frame", false, HALF_HELD_OUT, make_message, 2},
    {"no results, in the site's frame", false, HALF_TRAINING, make_message, 3},
    {"a refusal, in the site's frame", false, HALF_HELD_OUT, make_message, 4},
    {"cut off in the middle", false, HALF_TRAINING, make_cut, 45},
    {"cut off near the end", false, HALF_HELD_OUT, make_cut, 80},
    {"an old copy", false, HALF_TRAINING, make_stale, 0},
    {"an old copy of a long page", false, HALF_HELD_OUT, make_stale, 60},
    {"without the last paragraphs", false, HALF_TRAINING, make_older, HABIT_TOKENS},
    {"without the last paragraphs, with counters", false, HALF_HELD_OUT, make_older, HABIT_COUNTERS},
    {"resources by http on an https page", false, HALF_TRAINING, make_insecure_resources, 0},
    {"resources by http on a noisy https page", false, HALF_HELD_OUT, make_insecure_resources,
     HABIT_ADS | HABIT_CAROUSEL},
    {"other numbers", false, HALF_TRAINING, make_other_numbers, 0},
    {"other JSON", false, HALF_TRAINING, make_other_document, DOCUMENT_JSON},
    {"another feed", false, HALF_HELD_OUT, make_other_document, DOCUMENT_FEED},
    {"another script", false, HALF_TRAINING, make_other_document, DOCUMENT_SCRIPT},
    {"another style sheet", false, HALF_HELD_OUT, make_other_document, DOCUMENT_STYLE},
    {"another text", false, HALF_TRAINING, make_other_document, DOCUMENT_TEXT},
    {"another PDF", false, HALF_HELD_OUT, make_other_document, DOCUMENT_PDF},
    {"another image", false, HALF_TRAINING, make_other_document, DOCUMENT_IMAGE},
    {"a page in place of a document", false, HALF_HELD_OUT, make_page_for_document, 0},
    {"a document under the wrong type", false, HALF_TRAINING, make_wrong_type, 0},
    {"nothing", false, HALF_HELD_OUT, make_empty, 0},
    {"an empty page", false, HALF_TRAINING, make_empty, 1},
    {"another short page", false, HALF_HELD_OUT, make_short, 0},
    {"another short page with tokens", false, HALF_TRAINING, make_short, HABIT_TOKENS | HABIT_STAMP},
    {"another application without text", false, HALF_HELD_OUT, make_application, 0},
};
const size_t pair_kinds_different_count = sizeof pair_kinds_different / sizeof pair_kinds_different[0];

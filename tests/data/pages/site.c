#include "tests/data/pages/site.h"

#include "base/hash.h"

#include <stdio.h>

#define CACHE_LIFE_S 600

struct writing {
    const struct site *site;
    unsigned page;
    const struct load *load;
    struct rng stable; /* of the page */
    struct rng chance; /* of the load */
    struct buf *out;
    const char *section, *paragraph, *box; /* element names of the layout */
};

static void put(struct writing *w, const char *text)
{
    buf_append_text(w->out, text);
}

static bool has(const struct writing *w, unsigned habit)
{
    return (w->site->habits & habit) != 0;
}

static struct rng seeded(uint64_t a, uint64_t b)
{
    struct rng rng;
    rng_init(&rng, hash_mix(a, b));
    return rng;
}

void site_make(struct site *site, uint64_t seed)
{
    struct rng rng = seeded(seed, 0x517e);
    *site = (struct site){.seed = seed};
    site->language = (enum language)rng_below(&rng, LANGUAGE_COUNT);
    site->layout = (enum layout)rng_below(&rng, LAYOUT_COUNT);
    site->pool = 2 + (unsigned)rng_below(&rng, 12);
    site->boilerplate = 4 + (unsigned)rng_below(&rng, 40);
    site->article = 12 + (unsigned)rng_below(&rng, 80);
    site->has_canonical = rng_below(&rng, 2) == 0;
    site->has_og = rng_below(&rng, 2) == 0;
    site->has_description = rng_below(&rng, 3) > 0;
    site->one_title = rng_below(&rng, 8) == 0;
    site->no_heading = rng_below(&rng, 6) == 0;
    snprintf(site->host, sizeof site->host, "www.site%u.example", (unsigned)(seed % 100000));
    snprintf(site->prefix, sizeof site->prefix, "s%u", (unsigned)(seed % 977));
}

void site_path(const struct site *site, unsigned page, struct buf *out)
{
    buf_printf(out, "/%s/%u", site->prefix, page);
}

/* ---- small parts ---- */

static void put_sentences(struct writing *w, struct rng *rng, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        language_sentence(w->site->language, rng, w->out);
    }
}

static void put_phrase(struct writing *w, struct rng *rng, unsigned words)
{
    language_phrase(w->site->language, rng, words, w->out);
}

static void put_random_letters(struct writing *w, const char *alphabet, unsigned size, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        buf_append_byte(w->out, alphabet[rng_below(&w->chance, size)]);
    }
}

static void put_hex(struct writing *w, unsigned count)
{
    put_random_letters(w, "0123456789abcdef", 16, count);
}

static void put_class(struct writing *w, const char *name)
{
    if (has(w, HABIT_CLASSES)) {
        put(w, " class=\"c");
        put_random_letters(w, "abcdefghijklmnopqrstuvwxyz", 26, 6);
        put(w, "\"");
    } else {
        buf_printf(w->out, " class=\"%s\"", name);
    }
}

static void put_origin(struct writing *w)
{
    switch (w->load->links) {
    case LINKS_RELATIVE:
        return;
    case LINKS_PROTOCOL_RELATIVE:
        buf_printf(w->out, "//%s", w->site->host);
        return;
    case LINKS_OWN_SCHEME:
        buf_printf(w->out, "%s://%s", w->load->https ? "https" : "http", w->site->host);
        return;
    case LINKS_HTTP:
    case LINKS_HTTPS:
        buf_printf(w->out, "%s://%s", w->load->links == LINKS_HTTPS ? "https" : "http", w->site->host);
        return;
    }
}

static void put_link(struct writing *w, unsigned page, struct rng *words, unsigned count)
{
    put(w, "<a href=\"");
    put_origin(w);
    site_path(w->site, page, w->out);
    if (has(w, HABIT_SESSION_LINKS)) {
        put(w, "?PHPSESSID=");
        put_hex(w, 26);
    }
    put(w, "\">");
    put_phrase(w, words, count);
    put(w, "</a>");
}

static void put_image(struct writing *w, const char *name, unsigned number)
{
    put(w, "<img src=\"");
    put_origin(w);
    buf_printf(w->out, "/%s/img/%s-%u.jpg\" alt=\"\">\n", w->site->prefix, name, number);
}

static void put_title_words(struct writing *w)
{
    struct rng own = seeded(w->site->seed, 0x7171e + w->page), name = seeded(w->site->seed, 0x4a3e);
    if (!w->site->one_title) {
        put_phrase(w, &own, 3);
        put(w, " - ");
    }
    put_phrase(w, &name, 2);
}

/* ---- habits ---- */

static void put_token_field(struct writing *w)
{
    if (has(w, HABIT_TOKENS)) {
        put(w, "<input type=\"hidden\" name=\"csrf\" value=\"");
        put_hex(w, 40);
        put(w, "\">");
    }
}

static void put_banner(struct writing *w)
{
    struct rng banner = seeded(w->site->seed ^ 0xba, rng_below(&w->chance, w->site->pool));
    buf_printf(w->out, "<%s", w->box);
    put_class(w, "banner");
    put(w, ">");
    put_sentences(w, &banner, 2);
    buf_printf(w->out, "</%s>\n", w->box);
}

static void put_clock(struct writing *w)
{
    int64_t t = w->load->time_s;
    buf_printf(w->out, "<%s>%02d:%02d:%02d ", w->paragraph, (int)(t / 3600 % 24), (int)(t / 60 % 60), (int)(t % 60));
    struct rng words = seeded(w->site->seed, 0xa90);
    for (int i = 1; i <= 3; i++) {
        buf_printf(w->out, "<span>%d ", (int)((t / 60 + i * 17) % 59 + 1));
        put_phrase(w, &words, 2);
        put(w, "</span> ");
    }
    buf_printf(w->out, "</%s>\n", w->paragraph);
}

static void put_ads(struct writing *w)
{
    for (unsigned i = 0; i < 3; i++) {
        buf_printf(w->out, "<div class=\"ad\" id=\"ad-%u\"><iframe src=\"https://ads.example/slot?z=", i);
        put_hex(w, 16);
        put(w, "\"></iframe><b>");
        struct rng slogan = seeded(w->site->seed ^ 0xad5, rng_below(&w->chance, 30));
        put_phrase(w, &slogan, 5);
        put(w, "</b></div>\n");
    }
}

static void shuffle(struct rng *rng, unsigned *order, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        order[i] = i;
    }
    for (unsigned i = count; i > 1; i--) {
        unsigned k = (unsigned)rng_below(rng, i), swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
}

static void put_carousel(struct writing *w)
{
    unsigned order[5];
    shuffle(&w->chance, order, 5);
    put(w, "<ul class=\"slides\">\n");
    for (unsigned i = 0; i < 5; i++) {
        struct rng slide = seeded(w->site->seed ^ 0xca, order[i]);
        put(w, "<li>");
        put_image(w, "slide", order[i]);
        put_phrase(w, &slide, 9);
        put(w, "</li>\n");
    }
    put(w, "</ul>\n");
}

static void put_related(struct writing *w)
{
    unsigned pool = w->site->pool + 4;
    for (unsigned i = 0; i < 4; i++) {
        unsigned page = 1000 + (unsigned)rng_below(&w->chance, pool);
        struct rng teaser = seeded(w->site->seed ^ 0x7e, page);
        buf_printf(w->out, "<%s>", w->box);
        put_image(w, "teaser", page);
        put_link(w, page, &teaser, 3);
        put(w, "<br>");
        put_phrase(w, &teaser, 8);
        buf_printf(w->out, "</%s>\n", w->box);
    }
}

static void put_variant(struct writing *w, uint64_t salt, unsigned sentences)
{
    struct rng variant = seeded(w->site->seed ^ salt, rng_below(&w->chance, 2));
    buf_printf(w->out, "<%s>", w->box);
    if (sentences == 0) {
        put_phrase(w, &variant, 6);
    }
    put_sentences(w, &variant, sentences);
    buf_printf(w->out, "</%s>\n", w->box);
}

static void put_tag_cloud(struct writing *w)
{
    unsigned order[40];
    shuffle(&w->chance, order, 40);
    put(w, "<p class=\"tags\">");
    for (unsigned i = 0; i < 40; i++) {
        struct rng tag = seeded(w->site->seed ^ 0x7a6, order[i]);
        put_link(w, 2000 + order[i], &tag, 1);
        put(w, "\n");
    }
    put(w, "</p>\n");
}

static void put_counters(struct writing *w)
{
    struct rng label = seeded(w->site->seed, 0xc0);
    put(w, "<ul><li>");
    put_phrase(w, &label, 2);
    buf_printf(w->out, " %lld</li><li>", (long long)(100000 + w->load->time_s / 3));
    put_phrase(w, &label, 2);
    buf_printf(w->out, " %u</li><li>", 50 + (unsigned)rng_below(&w->chance, 200));
    put_phrase(w, &label, 2);
    put(w, " ");
    struct rng newest = seeded(w->site->seed ^ 0x4e3, (uint64_t)(w->load->time_s / 60));
    for (unsigned i = 0; i < 8; i++) {
        buf_append_byte(w->out, (char)('a' + (int)rng_below(&newest, 26)));
    }
    put(w, "</li></ul>\n");
}

static void put_latest(struct writing *w)
{
    int64_t newest = w->load->time_s / 20;
    put(w, "<ol class=\"latest\">\n");
    for (int64_t i = 0; i < 6; i++) {
        struct rng comment = seeded(w->site->seed ^ 0x1a7e, (uint64_t)(newest - i));
        put(w, "<li>");
        put_phrase(w, &comment, 11);
        put(w, "</li>\n");
    }
    put(w, "</ol>\n");
}

static void put_honeypot(struct writing *w)
{
    unsigned order[4];
    shuffle(&w->chance, order, 4);
    put(w, "<form method=\"post\" action=\"/contact\">");
    for (unsigned i = 0; i < 4; i++) {
        buf_printf(w->out, "<input name=\"f%u_", order[i]);
        put_hex(w, 6);
        put(w, "\">");
    }
    put_token_field(w);
    put(w, "</form>\n");
}

static void put_cookie_bar(struct writing *w)
{
    if (rng_below(&w->chance, 2) == 0) {
        struct rng words = seeded(w->site->seed, 0xc00c1e);
        put(w, "<div id=\"consent\"><p>");
        put_sentences(w, &words, 2);
        put(w, "</p><button>OK</button></div>\n");
    }
}

static void put_email(struct writing *w)
{
    put(w, "<a class=\"mail\" href=\"/mail#");
    put_hex(w, 30);
    put(w, "\"><span data-m=\"");
    put_hex(w, 30);
    put(w, "\">[e-mail]</span></a>\n");
}

static void put_top_habits(struct writing *w)
{
    if (has(w, HABIT_COOKIE_BAR)) {
        put_cookie_bar(w);
    }
    if (has(w, HABIT_HERO)) {
        put_image(w, "hero", (unsigned)rng_below(&w->chance, w->site->pool));
    }
    if (has(w, HABIT_BANNER)) {
        put_banner(w);
    }
    if (has(w, HABIT_HEADLINE_TEST)) {
        put_variant(w, 0xab, 0);
    }
    if (has(w, HABIT_CAROUSEL)) {
        put_carousel(w);
    }
}

static void put_side_habits(struct writing *w)
{
    if (has(w, HABIT_CLOCK)) {
        put_clock(w);
    }
    if (has(w, HABIT_ADS)) {
        put_ads(w);
    }
    if (has(w, HABIT_TAG_CLOUD)) {
        put_tag_cloud(w);
    }
    if (has(w, HABIT_QUOTE)) {
        struct rng quote = seeded(w->site->seed ^ 0x90, rng_below(&w->chance, w->site->pool));
        put(w, "<blockquote>");
        put_sentences(w, &quote, 1);
        put(w, "</blockquote>\n");
    }
    if (has(w, HABIT_COUNTERS)) {
        put_counters(w);
    }
    if (has(w, HABIT_LATEST)) {
        put_latest(w);
    }
}

static void put_bottom_habits(struct writing *w)
{
    if (has(w, HABIT_BLOCK_TEST)) {
        put_variant(w, 0xb10c, 5);
    }
    if (has(w, HABIT_RELATED)) {
        put_related(w);
    }
    if (has(w, HABIT_HONEYPOT)) {
        put_honeypot(w);
    }
    if (has(w, HABIT_EMAIL)) {
        put_email(w);
    }
    if (has(w, HABIT_STAMP)) {
        buf_printf(w->out, "<!-- web%u, %u ms, ", (unsigned)rng_below(&w->chance, 9),
                   (unsigned)rng_below(&w->chance, 900));
        put_hex(w, 12);
        put(w, " -->\n");
    }
}

/* ---- the page ---- */

static void put_head(struct writing *w)
{
    buf_printf(w->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
               language_code(w->site->language));
    put_title_words(w);
    put(w, "</title>\n");
    if (w->site->has_canonical) {
        put(w, "<link rel=\"canonical\" href=\"");
        put_origin(w);
        site_path(w->site, w->page, w->out);
        put(w, "\">\n");
    }
    if (w->site->has_og) {
        put(w, "<meta property=\"og:title\" content=\"");
        put_title_words(w);
        put(w, "\">\n");
    }
    if (w->site->has_description) {
        struct rng own = seeded(w->site->seed, 0xde5c + w->page);
        put(w, "<meta name=\"description\" content=\"");
        put_sentences(w, &own, 1);
        put(w, "\">\n");
    }
    for (unsigned i = 0; i < 2; i++) {
        put(w, "<link rel=\"stylesheet\" href=\"");
        put_origin(w);
        buf_printf(w->out, "/%s/style%u.css?v=%u\">\n<script src=\"", w->site->prefix, i,
                   (unsigned)(w->site->seed % 89));
        put_origin(w);
        buf_printf(w->out, "/%s/app%u.js\"></script>\n", w->site->prefix, i);
    }
    if (has(w, HABIT_TOKENS)) {
        put(w, "<meta name=\"csrf-token\" content=\"");
        put_hex(w, 40);
        put(w, "\">\n<script nonce=\"");
        put_hex(w, 20);
        put(w, "\">window.state={\"request\":\"");
        put_hex(w, 24);
        buf_printf(w->out, "\",\"page\":%u};</script>\n", w->page);
    }
    put(w, "</head>\n<body>\n");
}

static void put_navigation(struct writing *w)
{
    struct rng words = seeded(w->site->seed, 0x4a5);
    unsigned entries = 5 + (unsigned)(w->site->seed % 9);
    put(w, w->site->layout == LAYOUT_TABLES ? "<table><tr>\n" : "<ul>\n");
    for (unsigned i = 0; i < entries; i++) {
        put(w, w->site->layout == LAYOUT_TABLES ? "<td>" : "<li>");
        put_link(w, i, &words, 2);
        put(w, w->site->layout == LAYOUT_TABLES ? "\n" : "</li>\n");
    }
    put(w, w->site->layout == LAYOUT_TABLES ? "</tr></table>\n" : "</ul>\n");
}

static void put_boilerplate(struct writing *w, uint64_t salt, unsigned sentences)
{
    struct rng words = seeded(w->site->seed, salt);
    for (unsigned i = 0; i < sentences; i += 4) {
        buf_printf(w->out, "<%s>", w->paragraph);
        put_sentences(w, &words, sentences - i < 4 ? sentences - i : 4);
        buf_printf(w->out, "</%s>\n", w->paragraph);
    }
}

static void put_own_block(struct writing *w, unsigned number)
{
    switch (w->site->layout) {
    case LAYOUT_MANUAL:
        put(w, "<section><h3>");
        put_phrase(w, &w->stable, 3);
        put(w, "</h3>\n<p>");
        put_sentences(w, &w->stable, 3);
        put(w, "</p><pre><code>");
        put_phrase(w, &w->stable, 4);
        buf_printf(w->out, " --level %u</code></pre></section>\n", (unsigned)rng_below(&w->stable, 100));
        return;
    case LAYOUT_SHOP:
        put(w, "<dl><dt>");
        put_phrase(w, &w->stable, 2);
        buf_printf(w->out, "</dt><dd>%u ", (unsigned)rng_below(&w->stable, 5000));
        put_sentences(w, &w->stable, 2);
        put(w, "</dd></dl>\n");
        return;
    case LAYOUT_FORUM:
        buf_printf(w->out, "<div class=\"post\"><b>user%u</b><blockquote>", (unsigned)rng_below(&w->stable, 9000));
        put_sentences(w, &w->stable, 3);
        put(w, "</blockquote></div>\n");
        return;
    case LAYOUT_ARTICLE:
    case LAYOUT_DIVS:
    case LAYOUT_TABLES:
        if (number % 3 == 0) {
            put_image(w, "photo", w->page * 10 + number);
        }
        buf_printf(w->out, "<%s>", w->paragraph);
        put_sentences(w, &w->stable, 4);
        buf_printf(w->out, "</%s>\n", w->paragraph);
        return;
    }
}

static void put_own_text(struct writing *w)
{
    struct rng own = seeded(w->site->seed, 0x7171e + w->page);
    put(w, w->site->no_heading ? "<h2>" : "<h1>");
    put_phrase(w, &own, 3);
    put(w, w->site->no_heading ? "</h2>\n" : "</h1>\n");
    for (unsigned i = 0; i * 4 < w->site->article; i++) {
        put_own_block(w, i);
    }
}

static void choose_elements(struct writing *w)
{
    bool divs = w->site->layout == LAYOUT_DIVS, tables = w->site->layout == LAYOUT_TABLES;
    w->section = divs ? "div" : tables ? "td" : "main";
    w->paragraph = divs ? "div" : "p";
    w->box = divs || tables ? "div" : "section";
}

static void put_body(struct writing *w)
{
    put(w, w->site->layout == LAYOUT_TABLES ? "<table><tr><td>\n" : "<div id=\"top\">\n");
    put_navigation(w);
    put_top_habits(w);
    put(w, w->site->layout == LAYOUT_TABLES ? "</td></tr><tr>" : "</div>\n");
    buf_printf(w->out, "<%s", w->section);
    put_class(w, "content");
    put(w, ">\n");
    put_own_text(w);
    put_bottom_habits(w);
    buf_printf(w->out, "</%s>\n<%s", w->section, w->box);
    put_class(w, "side");
    put(w, ">\n");
    put_side_habits(w);
    put_boilerplate(w, 0xb01, w->site->boilerplate / 2);
    buf_printf(w->out, "</%s>\n", w->box);
    put(w, w->site->layout == LAYOUT_TABLES ? "</tr></table>\n" : "");
    put_boilerplate(w, 0xb02, w->site->boilerplate - w->site->boilerplate / 2);
    put(w, "</body>\n</html>\n");
}

void site_render(const struct site *site, unsigned page, const struct load *load, struct buf *out)
{
    struct writing w = {.site = site, .page = page, .load = load, .out = out};
    uint64_t chance = site->habits & HABIT_FROZEN ? hash_mix(page, load->https) : load->seed;
    w.stable = seeded(site->seed, 0x9a6e + page);
    w.chance = seeded(site->seed ^ 0xc4a2ce, chance);
    struct load frozen = *load;
    if (site->habits & HABIT_FROZEN) {
        frozen.time_s = load->time_s / 86400 * 86400 + (int64_t)(chance % CACHE_LIFE_S);
        w.load = &frozen;
    }
    choose_elements(&w);
    buf_reset(out);
    put_head(&w);
    put_body(&w);
}

/* Kinds of pairs that are the same thing to a visitor. */
#include "base/hash.h"
#include "tests/data/pages/documents.h"
#include "tests/data/pages/markup.h"
#include "tests/data/pages/pairs.h"

#include <stdio.h>

static unsigned page_of(uint64_t seed)
{
    return (unsigned)(hash_mix(seed, 5) % 50);
}

static void render_with(struct site *site, enum link_form a, enum link_form b, uint64_t seed, struct page_pair *pair)
{
    struct pair_side side_a = {site, page_of(seed), a}, side_b = {site, page_of(seed), b};
    page_pair_render(pair, &side_a, &side_b, seed);
}

/* The variant is a set of habits. */
static void make_habits(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    render_with(&site, LINKS_RELATIVE, LINKS_RELATIVE, seed, pair);
}

/* Three habits at once, drawn from the variant. */
static void make_mixed_habits(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = HABIT_TOKENS;
    for (uint64_t i = 0; i < 3; i++) {
        site.habits |= 1u << hash_mix(seed, i) % HABIT_COUNT & variant;
    }
    render_with(&site, LINKS_OWN_SCHEME, LINKS_OWN_SCHEME, seed, pair);
}

static void make_short(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.habits = variant;
    site.boilerplate = 0;
    site.article = 1 + (unsigned)(seed % 3);
    render_with(&site, LINKS_RELATIVE, LINKS_RELATIVE, seed, pair);
}

static void make_links(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    site.has_canonical = true;
    render_with(&site, (enum link_form)(variant & 15), (enum link_form)(variant >> 4), seed, pair);
}

static void make_rewritten(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    make_habits(HABIT_TOKENS, seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (!fetch_is_b((enum fetch)i)) {
            continue;
        }
        switch (variant) {
        case 0:
            markup_minify(&pair->bodies[i]);
            break;
        case 1:
            markup_indent(&pair->bodies[i]);
            break;
        case 2:
            markup_shout(&pair->bodies[i]);
            break;
        case 3:
            markup_insert(&pair->bodies[i], "</body>", "<script src=\"https://beacon.example/b.js\"></script>\n");
            break;
        case 4:
            markup_insert(&pair->bodies[i], "</head>",
                          "<meta http-equiv=\"Content-Security-Policy\" content=\"upgrade-insecure-requests\">\n");
            break;
        default:
            markup_replace_all(&pair->bodies[i], " alt=\"\">", " loading=\"lazy\" decoding=\"async\" alt=\"\">");
            break;
        }
    }
}

struct encoding {
    enum language language;
    const char *encoding, *label;
};

/* The old server sends the language's own encoding, the new one UTF-8. */
static void make_encoded(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    static const struct encoding encodings[] = {
        {LANGUAGE_GERMAN, "ISO-8859-1", "iso-8859-1"},
        {LANGUAGE_FRENCH, "WINDOWS-1252", "windows-1252"},
        {LANGUAGE_RUSSIAN, "WINDOWS-1251", "cp1251"},
        {LANGUAGE_RUSSIAN, "KOI8-R", "koi8-r"},
        {LANGUAGE_ARABIC, "WINDOWS-1256", "windows-1256"},
        {LANGUAGE_KOREAN, "CP949", "euc-kr"},
        {LANGUAGE_CHINESE, "GBK", "gb2312"},
        {LANGUAGE_JAPANESE, "CP932", "shift_jis"},
        {LANGUAGE_JAPANESE, "EUC-JP", "euc-jp"},
        {LANGUAGE_THAI, "CP874", "tis-620"},
        {LANGUAGE_SPANISH, "UTF-16LE", "utf-16le"},
    };
    const struct encoding *encoding = &encodings[seed % (sizeof encodings / sizeof encodings[0])];
    struct site site;
    site_make(&site, seed);
    site.language = encoding->language;
    site.habits = HABIT_TOKENS;
    render_with(&site, LINKS_RELATIVE, LINKS_RELATIVE, seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        if (!fetch_is_b((enum fetch)i)) {
            char type[64];
            markup_encode(&pair->bodies[i], encoding->encoding, encoding->label);
            snprintf(type, sizeof type, "text/html; charset=%s", encoding->label);
            bool by_header = variant == 0 || encoding->encoding[0] == 'U';
            page_pair_set_type(pair, (enum fetch)i, by_header ? type : "text/html");
        }
    }
}

static void make_document(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    struct site site;
    site_make(&site, seed);
    for (int i = 0; i < FETCH_COUNT; i++) {
        document_write((enum document)variant, site.language, seed, page_pair_load(pair, i), &pair->bodies[i]);
        page_pair_set_type(pair, (enum fetch)i, document_type((enum document)variant));
    }
}

/* The same document under the types that two servers give it. */
static void make_renamed_type(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    static const char *const before[] = {"application/javascript", "text/xml", "text/html", "", "application/json"};
    static const char *const after[] = {"text/javascript; charset=utf-8", "application/rss+xml", "", "text/html",
                                        "text/plain"};
    static const enum document documents[] = {DOCUMENT_SCRIPT, DOCUMENT_FEED, DOCUMENT_TEXT, DOCUMENT_TEXT,
                                              DOCUMENT_JSON};
    unsigned which = (unsigned)(seed % 5);
    if (which == 2 || which == 3) {
        make_habits(variant, seed, pair);
    } else {
        make_document(documents[which], seed, pair);
    }
    for (int i = 0; i < FETCH_COUNT; i++) {
        page_pair_set_type(pair, (enum fetch)i, fetch_is_b((enum fetch)i) ? after[which] : before[which]);
    }
}

/* A page that names its own address, and its scheme, in its text. */
static void make_address_shown(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    make_habits(variant, seed, pair);
    for (int i = 0; i < FETCH_COUNT; i++) {
        markup_insert(&pair->bodies[i], "</body>",
                      fetch_is_b((enum fetch)i) ? "<p>Address of this page: https://www.example.com/x</p>"
                                                : "<p>Address of this page: http://www.example.com/x</p>");
    }
}

/* An application that draws itself in the browser: no text but a title, and its state in a script. */
static void make_application(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    (void)variant;
    for (int i = 0; i < FETCH_COUNT; i++) {
        struct rng stable, chance;
        rng_init(&stable, seed);
        rng_init(&chance, hash_mix(seed, page_pair_load(pair, i)));
        struct buf *out = &pair->bodies[i];
        buf_reset(out);
        buf_printf(
            out,
            "<!doctype html><html><head><title>App</title><script nonce=\"%016llx\">window.boot={\"id\":\"%016llx\",",
            (unsigned long long)rng_next(&chance), (unsigned long long)rng_next(&chance));
        buf_append_text(out, "\"texts\":[\"");
        for (int k = 0; k < 20; k++) {
            language_sentence(LANGUAGE_ENGLISH, &stable, out);
        }
        buf_append_text(out,
                        "\"]}</script><script src=\"/static/main.js\"></script></head><body><div id=\"root\"></div>"
                        "</body></html>");
    }
}

/* The same picture drawn anew at each load: a chart, a thumbnail with a time stamp. */
static void make_drawn_image(unsigned variant, uint64_t seed, struct page_pair *pair)
{
    (void)variant;
    for (int i = 0; i < FETCH_COUNT; i++) {
        struct rng chance;
        rng_init(&chance, hash_mix(seed, page_pair_load(pair, i)));
        buf_reset(&pair->bodies[i]);
        buf_append(&pair->bodies[i], "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
        for (unsigned k = 0; k < 3000 + (unsigned)(seed % 5000); k++) {
            buf_append_byte(&pair->bodies[i], (char)rng_below(&chance, 256));
        }
        page_pair_set_type(pair, (enum fetch)i, "image/png");
    }
}

#define EVERY_HABIT ((1u << HABIT_COUNT) - 1)
#define SMALL_HABITS                                                                                                   \
    (HABIT_TOKENS | HABIT_CLOCK | HABIT_COUNTERS | HABIT_STAMP | HABIT_EMAIL | HABIT_HONEYPOT | HABIT_QUOTE)

const struct pair_kind pair_kinds_same[] = {
    {"the same bytes", true, HALF_TRAINING, make_habits, 0},
    {"nonces and CSRF tokens", true, HALF_TRAINING, make_habits, HABIT_TOKENS},
    {"a rotating banner", true, HALF_HELD_OUT, make_habits, HABIT_BANNER},
    {"the time, and minutes ago", true, HALF_HELD_OUT, make_habits, HABIT_CLOCK},
    {"advertisements", true, HALF_TRAINING, make_habits, HABIT_ADS},
    {"a carousel in random order", true, HALF_HELD_OUT, make_habits, HABIT_CAROUSEL},
    {"random related pages", true, HALF_TRAINING, make_habits, HABIT_RELATED},
    {"a headline test", true, HALF_TRAINING, make_habits, HABIT_HEADLINE_TEST},
    {"a block test", true, HALF_HELD_OUT, make_habits, HABIT_BLOCK_TEST},
    {"a tag cloud in random order", true, HALF_HELD_OUT, make_habits, HABIT_TAG_CLOUD},
    {"session ids in links", true, HALF_TRAINING, make_habits, HABIT_SESSION_LINKS},
    {"a quotation of the day", true, HALF_TRAINING, make_habits, HABIT_QUOTE},
    {"counters and a newest member", true, HALF_HELD_OUT, make_habits, HABIT_COUNTERS},
    {"latest comments", true, HALF_TRAINING, make_habits, HABIT_LATEST},
    {"class names made anew", true, HALF_HELD_OUT, make_habits, HABIT_CLASSES},
    {"honeypot fields", true, HALF_TRAINING, make_habits, HABIT_HONEYPOT},
    {"a consent bar now and then", true, HALF_HELD_OUT, make_habits, HABIT_COOKIE_BAR},
    {"a random picture", true, HALF_TRAINING, make_habits, HABIT_HERO},
    {"an obfuscated address", true, HALF_HELD_OUT, make_habits, HABIT_EMAIL},
    {"render times in comments", true, HALF_TRAINING, make_habits, HABIT_STAMP},
    {"a cache per scheme with small changes", true, HALF_HELD_OUT, make_habits, HABIT_FROZEN | SMALL_HABITS},
    {"a cache per scheme with a slogan", true, HALF_TRAINING, make_habits, HABIT_FROZEN | HABIT_HEADLINE_TEST},
    {"a cache per scheme with counters", true, HALF_TRAINING, make_habits, HABIT_FROZEN | HABIT_COUNTERS | HABIT_STAMP},
    {"a cache per scheme with an address", true, HALF_HELD_OUT, make_habits, HABIT_FROZEN | HABIT_EMAIL | HABIT_CLOCK},
    {"three habits at once", true, HALF_HELD_OUT, make_mixed_habits, EVERY_HABIT},
    {"small habits at once", true, HALF_TRAINING, make_habits, SMALL_HABITS},
    {"a short page", true, HALF_TRAINING, make_short, 0},
    {"a short page with tokens and counters", true, HALF_HELD_OUT, make_short, HABIT_TOKENS | HABIT_COUNTERS},
    {"a short page with a quotation", true, HALF_TRAINING, make_short, HABIT_QUOTE},
    {"own links http and https", true, HALF_TRAINING, make_links, LINKS_HTTP | LINKS_HTTPS << 4},
    {"own links relative and absolute", true, HALF_HELD_OUT, make_links, LINKS_RELATIVE | LINKS_HTTPS << 4},
    {"own links protocol-relative", true, HALF_TRAINING, make_links, LINKS_HTTPS | LINKS_PROTOCOL_RELATIVE << 4},
    {"minified", true, HALF_HELD_OUT, make_rewritten, 0},
    {"indented", true, HALF_TRAINING, make_rewritten, 1},
    {"capitals and single quotes", true, HALF_HELD_OUT, make_rewritten, 2},
    {"a beacon injected", true, HALF_TRAINING, make_rewritten, 3},
    {"upgrade-insecure-requests added", true, HALF_HELD_OUT, make_rewritten, 4},
    {"lazy loading added", true, HALF_TRAINING, make_rewritten, 5},
    {"another encoding by header", true, HALF_HELD_OUT, make_encoded, 0},
    {"another encoding by meta", true, HALF_TRAINING, make_encoded, 1},
    {"JSON with request ids", true, HALF_HELD_OUT, make_document, DOCUMENT_JSON},
    {"a feed with its build date", true, HALF_TRAINING, make_document, DOCUMENT_FEED},
    {"a script with a session", true, HALF_HELD_OUT, make_document, DOCUMENT_SCRIPT},
    {"a style sheet with a build number", true, HALF_TRAINING, make_document, DOCUMENT_STYLE},
    {"plain text with its date", true, HALF_HELD_OUT, make_document, DOCUMENT_TEXT},
    {"a PDF made for each load", true, HALF_TRAINING, make_document, DOCUMENT_PDF},
    {"the same image", true, HALF_HELD_OUT, make_document, DOCUMENT_IMAGE},
    {"an image drawn for each load", true, HALF_TRAINING, make_drawn_image, 0},
    {"other names for the same type", true, HALF_HELD_OUT, make_renamed_type, 0},
    {"its own address in the text", true, HALF_TRAINING, make_address_shown, HABIT_TOKENS},
    {"an application without text", true, HALF_HELD_OUT, make_application, 0},
};
const size_t pair_kinds_same_count = sizeof pair_kinds_same / sizeof pair_kinds_same[0];

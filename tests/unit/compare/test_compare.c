/* Are two bodies the same thing? One sentence a row; then what must hold of every pair. */
#include "compare/compare.h"
#include "tests/unit/compare/responses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define HEAD(title) "<!DOCTYPE html><html lang=en><head><title>" title "</title></head><body>"
#define TAIL        "</body></html>"
#define TEXT                                                                                                           \
    "<h1>Opening hours</h1><p>The reading room is open from Monday to Friday between nine and six, and on the first "  \
    "Saturday of every month, except in August.</p><p>Books can be returned through the slot beside the main "         \
    "entrance at "                                                                                                     \
    "any time of the day; what is returned after closing counts for the next morning.</p><p>Groups of more than ten "  \
    "people are asked to tell us a week before they come, so that somebody has time to show them around the "          \
    "stacks.</p>"
#define PAGE HEAD("Opening hours - Town library") TEXT TAIL

struct row {
    const char *sentence;
    const char *a, *b;
    enum compare_verdict verdict;
    bool needs_again;
};

static void check_row(const struct row *row)
{
    struct compare_response a = html_page(row->a), b = html_page(row->b);
    struct compare_result result;
    compare_bodies(&a, &b, NULL, NULL, &result);
    if (result.verdict != row->verdict || result.needs_again != row->needs_again) {
        fail_msg("%s: %s, needs again: %d: %s", row->sentence, compare_verdict_name(result.verdict), result.needs_again,
                 result.reason);
    }
}

static void judges_html(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"equal bytes", PAGE, PAGE, COMPARE_SAME, false},
        {"two empty bodies", "", "", COMPARE_SAME, false},
        {"white space between tags", PAGE, HEAD("Opening hours - Town library") "\n\n  " TEXT "\n\t" TAIL,
         COMPARE_EQUIVALENT, false},
        {"a nonce in a script", HEAD("x") "<script nonce=a1b2>f()</script>" TEXT TAIL,
         HEAD("x") "<script nonce=c3d4>f()</script>" TEXT TAIL, COMPARE_EQUIVALENT, false},
        {"a CSRF token in a form", HEAD("x") "<input type=hidden value=a81>" TEXT TAIL,
         HEAD("x") "<input type=hidden value=b72>" TEXT TAIL, COMPARE_EQUIVALENT, false},
        {"a comment", HEAD("x") "<!-- 12 ms -->" TEXT TAIL, HEAD("x") "<!-- 340 ms, web2 -->" TEXT TAIL,
         COMPARE_EQUIVALENT, false},
        {"the time of the day", HEAD("x") TEXT "<p>It is 12:30 now</p>" TAIL,
         HEAD("x") TEXT "<p>It is 12:31 now</p>" TAIL, COMPARE_EQUIVALENT, false},
        {"own links by http and https",
         HEAD("x") TEXT "<a href=http://www.example.com/a>a</a><img src=http://www.example.com/i.png>" TAIL,
         HEAD("x") TEXT "<a href=https://www.example.com/a>a</a><img src=https://www.example.com/i.png>" TAIL,
         COMPARE_EQUIVALENT, false},
        {"relative and protocol-relative links", HEAD("x") TEXT "<script src=/s.js></script>" TAIL,
         HEAD("x") TEXT "<script src=//www.example.com/s.js></script>" TAIL, COMPARE_EQUIVALENT, false},
        {"the canonical address by the other scheme",
         "<link rel=canonical href=http://www.example.com/p><title>x</title>" TEXT,
         "<link rel=canonical href=https://www.example.com/p><title>x</title>" TEXT, COMPARE_EQUIVALENT, false},
        {"the scheme of an address in the text", HEAD("x") TEXT "<p>http://www.example.com</p>" TAIL,
         HEAD("x") TEXT "<p>https://www.example.com</p>" TAIL, COMPARE_EQUIVALENT, false},
        {"paragraphs in another order",
         "<title>x</title><p>one two three four five six<p>seven eight nine ten eleven twelve<p>red green blue yellow "
         "black white",
         "<title>x</title><p>red green blue yellow black white<p>seven eight nine ten eleven twelve<p>one two three "
         "four five six",
         COMPARE_EQUIVALENT, false},
        {"a script that is injected", PAGE,
         HEAD("Opening hours - Town library") TEXT "<script src=https://beacon.test/b.js></script>" TAIL,
         COMPARE_EQUIVALENT, false},
        {"one more sentence", PAGE, HEAD("Opening hours - Town library") TEXT "<p>Cookies help us.</p>" TAIL,
         COMPARE_EQUIVALENT, true},
        {"another page", PAGE,
         HEAD("Directions - Town library") "<h1>Directions</h1><p>Take the tram to the market square and walk along "
                                           "the river until you see the old mill.</p>" TAIL,
         COMPARE_DIFFERENT, true},
        {"another text under the same title", HEAD("x") TEXT TAIL,
         HEAD(
             "x") "<p>Take the tram to the market square and walk along the river until you see the old mill.</p>" TAIL,
         COMPARE_DIFFERENT, true},
        {"hardly other text under another title", HEAD("Red shoes") TEXT "<p>red</p>" TAIL,
         HEAD("Blue shoes") TEXT "<p>blue</p>" TAIL, COMPARE_DIFFERENT, true},
        {"the same text in another template", HEAD("x") TEXT TAIL,
         "<title>x</title><table><tr><td><b>Opening hours</b><tr><td><h1>Opening hours</h1><div><div><span><div>The "
         "reading room is open from Monday to Friday between nine and six, and on the first Saturday of every month, "
         "except in August.</div><div>Books can be returned through the slot beside the main entrance at any time of "
         "the day; what is returned after closing counts for the next morning.</div><div>Groups of more than ten "
         "people are asked to tell us a week before they come, so that somebody has time to show them around the "
         "stacks.</div></table>",
         COMPARE_DIFFERENT, true},
        {"a page that is cut off", PAGE,
         HEAD("Opening hours - Town library") "<h1>Opening hours</h1><p>The reading room is open from Monday to Friday "
                                              "between nine and six, and on the first Saturday of every month, except "
                                              "in August.</p><p>Books can be returned through the slot beside the main "
                                              "entrance at any time of the day; what is returned after closing counts "
                                              "for the next morning.</p><p>Groups of more than ten people are asked to "
                                              "tell us a week be",
         COMPARE_DIFFERENT, true},
        {"nothing", PAGE, "", COMPARE_DIFFERENT, true},
        {"a page without text", PAGE, "<html><body></body></html>", COMPARE_DIFFERENT, true},
        {"two short pages", "<p>Hello", "<p>Goodbye", COMPARE_DIFFERENT, true},
        {"other images alone",
         "<title>x</title><img src=1.png><img src=2.png><img src=3.png><img src=4.png><img src=5.png><img "
         "src=6.png><img src=7.png>",
         "<title>x</title><img src=a.png><img src=b.png><img src=c.png><img src=d.png><img src=e.png><img "
         "src=f.png><img src=g.png>",
         COMPARE_DIFFERENT, true},
        {"Chinese",
         "<p>"
         "\xe6\x88\x91\xe4\xbb\xac\xe7\x9a\x84\xe5\x9b\xbe\xe4\xb9\xa6\xe9\xa6\x86\xe6\x98\x9f\xe6\x9c\x9f\xe4\xb8\x80"
         "\xe5\xbc\x80\xe9\x97\xa8",
         "<p>"
         "\xe4\xbb\x96\xe4\xbb\xac\xe7\x9a\x84\xe5\x8d\x9a\xe7\x89\xa9\xe9\xa6\x86\xe6\x98\x9f\xe6\x9c\x9f\xe4\xba\x8c"
         "\xe5\x85\xb3\xe9\x97\xa8",
         COMPARE_DIFFERENT, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_row(&rows[i]);
    }
}

struct typed_row {
    const char *sentence;
    const char *type_a, *a, *type_b, *b;
    enum compare_verdict verdict;
};

static void judges_other_types(void **state)
{
    (void)state;
    static const char json_a[] =
        "{\"time\":\"10:01\",\"items\":[{\"name\":\"red shoes\"},{\"name\":\"blue hat\"},{\"name\":\"green "
        "coat\"},{\"name\":\"grey socks\"},{\"name\":\"white shirt\"},{\"name\":\"black belt\"},{\"name\":\"brown "
        "bag\"},{\"name\":\"pink scarf\"},{\"name\":\"wool gloves\"},{\"name\":\"silk tie\"}]}";
    static const char json_b[] =
        "{\"items\":[{\"name\":\"blue hat\"},{\"name\":\"red shoes\"},{\"name\":\"green coat\"},{\"name\":\"grey "
        "socks\"},{\"name\":\"white shirt\"},{\"name\":\"black belt\"},{\"name\":\"brown bag\"},{\"name\":\"pink "
        "scarf\"},{\"name\":\"wool gloves\"},{\"name\":\"silk tie\"}],\"time\":\"10:01\"}";
    static const struct typed_row rows[] = {
        {"JSON in another order", "application/json", json_a, "application/json", json_b, COMPARE_EQUIVALENT},
        {"JSON with another number", "application/json", "{\"price\":10}", "application/json", "{\"price\":20}",
         COMPARE_DIFFERENT},
        {"JSON as plain text", "application/json", "{\"price\":10}", "text/plain", "{\"price\":10}",
         COMPARE_EQUIVALENT},
        {"a script under its other name", "application/javascript", "f()", "text/javascript", "f()",
         COMPARE_EQUIVALENT},
        {"a script as plain text", "application/javascript", "f()", "text/plain", "f()", COMPARE_DIFFERENT},
        {"a script without a type", "application/javascript", "f()", "", "f()", COMPARE_EQUIVALENT},
        {"a style sheet that has got a type", "", "a{}", "text/css", "a{}", COMPARE_EQUIVALENT},
        {"a page without a type in place of a script", "text/javascript", "f()", "", PAGE, COMPARE_DIFFERENT},
        {"a style sheet as HTML", "text/css", "a{}", "text/html", "a{}", COMPARE_DIFFERENT},
        {"HTML as a download", "text/html", PAGE, "application/octet-stream", PAGE, COMPARE_DIFFERENT},
        {"HTML as plain text", "text/html", PAGE, "text/plain", PAGE, COMPARE_DIFFERENT},
        {"HTML without a type", "text/html", PAGE, "", PAGE, COMPARE_EQUIVALENT},
        {"another parameter", "text/html; charset=UTF-8", PAGE, "text/html;charset=utf-8", PAGE, COMPARE_SAME},
        {"another charset that does not matter", "text/html; charset=iso-8859-1", PAGE, "text/html; charset=utf-8",
         PAGE, COMPARE_SAME},
        {"another charset that does", "text/html; charset=koi8-r", "<p>\xd1\x82\xd0\xb5\xd1\x85",
         "text/html; charset=utf-8", "<p>\xd1\x82\xd0\xb5\xd1\x85", COMPARE_DIFFERENT},
        {"the same text in two encodings", "text/html; charset=iso-8859-1",
         "<p>Stra\xdf"
         "e und Br\xfc"
         "cke",
         "text/html; charset=utf-8",
         "<p>Stra\xc3\x9f"
         "e und Br\xc3\xbc"
         "cke",
         COMPARE_EQUIVALENT},
        {"other images", "image/png", "\x89PNG abcdefgh", "image/png", "\x89PNG ijklmnop", COMPARE_DIFFERENT},
        {"the same image", "image/png", "\x89PNG abcdefgh", "image/png", "\x89PNG abcdefgh", COMPARE_SAME},
        {"lines in another order", "text/plain", "one two\nthree four\nfive six\nseven eight\n", "text/plain",
         "five six\nseven eight\none two\nthree four\n", COMPARE_EQUIVALENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response a = typed_body(rows[i].type_a, rows[i].a), b = typed_body(rows[i].type_b, rows[i].b);
        struct compare_result result;
        compare_bodies(&a, &b, NULL, NULL, &result);
        if (result.verdict != rows[i].verdict) {
            fail_msg("%s: %s: %s", rows[i].sentence, compare_verdict_name(result.verdict), result.reason);
        }
    }
}

struct again_row {
    const char *sentence;
    const char *a, *b, *again_a, *again_b;
    enum compare_verdict verdict;
};

#define WITH(text) HEAD("x") TEXT "<p>" text "</p>" TAIL
#define RED        "Red shoes with leather soles are on sale in our shop this week for members only."
#define BLUE       "Blue hats made of felt will arrive next month together with scarves and gloves."
#define GREEN      "Green coats keep you warm in the coldest winter that this town has ever seen."
#define GREY       "Grey socks of wool come in packs of three and in every size that one could want."

static void second_fetches_tell_noise_from_difference(void **state)
{
    (void)state;
    static const struct again_row rows[] = {
        {"what changes on either side is no difference", WITH(RED), WITH(BLUE), WITH(GREEN), WITH(GREY),
         COMPARE_EQUIVALENT},
        {"also if it comes back on the other side", WITH(RED), WITH(BLUE), WITH(BLUE), WITH(RED), COMPARE_EQUIVALENT},
        {"what stays on each side is one", WITH(RED), WITH(BLUE), WITH(RED), WITH(BLUE), COMPARE_DIFFERENT},
        {"other prices make another page", WITH(RED) "9.99, 19.99 24,50 and 129,00; 1.299,00",
         WITH(RED) "11.89, 23.79 29,16 and 153,51; 1.545,81", WITH(RED) "9.99, 19.99 24,50 and 129,00; 1.299,00",
         WITH(RED) "11.89, 23.79 29,16 and 153,51; 1.545,81", COMPARE_DIFFERENT},
        {"minutes do not", WITH(RED) "1 min, 12:01, 2.5, 9, 10, 11", WITH(RED) "3 min, 12:04, 2.7, 6, 15, 14",
         WITH(RED) "1 min, 12:01, 2.5, 9, 10, 11", WITH(RED) "3 min, 12:04, 2.7, 6, 15, 14", COMPARE_EQUIVALENT},
        {"what always changes as a whole is unstable", "<p>" RED, "<p>" BLUE, "<p>" GREEN, "<p>" GREY,
         COMPARE_UNSTABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response a = html_page(rows[i].a), b = html_page(rows[i].b);
        struct compare_response again_a = html_page(rows[i].again_a), again_b = html_page(rows[i].again_b);
        struct compare_result result;
        compare_bodies(&a, &b, &again_a, &again_b, &result);
        if (result.verdict != rows[i].verdict || result.needs_again) {
            fail_msg("%s: %s: %s", rows[i].sentence, compare_verdict_name(result.verdict), result.reason);
        }
    }
}

/* Noise that was seen on one page is not held against another. */
static void noise_is_remembered(void **state)
{
    (void)state;
    struct noise_memory noise;
    noise_memory_init(&noise);
    struct compare_response red = html_page(WITH(RED)), blue = html_page(WITH(BLUE));
    struct compare_result result;
    compare_bodies_with_noise(&red, &blue, &red, &blue, NULL, &result);
    assert_int_equal(result.verdict, COMPARE_DIFFERENT);
    compare_bodies_with_noise(&red, &blue, &blue, &red, &noise, &result);
    compare_bodies_with_noise(&red, &blue, &red, &blue, &noise, &result);
    assert_int_equal(result.verdict, COMPARE_EQUIVALENT);
    compare_bodies_with_noise(&red, &blue, NULL, NULL, &noise, &result);
    assert_false(result.needs_again);
    noise_memory_release(&noise);
}

/* What only a showed on one page and only b on another does not hang on the scheme. */
static void noise_is_learnt_across_pages(void **state)
{
    (void)state;
    struct noise_memory noise;
    noise_memory_init(&noise);
    struct compare_response red = html_page(WITH(RED)), blue = html_page(WITH(BLUE));
    struct compare_result result;
    compare_bodies_with_noise(&red, &blue, &red, &blue, &noise, &result);
    assert_int_equal(result.verdict, COMPARE_DIFFERENT);
    compare_bodies_with_noise(&red, &blue, &red, &blue, &noise, &result);
    assert_int_equal(result.verdict, COMPARE_DIFFERENT);
    compare_bodies_with_noise(&blue, &red, &blue, &red, &noise, &result);
    compare_bodies_with_noise(&red, &blue, &red, &blue, &noise, &result);
    assert_int_equal(result.verdict, COMPARE_EQUIVALENT);
    noise_memory_release(&noise);
}

struct direction_row {
    const char *sentence;
    const char *a, *b;
    bool https;
    enum compare_verdict verdict;
    unsigned downgraded, upgraded;
};

static void the_scheme_of_resources_has_a_direction(void **state)
{
    (void)state;
    static const struct direction_row rows[] = {
        {"a script that becomes http", TEXT "<script src=https://www.example.com/s.js></script>",
         TEXT "<script src=http://www.example.com/s.js></script>", true, COMPARE_DIFFERENT, 1, 0},
        {"a relative one too", TEXT "<script src=/s.js></script>",
         TEXT "<script src=http://www.example.com/s.js></script>", true, COMPARE_DIFFERENT, 1, 0},
        {"the reverse is better", TEXT "<script src=http://www.example.com/s.js></script>",
         TEXT "<script src=/s.js></script>", true, COMPARE_EQUIVALENT, 0, 1},
        {"a style sheet", TEXT "<link rel=stylesheet href=s.css>",
         TEXT "<link rel=stylesheet href=http://www.example.com/dir/s.css>", true, COMPARE_DIFFERENT, 1, 0},
        {"a frame", TEXT "<iframe src=//other.test/></iframe>", TEXT "<iframe src=http://other.test/></iframe>", true,
         COMPARE_DIFFERENT, 1, 0},
        {"a form target", TEXT "<form action=/go>", TEXT "<form action=http://www.example.com/go>", true,
         COMPARE_DIFFERENT, 1, 0},
        {"an image is not blocked", TEXT "<img src=/i.png>", TEXT "<img src=http://www.example.com/i.png>", true,
         COMPARE_EQUIVALENT, 0, 0},
        {"a link is nothing that loads", TEXT "<a href=/x>x</a>", TEXT "<a href=http://www.example.com/x>x</a>", true,
         COMPARE_EQUIVALENT, 0, 0},
        {"an http page blocks nothing", TEXT "<script src=/s.js></script>",
         TEXT "<script src=http://www.example.com/s.js></script>", false, COMPARE_EQUIVALENT, 0, 0},
        {"a policy upgrades it", TEXT "<script src=/s.js></script>",
         "<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>" TEXT
         "<script src=http://www.example.com/s.js></script>",
         true, COMPARE_EQUIVALENT, 0, 0},
        {"a base element by http", "<base href=https://www.example.com/>" TEXT "<script src=s.js></script>",
         "<base href=http://www.example.com/>" TEXT "<script src=s.js></script>", true, COMPARE_DIFFERENT, 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response a = html_page(rows[i].a), b = html_page(rows[i].b);
        a.https = b.https = rows[i].https;
        struct compare_result result;
        compare_bodies(&a, &b, NULL, NULL, &result);
        if (result.verdict != rows[i].verdict || result.downgraded != rows[i].downgraded ||
            result.upgraded != rows[i].upgraded) {
            fail_msg("%s: %s, %u, %u: %s", rows[i].sentence, compare_verdict_name(result.verdict), result.downgraded,
                     result.upgraded, result.reason);
        }
    }
}

struct header_row {
    const char *before, *after;
    enum compare_verdict verdict;
};

static void access_of_other_origins_must_not_be_lost(void **state)
{
    (void)state;
    static const struct header_row rows[] = {
        {"", "", COMPARE_SAME},
        {"*", "*", COMPARE_SAME},
        {"*", "", COMPARE_DIFFERENT},
        {"*", "https://www.example.com", COMPARE_DIFFERENT},
        {"http://www.example.com", "https://www.example.com", COMPARE_SAME},
        {"https://www.example.com", "*", COMPARE_SAME},
        {"", "*", COMPARE_SAME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response a = html_page(PAGE), b = a;
        a.access_control_allow_origin = slice_of(rows[i].before);
        b.access_control_allow_origin = slice_of(rows[i].after);
        struct compare_result result;
        compare_bodies(&a, &b, NULL, NULL, &result);
        assert_int_equal(result.verdict, rows[i].verdict);
    }
}

struct numbers_row {
    const char *sentence;
    struct compare_response a, b;
    bool compared;
};

static void numbers_are_told_where_there_are_any(void **state)
{
    (void)state;
    const struct numbers_row rows[] = {
        {"equal bytes are known to be alike in all", html_page(PAGE), html_page(PAGE), true},
        {"other words are compared", html_page(PAGE), html_page(TEXT), true},
        {"another type is another thing, whatever stands in it", html_page(PAGE), typed_body("application/json", "{}"),
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_result result;
        compare_bodies(&rows[i].a, &rows[i].b, NULL, NULL, &result);
        if (result.compared != rows[i].compared) {
            fail_msg("%s", rows[i].sentence);
        }
    }
}

struct mixed_row {
    const char *sentence;
    const char *body;
    unsigned active, passive;
};

static void counts_mixed_content(void **state)
{
    (void)state;
    static const struct mixed_row rows[] = {
        {"none", "<img src=/a.png><a href=http://x.test/>x</a>", 0, 0},
        {"each address once", "<script src=http://x.test/1.js></script><script src='HTTP://x.test/1.js'></script>", 1,
         0},
        {"every blockable kind",
         "<script src=http://x/1></script><link rel=stylesheet href=http://x/2><iframe src=http://x/3></iframe><form "
         "action=http://x/4></form><object data=http://x/5></object><embed src=http://x/6>",
         6, 0},
        {"every upgradable kind",
         "<img src=http://x/1><video src=http://x/2></video><audio src=http://x/3></audio><source src=http://x/4>", 0,
         4},
        {"not in comments, scripts and templates",
         "<!-- <img src=http://x/1> --><script>'<img src=http://x/2>'</script><template><img "
         "src=http://x/3></template>",
         0, 0},
        {"a policy lifts it",
         "<meta http-equiv=content-security-policy content=\"default-src 'self'; upgrade-insecure-requests\"><script "
         "src=http://x/1></script>",
         0, 0},
        {"a reference with entities", "<script src='http&#58;//x/1'></script>http:", 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response page = html_page(rows[i].body);
        struct mixed_content found;
        mixed_content_find(&page, &found);
        if (found.active != rows[i].active || found.passive != rows[i].passive) {
            fail_msg("%s: %u active, %u passive", rows[i].sentence, found.active, found.passive);
        }
    }
}

struct sniff_row {
    struct slice body;
    const char *type;
};

static void guesses_types(void **state)
{
    (void)state;
    static const struct sniff_row rows[] = {
        {{"<!DOCTYPE html><p>x", 19}, "text/html"},
        {{"  \n<p>x", 7}, "text/html"},
        {{"<!-- x --><html>", 16}, "text/html"},
        {{"\xef\xbb\xbf<html>", 9}, "text/html"},
        {{"<?xml version='1.0'?><rss>", 26}, "text/xml"},
        {{"<?xml version='1.0'?><html>", 27}, "text/html"},
        {{"<svg xmlns='x'>", 15}, "text/xml"},
        {{"{\"a\": 1}\n", 9}, "application/json"},
        {{"[1, 2]", 6}, "application/json"},
        {{"{}", 2}, "application/json"},
        {{"{ body }", 8}, "text/plain"},
        {{"hello", 5}, "text/plain"},
        {{"", 0}, "text/plain"},
        {{"\x89PNG\r\n\x1a\nxxxx", 12}, "image/png"},
        {{"GIF89axxx", 9}, "image/gif"},
        {{"%PDF-1.4", 8}, "application/pdf"},
        {{"a\0b", 3}, "application/octet-stream"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct slice type = compare_sniff_type(rows[i].body);
        if (!slice_equal(type, slice_of(rows[i].type))) {
            fail_msg("row %zu: %.*s", i, SLICE_ARG(type));
        }
    }
}

struct class_row {
    const char *body;
    enum page_class page_class;
};

static void names_pages_that_are_none_of_the_site(void **state)
{
    (void)state;
    static const struct class_row rows[] = {
        {PAGE, PAGE_ORDINARY},
        {"<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>", PAGE_SERVER_DEFAULT},
        {"<html><body><h1>It works!</h1></body></html>", PAGE_SERVER_DEFAULT},
        {"<title>404 Not Found</title><center><h1>404 Not Found</h1></center><hr><center>nginx/1.22</center>",
         PAGE_SERVER_DEFAULT},
        {"<title>x</title><h1>This Account has been suspended.</h1>", PAGE_SUSPENDED},
        {"<title>x</title>This domain is for sale!", PAGE_PARKED},
        {"<title>x</title>Our website is coming soon", PAGE_PLACEHOLDER},
        {"<title>Just a moment...</title>", PAGE_CHALLENGE},
        {"<title>x</title>Please complete the CAPTCHA", PAGE_CAPTCHA},
        {"<title>Site maintenance</title>", PAGE_MAINTENANCE},
        {"<title>Page not found - Shop</title>" TEXT, PAGE_SOFT_404},
        {"<title>Shop</title><form><input name=u><input type=password></form>", PAGE_LOGIN_WALL},
        {"<title>How to replace the page</title>" TEXT TEXT TEXT TEXT "<p>It says Welcome to nginx until you do.</p>",
         PAGE_ORDINARY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_response page = html_page(rows[i].body);
        const char *name;
        enum page_class page_class = compare_classify(&page, &name);
        if (page_class != rows[i].page_class) {
            fail_msg("row %zu: %s", i, page_class_name(page_class));
        }
    }
}

/* The verdict names what was recognised. */
static void the_reason_names_the_page(void **state)
{
    (void)state;
    struct compare_response a = html_page(PAGE),
                            b = html_page("<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>");
    struct compare_result result;
    compare_bodies(&a, &b, NULL, NULL, &result);
    assert_int_equal(result.verdict, COMPARE_DIFFERENT);
    assert_non_null(strstr(result.reason, "only the new side is a server's default page (nginx default page)"));
    assert_non_null(strstr(result.reason, "text 0."));
    compare_bodies(&b, &a, NULL, NULL, &result);
    assert_non_null(strstr(result.reason, "only the present side is a server's default page (nginx default page)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_html),
        cmocka_unit_test(judges_other_types),
        cmocka_unit_test(second_fetches_tell_noise_from_difference),
        cmocka_unit_test(noise_is_remembered),
        cmocka_unit_test(noise_is_learnt_across_pages),
        cmocka_unit_test(the_scheme_of_resources_has_a_direction),
        cmocka_unit_test(access_of_other_origins_must_not_be_lost),
        cmocka_unit_test(numbers_are_told_where_there_are_any),
        cmocka_unit_test(counts_mixed_content),
        cmocka_unit_test(guesses_types),
        cmocka_unit_test(names_pages_that_are_none_of_the_site),
        cmocka_unit_test(the_reason_names_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/robots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN SLICE("Cloudflare-SSLDetector")
#define US    "User-agent: Cloudflare-SSLDetector\n"

struct row {
    const char *sentence;
    const char *robots;
    const char *path_query;
    bool allowed;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct robots *robots = robots_parse(slice_of(rows[i].robots), TOKEN);
        assert_non_null(robots);
        if (robots_allows(robots, slice_of(rows[i].path_query)) != rows[i].allowed)
            fail_msg("%s: %s should be %s", rows[i].sentence, rows[i].path_query,
                     rows[i].allowed ? "allowed" : "forbidden");
        robots_free(robots);
    }
}

static void test_groups(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"an empty file forbids nothing", "", "/a", true},
        {"a group that names us binds", US "Disallow: /a", "/a", false},
        {"in any case of letters", "USER-AGENT: cloudflare-ssldetector\nDISALLOW: /a", "/a", false},
        {"with a version behind", "User-agent: Cloudflare-SSLDetector/1.0\nDisallow: /a", "/a", false},
        {"a longer name is another", "User-agent: Cloudflare-SSLDetectors\nDisallow: /a", "/a", true},
        {"a shorter name is another", "User-agent: Cloudflare\nDisallow: /a", "/a", true},
        {"a group for all does not bind us", "User-agent: *\nDisallow: /", "/a", true},
        {"nor does it where another group names us", "User-agent: *\nDisallow: /a\n" US "Disallow: /b", "/a", true},
        {"several names share a group", "User-agent: x\n" US "User-agent: y\nDisallow: /a", "/a", false},
        {"groups that name us are joined (first)", US "Disallow: /a\nUser-agent: x\nDisallow: /c\n" US "Disallow: /b",
         "/a", false},
        {"groups that name us are joined (second)", US "Disallow: /a\nUser-agent: x\nDisallow: /c\n" US "Disallow: /b",
         "/b", false},
        {"and others between are not", US "Disallow: /a\nUser-agent: x\nDisallow: /c\n" US "Disallow: /b", "/c", true},
        {"a rule before any group binds nobody", "Disallow: /a\n" US "Disallow: /b", "/a", true},
        {"a sitemap does not end a list of names", US "Sitemap: http://x/\nUser-agent: y\nDisallow: /a", "/a", false},
        {"nor does an unknown line", US "Host: x\nUser-agent: y\nDisallow: /a", "/a", false},
        {"nor an empty one", US "\n\nDisallow: /a", "/a", false},
        {"a comment behind a value", US "Disallow: /a # not this", "/a", false},
        {"white space around everything", "  User-agent :  Cloudflare-SSLDetector \n\t Disallow :\t/a\t", "/a", false},
        {"lines that end in CR", "User-agent: Cloudflare-SSLDetector\rDisallow: /a\rDisallow: /b", "/b", false},
        {"lines that end in CRLF", "User-agent: Cloudflare-SSLDetector\r\nDisallow: /a\r\n", "/a", false},
        {"a mark before everything", "\xef\xbb\xbf" US "Disallow: /a", "/a", false},
        {"a line without a colon", US "Disallow /a", "/a", true},
        {"an HTML page instead", "<!doctype html><p>User-agent: Cloudflare-SSLDetector</p>Disallow: /", "/a", true},
    };
    check(rows, sizeof rows / sizeof *rows);
}

/* RFC 9309 §2.2.2, §2.2.3 and §5. */
static void test_matching(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a rule matches from the start", US "Disallow: /a", "/abc?d", false},
        {"and not in the middle", US "Disallow: /a", "/b/a", true},
        {"letters count", US "Disallow: /a", "/A", true},
        {"an empty rule forbids nothing", US "Disallow:", "/a", true},
        {"the longest rule wins", US "Disallow: /\nAllow: /a", "/a", true},
        {"in any order", US "Allow: /a\nDisallow: /", "/b", false},
        {"also to forbid", US "Allow: /a\nDisallow: /a/b", "/a/b/c", false},
        {"allow wins a tie", US "Disallow: /a\nAllow: /a", "/a", true},
        {"a star is anything", US "Disallow: /*.gif$", "/b/c.gif", false},
        {"a dollar is the end", US "Disallow: /*.gif$", "/b/c.gif?x", true},
        {"without it more may follow", US "Disallow: /*.gif", "/b/c.gif?x", false},
        {"a star may be nothing", US "Disallow: /a*b", "/ab", false},
        {"a star at the end adds nothing", US "Disallow: /a*", "/a", false},
        {"stars in a row are one", US "Disallow: /a****b", "/acb", false},
        {"the end is looked for at the end", US "Disallow: /*ab$", "/abxab", false},
        {"a literal is not used twice", US "Disallow: /ab*ab$", "/ab", true},
        {"two literals in order", US "Disallow: /*a*b", "/xbxa", true},
        {"a rule for the query", US "Disallow: /*?sort=", "/a?sort=x", false},
        {"the home page alone", US "Disallow: /$", "/", false},
        {"and nothing else", US "Disallow: /$", "/a", true},
        {"a dollar in the middle is itself", US "Disallow: /a$b", "/a$b", false},
        {"a rule without slash matches no path", US "Disallow: a", "/a", true},
        {"a rule that begins with a star", US "Disallow: *.php", "/a.php", false},
        {"an encoded letter is the letter", US "Disallow: /%61", "/a", false},
        {"also in the URL", US "Disallow: /a", "/%61", false},
        {"umlauts plain or encoded", US "Disallow: /\xc3\xbc", "/%C3%BC", false},
        {"in either case of hexadecimal", US "Disallow: /%c3%bc", "/%C3%BC", false},
        {"an encoded slash is no slash", US "Disallow: /a/b", "/a%2fb", true},
        {"but equals itself", US "Disallow: /a%2Fb", "/a%2fb", false},
        {"an encoded star is a star", US "Disallow: /a%2A", "/a*", false},
        {"and none that matches anything", US "Disallow: /a%2Ab", "/axb", true},
        {"an encoded dollar", US "Disallow: /a%24", "/a$x", false},
        {"a star in the URL is no wildcard", US "Disallow: /abc", "/a*", true},
        {"robots.txt itself is free", US "Disallow: /", "/robots.txt", true},
        {"RFC 9309 section 5.1, public", US "Disallow: *.gif$\nDisallow: /example/\nAllow: /publications/",
         "/publications/x.gif", true},
        {"RFC 9309 section 5.1, gif", US "Disallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/x.gif",
         false},
        {"RFC 9309 section 5.2, longest match", US "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
         "/example/page/disallowed.gif", false},
        {"RFC 9309 section 5.2, the rest", US "Allow: /example/page/\nDisallow: /example/page/disallowed.gif",
         "/example/page/", true},
    };
    check(rows, sizeof rows / sizeof *rows);
}

static void test_forbids_everything(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *robots;
        bool everything;
    } rows[] = {
        {"no rules", "", false},
        {"a slash for us", US "Disallow: /", true},
        {"a slash for all", "User-agent: *\nDisallow: /", false},
        {"a star", US "Disallow: *", true},
        {"both", US "Disallow: /*", true},
        {"with something allowed", US "Disallow: /\nAllow: /a", false},
        {"with everything allowed as strongly", US "Disallow: /\nAllow: /", false},
        {"with everything allowed more weakly", US "Disallow: /*\nAllow: /", true},
        {"only the home page", US "Disallow: /$", false},
        {"only a folder", US "Disallow: /a", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct robots *robots = robots_parse(slice_of(rows[i].robots), TOKEN);
        if (robots_forbids_everything(robots) != rows[i].everything)
            fail_msg("%s", rows[i].sentence);
        robots_free(robots);
    }
    assert_false(robots_forbids_everything(NULL));
    assert_true(robots_allows(NULL, SLICE("/")));
}

static void test_delay_and_sitemaps(void **state)
{
    (void)state;
    static const struct {
        const char *robots;
        int64_t delay_ms;
    } rows[] = {
        {US "Crawl-delay: 10", 10000},
        {US "Crawl-delay: 0.5", 500},
        {US "Crawl-delay: 1.2345", 1234},
        {US "Crawl-delay: 99999999999999999999", 3600000},
        {US "Crawl-delay: x", -1},
        {"User-agent: *\nCrawl-delay: 10", -1},
        {US "Crawl-delay: 1\n" US "Crawl-delay: 3", 3000},
        {US "Crawl-delay: 0", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct robots *robots = robots_parse(slice_of(rows[i].robots), TOKEN);
        if (robots_crawl_delay_ms(robots) != rows[i].delay_ms)
            fail_msg("%s", rows[i].robots);
        robots_free(robots);
    }

    struct robots *robots = robots_parse(
        SLICE("User-agent: x\nDisallow: /\nSitemap: https://e.com/a.xml\nsitemap:/b.xml.gz #x\nSitemap:\n"), TOKEN);
    assert_int_equal(robots_sitemap_count(robots), 2);
    assert_true(slice_equal(robots_sitemap(robots, 0), SLICE("https://e.com/a.xml")));
    assert_true(slice_equal(robots_sitemap(robots, 1), SLICE("/b.xml.gz")));
    assert_int_equal(robots_sitemap(robots, 2).len, 0);
    assert_false(robots_names_us(robots));
    robots_free(robots);
}

static void test_ceilings(void **state)
{
    (void)state;
    /* 500 KiB are read: RFC 9309 §2.5. */
    struct buf body = {0};
    buf_append_text(&body, US);
    while (body.len < 500u * 1024 - 20)
        buf_append_text(&body, "# comment\n");
    buf_append_text(&body, "Disallow: /last\n");
    struct robots *robots = robots_parse(buf_slice(&body), TOKEN);
    assert_false(robots_allows(robots, SLICE("/last")));
    robots_free(robots);

    /* A rule across the ceiling is dropped and not shortened. */
    while (body.len < LIMIT_ROBOTS_BYTES - 12)
        buf_append_byte(&body, '\n');
    buf_append_text(&body, "\nDisallow: /private");
    assert_true(body.len > LIMIT_ROBOTS_BYTES);
    robots = robots_parse(buf_slice(&body), TOKEN);
    assert_true(robots_allows(robots, SLICE("/x")));
    assert_true(robots_allows(robots, SLICE("/private")));
    assert_false(robots_allows(robots, SLICE("/last")));
    robots_free(robots);

    buf_reset(&body);
    buf_append_text(&body, US);
    for (int i = 0; i < LIMIT_ROBOTS_RULES + 5; i++)
        buf_printf(&body, "Disallow: /r%d$\nSitemap: /s%d\n", i, i);
    robots = robots_parse(buf_slice(&body), TOKEN);
    assert_false(robots_allows(robots, SLICE("/r3999")));
    assert_true(robots_allows(robots, SLICE("/r4000")));
    assert_int_equal(robots_sitemap_count(robots), LIMIT_SITEMAPS);
    robots_free(robots);
    buf_release(&body);
}

/* A matcher that went back at each star would not return from this. */
static void test_many_stars(void **state)
{
    (void)state;
    struct buf body = {0};
    struct buf path = {0};
    buf_append_text(&body, US "Disallow: /");
    for (int i = 0; i < 500; i++)
        buf_append_text(&body, "a*");
    buf_append_text(&body, "b$");
    buf_append_byte(&path, '/');
    for (int i = 0; i < 2000; i++)
        buf_append_byte(&path, 'a');
    struct robots *robots = robots_parse(buf_slice(&body), TOKEN);
    assert_true(robots_allows(robots, buf_slice(&path)));
    buf_append_byte(&path, 'b');
    assert_false(robots_allows(robots, buf_slice(&path)));
    robots_free(robots);
    buf_release(&body);
    buf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_matching),
        cmocka_unit_test(test_forbids_everything),
        cmocka_unit_test(test_delay_and_sitemaps),
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_many_stars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a hostile origin or log sends costs time in proportion to its size.
 *
 * Each input is a unit that repeats. Eight times the size must cost less than 24 times the CPU time (a cost that grows
 * with the square takes 64 times as much): the best of some runs, so that a busy machine does not matter. */
#include "base/buf.h"
#include "crawler/access_log.h"
#include "crawler/css_links.h"
#include "crawler/links.h"
#include "crawler/robots.h"
#include "crawler/sitemap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define SMALL_BYTES (96u << 10)
#define GROWTH      8
#define RATIO_MAX   24.0
#define RUNS        5
/* Below this a clock tells nothing. */
#define NOISE_S 0.002

/* AddressSanitizer looks at the whole rest of the input at each search in it: then the inputs are read, but not timed.
 */
#if defined(__SANITIZE_ADDRESS__)
#define IS_TIMED false
#else
#define IS_TIMED true
#endif

typedef void reader(struct slice bytes);

static void read_html(struct slice bytes)
{
    struct url document;
    struct document_links links;
    assert_int_equal(url_parse(SLICE("http://e.com/"), &document), URL_OK);
    assert_int_equal(links_of_document(bytes, &document, SLICE("text/html"), &links, NULL), 0);
    document_links_release(&links);
    url_release(&document);
}

static void read_sheet(struct slice bytes)
{
    struct css_links links;
    assert_int_equal(css_links_find(bytes, &links, NULL), 0);
    css_links_release(&links);
}

static void read_robots(struct slice bytes)
{
    struct robots *robots = robots_parse(bytes, SLICE("us"));
    assert_non_null(robots);
    robots_allows(robots, SLICE("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    robots_free(robots);
}

static void read_sitemap(struct slice bytes)
{
    struct sitemap sitemap;
    assert_int_equal(sitemap_parse(bytes, &sitemap, NULL), 0);
    sitemap_release(&sitemap);
}

static void read_log(struct slice bytes)
{
    struct access_log *log = access_log_new(SLICE("e.com"), SLICE("e.com"), 1, NULL);
    assert_int_equal(access_log_feed(log, bytes, NULL), 0);
    assert_int_equal(access_log_end(log, NULL), 0);
    access_log_free(log);
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double best_time(reader *read, const char *start, const char *unit, size_t bytes)
{
    struct buf input = {0};
    double best = 1e9;
    buf_append_text(&input, start);
    for (unsigned i = 0; input.len < bytes; i++) {
        /* "#" in a unit is a number that grows. */
        struct slice text = slice_of(unit);
        size_t number = slice_find_byte(text, '#');
        buf_append_slice(&input, slice_make(text.ptr, number));
        if (number < text.len)
            buf_printf(&input, "%u", i);
        buf_append_slice(&input, slice_from(text, number + 1));
    }
    for (int run = 0; run < (IS_TIMED ? RUNS : 1); run++) {
        double begin = cpu_s();
        read(buf_slice(&input));
        double time = cpu_s() - begin;
        best = time < best ? time : best;
    }
    buf_release(&input);
    return best;
}

struct row {
    const char *sentence;
    reader *read;
    const char *start;
    const char *unit;
};

static const struct row rows[] = {
    {"elements in elements", read_html, "", "<b>"},
    {"elements in elements, each closed by a stranger", read_html, "", "<b></i>"},
    {"tables in tables", read_html, "", "<table><tr><td>"},
    {"paragraphs that close one another", read_html, "", "<p>"},
    {"closing tags alone", read_html, "", "</p>"},
    {"attributes of one element", read_html, "<a", " a#"},
    {"attributes with quotes", read_html, "<a", " a#=\">\""},
    {"many elements of many attributes", read_html, "", "<a b c d e f g h i j k l m n o p q r s t u v w x y z href=#>"},
    {"an attribute without end", read_html, "<a href=\"", "a"},
    {"an attribute without end, full of brackets", read_html, "<a href=\"", "<>"},
    {"references", read_html, "", "&"},
    {"references in an attribute", read_html, "<a href='", "&amp;"},
    {"brackets alone", read_html, "", "<"},
    {"tags that never end", read_html, "", "<a "},
    {"a comment without end", read_html, "<!--", "-"},
    {"comments that begin", read_html, "", "<!--"},
    {"a script that nearly ends", read_html, "<script>", "</scrip"},
    {"a doctype without end", read_html, "<!DOCTYPE ", "a"},
    {"declarations", read_html, "", "<!["},
    {"instructions", read_html, "", "<?a"},
    {"links, all different", read_html, "", "<a href=/#>"},
    {"links, all the same", read_html, "", "<a href=/>"},
    {"commas in a srcset", read_html, "<img srcset=\"", ","},
    {"parentheses in a srcset", read_html, "<img srcset=\"", "a ("},
    {"candidates of a srcset", read_html, "<img srcset=\"", "a# 1x,"},
    {"words of a rel", read_html, "<link rel=\"", "icon "},
    {"text without a tag", read_html, "", "word "},
    {"NUL bytes spelt out", read_html, "", "&#0;"},
    {"urls without end", read_sheet, "", "url("},
    {"comments without end", read_sheet, "", "/*"},
    {"strings without end", read_sheet, "", "\"'"},
    {"escapes", read_sheet, "", "\\"},
    {"imports", read_sheet, "", "@import "},
    {"urls, all different", read_sheet, "", "a{b:url(#)}"},
    {"groups", read_robots, "", "User-agent: us\n"},
    {"rules, all different", read_robots, "User-agent: us\n", "Disallow: /#*a*b\n"},
    {"one long line", read_robots, "User-agent: us\nDisallow: /", "a*"},
    {"empty lines", read_robots, "", "\n"},
    {"brackets alone", read_sitemap, "", "<"},
    {"comments that begin", read_sitemap, "<urlset>", "<!--"},
    {"comments that end", read_sitemap, "<urlset>", "<!-->"},
    {"locations that begin", read_sitemap, "<urlset>", "<loc>"},
    {"locations, all different", read_sitemap, "<urlset>", "<loc>http://e.com/#</loc>"},
    {"character data that begins", read_sitemap, "<urlset><loc>", "<![CDATA["},
    {"references", read_sitemap, "<urlset><loc>", "&#"},
    {"a line without end", read_log, "", "[\" "},
    {"brackets of JSON", read_log, "{\"a\":", "["},
    {"strings of JSON that never end", read_log, "{", "\"\\"},
    {"empty lines", read_log, "", "\n"},
    {"requests, all different", read_log, "", "- - - [10/Oct/2026:13:55:36 +0200] \"GET /# HTTP/1.1\" 200 1\n"},
    {"requests from many names", read_log, "",
     "h#.e.com - - - [10/Oct/2026:13:55:36 +0200] \"GET / HTTP/1.1\" 200 1\n"},
};

static void test_growth(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        double small = best_time(row->read, row->start, row->unit, SMALL_BYTES);
        double large = best_time(row->read, row->start, row->unit, GROWTH * SMALL_BYTES);
        small = small < NOISE_S ? NOISE_S : small;
        if (IS_TIMED && large > RATIO_MAX * small)
            fail_msg("%s (%s): %.4f s for %u kB, %.4f s for %d times as much", row->sentence, row->unit, small,
                     SMALL_BYTES >> 10, large, GROWTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

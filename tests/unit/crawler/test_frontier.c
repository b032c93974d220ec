#include "base/buf.h"
#include "base/limits.h"
#include "crawler/frontier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct frontier *new_frontier(uint64_t seed)
{
    struct frontier *frontier = frontier_new(seed, NULL, NULL);
    assert_non_null(frontier);
    return frontier;
}

static enum frontier_result add(struct frontier *frontier, const char *path_query, enum link_kind kind)
{
    return frontier_add(frontier, slice_of(path_query), kind, 0);
}

static void add_many(struct frontier *frontier, const char *before, const char *behind, int count, enum link_kind kind)
{
    for (int i = 0; i < count; i++) {
        struct buf url = {0};
        buf_printf(&url, "%s%d%s", before, i, behind);
        frontier_add(frontier, buf_slice(&url), kind, 0);
        buf_release(&url);
    }
}

/* The paths of the next `count` URLs, a space behind each. */
static char *next_paths(struct frontier *frontier, int count)
{
    struct buf out = {0};
    for (int i = 0; i < count; i++) {
        const struct frontier_url *url = frontier_next(frontier);
        buf_printf(&out, "%s ", url != NULL ? url->path_query : "-");
    }
    return buf_take(&out);
}

static int count_prefix(const char *paths, const char *prefix)
{
    int count = 0;
    for (const char *at = strstr(paths, prefix); at != NULL; at = strstr(at + 1, prefix))
        count += at == paths || at[-1] == ' ' ? 1 : 0;
    return count;
}

static void test_the_home_page_is_first(void **state)
{
    (void)state;
    struct frontier *frontier = new_frontier(1);
    frontier_add(frontier, SLICE("/popular"), LINK_PAGE, 1000);
    add(frontier, "/a.js", LINK_SCRIPT);
    assert_string_equal(frontier_next(frontier)->path_query, "/");
    assert_string_equal(frontier_next_page_to_crawl(frontier)->path_query, "/");
    assert_string_equal(frontier_next_page_to_crawl(frontier)->path_query, "/popular");
    assert_null(frontier_next_page_to_crawl(frontier));
    frontier_free(frontier);
}

static void test_many_pages_crowd_nothing_out(void **state)
{
    (void)state;
    struct frontier *frontier = new_frontier(7);
    add_many(frontier, "/products/some-thing-", ".html", 1900, LINK_PAGE);
    add_many(frontier, "/blog/a-post-", "", 30, LINK_PAGE);
    add(frontier, "/login", LINK_PAGE);
    add(frontier, "/about-us", LINK_PAGE);
    add(frontier, "/api/items", LINK_PAGE);
    add(frontier, "/style.css", LINK_STYLE);
    add_many(frontier, "/js/", ".js", 50, LINK_SCRIPT);
    add_many(frontier, "/img/", ".png", 500, LINK_IMAGE);
    char *paths = next_paths(frontier, 60);
    assert_non_null(strstr(paths, "/login "));
    assert_non_null(strstr(paths, "/about-us "));
    assert_non_null(strstr(paths, "/api/items "));
    assert_non_null(strstr(paths, "/style.css "));
    assert_in_range(count_prefix(paths, "/products/"), 10, 25);
    assert_in_range(count_prefix(paths, "/blog/"), 10, 25);
    assert_in_range(count_prefix(paths, "/js/"), 5, 15);
    assert_in_range(count_prefix(paths, "/img/"), 5, 15);
    free(paths);
    frontier_free(frontier);
}

static char *sample_of(uint64_t seed, bool backwards)
{
    struct frontier *frontier = new_frontier(seed);
    for (int i = 0; i < 300; i++) {
        struct buf url = {0};
        buf_printf(&url, "/s%d/%d.html", (backwards ? 299 - i : i) % 7, backwards ? 299 - i : i);
        frontier_add(frontier, buf_slice(&url), LINK_PAGE, 0);
        buf_release(&url);
    }
    char *paths = next_paths(frontier, 40);
    frontier_free(frontier);
    return paths;
}

static void test_the_seed_alone_decides(void **state)
{
    (void)state;
    char *one = sample_of(1, false);
    char *again = sample_of(1, false);
    char *other_order = sample_of(1, true);
    char *two = sample_of(2, false);
    assert_string_equal(one, again);
    assert_string_equal(one, other_order);
    assert_string_not_equal(one, two);
    free(one);
    free(again);
    free(other_order);
    free(two);
}

static void test_what_is_asked_most_comes_first(void **state)
{
    (void)state;
    struct frontier *frontier = new_frontier(3);
    add_many(frontier, "/p/", "", 100, LINK_PAGE);
    assert_int_equal(frontier_add(frontier, SLICE("/p/70"), LINK_PAGE, 5), FRONTIER_KNOWN);
    assert_int_equal(frontier_add(frontier, SLICE("/p/71"), LINK_PAGE, 9), FRONTIER_KNOWN);
    assert_int_equal(frontier_add(frontier, SLICE("/p/70"), LINK_PAGE, 6), FRONTIER_KNOWN);
    char *paths = next_paths(frontier, 3);
    assert_string_equal(paths, "/ /p/70 /p/71 ");
    free(paths);

    struct frontier_counts counts;
    assert_int_equal(frontier_add(frontier, SLICE("/p/70"), LINK_PAGE, 1), FRONTIER_KNOWN);
    frontier_count(frontier, &counts);
    assert_true(counts.weight_found == 21);
    assert_true(counts.weight_given == 21);
    frontier_free(frontier);
}

static void test_every_url_once(void **state)
{
    (void)state;
    struct frontier *frontier = new_frontier(3);
    add_many(frontier, "/a/", "", 50, LINK_PAGE);
    add_many(frontier, "/a/", "", 50, LINK_PAGE);
    add_many(frontier, "/b/", ".png", 50, LINK_IMAGE);
    char *paths = next_paths(frontier, 101);
    assert_null(strstr(paths, "- "));
    assert_int_equal(count_prefix(paths, "/a/"), 50);
    assert_int_equal(count_prefix(paths, "/b/"), 50);
    for (int i = 0; i < 50; i++) {
        char path[16];
        snprintf(path, sizeof path, "/a/%d ", i);
        assert_int_equal(count_prefix(paths, path), 1);
    }
    free(paths);
    assert_null(frontier_next(frontier));
    /* What comes later is dealt out later. */
    add(frontier, "/c", LINK_PAGE);
    assert_string_equal(frontier_next(frontier)->path_query, "/c");
    assert_null(frontier_next(frontier));
    frontier_free(frontier);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char robots_text[] = "User-agent: us\nDisallow: /private/\n";
    struct robots *robots = robots_parse(slice_of(robots_text), SLICE("us"));
    struct frontier *frontier = frontier_new(1, robots, NULL);
    struct frontier_counts counts;
    assert_int_equal(add(frontier, "/a", LINK_PAGE), FRONTIER_ADDED);
    assert_int_equal(add(frontier, "/a", LINK_IMAGE), FRONTIER_KNOWN);
    assert_int_equal(add(frontier, "/", LINK_PAGE), FRONTIER_KNOWN);
    assert_int_equal(add(frontier, "/logout", LINK_PAGE), FRONTIER_STATE_CHANGING);
    assert_int_equal(add(frontier, "/private/a", LINK_PAGE), FRONTIER_FORBIDDEN);
    assert_int_equal(add(frontier, "/a/a/a/a", LINK_PAGE), FRONTIER_TRAP);
    assert_int_equal(add(frontier, "/?sid=1", LINK_PAGE), FRONTIER_TRAP);
    frontier_count(frontier, &counts);
    assert_int_equal(counts.found, 2);
    assert_int_equal(counts.state_changing, 1);
    assert_int_equal(counts.forbidden, 1);
    assert_int_equal(counts.traps, 2);
    frontier_free(frontier);
    robots_free(robots);

    robots = robots_parse(SLICE("User-agent: us\nDisallow: /$"), SLICE("us"));
    frontier = frontier_new(1, robots, NULL);
    assert_null(frontier_next(frontier));
    frontier_free(frontier);
    robots_free(robots);
}

static void test_exhausted(void **state)
{
    (void)state;
    struct frontier *frontier = new_frontier(1);
    assert_false(frontier_exhausted(frontier));
    add(frontier, "/a", LINK_PAGE);
    add(frontier, "/b.png", LINK_IMAGE);
    add(frontier, "/logout", LINK_PAGE);
    char *paths = next_paths(frontier, 3);
    free(paths);
    assert_false(frontier_exhausted(frontier));
    assert_string_equal(frontier_next_page_to_crawl(frontier)->path_query, "/");
    assert_false(frontier_exhausted(frontier));
    assert_true(frontier_mark_crawled(frontier, SLICE("/a")));
    assert_false(frontier_mark_crawled(frontier, SLICE("/a")));
    assert_false(frontier_mark_crawled(frontier, SLICE("/")));
    assert_false(frontier_mark_crawled(frontier, SLICE("/b.png")));
    assert_false(frontier_mark_crawled(frontier, SLICE("/nowhere")));
    assert_true(frontier_exhausted(frontier));
    assert_null(frontier_next_page_to_crawl(frontier));
    frontier_free(frontier);
}

static void give_all(struct frontier *frontier)
{
    while (frontier_next(frontier) != NULL)
        continue;
    while (frontier_next_page_to_crawl(frontier) != NULL)
        continue;
}

static void test_exhausted_but_for_traps(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *links[4];
        bool exhausted;
        const char *paths; /* in whatever order */
    } rows[] = {
        {"a link with a session id stands for the page",
         {"/a?x=1&PHPSESSID=12", "/a;jsessionid=3?x=1"},
         true,
         "/a?x=1"},
        {"a page that may change state is not missing", {"/logout?sid=1"}, true, ""},
        {"no page is hidden by a mail address", {"/info@example.com"}, true, ""},
        {"a path that repeats itself, and its beginning", {"/x/x", "/x/x/x"}, true, "/x/x"},
        {"a path that repeats itself, from nowhere", {"/x/x/x"}, false, ""},
        {"many parameters of a page that is known", {"/find", "/find?1&2&3&4&5&6&7&8&9"}, true, "/find"},
        {"many parameters of a page that is not", {"/find?1&2&3&4&5&6&7&8&9"}, false, ""},
        {"a session id and many parameters", {"/find?1&2&3&4&5&6&7&8&9&sid=1"}, false, ""},
        {"too deep", {"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"}, false, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct frontier *frontier = new_frontier(1);
        for (size_t k = 0; k < 4 && rows[i].links[k] != NULL; k++)
            add(frontier, rows[i].links[k], LINK_PAGE);
        char *paths = next_paths(frontier, 9);
        give_all(frontier);
        if (frontier_exhausted(frontier) != rows[i].exhausted || strstr(paths, rows[i].paths) == NULL)
            fail_msg("%s: %s, %s", rows[i].sentence, frontier_exhausted(frontier) ? "exhausted" : "not", paths);
        free(paths);
        frontier_free(frontier);
    }
}

static void test_traps_of_number(void **state)
{
    (void)state;
    struct frontier_counts counts;
    struct frontier *frontier = new_frontier(1);
    add_many(frontier, "/list?sort=", "", LIMIT_VARIANTS_PER_PATH + 20, LINK_PAGE);
    frontier_count(frontier, &counts);
    assert_int_equal(counts.found, 1 + LIMIT_VARIANTS_PER_PATH);
    assert_int_equal(counts.traps, 20);
    frontier_free(frontier);

    frontier = new_frontier(1);
    for (int year = 2000; year < 2100; year++) {
        for (int month = 1; month <= 12; month++) {
            struct buf url = {0};
            buf_printf(&url, "/calendar/%d/%02d", year, month);
            frontier_add(frontier, buf_slice(&url), LINK_PAGE, 0);
            buf_release(&url);
        }
    }
    add_many(frontier, "/events/a-concert-", "", 100, LINK_PAGE);
    frontier_count(frontier, &counts);
    assert_int_equal(counts.found, 1 + LIMIT_DATED_PER_STRATUM + 100);
    frontier_free(frontier);
}

static void test_ceilings(void **state)
{
    (void)state;
    struct frontier_counts counts;
    struct frontier *frontier = new_frontier(1);
    add_many(frontier, "/a/", "", LIMIT_CANDIDATES_PER_STRATUM + 5, LINK_PAGE);
    frontier_count(frontier, &counts);
    assert_int_equal(counts.found, 1 + LIMIT_CANDIDATES_PER_STRATUM);
    frontier_free(frontier);

    frontier = new_frontier(1);
    for (int i = 0; i < 40; i++) {
        char before[16];
        snprintf(before, sizeof before, "/s%c%c/", 'a' + i / 26, 'a' + i % 26);
        add_many(frontier, before, "", 600, LINK_PAGE);
    }
    frontier_count(frontier, &counts);
    assert_int_equal(counts.found, LIMIT_CANDIDATES_PER_HOST);
    assert_int_equal(counts.overflow, 1 + 40 * 600 - LIMIT_CANDIDATES_PER_HOST);
    assert_int_equal(add(frontier, "/new", LINK_PAGE), FRONTIER_FULL);
    frontier_free(frontier);

    /* Shapes of one segment, then segments without end. */
    frontier = new_frontier(1);
    for (int i = 0; i < 26 * 26; i++) {
        char path[32];
        snprintf(path, sizeof path, "/one/%c%c", 'a' + i / 26, 'a' + i % 26);
        assert_int_equal(add(frontier, path, LINK_PAGE), FRONTIER_ADDED);
    }
    frontier_count(frontier, &counts);
    assert_int_equal(counts.strata, 1 + LIMIT_SHAPES_PER_SEGMENT);
    for (int i = 0; i < 26 * 26; i++) {
        char path[32];
        snprintf(path, sizeof path, "/%c%c/x", 'a' + i / 26, 'a' + i % 26);
        assert_int_equal(add(frontier, path, LINK_PAGE), FRONTIER_ADDED);
        snprintf(path, sizeof path, "/%c%c/x.png", 'a' + i / 26, 'a' + i % 26);
        assert_int_equal(add(frontier, path, LINK_IMAGE), FRONTIER_ADDED);
    }
    frontier_count(frontier, &counts);
    assert_in_range(counts.strata, LIMIT_STRATA_PER_HOST - LINK_KIND_COUNT, LIMIT_STRATA_PER_HOST);
    frontier_free(frontier);

    frontier = new_frontier(1);
    add_many(frontier, "/a/", "", LIMIT_CRAWL_PAGES + 5, LINK_PAGE);
    int pages = 0;
    while (frontier_next_page_to_crawl(frontier) != NULL)
        pages++;
    assert_int_equal(pages, LIMIT_CRAWL_PAGES);
    frontier_free(frontier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_home_page_is_first),
        cmocka_unit_test(test_many_pages_crowd_nothing_out),
        cmocka_unit_test(test_the_seed_alone_decides),
        cmocka_unit_test(test_what_is_asked_most_comes_first),
        cmocka_unit_test(test_every_url_once),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_exhausted),
        cmocka_unit_test(test_exhausted_but_for_traps),
        cmocka_unit_test(test_traps_of_number),
        cmocka_unit_test(test_ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

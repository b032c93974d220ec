/* The visible text of pages, held against libxml2: another parser, which builds a tree. The same words in the same
 * order. */
#include "base/file.h"
#include "base/limits.h"
#include "compare/element.h"
#include "compare/page.h"
#include "compare/word_reader.h"
#include "tests/data/pages/markup.h"
#include "tests/data/pages/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>

#define SEEDS        120
#define MANUAL       "/usr/share/doc/postgresql-doc-15/html"
#define MANUAL_PAGES 400

/* ---- libxml2's words ---- */

static const struct element *element_of(const xmlNode *node)
{
    return element_find(slice_of((const char *)node->name));
}

static bool is_hidden(const xmlNode *node)
{
    return node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE || node->type == XML_DTD_NODE ||
           (node->type == XML_ELEMENT_NODE && element_of(node)->place == PLACE_HIDDEN);
}

static void end_block(const xmlNode *node, struct word_reader *reader)
{
    if (node->type == XML_ELEMENT_NODE && element_of(node)->flow == FLOW_BLOCK) {
        word_reader_break(reader);
    }
}

static const xmlNode *next_node(const xmlNode *node, const xmlNode *root, struct word_reader *reader)
{
    if (node->children != NULL && !is_hidden(node)) {
        return node->children;
    }
    while (node != root && node->next == NULL) {
        end_block(node, reader);
        node = node->parent;
    }
    end_block(node, reader);
    return node == root ? NULL : node->next;
}

static void read_with_libxml2(struct slice body, struct hash_list *words)
{
    struct hash_list numbers = {.max = LIMIT_SHINGLES_PER_PAGE};
    struct word_reader reader = {.words = words, .numbers = &numbers};
    int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
    htmlDocPtr document = htmlReadMemory(body.ptr, (int)body.len, NULL, "UTF-8", options);
    assert_non_null(document);
    const xmlNode *root = xmlDocGetRootElement(document);
    for (const xmlNode *node = root; node != NULL; node = next_node(node, root, &reader)) {
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
            word_reader_feed(&reader, slice_of((const char *)node->content));
        } else {
            end_block(node, &reader);
        }
    }
    word_reader_break(&reader);
    xmlFreeDoc(document);
    hash_list_release(&numbers);
}

/* ---- the two side by side ---- */

static void drop_breaks(struct hash_list *words)
{
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (words->values[i] != SHINGLE_BREAK) {
            words->values[kept++] = words->values[i];
        }
    }
    words->count = kept;
}

/* How many words there were. */
static size_t check(struct slice body, const char *name)
{
    struct compare_response response = {.outcome = EXCHANGE_ANSWERED,
                                        .status = 200,
                                        .content_type = SLICE("text/html; charset=utf-8"),
                                        .body = body,
                                        .host = SLICE("www.example.com")};
    struct hash_list expected = {.max = 2 * LIMIT_SHINGLES_PER_PAGE};
    struct page page;
    read_with_libxml2(body, &expected);
    page_read(&page, &response, MEDIA_HTML);
    drop_breaks(&expected);
    drop_breaks(&page.words);
    size_t count = expected.count, same = 0;
    while (same < count && same < page.words.count && expected.values[same] == page.words.values[same]) {
        same++;
    }
    if (count != page.words.count || same != count) {
        fail_msg("%s: libxml2 reads %zu words, we %zu; they part at word %zu", name, count, page.words.count, same);
    }
    page_release(&page);
    hash_list_release(&expected);
    return count;
}

static void made_up_pages_read_the_same(void **state)
{
    (void)state;
    size_t words = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct site site;
        struct buf page = {0};
        char name[40];
        site_make(&site, seed);
        site.habits = (unsigned)(seed * 2654435761u) & ((1u << HABIT_COUNT) - 1);
        struct load load = {.seed = seed, .time_s = 1900000000};
        site_render(&site, 1, &load, &page);
        if (seed % 3 == 0) {
            markup_minify(&page);
        }
        snprintf(name, sizeof name, "seed %u", (unsigned)seed);
        words += check(buf_slice(&page), name);
        buf_release(&page);
    }
    assert_true(words > 20000);
}

static void awkward_markup_reads_the_same(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<p>one<b>two</b> three &amp; four&nbsp;five &#115;ix</p>",
        "<div>a<div>b</div>c</div><ul><li>d<li>e</ul>",
        "<p>a<script>var x = '<p>no</p>';</script>b<style>p { }</style>c",
        "<p title='a > b'>x</p><p title=\"<b>no</b>\">y</p>",
        "<!-- <p>no</p> --><p>yes<!-- -- no --></p>",
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<select><option>red<option>blue</select><textarea>text &lt;b&gt;</textarea>",
        "<p>caf\xc3\xa9 na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac</p>",
        "<pre>\n  one\n  two\n</pre><p>f<i>o</i>o<br>bar",
        "<a href='?a=1&copy=2&b=3'>link</a> &eacute;t&eacute; &hellip; &euro;",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_true(check(slice_of(bodies[i]), bodies[i]) > 0);
    }
}

/* Where the manual is installed; it is for the tests of whole scans. */
static void a_real_manual_reads_the_same(void **state)
{
    (void)state;
    DIR *folder = opendir(MANUAL);
    if (folder == NULL) {
        skip();
    }
    size_t pages = 0, words = 0;
    struct dirent *entry;
    while (pages < MANUAL_PAGES && (entry = readdir(folder)) != NULL) {
        char path[512];
        struct buf body;
        if (!slice_ends_with(slice_of(entry->d_name), SLICE(".html"))) {
            continue;
        }
        snprintf(path, sizeof path, MANUAL "/%s", entry->d_name);
        assert_int_equal(file_read(path, LIMIT_INPUT_FILE_BYTES, &body, NULL), 0);
        words += check(buf_slice(&body), entry->d_name);
        pages++;
        buf_release(&body);
    }
    closedir(folder);
    assert_true(pages > 100 && words > 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_pages_read_the_same),
        cmocka_unit_test(awkward_markup_reads_the_same),
        cmocka_unit_test(a_real_manual_reads_the_same),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return result;
}

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/html_links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "kind url" a line. */
static char *listing(struct slice html, const char *document, const char *content_type)
{
    struct url url;
    struct document_links links;
    struct buf out = {0};
    assert_int_equal(url_parse(slice_of(document), &url), URL_OK);
    assert_int_equal(links_of_document(html, &url, slice_of(content_type), &links, NULL), 0);
    for (size_t i = 0; i < links.count; i++)
        buf_printf(&out, "%s %s\n", link_kind_name(links.items[i].kind), links.items[i].url.text);
    document_links_release(&links);
    url_release(&url);
    char *text = buf_take(&out);
    return text != NULL ? text : calloc(1, 1);
}

struct row {
    const char *sentence;
    const char *html;
    const char *links; /* of a document at http://e.com/d/p */
};

static void check(const struct row *rows, size_t count, const char *content_type)
{
    for (size_t i = 0; i < count; i++) {
        char *text = listing(slice_of(rows[i].html), "http://e.com/d/p", content_type);
        if (strcmp(text, rows[i].links) != 0)
            fail_msg("%s: %s\ngave\n%s", rows[i].sentence, rows[i].html, text);
        free(text);
    }
}

static void test_elements(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a", "<a href=x>", "page http://e.com/d/x\n"},
        {"area", "<map><area href=x></map>", "page http://e.com/d/x\n"},
        {"script", "<script src=x></script>", "script http://e.com/d/x\n"},
        {"img", "<img src=x>", "image http://e.com/d/x\n"},
        {"iframe", "<iframe src=x></iframe>", "frame http://e.com/d/x\n"},
        {"frame", "<frameset><frame src=x></frameset>", "frame http://e.com/d/x\n"},
        {"source", "<video><source src=x></video>", "media http://e.com/d/x\n"},
        {"video with a poster", "<video src=x poster=y></video>", "media http://e.com/d/x\nimage http://e.com/d/y\n"},
        {"audio", "<audio src=x></audio>", "media http://e.com/d/x\n"},
        {"track", "<video><track src=x></video>", "media http://e.com/d/x\n"},
        {"embed", "<embed src=x>", "media http://e.com/d/x\n"},
        {"object", "<object data=x></object>", "media http://e.com/d/x\n"},
        {"a style sheet", "<link rel=stylesheet href=x>", "style http://e.com/d/x\n"},
        {"an icon among other words", "<link rel='shortcut icon' href=x>", "image http://e.com/d/x\n"},
        {"a feed", "<link rel=alternate type=application/atom+xml href=x>", "feed http://e.com/d/x\n"},
        {"another language", "<link rel=alternate hreflang=de href=x>", "page http://e.com/d/x\n"},
        {"an API", "<link rel=alternate type=application/json href=x>", "api http://e.com/d/x\n"},
        {"a preloaded font", "<link rel=preload as=font href=x>", "other http://e.com/d/x\n"},
        {"a preloaded script", "<link rel=preload as=script href=x>", "script http://e.com/d/x\n"},
        {"a link without rel", "<link href=x>", "other http://e.com/d/x\n"},
        {"srcset of img", "<img srcset='a 1x, b 2x'>", "image http://e.com/d/a\nimage http://e.com/d/b\n"},
        {"srcset of source", "<picture><source srcset=a></picture>", "image http://e.com/d/a\n"},
        {"srcset with a comma in the URL", "<img srcset='a,b 1x,c'>",
         "image http://e.com/d/a,b\nimage http://e.com/d/c\n"},
        {"srcset with commas only behind", "<img srcset='a, b,'>", "image http://e.com/d/a\nimage http://e.com/d/b\n"},
        {"srcset with parentheses", "<img srcset='a (x,y) , b'>", "image http://e.com/d/a\nimage http://e.com/d/b\n"},
        {"meta refresh", "<meta http-equiv=refresh content='0;url=x'>", "page http://e.com/d/x\n"},
        {"meta refresh in quotes", "<meta http-equiv=Refresh content='5; URL = \"x\" y'>", "page http://e.com/d/x\n"},
        {"meta refresh without the word", "<meta http-equiv=refresh content='0, x'>", "page http://e.com/d/x\n"},
        {"meta refresh that reloads", "<meta http-equiv=refresh content=30>", ""},
        {"another meta", "<meta name=refresh content='0;url=x'>", ""},
        {"a form is not followed", "<form action=x><button formaction=y></form>", ""},
        {"a link inside a form is", "<form action=x><a href=y></form>", "page http://e.com/d/y\n"},
        {"no href", "<a name=x>", ""},
        {"an attribute of another element", "<p href=x><div src=y>", ""},
        {"capitals", "<A HREF=X>", "page http://e.com/d/X\n"},
    };
    check(rows, sizeof rows / sizeof *rows, "text/html");
}

static void test_documents(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"an empty document", "", ""},
        {"text alone", "hello", ""},
        {"order and repetition", "<a href=b><a href=a><a href=b><a href=./a>",
         "page http://e.com/d/b\npage http://e.com/d/a\n"},
        {"the kind is that of the first", "<a href=x><img src=x>", "page http://e.com/d/x\n"},
        {"fragments go", "<a href=x#1><a href=x#2><a href=#3>", "page http://e.com/d/x\npage http://e.com/d/p\n"},
        {"an empty href is the page, an empty src nothing", "<img src=''><a href=''>", "page http://e.com/d/p\n"},
        {"entities", "<a href='x?a=1&amp;b=2&#x41;'>", "page http://e.com/d/x?a=1&b=2A\n"},
        {"white space around", "<a href='\n x \t'>", "page http://e.com/d/x\n"},
        {"other hosts and schemes", "<a href=//f.com><a href=https://g.com/x>",
         "page http://f.com/\npage https://g.com/x\n"},
        {"what is no page", "<a href=mailto:a@b><a href=javascript:x><a href=data:,x><a href=tel:1><a href=ftp://x>",
         ""},
        {"a base", "<base href=/b/><a href=x>", "page http://e.com/b/x\n"},
        {"a base behind the link", "<a href=x><base href=/b/>", "page http://e.com/b/x\n"},
        {"the first base counts", "<base target=_top><base href=/b/><base href=/c/><a href=x>",
         "page http://e.com/b/x\n"},
        {"a base elsewhere", "<base href=https://f.com/b/c><a href=x>", "page https://f.com/b/x\n"},
        {"a base that is none", "<base href=javascript:x><a href=x>", "page http://e.com/d/x\n"},
        {"a script's text is no markup", "<script>'<a href=x>'</script><a href=y>", "page http://e.com/d/y\n"},
        {"nor is a comment", "<!-- <a href=x> --><a href=y>", "page http://e.com/d/y\n"},
        {"nor a text area, a title or the content of a frame",
         "<title><a href=x></title><textarea><a href=x></textarea><iframe><a href=x></iframe><a href=y>",
         "page http://e.com/d/y\n"},
        {"noscript is read", "<noscript><a href=x></noscript>", "page http://e.com/d/x\n"},
        {"elements left open", "<p><a href=x><table><td><a href=y>", "page http://e.com/d/x\npage http://e.com/d/y\n"},
        {"a tag that the end cuts off is none", "<a href=x><a href=/abc", "page http://e.com/d/x\n"},
        {"what stands behind the end", "<html><body><a href=x></body></html><a href=y>",
         "page http://e.com/d/x\npage http://e.com/d/y\n"},
        {"a stray closing tag", "</p></html><a href=x>", "page http://e.com/d/x\n"},
        {"UTF-8 without a word about it", "<a href='\xc3\xbc'>", "page http://e.com/d/%C3%BC\n"},
        {"bytes that are not UTF-8 are taken for windows-1252", "<a href='\xfc'><p>.....",
         "page http://e.com/d/%C3%BC\n"},
        {"the document names its encoding", "<meta charset=windows-1251><a href='\xe4'>",
         "page http://e.com/d/%D0%B4\n"},
        {"in the older form", "<meta http-equiv=content-type content='text/html; charset=koi8-r'><a href='\xc4'>",
         "page http://e.com/d/%D0%B4\n"},
        {"an encoding nobody knows", "<meta charset=x-nonsense><a href='\xc3\xbc'>", "page http://e.com/d/%C3%BC\n"},
        {"a mark before the document", "\xef\xbb\xbf<meta charset=koi8-r><a href='\xc3\xbc'>",
         "page http://e.com/d/%C3%BC\n"},
    };
    check(rows, sizeof rows / sizeof *rows, "");
}

static void test_the_header_names_the_encoding(void **state)
{
    (void)state;
    static const struct row cyrillic[] = {{"the header counts more than the document",
                                           "<meta charset=utf-8><a href='\xe4'>", "page http://e.com/d/%D0%B4\n"}};
    static const struct row japanese[] = {{"Shift_JIS", "<a href='\x93\xfa'>", "page http://e.com/d/%E6%97%A5\n"}};
    check(cyrillic, 1, "text/html; charset=\"windows-1251\"");
    check(japanese, 1, "text/html;charset=Shift_JIS");

    char *text = listing(SLICE("\xff\xfe<\0a\0 \0h\0r\0e\0f\0=\0x\0>\0"), "http://e.com/", "text/html");
    assert_string_equal(text, "page http://e.com/x\n");
    free(text);
}

static void test_nul_bytes_hide_nothing(void **state)
{
    (void)state;
    char *text = listing(SLICE("a\0b<a href=x>\0\0\0<a href=y>"), "http://e.com/", "text/html");
    assert_string_equal(text, "page http://e.com/x\npage http://e.com/y\n");
    free(text);
}

/* One byte a time must find what the whole finds. */
static void test_pieces_of_any_size(void **state)
{
    (void)state;
    struct buf html = {0};
    for (int i = 0; i < 200; i++)
        buf_printf(&html,
                   "<p>word &eacute; <a title=\"a > b\" href='/p%d?x=1&amp;y=\xc3\xbc'>link</a><!-- <a href=no> -->",
                   i);
    char *whole = listing(buf_slice(&html), "http://e.com/", "");
    assert_non_null(strstr(whole, "http://e.com/p199?x=1&y=%C3%BC\n"));

    struct url url;
    struct document_links links;
    struct buf out = {0};
    struct html_links *parser = html_links_new(SLICE_EMPTY, NULL);
    for (size_t i = 0; i < html.len; i++)
        html_links_feed(parser, slice_make(html.data + i, 1));
    assert_int_equal(html_links_finish(parser, NULL), 0);
    size_t count = 0;
    const struct link_reference *references = html_links_references(parser, &count);
    assert_int_equal(url_parse(SLICE("http://e.com/"), &url), URL_OK);
    assert_int_equal(links_resolve(references, count, SLICE_EMPTY, &url, &links, NULL), 0);
    for (size_t i = 0; i < links.count; i++)
        buf_printf(&out, "%s %s\n", link_kind_name(links.items[i].kind), links.items[i].url.text);
    assert_string_equal(buf_text(&out), whole);

    document_links_release(&links);
    url_release(&url);
    html_links_free(parser);
    buf_release(&out);
    buf_release(&html);
    free(whole);
}

/* What is handed to the parser at once ends somewhere: wherever that is, nothing may be lost. */
static void test_markup_across_every_cut(void **state)
{
    (void)state;
    static const char markup[] =
        "<script src=a>'</b><a href=no>'</script><!-- <a href=no> --><style>p{}</style>"
        "<a title='x > y' href='b'>\xc3\xbc&amp;</a><textarea><a href=no></textarea><img src=c>";
    for (size_t shift = 0; shift < sizeof markup; shift++) {
        struct buf html = {0};
        while (html.len + shift < 4096)
            buf_append_byte(&html, ' ');
        buf_append_text(&html, markup);
        char *text = listing(buf_slice(&html), "http://e.com/", "");
        assert_string_equal(text, "script http://e.com/a\npage http://e.com/b\nimage http://e.com/c\n");
        free(text);
        buf_release(&html);
    }
}

static void test_refresh_is_told_apart(void **state)
{
    (void)state;
    struct slice reference;
    unsigned delay_s = 99;
    struct html_links *parser = html_links_new(SLICE_EMPTY, NULL);
    html_links_feed(parser, SLICE("<meta http-equiv=refresh content='7;url=/next'><a href=x>"));
    assert_int_equal(html_links_finish(parser, NULL), 0);
    assert_true(html_links_refresh(parser, &reference, &delay_s));
    assert_int_equal(delay_s, 7);
    assert_true(slice_equal(reference, SLICE("/next")));
    html_links_free(parser);

    parser = html_links_new(SLICE_EMPTY, NULL);
    html_links_feed(parser, SLICE("<a href=x>"));
    assert_int_equal(html_links_finish(parser, NULL), 0);
    assert_false(html_links_refresh(parser, &reference, &delay_s));
    html_links_free(parser);
}

/* What a page of `count` copies of `text` gives. */
static void links_of_copies(const char *text, size_t count, const char *tail, struct document_links *links)
{
    struct url url;
    struct buf html = {0};
    for (size_t i = 0; i < count; i++)
        buf_append_text(&html, text);
    buf_append_text(&html, tail);
    assert_int_equal(url_parse(SLICE("http://e.com/"), &url), URL_OK);
    assert_int_equal(links_of_document(buf_slice(&html), &url, SLICE_EMPTY, links, NULL), 0);
    url_release(&url);
    buf_release(&html);
}

static void test_hostile_pages(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *text;
        size_t count;
        const char *tail;
        size_t links;
        bool truncated;
    } rows[] = {
        {"deep nesting is read as if it were flat", "<b>", 300000, "<a href=x>", 1, true},
        {"closing tags that close nothing", "</i>", 250000, "<a href=x>", 1, false},
        {"an attribute of a megabyte", " ", 0, "", 0, false},
        {"nothing but <", "<", 1000000, " ><a href=x>", 1, false},
        {"nothing but &", "&", 1000000, "<a href=x>", 1, false},
        {"a comment without end", "<!--", 250000, "", 0, false},
        {"NUL bytes written as references", "&#0;", 250000, "<a href=x>", 1, false},
        {"tables in tables", "<table><tr><td>", 70000, "<a href=x>", 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct document_links links;
        links_of_copies(rows[i].text, rows[i].count, rows[i].tail, &links);
        if (links.count != rows[i].links || links.truncated != rows[i].truncated)
            fail_msg("%s: %zu links, truncated %d", rows[i].sentence, links.count, links.truncated);
        document_links_release(&links);
    }
}

static void test_ceiling_of_links(void **state)
{
    (void)state;
    struct buf html = {0};
    struct url url;
    struct document_links links;
    for (int i = 0; i < LIMIT_LINKS_PER_PAGE + 100; i++)
        buf_printf(&html, "<a href=%d>", i);
    assert_int_equal(url_parse(SLICE("http://e.com/"), &url), URL_OK);
    assert_int_equal(links_of_document(buf_slice(&html), &url, SLICE_EMPTY, &links, NULL), 0);
    assert_int_equal(links.count, LIMIT_LINKS_PER_PAGE);
    assert_true(links.truncated);
    document_links_release(&links);
    url_release(&url);
    buf_release(&html);
}

static void test_ceiling_of_attributes(void **state)
{
    (void)state;
    struct document_links links;
    links_of_copies(" a=1", 3, "", &links);
    document_links_release(&links);

    struct buf html = {0};
    struct url url;
    assert_int_equal(url_parse(SLICE("http://e.com/"), &url), URL_OK);
    for (int rows = 200; rows <= 200000; rows += 199800) {
        buf_reset(&html);
        buf_append_text(&html, "<a href=x><p");
        for (int i = 0; i < rows; i++)
            buf_printf(&html, " a%d", i);
        buf_append_text(&html, "><a href=y>");
        assert_int_equal(links_of_document(buf_slice(&html), &url, SLICE_EMPTY, &links, NULL), 0);
        assert_int_equal(links.count, rows <= LIMIT_HTML_ATTRIBUTES ? 2 : 1);
        assert_int_equal(links.truncated, rows > LIMIT_HTML_ATTRIBUTES);
        document_links_release(&links);
    }
    url_release(&url);
    buf_release(&html);
}

static void test_a_long_attribute_is_passed_over(void **state)
{
    (void)state;
    struct buf html = {0};
    struct url url;
    struct document_links links;
    buf_append_text(&html, "<img src=\"data:image/png;base64,");
    for (int i = 0; i < 100000; i++)
        buf_append_text(&html, "AAAA BBBBB");
    buf_append_text(&html, "\"><a href=x>");
    assert_int_equal(url_parse(SLICE("http://e.com/"), &url), URL_OK);
    assert_int_equal(links_of_document(buf_slice(&html), &url, SLICE_EMPTY, &links, NULL), 0);
    assert_int_equal(links.count, 1);
    assert_false(links.truncated);
    document_links_release(&links);
    url_release(&url);
    buf_release(&html);
}

static void test_style_sheets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"nothing", "a { color: red }", ""},
        {"url without quotes", "a{background:url( x.png )}", "image http://e.com/d/x.png\n"},
        {"url in quotes", "a{background:url(\"x.png\"),url('y.png')}",
         "image http://e.com/d/x.png\nimage http://e.com/d/y.png\n"},
        {"capitals", "a{background:URL(x.png)}", "image http://e.com/d/x.png\n"},
        {"import of a string", "@import 'x.css' screen;", "style http://e.com/d/x.css\n"},
        {"import of a url", "@import url(x.css);@IMPORT url('y.css');",
         "style http://e.com/d/x.css\nstyle http://e.com/d/y.css\n"},
        {"a font", "@font-face{src:url(f.woff2?v=1) format('woff2')}", "other http://e.com/d/f.woff2?v=1\n"},
        {"a comment", "/* url(x) @import 'y'; */a{b:url(z)}", "image http://e.com/d/z\n"},
        {"a comment without end", "/* url(x)", ""},
        {"a string that looks like one", "a{content:'url(x)'}b{c:url(y)}", "image http://e.com/d/y\n"},
        {"an escape", "a{b:url(x\\29 y)}", "image http://e.com/d/x)y\n"},
        {"an escaped quote", "a{b:url('x\\'y')}", "image http://e.com/d/x'y\n"},
        {"data and fragments are no links", "a{b:url(data:image/png;base64,xx);c:url(#m)}", ""},
        {"a function that ends alike", "a{b:my-url(x)}", ""},
        {"repetition", "a{b:url(x)}c{d:url(x)}", "image http://e.com/d/x\n"},
        {"an end in the middle", "a{b:url(x", "image http://e.com/d/x\n"},
    };
    check(rows, sizeof rows / sizeof *rows, "text/css; charset=utf-8");
}

static void test_kinds_by_path(void **state)
{
    (void)state;
    static const struct {
        enum link_kind kind;
        const char *path_query;
        enum link_kind refined;
    } rows[] = {
        {LINK_PAGE, "/", LINK_PAGE},           {LINK_PAGE, "/a.html", LINK_PAGE},   {LINK_PAGE, "/a.PNG?x", LINK_IMAGE},
        {LINK_PAGE, "/a?x=b.png", LINK_PAGE},  {LINK_PAGE, "/api/users", LINK_API}, {LINK_PAGE, "/data.json", LINK_API},
        {LINK_PAGE, "/blog/feed/", LINK_FEED}, {LINK_PAGE, "/rss.xml", LINK_FEED},  {LINK_PAGE, "/a.pdf", LINK_OTHER},
        {LINK_SCRIPT, "/a.png", LINK_SCRIPT},  {LINK_OTHER, "/a.js", LINK_SCRIPT},  {LINK_PAGE, "/v1.2/a", LINK_PAGE},
        {LINK_FRAME, "/a.png", LINK_FRAME},    {LINK_PAGE, "/apiary", LINK_PAGE},   {LINK_PAGE, "/a.b/c", LINK_PAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum link_kind refined = link_kind_refine(rows[i].kind, slice_of(rows[i].path_query));
        if (refined != rows[i].refined)
            fail_msg("%s is %s", rows[i].path_query, link_kind_name(refined));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_the_header_names_the_encoding),
        cmocka_unit_test(test_nul_bytes_hide_nothing),
        cmocka_unit_test(test_pieces_of_any_size),
        cmocka_unit_test(test_markup_across_every_cut),
        cmocka_unit_test(test_refresh_is_told_apart),
        cmocka_unit_test(test_hostile_pages),
        cmocka_unit_test(test_ceiling_of_links),
        cmocka_unit_test(test_ceiling_of_attributes),
        cmocka_unit_test(test_a_long_attribute_is_passed_over),
        cmocka_unit_test(test_style_sheets),
        cmocka_unit_test(test_kinds_by_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/sitemap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* Input that zlib promises not to write to. */
#define ZLIB_CONST
#include <zlib.h>

#include <cmocka.h>

/* "index " or "urls ", then the locations, a space before each. */
static char *listing(struct slice body)
{
    struct sitemap sitemap;
    struct buf out = {0};
    assert_int_equal(sitemap_parse(body, &sitemap, NULL), 0);
    buf_append_text(&out, sitemap.is_index ? "index" : "urls");
    for (size_t i = 0; i < sitemap.count; i++)
        buf_printf(&out, " %.*s", SLICE_ARG(sitemap.locations[i]));
    if (sitemap.truncated)
        buf_append_text(&out, " ...");
    sitemap_release(&sitemap);
    return buf_take(&out);
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const char *body;
        const char *listing;
    } rows[] = {
        {"nothing", "", "urls"},
        {"an urlset",
         "<?xml version=\"1.0\"?><urlset "
         "xmlns=\"x\"><url><loc>http://e.com/a</loc><lastmod>2026</lastmod></url><url><loc>\n http://e.com/b "
         "\n</loc></url></urlset>",
         "urls http://e.com/a http://e.com/b"},
        {"an index", "<sitemapindex><sitemap><loc>http://e.com/1.xml.gz</loc></sitemap></sitemapindex>",
         "index http://e.com/1.xml.gz"},
        {"references", "<urlset><loc>http://e.com/?a&amp;b&#61;&#x63;&lt;&apos;</loc></urlset>",
         "urls http://e.com/?a&b=c<'"},
        {"a reference to an entity is left",
         "<!DOCTYPE x [<!ENTITY e \"boom\">]><urlset><loc>http://e.com/&e;</loc></urlset>", "urls http://e.com/&e;"},
        {"CDATA", "<urlset><loc><![CDATA[http://e.com/?a&b]]></loc></urlset>", "urls http://e.com/?a&b"},
        {"a comment", "<urlset><!-- <loc>http://e.com/no</loc> --><loc>http://e.com/yes</loc></urlset>",
         "urls http://e.com/yes"},
        {"a prefix", "<s:urlset><s:url><s:loc>http://e.com/a</s:loc></s:url></s:urlset>", "urls http://e.com/a"},
        {"images are another matter",
         "<urlset><url><loc>http://e.com/a</loc><image:loc>http://e.com/i.png</image:loc></url></urlset>",
         "urls http://e.com/a"},
        {"attributes", "<urlset><loc a=\"b\">http://e.com/a</loc></urlset>", "urls http://e.com/a"},
        {"repetition", "<urlset><loc>http://e.com/a</loc><loc>http://e.com/a</loc></urlset>", "urls http://e.com/a"},
        {"cut off", "<urlset><loc>http://e.com/a</loc><loc>http://e.com/b", "urls http://e.com/a"},
        {"not well-formed", "<urlset><loc>http://e.com/a&b</loc></url><loc>http://e.com/c</loc>",
         "urls http://e.com/a&b http://e.com/c"},
        {"a mark before it", "\xef\xbb\xbf<urlset><loc>http://e.com/a</loc></urlset>", "urls http://e.com/a"},
        {"text", "http://e.com/a\r\n\nHTTPS://e.com/b\nnot a URL\n", "urls http://e.com/a HTTPS://e.com/b"},
        {"an HTML page instead", "<!doctype html><title>Not found</title><p>No location here", "urls"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = listing(slice_of(rows[i].body));
        if (strcmp(text, rows[i].listing) != 0)
            fail_msg("%s: %s", rows[i].sentence, text);
        free(text);
    }
}

static void pack(struct slice plain, struct buf *packed)
{
    z_stream stream;
    unsigned char block[4096];
    memset(&stream, 0, sizeof stream);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (const Bytef *)plain.ptr;
    stream.avail_in = (uInt)plain.len;
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = block;
        stream.avail_out = sizeof block;
        code = deflate(&stream, Z_FINISH);
        buf_append(packed, block, sizeof block - stream.avail_out);
    }
    assert_int_equal(code, Z_STREAM_END);
    deflateEnd(&stream);
}

static void test_packed(void **state)
{
    (void)state;
    struct buf packed = {0};
    pack(SLICE("<urlset><loc>http://e.com/a</loc></urlset>"), &packed);
    char *text = listing(buf_slice(&packed));
    assert_string_equal(text, "urls http://e.com/a");
    free(text);

    packed.len -= 8;
    text = listing(buf_slice(&packed));
    assert_string_equal(text, "urls http://e.com/a ...");
    free(text);

    text = listing(slice_make(packed.data, 4));
    assert_string_equal(text, "urls ...");
    free(text);
    memset(packed.data + 10, 0xff, 8);
    text = listing(buf_slice(&packed));
    assert_string_equal(text, "urls ...");
    free(text);
    buf_release(&packed);
}

static void test_a_bomb_is_cut(void **state)
{
    (void)state;
    struct buf plain = {0};
    struct buf packed = {0};
    struct sitemap sitemap;
    buf_append_text(&plain, "<urlset><loc>http://e.com/a</loc>");
    while (plain.len < 4u * LIMIT_SITEMAP_BYTES)
        buf_append_text(&plain, "                                                                ");
    buf_append_text(&plain, "<loc>http://e.com/b</loc>");
    pack(buf_slice(&plain), &packed);
    assert_true(packed.len < 100000);
    assert_int_equal(sitemap_parse(buf_slice(&packed), &sitemap, NULL), 0);
    assert_int_equal(sitemap.count, 1);
    assert_true(sitemap.truncated);
    sitemap_release(&sitemap);
    assert_int_equal(sitemap_parse(buf_slice(&plain), &sitemap, NULL), 0);
    assert_int_equal(sitemap.count, 1);
    assert_true(sitemap.truncated);
    sitemap_release(&sitemap);
    buf_release(&plain);
    buf_release(&packed);
}

static void test_ceilings(void **state)
{
    (void)state;
    struct buf body = {0};
    struct sitemap sitemap;
    for (unsigned i = 0; i < LIMIT_SITEMAP_URLS + 10; i++)
        buf_printf(&body, "http://e.com/%u\n", i);
    assert_int_equal(sitemap_parse(buf_slice(&body), &sitemap, NULL), 0);
    assert_int_equal(sitemap.count, LIMIT_SITEMAP_URLS);
    assert_true(sitemap.truncated);
    sitemap_release(&sitemap);

    buf_reset(&body);
    buf_append_text(&body, "<urlset><loc>http://e.com/");
    for (int i = 0; i < LIMIT_URL_BYTES; i++)
        buf_append_byte(&body, 'a');
    buf_append_text(&body, "</loc><loc>http://e.com/b</loc></urlset>");
    assert_int_equal(sitemap_parse(buf_slice(&body), &sitemap, NULL), 0);
    assert_int_equal(sitemap.count, 1);
    sitemap_release(&sitemap);
    buf_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_a_bomb_is_cut),
        cmocka_unit_test(test_ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

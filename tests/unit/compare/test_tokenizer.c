/* What the tokenizer makes of markup, whatever the size of the chunks. Expected tokens are written out by hand after
 * the HTML standard: text as it is, tags as <name attribute=[value]>. */
#include "base/rng.h"
#include "compare/tokenizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void write_text(void *context, struct slice text)
{
    buf_append_slice(context, text);
}

static void write_start(void *context, const struct tag *tag)
{
    struct buf *out = context;
    buf_printf(out, "<%.*s", SLICE_ARG(tag->name));
    for (size_t i = 0; i < tag->attribute_count; i++) {
        buf_printf(out, " %.*s=[%.*s]", SLICE_ARG(tag->attributes[i].name), SLICE_ARG(tag->attributes[i].value));
    }
    buf_append_text(out, tag->self_closing ? "/>" : ">");
}

static void write_end(void *context, struct slice name)
{
    buf_printf(context, "</%.*s>", SLICE_ARG(name));
}

/* Feeds `input` in chunks of 1 to `largest` bytes. */
static void tokenize(struct slice input, enum markup_dialect dialect, size_t largest, struct rng *rng, struct buf *out)
{
    struct token_sink sink = {out, write_text, write_start, write_end};
    struct tokenizer *tokenizer = malloc(sizeof *tokenizer);
    assert_non_null(tokenizer);
    tokenizer_init(tokenizer, &sink, dialect);
    while (input.len > 0) {
        size_t len = largest < input.len ? 1 + (size_t)rng_below(rng, largest) : input.len;
        tokenizer_feed(tokenizer, slice_make(input.ptr, len));
        input = slice_from(input, len);
    }
    tokenizer_finish(tokenizer);
    tokenizer_release(tokenizer);
    free(tokenizer);
}

struct row {
    const char *sentence;
    const char *input;
    const char *tokens;
};

static void check(const struct row *row, enum markup_dialect dialect)
{
    static const size_t sizes[] = {100000, 1, 2, 7};
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf out = {0};
        tokenize(slice_of(row->input), dialect, sizes[i], &rng, &out);
        if (strcmp(buf_text(&out), row->tokens) != 0) {
            fail_msg("%s (chunks up to %zu): %s", row->sentence, sizes[i], buf_text(&out));
        }
        buf_release(&out);
    }
}

static void reads_html(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"plain text", "a < b & c", "a < b & c"},
        {"a tag", "<P>x</P>", "<p>x</p>"},
        {"attributes in every quote form", "<a b=\"1\" C='2' d=3 e>", "<a b=[1] c=[2] d=[3] e=[]>"},
        {"white space around the equals sign", "<a b = 1  c\n=\n'2'>", "<a b=[1] c=[2]>"},
        {"no space between attributes", "<a b='1'c=\"2\"d>", "<a b=[1] c=[2] d=[]>"},
        {"slashes inside a tag", "<a/b/c=d/>x", "<a b=[] c=[d/]>x"},
        {"self-closing HTML is just a start tag", "<br/>x", "<br>x"},
        {"a > in a quoted value", "<a b='x>y'>z", "<a b=[x>y]>z"},
        {"a < in a value", "<a b=<c>z", "<a b=[<c]>z"},
        {"an equals sign as a name", "<a =b>", "<a =b=[]>"},
        {"an empty unquoted value", "<a b=>x", "<a b=[]>x"},
        {"an end tag with attributes", "</p a='>'>x", "</p>x"},
        {"an empty end tag", "a</>b", "ab"},
        {"an end tag that is none", "a</ x>b", "ab"},
        {"an unfinished tag is dropped", "a<b c='", "a"},
        {"an unfinished angle bracket is text", "a<", "a<"},
        {"and with a slash too", "a</", "a</"},
        {"a number in brackets", "1<2>3", "1<2>3"},
        {"a comment", "a<!-- x > y -->b", "ab"},
        {"a comment with dashes", "a<!-- - -- --- -->b", "ab"},
        {"an abrupt comment", "a<!-->b", "ab"},
        {"another one", "a<!--->b", "ab"},
        {"a comment that ends in --!>", "a<!-- x --!>b", "ab"},
        {"an unfinished comment", "a<!-- x --", "a"},
        {"a doctype", "<!DOCTYPE html SYSTEM 'x'>a", "a"},
        {"a processing instruction", "<?php echo 1 ?>a", "a"},
        {"CDATA is a comment in HTML", "<![CDATA[x]]>y", "y"},
        {"and text in svg", "<svg><![CDATA[x]]]><b>]]></svg>y", "<svg>x]<b>]]></svg>y"},
        {"a script is raw", "<script>a<b>c&amp;</script>d", "<script>a<b>c&amp;</script>d"},
        {"its end in capitals", "<script>x</SCRIPT >y", "<script>x</script>y"},
        {"an end that is longer", "<script>x</scripts>y</script>", "<script>x</scripts>y</script>"},
        {"an end with attributes", "<script>x</script a=b>y", "<script>x</script>y"},
        {"an escaped script", "<script><!-- x </script> y", "<script><!-- x </script> y"},
        {"a doubly escaped script", "<script><!--<script></script>--></script>y",
         "<script><!--<script></script>--></script>y"},
        {"which a comment's end closes", "<script><!--<script>--></script>y", "<script><!--<script>--></script>y"},
        {"an escape that is none", "<script><!- <script></script>y", "<script><!- <script></script>y"},
        {"style is raw", "<style>a>b{}<i></style>x", "<style>a>b{}<i></style>x"},
        {"so are iframe and noscript", "<iframe><p></iframe><noscript><p></noscript>",
         "<iframe><p></iframe><noscript><p></noscript>"},
        {"a title resolves references", "<title>a &lt;b&gt; <c></title>d", "<title>a <b> <c></title>d"},
        {"a text area too", "<textarea>&amp;</textarea>", "<textarea>&</textarea>"},
        {"an unfinished raw text", "<title>a</tit", "<title>a</tit"},
        {"plaintext has no end", "<plaintext></plaintext>x", "<plaintext></plaintext>x"},
        {"a title in svg is no raw text", "<svg><title><b></title></svg>", "<svg><title><b></title></svg>"},
        {"self-closing svg means it", "<svg><path/></svg>", "<svg><path/></svg>"},
        {"a div ends foreign content", "<svg><div><title><b></title>", "<svg><div><title><b></title>"},
        {"named references", "&amp;&lt;&eacute;&hellip;", "&<\xc3\xa9\xe2\x80\xa6"},
        {"without semicolons", "&amp &eacute &copy2",
         "& \xc3\xa9 \xc2\xa9"
         "2"},
        {"the longest prefix", "&notit; &notin;", "\xc2\xacit; \xe2\x88\x89"},
        {"those that need one", "&hellip &bogus; &;", "&hellip &bogus; &;"},
        {"decimal and hexadecimal", "&#233;&#xE9;&#XE9", "\xc3\xa9\xc3\xa9\xc3\xa9"},
        {"numbers that are none", "&#;&#x;&#xg;&", "&#;&#x;&#xg;&"},
        {"windows-1252 numbers", "&#128;&#x99;", "\xe2\x82\xac\xe2\x84\xa2"},
        {"zero, a surrogate, and beyond", "&#0;&#xd800;&#x110000;&#99999999999999999999999999999999999999999999;",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"many leading zeros", "&#x00000000000000000000000000000000000000000000000000000041;", "A"},
        {"references in values", "<a b='&amp;&#65;' c=&lt;>", "<a b=[&A] c=[<]>"},
        {"no reference before = in a value", "<a b='?x&copy=1&copyx&copy;'>", "<a b=[?x&copy=1&copyx\xc2\xa9]>"},
        {"a reference at the end", "x&amp", "x&"},
        {"text in UTF-8", "\xe6\x97\xa5<b>\xf0\x9f\x98\x80</b>\xc3", "\xe6\x97\xa5<b>\xf0\x9f\x98\x80</b>\xc3"},
        {"broken UTF-8", "\xe6\x97<b>\xff\x80", "\xe6\x97<b>\xff\x80"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(&rows[i], MARKUP_HTML);
    }
}

static void reads_xml(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"no raw text", "<title><b>x</b></title>", "<title><b>x</b></title>"},
        {"CDATA is text", "<a><![CDATA[<b>&amp;]]></a>", "<a><b>&amp;</a>"},
        {"an empty element", "<a b='c'/>", "<a b=[c]/>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(&rows[i], MARKUP_XML);
    }
}

static void write_lengths(void *context, const struct tag *tag)
{
    buf_printf(context, "%zu names, %zu attributes, %zu bytes\n", tag->name.len, tag->attribute_count,
               tag->attribute_count > 0 ? tag->attributes[0].value.len : 0);
}

static void ignore_text(void *context, struct slice text)
{
    (void)context;
    (void)text;
}

static void ignore_end(void *context, struct slice name)
{
    (void)context;
    (void)name;
}

static void keep_bounds(void **state)
{
    (void)state;
    struct buf input = {0}, out = {0};
    buf_append_text(&input, "<a b='");
    for (int i = 0; i < 1000000; i++) {
        buf_append_byte(&input, 'x');
    }
    buf_append_text(&input, "'><");
    for (int i = 0; i < 100; i++) {
        buf_append_text(&input, "name");
    }
    for (int i = 0; i < 1000; i++) {
        buf_append_text(&input, " a=1");
    }
    buf_append_text(&input, ">");
    struct token_sink sink = {&out, ignore_text, write_lengths, ignore_end};
    struct tokenizer *tokenizer = malloc(sizeof *tokenizer);
    assert_non_null(tokenizer);
    tokenizer_init(tokenizer, &sink, MARKUP_HTML);
    tokenizer_feed(tokenizer, buf_slice(&input));
    tokenizer_finish(tokenizer);
    assert_string_equal(buf_text(&out), "1 names, 1 attributes, 65536 bytes\n63 names, 256 attributes, 1 bytes\n");
    tokenizer_release(tokenizer);
    free(tokenizer);
    buf_release(&input);
    buf_release(&out);
}

/* Any bytes, cut anywhere: the same tokens. */
static void chunks_do_not_matter(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "<",   ">", "</",    "script", "<script",  "<!--", "-->",      "-",        "--",       "!",        "&",
        "amp", ";", "&#x4",  "1",      "'",        "\"",   "=",        " ",        "a",        "/",        "<![CDATA[",
        "]]>", "]", "<svg>", "title",  "</title>", "\xe6", "\x97\xa5", "\xf0\x9f", "textarea", "</script>"};
    struct rng rng;
    rng_init(&rng, 7);
    for (int round = 0; round < 3000; round++) {
        struct buf input = {0}, whole = {0}, chunked = {0};
        for (int i = 0; i < 30; i++) {
            buf_append_text(&input, pieces[rng_below(&rng, sizeof pieces / sizeof pieces[0])]);
        }
        tokenize(buf_slice(&input), MARKUP_HTML, 1000000, &rng, &whole);
        struct rng parts;
        rng_init(&parts, (uint64_t)round);
        tokenize(buf_slice(&input), MARKUP_HTML, 3, &parts, &chunked);
        if (strcmp(buf_text(&whole), buf_text(&chunked)) != 0) {
            fail_msg("%s: %s against %s", buf_text(&input), buf_text(&whole), buf_text(&chunked));
        }
        buf_release(&input);
        buf_release(&whole);
        buf_release(&chunked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_html),
        cmocka_unit_test(reads_xml),
        cmocka_unit_test(keep_bounds),
        cmocka_unit_test(chunks_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

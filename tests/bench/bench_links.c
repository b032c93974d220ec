/* Link extraction against a bare libxml2 SAX push loop that does nothing but count start tags.
 *
 * Pages: the HTML of postgresql-doc-15 where it is installed, else pages made here. Both loops read the same pages in
 * turns; a ratio is the median over the rounds of what the bare loop takes by what ours takes. */
#include "base/buf.h"
#include "base/file.h"
#include "crawler/html_links.h"
#include "tests/bench/figure.h"

#include <dirent.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTATION "/usr/share/doc/postgresql-doc-15/html"
#define PAGES_MAX     400
#define ROUNDS        9

struct pages {
    struct buf items[PAGES_MAX];
    size_t count;
    size_t bytes;
};

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_documentation(struct pages *pages)
{
    char *names[4096];
    size_t count = 0;
    DIR *folder = opendir(DOCUMENTATION);
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL && count < 4096;
         entry = readdir(folder)) {
        if (slice_ends_with(slice_of(entry->d_name), SLICE(".html")))
            names[count++] = strdup(entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    qsort(names, count, sizeof *names, compare_texts);
    for (size_t i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", DOCUMENTATION, names[i]);
        if (pages->count < PAGES_MAX && file_read(path, 1u << 20, &pages->items[pages->count], NULL) == 0)
            pages->bytes += pages->items[pages->count++].len;
        free(names[i]);
    }
}

static void make_pages(struct pages *pages)
{
    for (pages->count = 0; pages->count < 200; pages->count++) {
        struct buf *page = &pages->items[pages->count];
        buf_printf(page,
                   "<!doctype html><html><head><title>Page %zu</title><link rel=stylesheet href=/s.css>"
                   "<script src=/s.js></script></head><body><nav>",
                   pages->count);
        for (int i = 0; i < 40; i++)
            buf_printf(page, "<a class=\"item\" href=\"/chapter-%d.html#part\">Chapter %d</a> ", i, i);
        buf_append_text(page, "</nav>");
        for (int i = 0; i < 60; i++)
            buf_printf(
                page,
                "<div class=\"section\"><h2>Heading %d</h2><p>Some words of <em>text</em> about it, long enough to "
                "look like a page &amp; with a <a href=\"page-%zu-%d.html\">link</a> and "
                "<code>code</code>.</p></div>\n",
                i, pages->count, i);
        buf_append_text(page, "</body></html>");
        pages->bytes += page->len;
    }
}

static size_t tags;

static void count_tag(void *context, const xmlChar *name, const xmlChar **attributes)
{
    (void)context;
    (void)name;
    (void)attributes;
    tags++;
}

static double bare_loop(const struct pages *pages)
{
    double begin = figure_thread_cpu_s();
    for (size_t i = 0; i < pages->count; i++) {
        htmlSAXHandler handler = {.startElement = count_tag};
        htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
        htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
        for (size_t at = 0; at < pages->items[i].len; at += 16384) {
            size_t left = pages->items[i].len - at;
            htmlParseChunk(parser, pages->items[i].data + at, (int)(left < 16384 ? left : 16384), 0);
        }
        htmlParseChunk(parser, NULL, 0, 1);
        htmlFreeParserCtxt(parser);
    }
    return figure_thread_cpu_s() - begin;
}

static double references_loop(const struct pages *pages, size_t *found)
{
    double begin = figure_thread_cpu_s();
    *found = 0;
    for (size_t i = 0; i < pages->count; i++) {
        size_t count = 0;
        struct html_links *links = html_links_new(SLICE("text/html; charset=utf-8"), NULL);
        for (size_t at = 0; at < pages->items[i].len; at += 16384) {
            size_t left = pages->items[i].len - at;
            html_links_feed(links, slice_make(pages->items[i].data + at, left < 16384 ? left : 16384));
        }
        html_links_finish(links, NULL);
        html_links_references(links, &count);
        *found += count;
        html_links_free(links);
    }
    return figure_thread_cpu_s() - begin;
}

static double urls_loop(const struct pages *pages, const struct url *document, size_t *found)
{
    double begin = figure_thread_cpu_s();
    *found = 0;
    for (size_t i = 0; i < pages->count; i++) {
        struct document_links links;
        if (links_of_document(buf_slice(&pages->items[i]), document, SLICE("text/html; charset=utf-8"), &links, NULL) ==
            0)
            *found += links.count;
        document_links_release(&links);
    }
    return figure_thread_cpu_s() - begin;
}

int main(void)
{
    static struct pages pages;
    struct url document;
    double references[ROUNDS];
    double urls[ROUNDS];
    double speed[ROUNDS];
    size_t reference_count = 0;
    size_t url_count = 0;
    read_documentation(&pages);
    if (pages.count == 0)
        make_pages(&pages);
    if (url_parse(SLICE("http://example.com/docs/"), &document) != URL_OK)
        return 1;

    for (int round = -1; round < ROUNDS; round++) {
        double bare = bare_loop(&pages);
        double ours = references_loop(&pages, &reference_count);
        double whole = urls_loop(&pages, &document, &url_count);
        if (round < 0)
            continue;
        references[round] = bare / ours;
        urls[round] = bare / whole;
        speed[round] = (double)pages.bytes / 1e6 / ours;
    }
    bool ok =
        figure_at_least("links", "references, against counting tags", figure_median(references, ROUNDS), "ratio", 0.8);
    figure_for_information("links", "resolved URLs, against counting tags", figure_median(urls, ROUNDS), "ratio");
    figure_for_information("links", "references", figure_median(speed, ROUNDS), "MB/s");
    figure_for_information("links", "references found", (double)reference_count, "links");
    figure_for_information("links", "URLs found", (double)url_count, "links");
    for (size_t i = 0; i < pages.count; i++)
        buf_release(&pages.items[i]);
    url_release(&document);
    return ok && tags > 0 && url_count > 0 ? 0 : 1;
}

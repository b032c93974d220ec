#include "crawler/links.h"

#include "base/hash.h"
#include "base/limits.h"
#include "crawler/css_links.h"
#include "crawler/html_links.h"

#include <stdlib.h>

const char *link_kind_name(enum link_kind kind)
{
    switch (kind) {
    case LINK_PAGE:
        return "page";
    case LINK_SCRIPT:
        return "script";
    case LINK_STYLE:
        return "style";
    case LINK_IMAGE:
        return "image";
    case LINK_FRAME:
        return "frame";
    case LINK_FEED:
        return "feed";
    case LINK_MEDIA:
        return "media";
    case LINK_API:
        return "api";
    case LINK_OTHER:
        return "other";
    }
    return "other";
}

struct ending_kind {
    const char *ending;
    enum link_kind kind;
};

static const struct ending_kind endings[] = {
    {"js", LINK_SCRIPT},   {"mjs", LINK_SCRIPT},        {"css", LINK_STYLE},  {"png", LINK_IMAGE},
    {"jpg", LINK_IMAGE},   {"jpeg", LINK_IMAGE},        {"gif", LINK_IMAGE},  {"webp", LINK_IMAGE},
    {"avif", LINK_IMAGE},  {"svg", LINK_IMAGE},         {"ico", LINK_IMAGE},  {"bmp", LINK_IMAGE},
    {"tif", LINK_IMAGE},   {"tiff", LINK_IMAGE},        {"rss", LINK_FEED},   {"atom", LINK_FEED},
    {"xml", LINK_FEED},    {"mp3", LINK_MEDIA},         {"ogg", LINK_MEDIA},  {"wav", LINK_MEDIA},
    {"flac", LINK_MEDIA},  {"m4a", LINK_MEDIA},         {"mp4", LINK_MEDIA},  {"webm", LINK_MEDIA},
    {"avi", LINK_MEDIA},   {"mov", LINK_MEDIA},         {"mkv", LINK_MEDIA},  {"m3u8", LINK_MEDIA},
    {"vtt", LINK_MEDIA},   {"json", LINK_API},          {"jsonld", LINK_API}, {"geojson", LINK_API},
    {"pdf", LINK_OTHER},   {"zip", LINK_OTHER},         {"gz", LINK_OTHER},   {"bz2", LINK_OTHER},
    {"xz", LINK_OTHER},    {"7z", LINK_OTHER},          {"rar", LINK_OTHER},  {"tar", LINK_OTHER},
    {"tgz", LINK_OTHER},   {"exe", LINK_OTHER},         {"msi", LINK_OTHER},  {"dmg", LINK_OTHER},
    {"iso", LINK_OTHER},   {"deb", LINK_OTHER},         {"rpm", LINK_OTHER},  {"apk", LINK_OTHER},
    {"jar", LINK_OTHER},   {"doc", LINK_OTHER},         {"docx", LINK_OTHER}, {"xls", LINK_OTHER},
    {"xlsx", LINK_OTHER},  {"ppt", LINK_OTHER},         {"pptx", LINK_OTHER}, {"odt", LINK_OTHER},
    {"ods", LINK_OTHER},   {"csv", LINK_OTHER},         {"txt", LINK_OTHER},  {"woff", LINK_OTHER},
    {"woff2", LINK_OTHER}, {"ttf", LINK_OTHER},         {"otf", LINK_OTHER},  {"eot", LINK_OTHER},
    {"map", LINK_OTHER},   {"webmanifest", LINK_OTHER},
};

/* First segments behind which programs ask rather than people. */
static const char *const api_segments[] = {"/api/", "/rest/", "/graphql", "/wp-json/", "/v1/", "/v2/", "/v3/"};
static const char *const feed_segments[] = {"/feed", "/feed/", "/rss", "/rss/", "/atom"};

static struct slice ending_of(struct slice path)
{
    size_t start = path.len;
    while (start > 0 && path.ptr[start - 1] != '.' && path.ptr[start - 1] != '/')
        start--;
    return start > 0 && path.ptr[start - 1] == '.' ? slice_from(path, start) : SLICE_EMPTY;
}

enum link_kind link_kind_refine(enum link_kind kind, struct slice path_query)
{
    /* What an element asks for as a script or a style sheet is one, whatever it is called. */
    if (kind != LINK_PAGE && kind != LINK_OTHER)
        return kind;
    struct slice path = url_path(path_query);
    struct slice ending = ending_of(path);
    for (size_t i = 0; ending.len > 0 && i < sizeof endings / sizeof *endings; i++) {
        if (slice_equal_nocase(ending, slice_of(endings[i].ending)))
            return endings[i].kind;
    }
    for (size_t i = 0; i < sizeof api_segments / sizeof *api_segments; i++) {
        if (slice_starts_with_nocase(path, slice_of(api_segments[i])))
            return LINK_API;
    }
    for (size_t i = 0; i < sizeof feed_segments / sizeof *feed_segments; i++) {
        if (slice_ends_with(path, slice_of(feed_segments[i])))
            return LINK_FEED;
    }
    return kind;
}

void document_links_release(struct document_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        url_release(&links->items[i].url);
    free(links->items);
    *links = (struct document_links){0};
}

static int add_link(struct document_links *links, struct hash_set *seen, const struct url *url, enum link_kind kind)
{
    int added = hash_set_add(seen, hash_slice(slice_of(url->text)));
    if (added <= 0)
        return added;
    struct document_link *link = &links->items[links->count];
    if (url_copy(url, &link->url) != URL_OK)
        return -1;
    link->kind = kind;
    links->count++;
    return 0;
}

/* Against the document's own base if that is a URL, else against where the document came from. */
static struct url_resolver *resolver_for(struct slice base, const struct url *document)
{
    struct url url = {0};
    if (base.len == 0 || url_resolve(document, base, &url) != URL_OK)
        return url_resolver_new(document);
    struct url_resolver *resolver = url_resolver_new(&url);
    url_release(&url);
    return resolver;
}

int links_resolve(const struct link_reference *references, size_t count, struct slice base, const struct url *document,
                  struct document_links *links, struct err *err)
{
    int result = -1;
    struct hash_set seen;
    hash_set_init(&seen, 0);
    *links = (struct document_links){.items = calloc(count > 0 ? count : 1, sizeof *links->items)};
    struct url_resolver *resolver = resolver_for(base, document);
    if (links->items == NULL || resolver == NULL)
        goto out;
    for (size_t i = 0; i < count; i++) {
        enum url_fault fault = URL_OK;
        const struct url *url = url_resolver_get(resolver, references[i].text, &fault);
        if (fault == URL_OUT_OF_MEMORY)
            goto out;
        if (url == NULL)
            links->refused++;
        else if (add_link(links, &seen, url, references[i].kind) != 0)
            goto out;
    }
    result = 0;
out:
    if (result != 0)
        err_memory(err);
    url_resolver_free(resolver);
    hash_set_release(&seen);
    return result;
}

static int links_of_sheet(struct slice body, const struct url *document, struct document_links *links, struct err *err)
{
    struct css_links found;
    int result = css_links_find(body, &found, err);
    if (result == 0)
        result = links_resolve(found.references, found.count, SLICE_EMPTY, document, links, err);
    links->truncated = found.truncated;
    css_links_release(&found);
    return result;
}

static int links_of_html(struct slice body, const struct url *document, struct slice content_type,
                         struct document_links *links, struct err *err)
{
    struct html_links *found = html_links_new(content_type, err);
    if (found == NULL)
        return -1;
    html_links_feed(found, body);
    int result = html_links_finish(found, err);
    if (result == 0) {
        size_t count = 0;
        const struct link_reference *references = html_links_references(found, &count);
        result = links_resolve(references, count, html_links_base(found), document, links, err);
        links->truncated = html_links_truncated(found);
    }
    html_links_free(found);
    return result;
}

int links_of_document(struct slice body, const struct url *document, struct slice content_type,
                      struct document_links *links, struct err *err)
{
    *links = (struct document_links){0};
    if (slice_starts_with_nocase(slice_trim(content_type), SLICE("text/css")))
        return links_of_sheet(body, document, links, err);
    return links_of_html(body, document, content_type, links, err);
}

/* The links of a document: what a crawler may follow and what a browser would load.
 *
 * For HTML, the elements and attributes are
 *   href of a, area, link            src of script, img, iframe, frame, source, video, audio, track, embed
 *   srcset of img, source            poster of video         data of object
 *   the target of <meta http-equiv=refresh>
 * resolved against the first <base href>. Forms are never followed. Order is that of the document; a URL that occurs
 * again is not repeated.
 */
#ifndef ORIGINTLS_CRAWLER_LINKS_H
#define ORIGINTLS_CRAWLER_LINKS_H

#include "base/err.h"
#include "crawler/url.h"

/* What the document says the target is for. It is a guess about the answer, good enough to form strata. */
enum link_kind {
    LINK_PAGE, /* a, area, meta refresh, <link rel=canonical|next|alternate ...> */
    LINK_SCRIPT,
    LINK_STYLE,
    LINK_IMAGE,
    LINK_FRAME,
    LINK_FEED,  /* RSS, Atom and JSON feeds, sitemaps */
    LINK_MEDIA, /* video, audio, tracks, embedded objects */
    LINK_API,   /* JSON and other data: from the path or a log, never from an element */
    LINK_OTHER  /* manifests, fonts, preloads of unknown kind, downloads */
};
#define LINK_KIND_COUNT (LINK_OTHER + 1)

const char *link_kind_name(enum link_kind kind); /* "page", "script", ... */
/* A better guess where the path of the target has a telling ending: "/a.png" linked by <a> is an image, "/feed.xml" a
 * feed, "/api/x" and "/x.json" an API, "/x.pdf" other. `kind` where it has none. */
enum link_kind link_kind_refine(enum link_kind kind, struct slice path_query);

/* A reference as it was written, without the white space around it and the fragment, entities resolved, in UTF-8. */
struct link_reference {
    struct slice text;
    enum link_kind kind;
};

struct document_link {
    struct url url;
    enum link_kind kind; /* of its first occurrence */
};

struct document_links {
    struct document_link *items;
    size_t count;
    size_t refused; /* distinct references that are no http(s) URL or are malformed */
    bool truncated; /* a ceiling was reached: there may be more */
};

void document_links_release(struct document_links *links);

/* Resolves references against `document` (where the document came from), or against the document's own `base`
 * reference if that is not empty. `links` is initialised here and is to be released in any case. Fails only for memory.
 */
int links_resolve(const struct link_reference *references, size_t count, struct slice base, const struct url *document,
                  struct document_links *links, struct err *err);

/* All of it for a body in memory. `content_type` is the value of the header and may be empty; text/css is read as a
 * style sheet, everything else as HTML. */
int links_of_document(struct slice body, const struct url *document, struct slice content_type,
                      struct document_links *links, struct err *err);

#endif

#include "crawler/html_links.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/charset.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/html_attributes.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>

/* The parser is given this much at once. Between two pieces its state is looked at, so that no single call is handed
 * more work than this. */
#define PIECE_BYTES 4096u
/* At most this much is copied at once. */
#define FEED_BYTES (64u << 10)

struct html_links {
    struct arena memory;
    struct link_reference *references;
    size_t count;
    size_t capacity;
    struct hash_set seen;

    htmlParserCtxtPtr parser; /* NULL until the encoding is known */
    const char *charset;      /* by the header; NULL: look into the document */
    struct buf input;         /* bytes that were not handed to the parser yet */

    struct slice base;
    struct slice refresh;
    unsigned refresh_delay_s;
    bool has_refresh;

    char text_element[16]; /* the open element whose content is text and no markup; "" if none */
    bool stopped;          /* reads no more: a ceiling was reached */
    bool truncated;
    bool out_of_memory;
};

/* --- collecting --- */

static bool is_never_followed(struct slice text)
{
    static const char *const schemes[] = {"data:", "javascript:", "mailto:", "tel:", "about:", "blob:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (slice_starts_with_nocase(text, slice_of(schemes[i])))
            return true;
    }
    return false;
}

static void fail_memory(struct html_links *links)
{
    links->out_of_memory = true;
    links->stopped = true;
}

static struct link_reference *append_reference(struct html_links *links)
{
    if (links->count == links->capacity) {
        size_t capacity = links->capacity == 0 ? 128 : links->capacity * 2;
        struct link_reference *grown = realloc(links->references, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        links->references = grown;
        links->capacity = capacity;
    }
    return &links->references[links->count];
}

static struct slice keep(struct html_links *links, struct slice text)
{
    char *copy = arena_copy(&links->memory, text);
    if (copy == NULL)
        fail_memory(links);
    return copy != NULL ? slice_make(copy, text.len) : SLICE_EMPTY;
}

static void add_reference(struct html_links *links, struct slice text, enum link_kind kind)
{
    text = slice_trim(text);
    text.len = slice_find_byte(text, '#');
    /* An empty href leads to the page itself; an empty src loads nothing. */
    if ((text.len == 0 && kind != LINK_PAGE) || text.len > LIMIT_URL_BYTES || is_never_followed(text))
        return;
    int added = hash_set_add(&links->seen, hash_seeded(text, (uint64_t)kind));
    if (added == 0)
        return;
    struct link_reference *reference = added > 0 ? append_reference(links) : NULL;
    if (reference == NULL) {
        links->truncated = true;
        links->stopped = true;
        if (links->count < LIMIT_LINKS_PER_PAGE)
            fail_memory(links);
        return;
    }
    *reference = (struct link_reference){.text = keep(links, text), .kind = kind};
    if (!links->out_of_memory)
        links->count++;
}

static void add_srcset(struct html_links *links, struct slice value)
{
    struct slice reference = SLICE_EMPTY;
    while (!links->stopped && srcset_next(&value, &reference))
        add_reference(links, reference, LINK_IMAGE);
}

/* --- elements --- */

static struct slice attribute(const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
        if (strcmp((const char *)attributes[i], name) == 0)
            return slice_of((const char *)attributes[i + 1]);
    }
    return SLICE_EMPTY;
}

static bool has_attribute(const xmlChar **attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
        if (strcmp((const char *)attributes[i], name) == 0)
            return true;
    }
    return false;
}

static void read_base(struct html_links *links, const xmlChar **attributes)
{
    if (links->base.len == 0)
        links->base = keep(links, slice_trim(attribute(attributes, "href")));
}

static void read_meta(struct html_links *links, const xmlChar **attributes)
{
    struct slice reference = SLICE_EMPTY;
    unsigned delay_s = 0;
    if (!slice_equal_nocase(slice_trim(attribute(attributes, "http-equiv")), SLICE("refresh")))
        return;
    if (!refresh_parse(attribute(attributes, "content"), &delay_s, &reference) || reference.len == 0)
        return;
    add_reference(links, reference, LINK_PAGE);
    if (links->has_refresh)
        return;
    links->refresh = keep(links, reference);
    links->refresh_delay_s = delay_s;
    links->has_refresh = true;
}

static void read_link(struct html_links *links, const xmlChar **attributes)
{
    enum link_kind kind =
        link_kind_of_rel(attribute(attributes, "rel"), attribute(attributes, "type"), attribute(attributes, "as"));
    if (has_attribute(attributes, "href"))
        add_reference(links, attribute(attributes, "href"), kind);
}

typedef void element_reader(struct html_links *links, const xmlChar **attributes);

/* An element and one attribute of it that holds a reference; or a function that reads the element. */
struct element_rule {
    const char *element;
    const char *attribute;
    enum link_kind kind;
    element_reader *reader;
};

static const struct element_rule element_rules[] = {
    {"a", "href", LINK_PAGE, NULL},         {"area", "href", LINK_PAGE, NULL},
    {"audio", "src", LINK_MEDIA, NULL},     {"base", NULL, LINK_OTHER, read_base},
    {"embed", "src", LINK_MEDIA, NULL},     {"frame", "src", LINK_FRAME, NULL},
    {"iframe", "src", LINK_FRAME, NULL},    {"img", "src", LINK_IMAGE, NULL},
    {"img", "srcset", LINK_IMAGE, NULL},    {"link", NULL, LINK_OTHER, read_link},
    {"meta", NULL, LINK_OTHER, read_meta},  {"object", "data", LINK_MEDIA, NULL},
    {"script", "src", LINK_SCRIPT, NULL},   {"source", "src", LINK_MEDIA, NULL},
    {"source", "srcset", LINK_IMAGE, NULL}, {"track", "src", LINK_MEDIA, NULL},
    {"video", "src", LINK_MEDIA, NULL},     {"video", "poster", LINK_IMAGE, NULL},
};

static void apply_rule(struct html_links *links, const struct element_rule *rule, const xmlChar **attributes)
{
    if (rule->reader != NULL)
        rule->reader(links, attributes);
    else if (strcmp(rule->attribute, "srcset") == 0)
        add_srcset(links, attribute(attributes, rule->attribute));
    else if (has_attribute(attributes, rule->attribute))
        add_reference(links, attribute(attributes, rule->attribute), rule->kind);
}

static void read_element(struct html_links *links, const char *name, const xmlChar **attributes)
{
    for (size_t i = 0; i < sizeof element_rules / sizeof *element_rules; i++) {
        if (element_rules[i].element[0] == name[0] && strcmp(element_rules[i].element, name) == 0)
            apply_rule(links, &element_rules[i], attributes);
    }
}

/* Elements whose content is text to a browser, while libxml2 reads markup in it. */
static bool holds_text(const char *name)
{
    static const char *const names[] = {"iframe", "noembed", "noframes", "plaintext", "textarea", "title", "xmp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* libxml2 walks through all open elements at some tags: a page of ever deeper elements would cost the square of its
 * size. Beyond the ceiling an element is closed as soon as it opens. */
static void flatten(struct html_links *links, const char *name)
{
    htmlParserCtxtPtr parser = links->parser;
    if (parser->nameNr <= LIMIT_HTML_DEPTH || strcmp(name, "script") == 0 || strcmp(name, "style") == 0)
        return;
    parser->nameNr--;
    parser->name = parser->nameTab[parser->nameNr - 1];
    links->truncated = true;
}

static bool has_too_many(const xmlChar **attributes)
{
    size_t count = 0;
    while (attributes != NULL && attributes[2 * count] != NULL && count <= LIMIT_HTML_ATTRIBUTES)
        count++;
    return count > LIMIT_HTML_ATTRIBUTES;
}

static void on_start(void *context, const xmlChar *element, const xmlChar **attributes)
{
    struct html_links *links = context;
    const char *name = (const char *)element;
    if (links->stopped)
        return;
    if (has_too_many(attributes)) {
        links->truncated = true;
        links->stopped = true;
        return;
    }
    if (links->text_element[0] == '\0') {
        read_element(links, name, attributes);
        if (holds_text(name)) {
            memcpy(links->text_element, name, strlen(name) + 1);
            return;
        }
    }
    flatten(links, name);
}

static void on_end(void *context, const xmlChar *element)
{
    struct html_links *links = context;
    if (links->text_element[0] == element[0] && strcmp(links->text_element, (const char *)element) == 0)
        links->text_element[0] = '\0';
}

/* --- feeding --- */

/* When its last open element closes, libxml2 takes the document for finished and reads no more, while a browser goes on
 * behind
 * </html> or a stray </p>. An element that no tag can name is kept open below all others. */
static void keep_open(htmlParserCtxtPtr parser)
{
    if (parser->nameMax < 1)
        return;
    parser->nameTab[0] = BAD_CAST " ";
    parser->nameNr = 1;
    parser->name = parser->nameTab[0];
}

/* A character that the end of the bytes cuts off says nothing about the charset. */
static const char *charset_for(const struct html_links *links, struct slice start)
{
    start.len -= utf8_incomplete_tail(start);
    return charset_detect(start, links->charset, false);
}

static int start_parser(struct html_links *links, struct slice start)
{
    htmlSAXHandler handler = {.startElement = on_start, .endElement = on_end};
    xmlInitParser();
    links->parser = htmlCreatePushParserCtxt(&handler, links, NULL, 0, NULL, XML_CHAR_ENCODING_NONE);
    if (links->parser == NULL)
        return -1;
    htmlCtxtUseOptions(links->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                          HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
    keep_open(links->parser);

    const char *charset = charset_for(links, start);
    if (strcmp(charset, "UTF-8") == 0)
        return xmlSwitchEncoding(links->parser, XML_CHAR_ENCODING_UTF8);
    xmlCharEncodingHandlerPtr converter = xmlFindCharEncodingHandler(charset);
    if (converter == NULL)
        return xmlSwitchEncoding(links->parser, XML_CHAR_ENCODING_UTF8);
    return xmlSwitchToEncoding(links->parser, converter);
}

/* How many attributes begin in an unfinished tag. Each costs libxml2 a look at all before it. */
static size_t attributes_of_pending_tag(struct slice tag)
{
    size_t count = 0;
    char quote = '\0';
    char before = '\0';
    for (size_t i = 0; i < tag.len; i++) {
        char c = tag.ptr[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if ((c == '"' || c == '\'') && (before == '=' || ascii_is_space(before))) {
            quote = c;
        } else if (!ascii_is_space(c) && (ascii_is_space(before) || before == '"' || before == '\'' || before == '/')) {
            count++;
        }
        before = c;
    }
    return count;
}

/* What libxml2 keeps back because it is not complete. */
static struct slice pending_bytes(const struct html_links *links)
{
    const xmlParserInput *input = links->parser->input;
    return input != NULL ? slice_make((const char *)input->cur, (size_t)(input->end - input->cur)) : SLICE_EMPTY;
}

static bool is_start_tag(struct slice s)
{
    return s.len >= 2 && s.ptr[0] == '<' && ascii_is_alpha(s.ptr[1]);
}

static void check_pending_tag(struct html_links *links)
{
    struct slice pending = pending_bytes(links);
    if (pending.len < PIECE_BYTES || !is_start_tag(pending))
        return;
    if (attributes_of_pending_tag(pending) > LIMIT_HTML_ATTRIBUTES) {
        links->truncated = true;
        links->stopped = true;
    }
}

/* A longer unfinished piece of markup is searched for its end again with each feeding: the longer it is, the more is
 * fed at once. */
static size_t piece_size(const struct html_links *links)
{
    size_t pending = pending_bytes(links).len;
    return pending > 4 * PIECE_BYTES ? pending / 4 : PIECE_BYTES;
}

/* A piece must not end within "</script": libxml2 compares what is there with the whole and takes the rest for the
 * script's text. In UTF-16 these are twice as many bytes. */
static size_t uncut_length(struct slice piece)
{
    static const size_t closing_tag_bytes = 2 * sizeof "</script";
    size_t window = piece.len < closing_tag_bytes ? piece.len : closing_tag_bytes;
    const char *open = memrchr(piece.ptr + piece.len - window, '<', window);
    return open != NULL && open > piece.ptr ? (size_t)(open - piece.ptr) : piece.len;
}

/* Errors of markup are none. Bytes that are none of the declared charset end the reading for libxml2, wherever it
 * stands: there may be links behind them. Without a handler it would print. */
static void on_error(void *context, xmlErrorPtr error)
{
    struct html_links *links = context;
    if (error != NULL && error->domain == XML_FROM_I18N)
        links->truncated = true;
}

static void parse_chunk(struct html_links *links, struct slice piece, bool last)
{
    xmlSetStructuredErrorFunc(links, on_error);
    htmlParseChunk(links->parser, piece.ptr, (int)piece.len, last);
    xmlSetStructuredErrorFunc(NULL, NULL);
}

static void parse(struct html_links *links, struct slice piece)
{
    /* libxml2 2.9 remembers how far it looked for the end of a tag, but not that it stood within quotes: it would wait
     * for ever after a cut there. */
    links->parser->checkIndex = 0;
    parse_chunk(links, piece, false);
    check_pending_tag(links);
}

/* Hands the input over in pieces; what does not fill one stays, unless it is the last. */
static void parse_input(struct html_links *links, bool last)
{
    struct slice rest = buf_slice(&links->input);
    while (rest.len > 0 && !links->stopped) {
        size_t size = links->parser != NULL ? piece_size(links) : PIECE_BYTES;
        if (rest.len < size && !last)
            break;
        /* The charset is guessed from as many bytes however they came. */
        struct slice start = slice_make(rest.ptr, rest.len < PIECE_BYTES ? rest.len : PIECE_BYTES);
        if (links->parser == NULL && start_parser(links, start) != 0) {
            fail_memory(links);
            break;
        }
        struct slice piece = slice_make(rest.ptr, rest.len < size ? rest.len : size);
        if (piece.len < rest.len || !last)
            piece.len = uncut_length(piece);
        parse(links, piece);
        rest = slice_from(rest, piece.len);
    }
    if (rest.len > 0)
        memmove(links->input.data, rest.ptr, rest.len);
    links->input.len = rest.len;
}

void html_links_feed(struct html_links *links, struct slice bytes)
{
    while (bytes.len > 0 && !links->stopped) {
        struct slice part = slice_make(bytes.ptr, bytes.len < FEED_BYTES ? bytes.len : FEED_BYTES);
        if (buf_append_slice(&links->input, part) != 0)
            fail_memory(links);
        else
            parse_input(links, false);
        bytes = slice_from(bytes, part.len);
    }
}

int html_links_finish(struct html_links *links, struct err *err)
{
    if (!links->stopped)
        parse_input(links, true);
    /* A tag that the end cuts off is none: half a URL leads nowhere. */
    if (links->parser != NULL && !links->stopped && !is_start_tag(pending_bytes(links)))
        parse_chunk(links, SLICE_EMPTY, true);
    return links->out_of_memory ? err_memory(err) : 0;
}

/* --- results --- */

struct html_links *html_links_new(struct slice content_type, struct err *err)
{
    struct html_links *links = calloc(1, sizeof *links);
    if (links == NULL) {
        err_memory(err);
        return NULL;
    }
    hash_set_init(&links->seen, LIMIT_LINKS_PER_PAGE);
    links->charset = charset_of_content_type(content_type);
    return links;
}

void html_links_free(struct html_links *links)
{
    if (links == NULL)
        return;
    htmlFreeParserCtxt(links->parser);
    buf_release(&links->input);
    hash_set_release(&links->seen);
    arena_release(&links->memory);
    free(links->references);
    free(links);
}

const struct link_reference *html_links_references(const struct html_links *links, size_t *count)
{
    *count = links->count;
    return links->references;
}

struct slice html_links_base(const struct html_links *links)
{
    return links->base;
}

bool html_links_refresh(const struct html_links *links, struct slice *reference, unsigned *delay_s)
{
    *reference = links->refresh;
    *delay_s = links->refresh_delay_s;
    return links->has_refresh;
}

bool html_links_truncated(const struct html_links *links)
{
    return links->truncated;
}

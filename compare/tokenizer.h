/* A streaming HTML tokenizer: bytes in, text and tags out. No tree.
 *
 * It follows the tokenization stage of the HTML standard (WHATWG, 13.2.5) in the states that decide what is text and
 * what is markup: tags, attributes in all quote forms, comments, bogus comments, declarations, CDATA in foreign
 * content, raw text (script with its escaped states, style, xmp, iframe, noembed, noframes, noscript), escapable raw
 * text (title, textarea), plaintext, character references (numeric ones with the windows-1252 fixes; the named ones of
 * HTML 4 and a few later). Input is UTF-8; what is not is passed on as it came.
 *
 * The result does not depend on how the input is cut into chunks: the concatenated text between two tags and the tags
 * are the same. Time is linear; memory is bounded by LIMIT_HTML_ATTRIBUTES and LIMIT_HTML_ATTRIBUTE_BYTES.
 */
#ifndef ORIGINTLS_COMPARE_TOKENIZER_H
#define ORIGINTLS_COMPARE_TOKENIZER_H

#include "base/buf.h"
#include "base/limits.h"

#include <stdint.h>

struct tag_attribute {
    struct slice name; /* lower case, cut at 63 bytes */
    struct slice
        value; /* character references resolved, cut at LIMIT_HTML_ATTRIBUTE_BYTES; empty where there is none */
};

struct tag {
    struct slice name;                      /* lower case, cut at 63 bytes */
    const struct tag_attribute *attributes; /* in document order; of a repeated name the first one counts */
    size_t attribute_count;
    bool self_closing; /* and it means so: in XML and in foreign content */
};

/* The value of the first attribute of that name; NULL if there is none. */
const struct slice *tag_attribute_find(const struct tag *tag, struct slice name);

/* Every slice is valid only during the call. */
struct token_sink {
    void *context;
    /* Character data, resolved. It comes in pieces of any size that never split a UTF-8 sequence. Also the text inside
     * raw text elements: the receiver knows from the start tag before. */
    void (*text)(void *context, struct slice text);
    void (*start_tag)(void *context, const struct tag *tag);
    void (*end_tag)(void *context, struct slice name);
};

enum markup_dialect {
    MARKUP_HTML,
    MARKUP_XML /* no raw text elements, CDATA everywhere */
};

struct tokenizer {
    struct token_sink sink;
    enum markup_dialect dialect;
    int state;        /* enum tokenizer_state, as is the next */
    int return_state; /* behind a character reference */
    const char *end;  /* of the chunk that is being read */
    unsigned foreign; /* open svg and math elements */
    bool is_end_tag;
    bool self_closing;
    bool escapable;      /* the raw text element resolves character references */
    bool script_escaped; /* inside <!-- of a script */
    bool script_double_escaped;
    unsigned dashes; /* in a row just before, in a script */
    char name[64];   /* tag name being read */
    size_t name_len;
    char raw_name[16]; /* of the raw text element that is open */
    size_t raw_name_len;
    char pending[40]; /* a character reference or the beginning of a declaration */
    size_t pending_len;
    char held[4]; /* an incomplete UTF-8 sequence at the end of a chunk */
    size_t held_len;
    struct buf attribute_bytes;
    struct {
        size_t name_at, name_len, value_at, value_len;
    } spans[LIMIT_HTML_ATTRIBUTES];
    size_t attribute_count; /* may exceed the limit: then the last ones are dropped */
    struct tag_attribute attributes[LIMIT_HTML_ATTRIBUTES];
};

void tokenizer_init(struct tokenizer *tokenizer, const struct token_sink *sink, enum markup_dialect dialect);
void tokenizer_release(struct tokenizer *tokenizer);
void tokenizer_feed(struct tokenizer *tokenizer, struct slice chunk);
/* The end of the input: what was open is closed as the standard says. Nothing may be fed afterwards. */
void tokenizer_finish(struct tokenizer *tokenizer);

#endif

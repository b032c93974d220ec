#include "compare/element.h"

#include <string.h>

/* Sorted by name. */
static const struct element elements[] = {
    {"abbr", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"acronym", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"audio", FLOW_BLOCK, PLACE_BODY, ROLE_MEDIA},
    {"b", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"base", FLOW_BLOCK, PLACE_HEAD, ROLE_BASE},
    {"bdi", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"bdo", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"big", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"body", FLOW_BLOCK, PLACE_HEAD, ROLE_NONE},
    {"cite", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"code", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"data", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"del", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"dfn", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"em", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"embed", FLOW_BLOCK, PLACE_BODY, ROLE_EMBED},
    {"font", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"form", FLOW_BLOCK, PLACE_BODY, ROLE_FORM},
    {"frame", FLOW_BLOCK, PLACE_BODY, ROLE_FRAME},
    {"h1", FLOW_BLOCK, PLACE_BODY, ROLE_HEADING},
    {"head", FLOW_BLOCK, PLACE_HEAD, ROLE_NONE},
    {"html", FLOW_BLOCK, PLACE_HEAD, ROLE_HTML},
    {"i", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"iframe", FLOW_BLOCK, PLACE_HIDDEN, ROLE_FRAME},
    {"img", FLOW_BLOCK, PLACE_BODY, ROLE_IMAGE},
    {"input", FLOW_BLOCK, PLACE_BODY, ROLE_INPUT},
    {"ins", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"kbd", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"link", FLOW_BLOCK, PLACE_HEAD, ROLE_LINK},
    {"mark", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"meta", FLOW_BLOCK, PLACE_HEAD, ROLE_META},
    {"nobr", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"noembed", FLOW_BLOCK, PLACE_HIDDEN, ROLE_NONE},
    {"noframes", FLOW_BLOCK, PLACE_HIDDEN, ROLE_NONE},
    {"noscript", FLOW_BLOCK, PLACE_HIDDEN, ROLE_NONE},
    {"object", FLOW_BLOCK, PLACE_BODY, ROLE_OBJECT},
    {"q", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"rb", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"rp", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"rt", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"ruby", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"s", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"samp", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"script", FLOW_BLOCK, PLACE_HIDDEN, ROLE_SCRIPT},
    {"small", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"source", FLOW_BLOCK, PLACE_BODY, ROLE_MEDIA},
    {"span", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"strike", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"strong", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"style", FLOW_BLOCK, PLACE_HIDDEN, ROLE_NONE},
    {"sub", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"sup", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"template", FLOW_BLOCK, PLACE_HIDDEN, ROLE_TEMPLATE},
    {"time", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"title", FLOW_BLOCK, PLACE_HIDDEN, ROLE_TITLE},
    {"track", FLOW_BLOCK, PLACE_BODY, ROLE_MEDIA},
    {"tt", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"u", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"var", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
    {"video", FLOW_BLOCK, PLACE_BODY, ROLE_MEDIA},
    {"wbr", FLOW_INLINE, PLACE_BODY, ROLE_NONE},
};
#define ELEMENT_COUNT (sizeof elements / sizeof elements[0])

static const struct element unknown = {"", FLOW_BLOCK, PLACE_BODY, ROLE_NONE};

const struct element *element_find(struct slice name)
{
    if (name.len >= sizeof unknown.name) {
        return &unknown;
    }
    char padded[sizeof unknown.name] = {0};
    memcpy(padded, name.ptr, name.len);
    size_t low = 0, high = ELEMENT_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(padded, elements[middle].name, sizeof padded);
        if (order == 0) {
            return &elements[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return &unknown;
}

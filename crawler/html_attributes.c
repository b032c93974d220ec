#include "crawler/html_attributes.h"

#define DELAY_S_MAX 86400u

static struct slice skip_space(struct slice s)
{
    while (s.len > 0 && ascii_is_space(s.ptr[0]))
        s = slice_from(s, 1);
    return s;
}

/* Past the descriptors of a candidate: to the comma that no parenthesis holds. */
static size_t descriptors_length(struct slice s)
{
    bool in_parentheses = false;
    size_t i = 0;
    for (; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '(')
            in_parentheses = true;
        else if (c == ')')
            in_parentheses = false;
        else if (c == ',' && !in_parentheses)
            break;
    }
    return i;
}

bool srcset_next(struct slice *rest, struct slice *reference)
{
    struct slice s = *rest;
    while (s.len > 0 && (ascii_is_space(s.ptr[0]) || s.ptr[0] == ','))
        s = slice_from(s, 1);
    size_t end = 0;
    while (end < s.len && !ascii_is_space(s.ptr[end]))
        end++;
    *reference = slice_make(s.ptr, end);
    *rest = slice_from(s, end);
    if (end == 0)
        return false;

    if (s.ptr[end - 1] != ',') {
        *rest = slice_from(*rest, descriptors_length(*rest));
        return true;
    }
    while (reference->len > 0 && reference->ptr[reference->len - 1] == ',')
        reference->len--;
    return true;
}

/* "url" and "=" before the reference may be missing. */
static struct slice skip_url_word(struct slice s)
{
    if (!slice_starts_with_nocase(s, SLICE("url")))
        return s;
    struct slice after = skip_space(slice_from(s, 3));
    if (after.len == 0 || after.ptr[0] != '=')
        return s;
    return skip_space(slice_from(after, 1));
}

static struct slice unquote(struct slice s)
{
    if (s.len == 0 || (s.ptr[0] != '"' && s.ptr[0] != '\''))
        return s;
    struct slice inner = slice_from(s, 1);
    inner.len = slice_find_byte(inner, s.ptr[0]);
    return inner;
}

bool refresh_parse(struct slice content, unsigned *delay_s, struct slice *reference)
{
    struct slice s = skip_space(content);
    unsigned delay = 0;
    size_t digits = 0;
    for (; s.len > 0 && ascii_is_digit(s.ptr[0]); s = slice_from(s, 1), digits++) {
        if (delay < DELAY_S_MAX)
            delay = delay * 10 + (unsigned)(s.ptr[0] - '0');
    }
    if (digits == 0 && (s.len == 0 || s.ptr[0] != '.'))
        return false;
    while (s.len > 0 && (ascii_is_digit(s.ptr[0]) || s.ptr[0] == '.'))
        s = slice_from(s, 1);
    if (s.len > 0 && !ascii_is_space(s.ptr[0]) && s.ptr[0] != ';' && s.ptr[0] != ',')
        return false;

    s = skip_space(s);
    if (s.len > 0 && (s.ptr[0] == ';' || s.ptr[0] == ','))
        s = skip_space(slice_from(s, 1));
    *delay_s = delay < DELAY_S_MAX ? delay : DELAY_S_MAX;
    *reference = slice_trim(unquote(skip_url_word(s)));
    return true;
}

static bool has_word(struct slice words, struct slice word)
{
    while (words.len > 0) {
        words = skip_space(words);
        size_t end = 0;
        while (end < words.len && !ascii_is_space(words.ptr[end]))
            end++;
        if (slice_equal_nocase(slice_make(words.ptr, end), word))
            return true;
        words = slice_from(words, end);
    }
    return false;
}

struct word_kind {
    const char *word;
    enum link_kind kind;
};

static const struct word_kind kinds_of_rel[] = {
    {"stylesheet", LINK_STYLE},
    {"icon", LINK_IMAGE},
    {"apple-touch-icon", LINK_IMAGE},
    {"mask-icon", LINK_IMAGE},
    {"image_src", LINK_IMAGE},
    {"apple-touch-icon-precomposed", LINK_IMAGE},
    {"modulepreload", LINK_SCRIPT},
    {"canonical", LINK_PAGE},
    {"alternate", LINK_PAGE},
    {"next", LINK_PAGE},
    {"prev", LINK_PAGE},
    {"previous", LINK_PAGE},
    {"first", LINK_PAGE},
    {"last", LINK_PAGE},
    {"up", LINK_PAGE},
    {"start", LINK_PAGE},
    {"home", LINK_PAGE},
    {"contents", LINK_PAGE},
    {"index", LINK_PAGE},
    {"help", LINK_PAGE},
    {"author", LINK_PAGE},
    {"license", LINK_PAGE},
    {"copyright", LINK_PAGE},
    {"about", LINK_PAGE},
    {"amphtml", LINK_PAGE},
    {"shortlink", LINK_PAGE},
    {"sitemap", LINK_FEED},
};

static const struct word_kind kinds_of_as[] = {
    {"script", LINK_SCRIPT}, {"worker", LINK_SCRIPT}, {"style", LINK_STYLE}, {"image", LINK_IMAGE},
    {"document", LINK_PAGE}, {"audio", LINK_MEDIA},   {"video", LINK_MEDIA}, {"track", LINK_MEDIA},
};

static bool is_feed_type(struct slice type)
{
    return slice_find_nocase(type, SLICE("rss+xml")) < type.len ||
           slice_find_nocase(type, SLICE("atom+xml")) < type.len ||
           slice_find_nocase(type, SLICE("feed+json")) < type.len;
}

enum link_kind link_kind_of_rel(struct slice rel, struct slice type, struct slice as)
{
    if (is_feed_type(type))
        return LINK_FEED;
    if (has_word(rel, SLICE("alternate")) && slice_find_nocase(type, SLICE("json")) < type.len)
        return LINK_API;
    for (size_t i = 0; i < sizeof kinds_of_rel / sizeof *kinds_of_rel; i++) {
        if (has_word(rel, slice_of(kinds_of_rel[i].word)))
            return kinds_of_rel[i].kind;
    }
    for (size_t i = 0; i < sizeof kinds_of_as / sizeof *kinds_of_as; i++) {
        if (slice_equal_nocase(slice_trim(as), slice_of(kinds_of_as[i].word)))
            return kinds_of_as[i].kind;
    }
    return LINK_OTHER;
}

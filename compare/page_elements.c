#include "compare/page_reader.h"

static struct slice attribute(const struct tag *tag, const char *name)
{
    const struct slice *value = tag_attribute_find(tag, slice_of(name));
    return value != NULL ? *value : SLICE_EMPTY;
}

static void read_link(struct page_reader *r, const struct tag *tag)
{
    struct slice rel = attribute(tag, "rel");
    const struct slice *href = tag_attribute_find(tag, SLICE("href"));
    if (href == NULL) {
        return;
    }
    if (slice_find_nocase(rel, SLICE("stylesheet")) < rel.len) {
        page_reader_resource(r, RESOURCE_STYLE, href);
    } else if (slice_equal_nocase(slice_trim(rel), SLICE("canonical"))) {
        page_reader_identity_address(r, IDENTITY_CANONICAL, *href);
    }
}

/* "5; url=/there" */
static void read_refresh(struct page_reader *r, struct slice content)
{
    size_t at = slice_find_nocase(content, SLICE("url"));
    struct slice rest = slice_trim(slice_from(content, at + 3));
    if (at == content.len || rest.len == 0 || rest.ptr[0] != '=') {
        return;
    }
    rest = slice_trim(slice_from(rest, 1));
    if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'')) {
        rest = slice_make(rest.ptr + 1, slice_find_byte(slice_from(rest, 1), rest.ptr[0]));
    }
    page_reader_identity_address(r, IDENTITY_REFRESH, rest);
}

bool page_reader_policy_upgrades(struct slice policy)
{
    return slice_find_nocase(policy, SLICE("upgrade-insecure-requests")) < policy.len;
}

static void read_meta(struct page_reader *r, const struct tag *tag)
{
    struct slice name = attribute(tag, "name"), property = attribute(tag, "property");
    struct slice equivalent = attribute(tag, "http-equiv"), content = attribute(tag, "content");
    if (slice_equal_nocase(name, SLICE("description"))) {
        page_reader_identity_text(r, IDENTITY_DESCRIPTION, content);
    } else if (slice_equal_nocase(property, SLICE("og:title"))) {
        page_reader_identity_text(r, IDENTITY_OG_TITLE, content);
    } else if (slice_equal_nocase(property, SLICE("og:url"))) {
        page_reader_identity_address(r, IDENTITY_OG_URL, content);
    } else if (slice_equal_nocase(equivalent, SLICE("refresh"))) {
        read_refresh(r, content);
    } else if (slice_equal_nocase(equivalent, SLICE("content-security-policy")) &&
               page_reader_policy_upgrades(content)) {
        r->page->upgrades_insecure = true;
    }
}

static void read_base(struct page_reader *r, const struct tag *tag)
{
    const struct slice *href = tag_attribute_find(tag, SLICE("href"));
    if (href == NULL || r->has_base) {
        return;
    }
    r->has_base = true;
    enum reference_scheme scheme = reference_fold(*href, &r->base, &r->base_storage);
    if (scheme == REFERENCE_OTHER || r->base_storage.len < 3) {
        return;
    }
    struct slice folded = slice_from(buf_slice(&r->base_storage), 2);
    size_t slash = slice_find_byte(folded, '/');
    r->base = (struct reference_base){slice_make(folded.ptr, slash), slice_from(folded, slash), scheme};
}

static void read_image(struct page_reader *r, const struct tag *tag)
{
    const struct slice *lazy = tag_attribute_find(tag, SLICE("data-src"));
    page_reader_resource(r, RESOURCE_IMAGE, lazy != NULL ? lazy : tag_attribute_find(tag, SLICE("src")));
}

static void read_input(struct page_reader *r, const struct tag *tag)
{
    struct slice type = attribute(tag, "type");
    if (slice_equal_nocase(type, SLICE("password"))) {
        r->page->has_password_field = true;
    } else if (slice_equal_nocase(type, SLICE("image"))) {
        page_reader_resource(r, RESOURCE_IMAGE, tag_attribute_find(tag, SLICE("src")));
    }
}

static bool names_captcha(struct slice text)
{
    static const char *const marks[] = {"recaptcha",          "hcaptcha",         "h-captcha",  "turnstile",
                                        "challenge-platform", "captcha-delivery", "funcaptcha", "geetest"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (slice_find_nocase(text, slice_of(marks[i])) < text.len) {
            return true;
        }
    }
    return false;
}

static void note_captcha(struct page_reader *r, const struct tag *tag)
{
    r->page->has_captcha = r->page->has_captcha || names_captcha(attribute(tag, "src"));
}

static void read_form(struct page_reader *r, const struct tag *tag)
{
    page_reader_resource(r, RESOURCE_FORM, tag_attribute_find(tag, SLICE("action")));
}

static void read_frame(struct page_reader *r, const struct tag *tag)
{
    page_reader_resource(r, RESOURCE_FRAME, tag_attribute_find(tag, SLICE("src")));
    note_captcha(r, tag);
}

static void read_object(struct page_reader *r, const struct tag *tag)
{
    page_reader_resource(r, RESOURCE_FRAME, tag_attribute_find(tag, SLICE("data")));
}

static void read_media(struct page_reader *r, const struct tag *tag)
{
    page_reader_resource(r, RESOURCE_MEDIA, tag_attribute_find(tag, SLICE("src")));
}

static void read_script(struct page_reader *r, const struct tag *tag)
{
    page_reader_resource(r, RESOURCE_SCRIPT, tag_attribute_find(tag, SLICE("src")));
    note_captcha(r, tag);
}

static void read_html(struct page_reader *r, const struct tag *tag)
{
    page_reader_identity_text(r, IDENTITY_LANGUAGE, attribute(tag, "lang"));
}

static void begin_heading(struct page_reader *r, const struct tag *tag)
{
    (void)tag;
    page_reader_end_heading(r);
    r->in_heading = true;
    page_reader_begin_field(r);
}

/* Only the first title of a page is its title. */
static void begin_title(struct page_reader *r, const struct tag *tag)
{
    (void)tag;
    if (!r->has_title) {
        r->has_title = r->in_title = true;
        page_reader_begin_field(r);
    }
}

/* What is not here says nothing by its start tag. */
static void (*const readers[])(struct page_reader *r, const struct tag *tag) = {
    [ROLE_BASE] = read_base,        [ROLE_EMBED] = read_frame,  [ROLE_FORM] = read_form,   [ROLE_FRAME] = read_frame,
    [ROLE_HEADING] = begin_heading, [ROLE_HTML] = read_html,    [ROLE_IMAGE] = read_image, [ROLE_INPUT] = read_input,
    [ROLE_LINK] = read_link,        [ROLE_MEDIA] = read_media,  [ROLE_META] = read_meta,   [ROLE_OBJECT] = read_object,
    [ROLE_SCRIPT] = read_script,    [ROLE_TITLE] = begin_title,
};

void page_reader_element(struct page_reader *r, const struct element *element, const struct tag *tag)
{
    if (element->role < sizeof readers / sizeof readers[0] && readers[element->role] != NULL) {
        readers[element->role](r, tag);
    }
}

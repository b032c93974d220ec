#include "compare/page_reader.h"

#include "base/hash.h"

static bool is_blockable(enum resource_kind kind)
{
    return kind != RESOURCE_IMAGE && kind != RESOURCE_MEDIA;
}

static void keep_example(char *example, struct slice reference)
{
    if (example[0] != '\0') {
        return;
    }
    size_t len = reference.len < MIXED_CONTENT_EXAMPLE_BYTES ? reference.len : MIXED_CONTENT_EXAMPLE_BYTES - 1;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)reference.ptr[i];
        example[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    example[len] = '\0';
}

static void note_scheme(struct page_reader *r, enum resource_kind kind, enum reference_scheme scheme,
                        struct slice reference, uint64_t key)
{
    bool insecure = scheme == REFERENCE_HTTP;
    if (is_blockable(kind)) {
        hash_list_push(insecure ? &r->page->insecure : &r->page->secure, key);
    } else if (insecure) {
        hash_list_push(&r->passive, key);
    }
    if (insecure) {
        keep_example(is_blockable(kind) ? r->page->mixed.active_example : r->page->mixed.passive_example, reference);
    }
}

/* The query of a file that is served as it lies is there to bust caches; that of a program says what it shows. */
static struct slice without_cache_buster(struct slice address)
{
    static const char *const endings[] = {".js",  ".css", ".png",  ".jpg", ".jpeg",
                                          ".gif", ".svg", ".webp", ".ico", ".mjs"};
    struct slice path = slice_make(address.ptr, slice_find_byte(address, '?'));
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (slice_ends_with(path, slice_of(endings[i]))) {
            return path;
        }
    }
    return address;
}

void page_reader_resource(struct page_reader *r, enum resource_kind kind, const struct slice *reference)
{
    if (reference == NULL || reference->len == 0) {
        return;
    }
    enum reference_scheme scheme = reference_fold(*reference, &r->base, &r->address);
    if (scheme == REFERENCE_OTHER) {
        return;
    }
    uint64_t key = hash_seeded(without_cache_buster(buf_slice(&r->address)), (uint64_t)kind + 1);
    hash_list_push(&r->page->resources, key);
    note_scheme(r, kind, scheme, slice_trim(*reference), key);
}

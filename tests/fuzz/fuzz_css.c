/* Style sheets of any bytes: distinct references, none of them empty, within the ceilings. */
#include "base/limits.h"
#include "crawler/css_links.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct css_links links;
    if (css_links_find(slice_make((const char *)data, size), &links, NULL) != 0 || links.count > LIMIT_LINKS_PER_PAGE)
        abort();
    for (size_t i = 0; i < links.count; i++) {
        const struct link_reference *link = &links.references[i];
        if (link->text.len == 0 || link->text.len > LIMIT_URL_BYTES || link->text.ptr[link->text.len] != '\0')
            abort();
        for (size_t j = 0; j < i && i < 64; j++) {
            if (links.references[j].kind == link->kind && slice_equal(links.references[j].text, link->text))
                abort();
        }
    }
    css_links_release(&links);
    return 0;
}

/* Sitemaps of any bytes, packed or not: distinct, trimmed locations within the ceilings. */
#include "base/limits.h"
#include "crawler/sitemap.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sitemap sitemap;
    if (sitemap_parse(slice_make((const char *)data, size), &sitemap, NULL) != 0 || sitemap.count > LIMIT_SITEMAP_URLS)
        abort();
    for (size_t i = 0; i < sitemap.count; i++) {
        struct slice location = sitemap.locations[i];
        if (location.len == 0 || location.len > LIMIT_URL_BYTES || slice_trim(location).len != location.len)
            abort();
        for (size_t j = 0; j < i && i < 64; j++) {
            if (slice_equal(sitemap.locations[j], location))
                abort();
        }
    }
    sitemap_release(&sitemap);
    return 0;
}

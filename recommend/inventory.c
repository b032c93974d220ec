#include "recommend/inventory.h"

#include "base/limits.h"

#include <string.h>

void inventory_zone_release(struct inventory_zone *zone)
{
    struct arena arena = zone->arena;

    *zone = (struct inventory_zone){0};
    arena_release(&arena);
}

struct inventory_hostname *inventory_find(const struct inventory_zone *zone, const char *hostname)
{
    for (size_t i = 0; i < zone->hostname_count; i++) {
        if (strcmp(zone->hostnames[i].hostname, hostname) == 0)
            return &zone->hostnames[i];
    }
    return NULL;
}

/* Room for one more element behind `count`: the arrays double at each power of two, so their capacity need not be kept.
 */
static void *grow(struct arena *arena, void *items, size_t count, size_t item_size)
{
    void *grown = NULL;

    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    grown = arena_alloc(arena, (count == 0 ? 1 : 2 * count) * item_size);
    if (grown != NULL && count > 0)
        memcpy(grown, items, count * item_size);
    return grown;
}

struct inventory_hostname *inventory_add_hostname(struct inventory_zone *zone, const char *hostname)
{
    struct inventory_hostname *entry = inventory_find(zone, hostname);
    void *grown = NULL;
    const char *copy = NULL;

    if (entry != NULL)
        return entry;
    if (zone->hostname_count >= LIMIT_ZONE_HOSTNAMES)
        return NULL;
    copy = arena_text(&zone->arena, hostname);
    grown = grow(&zone->arena, zone->hostnames, zone->hostname_count, sizeof(*zone->hostnames));
    if (copy == NULL || grown == NULL)
        return NULL;
    zone->hostnames = grown;
    entry = &zone->hostnames[zone->hostname_count++];
    *entry = (struct inventory_hostname){
        .hostname = copy, .mode = MODE_FLEXIBLE, .ceiling = MODE_FULL_STRICT, .setting = SETTING_AUTO};
    return entry;
}

static bool has_origin(const struct inventory_hostname *hostname, const struct inventory_origin *origin)
{
    for (size_t i = 0; i < hostname->origin_count; i++) {
        const struct inventory_origin *known = &hostname->origins[i];
        if (strcmp(known->address, origin->address) == 0 && known->http_port == origin->http_port &&
            known->https_port == origin->https_port)
            return true;
    }
    return false;
}

int inventory_add_origin(struct inventory_zone *zone, struct inventory_hostname *hostname,
                         const struct inventory_origin *origin)
{
    struct inventory_origin copy = *origin;
    void *grown = NULL;

    if (has_origin(hostname, origin))
        return 0;
    if (hostname->origin_count >= LIMIT_HOSTNAME_ORIGINS)
        return -1;
    copy.address = arena_text(&zone->arena, origin->address);
    grown = grow(&zone->arena, hostname->origins, hostname->origin_count, sizeof(*hostname->origins));
    if (copy.address == NULL || grown == NULL)
        return -1;
    hostname->origins = grown;
    hostname->origins[hostname->origin_count++] = copy;
    return 0;
}

/* A map from an address to a pointer that somebody else owns. Open addressing; a zeroed struct is a valid empty map. */
#ifndef ORIGINTLS_CRAWLER_ADDRESS_MAP_H
#define ORIGINTLS_CRAWLER_ADDRESS_MAP_H

#include "base/address.h"

#include <stdbool.h>
#include <stddef.h>

struct address_map_slot {
    struct address address;
    void *value; /* NULL: free */
};

struct address_map {
    struct address_map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Forgets the slots; what they pointed to is the caller's to free before. */
void address_map_release(struct address_map *map);
/* NULL: not there. */
void *address_map_get(const struct address_map *map, const struct address *address);
/* `value` is not NULL and replaces what was there. 0, or -1 when out of memory. */
int address_map_put(struct address_map *map, const struct address *address, void *value);
/* Returns what was there, or NULL. */
void *address_map_remove(struct address_map *map, const struct address *address);
/* For walking: the value in slot `i` of `capacity`, or NULL. The map may not change meanwhile. */
void *address_map_at(const struct address_map *map, size_t i);

#endif

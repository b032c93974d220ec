#include "crawler/address_map.h"

#include "base/hash.h"

#include <stdlib.h>

void address_map_release(struct address_map *map)
{
    free(map->slots);
    *map = (struct address_map){0};
}

static size_t home_of(const struct address *address, size_t capacity)
{
    return hash_mix(hash_bytes(address->bytes, address->family == 4 ? 4 : 16), address->family) & (capacity - 1);
}

/* The slot of the address, or the free one where it would go. There is always a free slot. */
static struct address_map_slot *find(struct address_map_slot *slots, size_t capacity, const struct address *address)
{
    size_t at = home_of(address, capacity);
    while (slots[at].value != NULL && !address_equal(&slots[at].address, address)) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

void *address_map_get(const struct address_map *map, const struct address *address)
{
    return map->capacity == 0 ? NULL : find(map->slots, map->capacity, address)->value;
}

static int grow(struct address_map *map)
{
    size_t capacity = map->capacity == 0 ? 16 : map->capacity * 2;
    struct address_map_slot *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        return -1;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].value != NULL) {
            *find(slots, capacity, &map->slots[i].address) = map->slots[i];
        }
    }
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return 0;
}

int address_map_put(struct address_map *map, const struct address *address, void *value)
{
    if (map->count * 4 >= map->capacity * 3 && grow(map) != 0) {
        return -1;
    }
    struct address_map_slot *slot = find(map->slots, map->capacity, address);
    map->count += slot->value == NULL;
    slot->address = *address;
    slot->value = value;
    return 0;
}

/* Moves later slots of the same run into the hole, so that no search stops short of them. */
static void close_hole(struct address_map *map, size_t hole)
{
    const size_t mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].value != NULL; at = (at + 1) & mask) {
        size_t home = home_of(&map->slots[at].address, map->capacity);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            map->slots[at].value = NULL;
            hole = at;
        }
    }
}

void *address_map_remove(struct address_map *map, const struct address *address)
{
    if (map->capacity == 0) {
        return NULL;
    }
    struct address_map_slot *slot = find(map->slots, map->capacity, address);
    void *value = slot->value;
    if (value != NULL) {
        slot->value = NULL;
        map->count--;
        close_hole(map, (size_t)(slot - map->slots));
    }
    return value;
}

void *address_map_at(const struct address_map *map, size_t i)
{
    return map->slots[i].value;
}

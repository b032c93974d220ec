#include "crawler/key_table.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64u

void key_table_release(struct key_table *table)
{
    free(table->keys);
    free(table->values);
    *table = (struct key_table){0};
}

/* Zero marks a free slot. */
static uint64_t stored_key(uint64_t key)
{
    return key != 0 ? key : 1;
}

/* The slot of the key, or the free one where it would go. */
static size_t find(const struct key_table *table, uint64_t key)
{
    size_t slot = key & (table->capacity - 1);
    while (table->keys[slot] != 0 && table->keys[slot] != key)
        slot = (slot + 1) & (table->capacity - 1);
    return slot;
}

static int resize(struct key_table *table, size_t capacity)
{
    struct key_table grown = {.capacity = capacity, .used = table->used};
    grown.keys = calloc(capacity, sizeof *grown.keys);
    grown.values = calloc(capacity, sizeof *grown.values);
    if (grown.keys == NULL || grown.values == NULL) {
        key_table_release(&grown);
        return -1;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->keys[i] == 0)
            continue;
        size_t slot = find(&grown, table->keys[i]);
        grown.keys[slot] = table->keys[i];
        grown.values[slot] = table->values[i];
    }
    key_table_release(table);
    *table = grown;
    return 0;
}

static int grow(struct key_table *table)
{
    return resize(table, table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2);
}

int key_table_reserve(struct key_table *table, size_t count)
{
    size_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity;
    while (capacity < 2 * (table->used + count + 1))
        capacity *= 2;
    return resize(table, capacity);
}

uint64_t key_table_get(const struct key_table *table, uint64_t key)
{
    if (table->capacity == 0)
        return 0;
    size_t slot = find(table, stored_key(key));
    return table->keys[slot] != 0 ? table->values[slot] : 0;
}

uint64_t *key_table_slot(struct key_table *table, uint64_t key)
{
    if (table->used * 2 >= table->capacity && grow(table) != 0)
        return NULL;
    size_t slot = find(table, stored_key(key));
    if (table->keys[slot] == 0) {
        table->keys[slot] = stored_key(key);
        table->used++;
    }
    return &table->values[slot];
}

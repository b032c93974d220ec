/* A growing table from 64-bit keys to 64-bit values, with open addressing. A zeroed struct is a valid empty table.
 *
 * The value 0 stands for "not there". Keys are hashes of bytes; two that collide are taken for one, which costs a URL
 * of a sample and no more. */
#ifndef ORIGINTLS_CRAWLER_KEY_TABLE_H
#define ORIGINTLS_CRAWLER_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct key_table {
    uint64_t *keys;
    uint64_t *values;
    size_t capacity; /* a power of two, or 0 */
    size_t used;     /* slots that were handed out */
};

void key_table_release(struct key_table *table);
/* 0 if the key is not there. */
uint64_t key_table_get(const struct key_table *table, uint64_t key);
/* The place of the key's value, made (as 0) if it is not there; valid until the next call. NULL only when out of
 * memory. */
uint64_t *key_table_slot(struct key_table *table, uint64_t key);

/* Room for `count` keys more, so that as many calls of key_table_slot cannot fail. 0, or -1 when out of memory. */
int key_table_reserve(struct key_table *table, size_t count);

#endif

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most arenas hold a few short texts: the first block is small, and each further one twice as large. */
#define FIRST_BLOCK_BYTES 512
#define BLOCK_BYTES       8192

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(16) char bytes[];
};

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->head;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct arena){0};
}

static size_t room_of_next(const struct arena *arena, size_t size)
{
    size_t room = arena->head == NULL ? FIRST_BLOCK_BYTES : arena->head->size * 2;
    room = room > BLOCK_BYTES ? BLOCK_BYTES : room;
    return size > room ? size : room;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + 15) & ~(size_t)15;
    if (arena->head == NULL || arena->head->size - arena->used < size) {
        size_t room = room_of_next(arena, size);
        struct arena_block *block = calloc(1, sizeof *block + room);
        if (block == NULL) {
            return NULL;
        }
        block->size = room;
        block->next = arena->head;
        arena->head = block;
        arena->used = 0;
    }
    void *at = arena->head->bytes + arena->used;
    arena->used += size;
    arena->total += size;
    return at;
}

char *arena_copy(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, slice_of(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0) {
        return NULL;
    }
    char *text = arena_alloc(arena, (size_t)need + 1);
    if (text == NULL) {
        return NULL;
    }
    va_start(args, format);
    vsnprintf(text, (size_t)need + 1, format, args);
    va_end(args);
    return text;
}

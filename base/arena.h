/* Memory that is freed all at once: for the many small strings of one scan or one record.
 *
 * A zeroed struct is a valid empty arena. Nothing is freed singly; `arena_release` frees everything.
 */
#ifndef ORIGINTLS_BASE_ARENA_H
#define ORIGINTLS_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used;  /* in the head block */
    size_t total; /* bytes handed out since init */
};

void arena_release(struct arena *arena);
/* Zeroed, aligned for any type. NULL only when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy; NULL only when out of memory. */
char *arena_copy(struct arena *arena, struct slice s);
char *arena_text(struct arena *arena, const char *text); /* NULL in, NULL out */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

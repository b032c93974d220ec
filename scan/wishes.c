#include "scan/wishes.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    struct wish wish;
    union {
        wish_fetched *fetched;
        wish_resolved *resolved;
        wish_probed *probed;
        wish_rang *rang;
    } done;
    void *context;
    struct arena arena; /* texts of the request */
};

struct wishes {
    struct entry *head, *tail; /* not taken, in the order of asking */
    struct entry *taken;       /* waiting for an answer */
    uint64_t last_id;
    size_t pending, pending_timers;
};

struct wishes *wishes_new(void)
{
    return calloc(1, sizeof(struct wishes));
}

static void entry_free(struct entry *entry)
{
    arena_release(&entry->arena);
    free(entry);
}

static void list_free(struct entry *entry)
{
    while (entry != NULL) {
        struct entry *next = entry->next;
        entry_free(entry);
        entry = next;
    }
}

void wishes_free(struct wishes *wishes)
{
    if (wishes == NULL) {
        return;
    }
    list_free(wishes->head);
    list_free(wishes->taken);
    free(wishes);
}

static struct entry *entry_new(enum wish_kind kind, void *context)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry != NULL) {
        entry->wish.kind = kind;
        entry->context = context;
    }
    return entry;
}

static void ask(struct wishes *wishes, struct entry *entry)
{
    entry->wish.id = ++wishes->last_id;
    if (wishes->tail != NULL) {
        wishes->tail->next = entry;
    } else {
        wishes->head = entry;
    }
    wishes->tail = entry;
    if (entry->wish.kind == WISH_TIMER) {
        wishes->pending_timers++;
    } else if (entry->wish.kind != WISH_BACK_OFF) {
        wishes->pending++;
    }
}

/* An entry with a copy of the request; NULL when out of memory. */
static struct entry *request_entry_new(enum wish_kind kind, const struct fetch_request *request, void *context)
{
    struct entry *entry = entry_new(kind, context);
    if (entry == NULL) {
        return NULL;
    }
    struct fetch_request *copy = &entry->wish.request;
    *copy = *request;
    copy->hostname = arena_text(&entry->arena, request->hostname);
    copy->sni = arena_text(&entry->arena, request->sni);
    copy->path_query = arena_text(&entry->arena, request->path_query);
    copy->cookie = arena_text(&entry->arena, request->cookie);
    if (copy->hostname == NULL || (copy->path_query == NULL && request->path_query != NULL)) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

int wishes_fetch(struct wishes *wishes, const struct fetch_request *request, fetch_body_sink *on_body,
                 wish_fetched *done, void *context)
{
    struct entry *entry = request_entry_new(WISH_FETCH, request, context);
    if (entry == NULL) {
        return -1;
    }
    entry->wish.on_body = on_body;
    entry->wish.context = context;
    entry->done.fetched = done;
    ask(wishes, entry);
    return 0;
}

int wishes_probe(struct wishes *wishes, const struct fetch_request *request, wish_probed *done, void *context)
{
    struct entry *entry = request_entry_new(WISH_PROBE, request, context);
    if (entry == NULL) {
        return -1;
    }
    entry->done.probed = done;
    ask(wishes, entry);
    return 0;
}

int wishes_resolve(struct wishes *wishes, const char *name, wish_resolved *done, void *context)
{
    struct entry *entry = entry_new(WISH_RESOLVE, context);
    if (entry == NULL) {
        return -1;
    }
    entry->wish.name = arena_text(&entry->arena, name);
    entry->done.resolved = done;
    ask(wishes, entry);
    return 0;
}

int wishes_timer(struct wishes *wishes, int64_t delay_ms, wish_rang *done, void *context)
{
    struct entry *entry = entry_new(WISH_TIMER, context);
    if (entry == NULL) {
        return -1;
    }
    entry->wish.delay_ms = delay_ms;
    entry->done.rang = done;
    ask(wishes, entry);
    return 0;
}

int wishes_back_off(struct wishes *wishes, const struct address *address, int64_t delay_ms)
{
    struct entry *entry = entry_new(WISH_BACK_OFF, NULL);
    if (entry == NULL) {
        return -1;
    }
    entry->wish.request.address = *address;
    entry->wish.delay_ms = delay_ms;
    ask(wishes, entry);
    return 0;
}

bool wishes_next(struct wishes *wishes, struct wish *wish)
{
    struct entry *entry = wishes->head;
    if (entry == NULL) {
        return false;
    }
    wishes->head = entry->next;
    if (wishes->head == NULL) {
        wishes->tail = NULL;
    }
    *wish = entry->wish;
    if (entry->wish.kind == WISH_BACK_OFF) {
        entry_free(entry);
        return true;
    }
    entry->next = wishes->taken;
    wishes->taken = entry;
    return true;
}

/* Takes the entry out of those that wait; NULL if the number is none of them. */
static struct entry *settle(struct wishes *wishes, uint64_t id, enum wish_kind kind)
{
    for (struct entry **at = &wishes->taken; *at != NULL; at = &(*at)->next) {
        struct entry *entry = *at;
        if (entry->wish.id != id) {
            continue;
        }
        if (entry->wish.kind != kind) {
            return NULL;
        }
        *at = entry->next;
        if (kind == WISH_TIMER) {
            wishes->pending_timers--;
        } else {
            wishes->pending--;
        }
        return entry;
    }
    return NULL;
}

void wishes_answer_fetch(struct wishes *wishes, uint64_t id, struct fetch_response *response)
{
    struct entry *entry = settle(wishes, id, WISH_FETCH);
    if (entry == NULL) {
        return;
    }
    entry->done.fetched(entry->context, response);
    entry_free(entry);
}

void wishes_answer_resolve(struct wishes *wishes, uint64_t id, const struct resolve_result *result)
{
    struct entry *entry = settle(wishes, id, WISH_RESOLVE);
    if (entry == NULL) {
        return;
    }
    entry->done.resolved(entry->context, result);
    entry_free(entry);
}

void wishes_answer_probe(struct wishes *wishes, uint64_t id, const struct tls_capabilities *found)
{
    struct entry *entry = settle(wishes, id, WISH_PROBE);
    if (entry == NULL) {
        return;
    }
    entry->done.probed(entry->context, found);
    entry_free(entry);
}

void wishes_answer_timer(struct wishes *wishes, uint64_t id)
{
    struct entry *entry = settle(wishes, id, WISH_TIMER);
    if (entry == NULL) {
        return;
    }
    entry->done.rang(entry->context);
    entry_free(entry);
}

size_t wishes_pending(const struct wishes *wishes)
{
    return wishes->pending;
}

size_t wishes_pending_timers(const struct wishes *wishes)
{
    return wishes->pending_timers;
}

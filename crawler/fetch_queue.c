#include "crawler/fetch_queue.h"

#include <stdlib.h>

/* Another fetcher may share the limiter; its releases are not told to us, so we look again after so long. */
enum { ASK_AGAIN_MS = 50 };

struct queue_owner {
    struct queue_address *address;
    uint64_t id;
    struct limiter_bounds bounds;
    struct queue_entry *first;
    struct queue_entry *last;
    struct queue_owner *next; /* in the ring of the address */
};

struct queue_address {
    struct fetch_queue *queue;
    struct address address;
    struct queue_owner *last_served; /* the ring's next is served next; never NULL: an address without owners goes */
    struct loop_timer timer;
    bool is_ready; /* linked into the ready list */
    struct queue_address *ready_next;
    struct queue_address *ready_previous;
};

void fetch_queue_init(struct fetch_queue *queue, struct loop *loop, struct limiter *limiter,
                      struct fetch_connections *connections, loop_timer_callback *ready, void *context)
{
    *queue = (struct fetch_queue){
        .loop = loop, .limiter = limiter, .connections = connections, .ready = ready, .context = context};
}

static void free_address(struct fetch_queue *queue, struct queue_address *address)
{
    struct queue_owner *owner = address->last_served;
    do {
        struct queue_owner *next = owner->next;
        free(owner);
        owner = next;
    } while (owner != address->last_served);
    loop_timer_clear(queue->loop, &address->timer);
    free(address);
}

void fetch_queue_release(struct fetch_queue *queue)
{
    for (size_t i = 0; i < queue->addresses.capacity; i++) {
        struct queue_address *address = address_map_at(&queue->addresses, i);
        if (address != NULL) {
            free_address(queue, address);
        }
    }
    address_map_release(&queue->addresses);
}

static void make_ready(struct queue_address *address)
{
    struct fetch_queue *queue = address->queue;
    if (address->is_ready) {
        return;
    }
    address->is_ready = true;
    address->ready_next = NULL;
    address->ready_previous = queue->ready_last;
    *(queue->ready_last != NULL ? &queue->ready_last->ready_next : &queue->ready_first) = address;
    queue->ready_last = address;
}

static void make_unready(struct queue_address *address)
{
    struct fetch_queue *queue = address->queue;
    if (!address->is_ready) {
        return;
    }
    address->is_ready = false;
    *(address->ready_previous != NULL ? &address->ready_previous->ready_next : &queue->ready_first) =
        address->ready_next;
    *(address->ready_next != NULL ? &address->ready_next->ready_previous : &queue->ready_last) =
        address->ready_previous;
}

static void wait_is_over(void *context)
{
    struct queue_address *address = context;
    make_ready(address);
    address->queue->ready(address->queue->context);
}

static struct queue_owner *find_owner(const struct queue_address *address, uint64_t id)
{
    struct queue_owner *owner = address->last_served;
    while (owner != NULL && owner->id != id) {
        owner = owner->next == address->last_served ? NULL : owner->next;
    }
    return owner;
}

/* A new owner of an address comes last in its ring: it was served least recently by the others' turns. */
static struct queue_owner *add_owner(struct queue_address *address, uint64_t id)
{
    struct queue_owner *owner = calloc(1, sizeof *owner);
    if (owner == NULL) {
        return NULL;
    }
    owner->address = address;
    owner->id = id;
    if (address->last_served == NULL) {
        owner->next = owner;
    } else {
        owner->next = address->last_served->next;
        address->last_served->next = owner;
    }
    address->last_served = owner;
    return owner;
}

static struct queue_owner *owner_entry(struct fetch_queue *queue, const struct address *where, uint64_t id)
{
    struct queue_address *address = address_map_get(&queue->addresses, where);
    if (address != NULL) {
        struct queue_owner *owner = find_owner(address, id);
        return owner != NULL ? owner : add_owner(address, id);
    }
    address = calloc(1, sizeof *address);
    if (address == NULL) {
        return NULL;
    }
    *address = (struct queue_address){.queue = queue, .address = *where, .timer = {wait_is_over, address, 0, 0, 0}};
    struct queue_owner *owner = add_owner(address, id);
    if (owner == NULL || address_map_put(&queue->addresses, where, address) != 0) {
        free(owner);
        free(address);
        return NULL;
    }
    make_ready(address);
    return owner;
}

int fetch_queue_push(struct fetch_queue *queue, struct queue_entry *entry, const struct address *address, uint64_t kind,
                     uint64_t owner_id, const struct limiter_bounds *bounds, struct err *err)
{
    struct queue_owner *owner = owner_entry(queue, address, owner_id);
    if (owner == NULL) {
        return err_memory(err);
    }
    owner->bounds = *bounds;
    *entry = (struct queue_entry){.owner = owner, .previous = owner->last, .kind = kind};
    *(owner->last != NULL ? &owner->last->next : &owner->first) = entry;
    owner->last = entry;
    queue->count++;
    return 0;
}

static void remove_owner(struct queue_owner *owner)
{
    struct queue_address *address = owner->address;
    struct queue_owner *before = owner;
    while (before->next != owner) {
        before = before->next;
    }
    if (before == owner) {
        struct fetch_queue *queue = address->queue;
        make_unready(address);
        address_map_remove(&queue->addresses, &address->address);
        free_address(queue, address);
        return;
    }
    before->next = owner->next;
    if (address->last_served == owner) {
        address->last_served = before;
    }
    free(owner);
}

void fetch_queue_remove(struct fetch_queue *queue, struct queue_entry *entry)
{
    struct queue_owner *owner = entry->owner;
    if (owner == NULL) {
        return;
    }
    *(entry->previous != NULL ? &entry->previous->next : &owner->first) = entry->next;
    *(entry->next != NULL ? &entry->next->previous : &owner->last) = entry->previous;
    *entry = (struct queue_entry){0};
    queue->count--;
    if (owner->first == NULL) {
        remove_owner(owner);
    }
}

/* Serves the owner whose turn it is, and puts the address behind the others. */
static struct queue_entry *serve(struct fetch_queue *queue, struct queue_address *address)
{
    struct queue_owner *owner = address->last_served->next;
    struct queue_entry *entry = owner->first;
    address->last_served = owner;
    make_unready(address);
    make_ready(address);
    fetch_queue_remove(queue, entry);
    return entry;
}

/* Out of the ready list until time or a release brings it back. If the timer cannot be set for want of memory, the
 * address stays ready and is asked again at the next occasion. */
static void wait_for(struct fetch_queue *queue, struct queue_address *address, int64_t wait_ms)
{
    int64_t delay_ms = wait_ms == LIMITER_WAIT_FOR_RELEASE ? ASK_AGAIN_MS : wait_ms;
    if (loop_timer_set(queue->loop, &address->timer, delay_ms, NULL) == 0) {
        make_unready(address);
    }
}

/* Asks the limiter for the next entry of an address: on a kept connection where there is one that fits, else on a new
 * one, for which one that does not fit is closed if need be. */
static bool may_go(struct fetch_queue *queue, const struct queue_address *address, int64_t now_ms, bool *on_kept,
                   int64_t *wait_ms)
{
    const struct queue_owner *owner = address->last_served->next;
    const struct address *where = &address->address;
    const struct limiter_keeper *asker = &queue->connections->keeper;
    const uint64_t kind = owner->first->kind;
    *on_kept = kind != 0 && fetch_connections_reserve(queue->connections, where, kind);
    if (*on_kept) {
        if (limiter_acquire_for(queue->limiter, asker, true, where, &owner->bounds, now_ms, wait_ms)) {
            return true;
        }
        fetch_connections_unreserve(queue->connections, where, kind);
        return false;
    }
    if (limiter_acquire_for(queue->limiter, asker, false, where, &owner->bounds, now_ms, wait_ms)) {
        return true;
    }
    return *wait_ms == LIMITER_WAIT_FOR_RELEASE &&
           fetch_connections_make_room(queue->connections, where, kind, now_ms) &&
           limiter_acquire_for(queue->limiter, asker, false, where, &owner->bounds, now_ms, wait_ms);
}

struct queue_entry *fetch_queue_next(struct fetch_queue *queue)
{
    const int64_t now_ms = loop_now_ms(queue->loop);
    for (struct queue_address *address = queue->ready_first, *next = NULL; address != NULL; address = next) {
        int64_t wait_ms = 0;
        bool on_kept = false;
        next = address->ready_next;
        if (may_go(queue, address, now_ms, &on_kept, &wait_ms)) {
            struct queue_entry *entry = serve(queue, address);
            entry->on_kept = on_kept;
            return entry;
        }
        wait_for(queue, address, wait_ms);
    }
    return NULL;
}

void fetch_queue_wake(struct fetch_queue *queue, const struct address *where)
{
    struct queue_address *address = address_map_get(&queue->addresses, where);
    if (address != NULL && !address->is_ready) {
        make_ready(address);
    }
}

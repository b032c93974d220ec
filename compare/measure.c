#include "compare/measure.h"

#include "compare/constants.h"

/* In which fetches an element was seen. */
enum presence { IN_A = 1, IN_AGAIN_A = 2, IN_B = 4, IN_AGAIN_B = 8, ALWAYS_A = 3, ALWAYS_B = 12, EVERYWHERE = 15 };
#define PRESENCES 16

struct walk {
    const struct hash_list *sets[4];
    size_t at[4];
};

static struct walk begin_walk(const struct fetched_sets *sets)
{
    return (struct walk){.sets = {sets->a, sets->again_a != NULL ? sets->again_a : sets->a, sets->b,
                                  sets->again_b != NULL ? sets->again_b : sets->b}};
}

/* The next element in ascending order; its presence, or 0 at the end. */
static unsigned next_element(struct walk *walk, uint64_t *value)
{
    unsigned presence = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (walk->at[i] == walk->sets[i]->count) {
            continue;
        }
        uint64_t here = walk->sets[i]->values[walk->at[i]];
        if (presence == 0 || here < *value) {
            *value = here;
            presence = 1u << i;
        } else if (here == *value) {
            presence |= 1u << i;
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        walk->at[i] += presence >> i & 1;
    }
    return presence;
}

static size_t sum_where(const size_t *counts, unsigned any_of)
{
    size_t sum = 0;
    for (unsigned presence = 1; presence < PRESENCES; presence++) {
        sum += (presence & any_of) != 0 ? counts[presence] : 0;
    }
    return sum;
}

/* Elements that are in all fetches of `side`. */
static size_t sum_always(const size_t *counts, unsigned side)
{
    size_t sum = 0;
    for (unsigned presence = 1; presence < PRESENCES; presence++) {
        sum += (presence & side) == side ? counts[presence] : 0;
    }
    return sum;
}

static double similarity_of(const size_t *counts, unsigned x, unsigned y)
{
    size_t any = sum_where(counts, x | y);
    return any == 0 ? 1.0 : (double)sum_always(counts, x | y) / (double)any;
}

/* Without second fetches both elements of a side are the same set, so that nothing varies. */
static size_t varying(const size_t *counts)
{
    size_t a = sum_where(counts, ALWAYS_A) - sum_always(counts, ALWAYS_A);
    size_t b = sum_where(counts, ALWAYS_B) - sum_always(counts, ALWAYS_B);
    return a + b;
}

static double excess_of(const struct measure *m, const size_t *unknown)
{
    double held_against = (double)(m->lost + m->gained) - NOISE_EXPLAINS * (double)varying(unknown);
    size_t of = m->stable > ELEMENTS_FLOOR ? m->stable : ELEMENTS_FLOOR;
    return held_against <= 0 ? 0 : held_against / (double)of;
}

void measure_sets(const struct fetched_sets *sets, const struct noise_memory *memory, struct measure *measure)
{
    size_t counts[PRESENCES] = {0}, unknown[PRESENCES] = {0};
    struct walk walk = begin_walk(sets);
    uint64_t value = 0;
    unsigned presence;
    while ((presence = next_element(&walk, &value)) != 0) {
        counts[presence]++;
        if (presence != EVERYWHERE && (memory == NULL || !hash_set_has(&memory->elements, value))) {
            unknown[presence]++;
        }
    }
    double noise_a = 1.0 - similarity_of(counts, IN_A, IN_AGAIN_A);
    double noise_b = 1.0 - similarity_of(counts, IN_B, IN_AGAIN_B);
    *measure = (struct measure){
        .feature = {.similarity = similarity_of(counts, IN_A, IN_B),
                    .noise = noise_a > noise_b ? noise_a : noise_b,
                    .size_a = sets->a->count,
                    .size_b = sets->b->count},
        .lost = unknown[ALWAYS_A],
        .gained = unknown[ALWAYS_B],
        .only_a = counts[ALWAYS_A],
        .only_b = counts[ALWAYS_B],
        .all = sum_where(counts, EVERYWHERE),
        .common = counts[EVERYWHERE],
    };
    measure->stable = sum_always(counts, ALWAYS_A) + sum_always(counts, ALWAYS_B) - counts[EVERYWHERE];
    measure->feature.excess = excess_of(measure, unknown);
}

static bool varies(unsigned presence)
{
    unsigned a = presence & ALWAYS_A, b = presence & ALWAYS_B;
    return (a != 0 && a != ALWAYS_A) || (b != 0 && b != ALWAYS_B);
}

static bool alike(const struct hash_list *x, const struct hash_list *y)
{
    return y == NULL || 1.0 - set_similarity(x, y) <= NOISE_LEARNT_MAX;
}

static void learn_side(struct noise_memory *memory, struct hash_set *here, const struct hash_set *there, uint64_t value)
{
    hash_set_add(hash_set_has(there, value) ? &memory->elements : here, value);
}

void measure_learn(const struct fetched_sets *sets, struct noise_memory *memory)
{
    if (!alike(sets->a, sets->again_a) || !alike(sets->b, sets->again_b)) {
        return;
    }
    bool sides_alike = alike(sets->a, sets->b);
    struct walk walk = begin_walk(sets);
    uint64_t value = 0;
    unsigned presence;
    while ((presence = next_element(&walk, &value)) != 0) {
        if (varies(presence)) {
            hash_set_add(&memory->elements, value);
        } else if (sides_alike && presence == ALWAYS_A) {
            learn_side(memory, &memory->only_a, &memory->only_b, value);
        } else if (sides_alike && presence == ALWAYS_B) {
            learn_side(memory, &memory->only_b, &memory->only_a, value);
        }
    }
}

void noise_memory_init(struct noise_memory *memory)
{
    hash_set_init(&memory->elements, LIMIT_NOISE_ELEMENTS);
    hash_set_init(&memory->only_a, LIMIT_NOISE_ELEMENTS);
    hash_set_init(&memory->only_b, LIMIT_NOISE_ELEMENTS);
}

void noise_memory_release(struct noise_memory *memory)
{
    hash_set_release(&memory->elements);
    hash_set_release(&memory->only_a);
    hash_set_release(&memory->only_b);
}

#include "scan/opt_out.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_RANGE       UINT32_MAX
#define FIRST_SLOTS    1024u
#define LABELS_TRACKED 63u

/* Range entries come as text too, so that a match can name them. */
struct entry {
    const char *text; /* "example.com", "host:www.example.com", "192.0.2.0/24" */
    const char *reason;
    const char *source;
    int64_t expires_s;
};

struct range_entry {
    struct address_range range;
    uint32_t entry;
    uint32_t parent; /* the smallest range that encloses this one, by index, or NO_RANGE */
};

struct opt_out {
    struct arena arena;
    struct entry *entries;
    size_t count, capacity;

    uint32_t *slots; /* open addressing over the names: index of the entry + 1, 0 for empty */
    size_t slot_count;
    size_t name_count;
    uint64_t zone_labels; /* bit n: some zone entry has n labels (the last bit: that many or more) */

    struct range_entry *ranges; /* after opt_out_finish: by family, base, prefix */
    size_t range_count, range_capacity;

    const char *last_reason, *last_source; /* lists repeat themselves: one copy will do */
};

struct opt_out *opt_out_new(struct err *err)
{
    struct opt_out *list = calloc(1, sizeof *list);
    if (list == NULL) {
        err_memory(err);
    }
    return list;
}

void opt_out_free(struct opt_out *list)
{
    if (list == NULL) {
        return;
    }
    arena_release(&list->arena);
    free(list->entries);
    free(list->slots);
    free(list->ranges);
    free(list);
}

size_t opt_out_count(const struct opt_out *list)
{
    return list == NULL ? 0 : list->count;
}

/* Room for one more of `size` bytes; the capacity doubles. */
static int make_room(void **items, size_t *capacity, size_t count, size_t size, struct err *err)
{
    if (count < *capacity) {
        return 0;
    }
    size_t grown = *capacity == 0 ? 64 : *capacity * 2;
    void *bigger = realloc(*items, grown * size);
    if (bigger == NULL) {
        return err_memory(err);
    }
    *items = bigger;
    *capacity = grown;
    return 0;
}

static const char *copy_repeated(struct opt_out *list, const char **last, const char *text)
{
    if (*last == NULL || strcmp(*last, text) != 0) {
        *last = arena_text(&list->arena, text);
    }
    return *last;
}

/* The entry's index, or -1 with err set. */
static int64_t add_entry(struct opt_out *list, const char *text, int64_t expires_s, const char *reason,
                         const char *source, struct err *err)
{
    if (list->count == LIMIT_OPT_OUT_ENTRIES) {
        return err_set(err, ERR_USAGE, "more than %d entries in the opt-out lists", LIMIT_OPT_OUT_ENTRIES);
    }
    void *entries = list->entries;
    if (make_room(&entries, &list->capacity, list->count, sizeof *list->entries, err) != 0) {
        return -1;
    }
    list->entries = entries;
    struct entry *entry = &list->entries[list->count];
    *entry = (struct entry){.text = arena_text(&list->arena, text), .expires_s = expires_s};
    entry->source = copy_repeated(list, &list->last_source, source);
    if (reason != NULL) {
        entry->reason = copy_repeated(list, &list->last_reason, reason);
    }
    if (entry->text == NULL || entry->source == NULL || (reason != NULL && entry->reason == NULL)) {
        return err_memory(err);
    }
    return (int64_t)list->count++;
}

/* The slot where `text` is, or the empty one where it belongs. */
static uint32_t *find_slot(const struct opt_out *list, struct slice text)
{
    size_t mask = list->slot_count - 1;
    for (size_t at = hash_slice(text) & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &list->slots[at];
        if (*slot == 0 || slice_equal(slice_of(list->entries[*slot - 1].text), text)) {
            return slot;
        }
    }
}

static int grow_slots(struct opt_out *list, struct err *err)
{
    if (list->slot_count > 0 && list->name_count * 2 < list->slot_count) {
        return 0;
    }
    size_t grown = list->slot_count == 0 ? FIRST_SLOTS : list->slot_count * 2;
    uint32_t *old = list->slots;
    size_t old_count = list->slot_count;
    uint32_t *slots = calloc(grown, sizeof *slots);
    if (slots == NULL) {
        return err_memory(err);
    }
    list->slots = slots;
    list->slot_count = grown;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            *find_slot(list, slice_of(list->entries[old[i] - 1].text)) = old[i];
        }
    }
    free(old);
    return 0;
}

static unsigned count_labels(struct slice name)
{
    unsigned labels = 1;
    for (size_t i = 0; i < name.len; i++) {
        labels += name.ptr[i] == '.';
    }
    return labels;
}

static uint64_t label_bit(unsigned labels)
{
    return UINT64_C(1) << (labels < LABELS_TRACKED ? labels : LABELS_TRACKED);
}

/* Of two entries for the same thing the one that holds longer counts. */
static void keep_longer(struct entry *entry, int64_t expires_s, const char *reason, const char *source)
{
    if (expires_s > entry->expires_s) {
        entry->expires_s = expires_s;
        entry->reason = reason;
        entry->source = source;
    }
}

static int add_name(struct opt_out *list, const struct opt_out_entry *parsed, int64_t expires_s, const char *reason,
                    const char *source, struct err *err)
{
    char text[sizeof "host:" + sizeof parsed->name];
    snprintf(text, sizeof text, "%s%s", parsed->kind == OPT_OUT_HOST ? "host:" : "", parsed->name);
    if (grow_slots(list, err) != 0) {
        return -1;
    }
    uint32_t *slot = find_slot(list, slice_of(text));
    int64_t index = add_entry(list, text, expires_s, reason, source, err);
    if (index < 0) {
        return -1;
    }
    if (*slot != 0) {
        const struct entry *added = &list->entries[index];
        keep_longer(&list->entries[*slot - 1], expires_s, added->reason, added->source);
        list->count--;
        return 0;
    }
    *slot = (uint32_t)index + 1;
    list->name_count++;
    if (parsed->kind == OPT_OUT_ZONE) {
        list->zone_labels |= label_bit(count_labels(slice_of(parsed->name)));
    }
    return 0;
}

static int add_range(struct opt_out *list, const struct address_range *range, int64_t expires_s, const char *reason,
                     const char *source, struct err *err)
{
    char address[ADDRESS_TEXT_BYTES];
    char text[ADDRESS_TEXT_BYTES + 8];
    bool single = range->prefix_bits == (range->base.family == 4 ? 32 : 128);
    snprintf(text, sizeof text, single ? "%s" : "%s/%u", address_format(&range->base, address), range->prefix_bits);
    void *ranges = list->ranges;
    if (make_room(&ranges, &list->range_capacity, list->range_count, sizeof *list->ranges, err) != 0) {
        return -1;
    }
    list->ranges = ranges;
    int64_t index = add_entry(list, text, expires_s, reason, source, err);
    if (index < 0) {
        return -1;
    }
    list->ranges[list->range_count++] = (struct range_entry){*range, (uint32_t)index, NO_RANGE};
    return 0;
}

int opt_out_add(struct opt_out *list, struct slice entry, int64_t expires_s, const char *reason, const char *source,
                struct err *err)
{
    struct opt_out_entry parsed;
    const char *fault = opt_out_parse_entry(entry, &parsed);
    if (fault != NULL) {
        return err_set(err, ERR_USAGE, "'%.*s': %s", SLICE_ARG(entry), fault);
    }
    return parsed.kind == OPT_OUT_RANGE ? add_range(list, &parsed.range, expires_s, reason, source, err)
                                        : add_name(list, &parsed, expires_s, reason, source, err);
}

static int add_line(struct opt_out *list, struct slice line, const char *source, struct err *err)
{
    struct opt_out_line parsed;
    const char *fault = opt_out_parse_line(line, &parsed);
    if (fault != NULL) {
        return err_set(err, ERR_USAGE, "%s", fault);
    }
    if (parsed.entry.len == 0) {
        return 0;
    }
    char *reason = parsed.reason.ptr == NULL ? NULL : slice_dup(parsed.reason);
    int result = parsed.reason.ptr != NULL && reason == NULL
                     ? err_memory(err)
                     : opt_out_add(list, parsed.entry, parsed.expires_s, reason, source, err);
    free(reason);
    return result;
}

/* The next line without its line feed. 1, 0 at the end, -1 with err set when it is too long or cannot be read. */
static int read_line(FILE *file, char *line, size_t *len, struct err *err)
{
    *len = 0;
    int c = EOF;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (*len == LIMIT_LINE_BYTES) {
            return err_set(err, ERR_USAGE, "the line is longer than %u bytes", LIMIT_LINE_BYTES);
        }
        line[(*len)++] = (char)c;
    }
    if (ferror(file)) {
        return err_set_errno(err, ERR_USAGE, "cannot be read");
    }
    return c != EOF || *len > 0 ? 1 : 0;
}

static int load_lines(struct opt_out *list, FILE *file, const char *path, char *line, struct err *err)
{
    size_t len = 0;
    for (unsigned long number = 1;; number++) {
        int got = read_line(file, line, &len, err);
        struct slice text = slice_make(line, len);
        if (number == 1 && slice_starts_with(text, SLICE("\xef\xbb\xbf"))) {
            text = slice_from(text, 3);
        }
        if (got > 0) {
            got = add_line(list, text, path, err) == 0 ? 1 : -1;
        }
        if (got < 0) {
            return err_prefix(err, "%s:%lu", path, number);
        }
        if (got == 0) {
            return 0;
        }
    }
}

int opt_out_load(struct opt_out *list, const char *path, struct err *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    int result = -1;
    char *line = malloc(LIMIT_LINE_BYTES);
    FILE *file = standard_input ? stdin : fopen(path, "re");
    if (file == NULL) {
        err_set_errno(err, ERR_USAGE, "opt-out list %s", path);
        goto out;
    }
    if (line == NULL) {
        err_memory(err);
        goto out;
    }
    result = load_lines(list, file, standard_input ? "standard input" : path, line, err);
    if (result != 0) {
        err_prefix(err, "opt-out list");
    }
out:
    if (file != NULL && !standard_input) {
        fclose(file);
    }
    free(line);
    return result;
}

static int compare_ranges(const void *left, const void *right)
{
    const struct range_entry *a = left;
    const struct range_entry *b = right;
    int order = address_compare(&a->range.base, &b->range.base);
    return order != 0 ? order : (int)a->range.prefix_bits - (int)b->range.prefix_bits;
}

static bool same_range(const struct address_range *a, const struct address_range *b)
{
    return a->prefix_bits == b->prefix_bits && address_equal(&a->base, &b->base);
}

/* Of sorted ranges, those that stand twice become one. */
static void merge_equal_ranges(struct opt_out *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->range_count; i++) {
        const struct entry *entry = &list->entries[list->ranges[i].entry];
        if (kept > 0 && same_range(&list->ranges[kept - 1].range, &list->ranges[i].range)) {
            keep_longer(&list->entries[list->ranges[kept - 1].entry], entry->expires_s, entry->reason, entry->source);
        } else {
            list->ranges[kept++] = list->ranges[i];
        }
    }
    list->range_count = kept;
}

/* Ranges nest or are disjoint, so that after sorting each one's parent is the last one or an ancestor of it. */
void opt_out_finish(struct opt_out *list)
{
    if (list->range_count > 0) {
        qsort(list->ranges, list->range_count, sizeof *list->ranges, compare_ranges);
    }
    merge_equal_ranges(list);
    for (size_t i = 0; i < list->range_count; i++) {
        uint32_t parent = i == 0 ? NO_RANGE : (uint32_t)i - 1;
        while (parent != NO_RANGE && !address_in_range(&list->ranges[i].range.base, &list->ranges[parent].range)) {
            parent = list->ranges[parent].parent;
        }
        list->ranges[i].parent = parent;
    }
}

static struct opt_out_match match_of(const struct entry *entry)
{
    return (struct opt_out_match){entry->text, entry->reason, entry->source, entry->expires_s};
}

void opt_out_entry(const struct opt_out *list, size_t index, struct opt_out_match *entry)
{
    *entry = match_of(&list->entries[index]);
}

static bool holds(const struct entry *entry, int64_t now_s, struct opt_out_match *match)
{
    if (entry->expires_s != OPT_OUT_NEVER_EXPIRES && now_s >= entry->expires_s) {
        return false;
    }
    if (match != NULL) {
        *match = match_of(entry);
    }
    return true;
}

static bool match_text(const struct opt_out *list, struct slice text, int64_t now_s, struct opt_out_match *match)
{
    uint32_t slot = *find_slot(list, text);
    return slot != 0 && holds(&list->entries[slot - 1], now_s, match);
}

bool opt_out_match_name(const struct opt_out *list, struct slice hostname, int64_t now_s, struct opt_out_match *match)
{
    char host[sizeof "host:" + 256];
    if (list == NULL || list->name_count == 0 || hostname.len == 0 || hostname.len > 255) {
        return false;
    }
    snprintf(host, sizeof host, "host:%.*s", SLICE_ARG(hostname));
    if (match_text(list, slice_of(host), now_s, match)) {
        return true;
    }
    unsigned labels = count_labels(hostname);
    for (struct slice name = hostname; name.len > 0; name = slice_from(name, slice_find_byte(name, '.') + 1)) {
        if ((list->zone_labels & label_bit(labels--)) != 0 && match_text(list, name, now_s, match)) {
            return true;
        }
    }
    return false;
}

bool opt_out_match_address(const struct opt_out *list, const struct address *address, int64_t now_s,
                           struct opt_out_match *match)
{
    if (list == NULL || address->family == 0) {
        return false;
    }
    size_t low = 0; /* ranges before `low` begin at or before the address */
    size_t high = list->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address_compare(&list->ranges[middle].range.base, address) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (uint32_t at = low == 0 ? NO_RANGE : (uint32_t)low - 1; at != NO_RANGE; at = list->ranges[at].parent) {
        const struct range_entry *range = &list->ranges[at];
        if (address_in_range(address, &range->range) && holds(&list->entries[range->entry], now_s, match)) {
            return true;
        }
    }
    return false;
}

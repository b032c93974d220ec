/* Zone files: RFC 1035 section 5, with $ORIGIN and $TTL (RFC 2308). */
#include "base/address.h"
#include "base/arena.h"
#include "base/limits.h"
#include "crawler/hostname.h"
#include "scan/inventory_formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CNAME_HOPS_MAX 8
#define WORDS_MAX      8

struct zone_record {
    const char *owner; /* normalised */
    const char *value; /* the text of an address, or the normalised target of a CNAME */
    bool is_cname;
    uint64_t line;
};

struct zone_file {
    struct arena arena;
    char zone[HOSTNAME_BYTES];
    char origin[HOSTNAME_BYTES];
    char owner[512]; /* of the record before, as it was written, made absolute */
    struct zone_record *records;
    size_t count, capacity;
    bool overflowed;
};

struct zone_file *zone_file_new(const char *zone)
{
    struct zone_file *file = calloc(1, sizeof *file);
    if (file != NULL) {
        snprintf(file->zone, sizeof file->zone, "%s", zone);
        snprintf(file->origin, sizeof file->origin, "%s", zone);
    }
    return file;
}

void zone_file_free(struct zone_file *file)
{
    if (file != NULL) {
        arena_release(&file->arena);
        free(file->records);
        free(file);
    }
}

static int bad(struct inventory_reader *reader, uint64_t line, const char *reason, struct err *err)
{
    return reader->sink.on_bad(reader->sink.context, line, reason, err);
}

/* Words between white space and parentheses; a quoted text is one. The last one that fits takes no more behind it. */
static size_t cut_words(struct slice record, struct slice words[WORDS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < record.len && count < WORDS_MAX;) {
        char c = record.ptr[at];
        if (ascii_is_space(c) || c == '(' || c == ')') {
            at++;
            continue;
        }
        size_t start = at;
        bool quoted = c == '"';
        for (at += quoted; at < record.len; at++) {
            c = record.ptr[at];
            if (quoted ? c == '"' : ascii_is_space(c) || c == '(' || c == ')') {
                break;
            }
        }
        words[count++] = slice_make(record.ptr + start, at - start);
        at += quoted && at < record.len;
    }
    return count;
}

/* Appends the origin to a name that is not absolute. */
static void make_absolute(const struct zone_file *file, struct slice name, char *out, size_t size)
{
    if (slice_equal(name, SLICE("@"))) {
        snprintf(out, size, "%s", file->origin);
    } else if (name.len > 0 && name.ptr[name.len - 1] == '.') {
        snprintf(out, size, "%.*s", (int)(name.len - 1 < size ? name.len - 1 : size - 1), name.ptr);
    } else {
        snprintf(out, size, "%.*s.%s", (int)(name.len < 256 ? name.len : 256), name.ptr, file->origin);
    }
}

/* Classes that have nothing to do with the Internet. */
static bool is_other_class(struct slice word)
{
    return slice_equal_nocase(word, SLICE("CH")) || slice_equal_nocase(word, SLICE("HS")) ||
           slice_equal_nocase(word, SLICE("CS"));
}

static bool is_class_or_ttl(struct slice word)
{
    return slice_equal_nocase(word, SLICE("IN")) || is_other_class(word) ||
           (word.len > 0 && ascii_is_digit(word.ptr[0]));
}

/* Mail, keys and the like live under such names, and nothing under a wildcard has a name of its own. */
static bool is_no_web_site(const char *name)
{
    for (const char *label = name; label != NULL; label = strchr(label, '.')) {
        label += *label == '.';
        if (*label == '_' || *label == '*') {
            return true;
        }
    }
    return false;
}

static int add_record(struct inventory_reader *reader, const struct zone_record *record, struct err *err)
{
    struct zone_file *file = reader->zone_file;
    if (file->count == LIMIT_ZONE_FILE_RECORDS) {
        bool again = file->overflowed;
        file->overflowed = true;
        return again ? 0
                     : bad(reader, record->line, "more records than a zone file may have; the rest is left out", err);
    }
    if (file->count == file->capacity) {
        size_t wanted = file->capacity == 0 ? 64 : file->capacity * 2;
        struct zone_record *grown = realloc(file->records, wanted * sizeof *grown);
        if (grown == NULL) {
            return err_memory(err);
        }
        file->records = grown;
        file->capacity = wanted;
    }
    struct zone_record copy = *record;
    copy.owner = arena_text(&file->arena, record->owner);
    copy.value = arena_text(&file->arena, record->value);
    file->records[file->count++] = copy;
    return copy.owner != NULL && copy.value != NULL ? 0 : err_memory(err);
}

static int take_record(struct inventory_reader *reader, struct slice type, struct slice data, struct err *err)
{
    struct zone_file *file = reader->zone_file;
    bool is_cname = slice_equal_nocase(type, SLICE("CNAME"));
    struct zone_record record = {.is_cname = is_cname, .line = reader->record_line};
    char owner[HOSTNAME_BYTES];
    char target[512];
    char value[HOSTNAME_BYTES + 1];
    struct address address;
    if (is_no_web_site(file->owner)) {
        return 0;
    }
    enum hostname_fault fault = hostname_normalise(slice_of(file->owner), owner);
    if (fault != HOSTNAME_OK) {
        return bad(reader, record.line, hostname_fault_text(fault), err);
    }
    if (!hostname_in_zone(slice_of(owner), slice_of(file->zone))) {
        return bad(reader, record.line, "the name does not lie in the zone", err);
    }
    if (is_cname) {
        make_absolute(file, data, target, sizeof target);
        fault = hostname_normalise(slice_of(target), value);
        if (fault != HOSTNAME_OK) {
            return bad(reader, record.line, hostname_fault_text(fault), err);
        }
    } else if (address_parse(data, &address) != 0 ||
               address.family != (slice_equal_nocase(type, SLICE("AAAA")) ? 6 : 4)) {
        return bad(reader, record.line, "the record holds no address of its family", err);
    } else {
        address_format(&address, value);
    }
    record.owner = owner;
    record.value = value;
    return add_record(reader, &record, err);
}

static int take_directive(struct inventory_reader *reader, const struct slice *words, size_t count, struct err *err)
{
    struct zone_file *file = reader->zone_file;
    if (slice_equal_nocase(words[0], SLICE("$TTL"))) {
        return 0;
    }
    if (!slice_equal_nocase(words[0], SLICE("$ORIGIN")) || count < 2) {
        return bad(reader, reader->record_line, "this directive is not known here: only $ORIGIN and $TTL are", err);
    }
    char absolute[512];
    make_absolute(file, words[1], absolute, sizeof absolute);
    enum hostname_fault fault = hostname_normalise(slice_of(absolute), file->origin);
    if (fault != HOSTNAME_OK) {
        file->origin[0] = '\0'; /* names relative to it are nobody's */
        return bad(reader, reader->record_line, hostname_fault_text(fault), err);
    }
    return 0;
}

int inventory_bind_record(struct inventory_reader *reader, struct slice record, struct err *err)
{
    struct zone_file *file = reader->zone_file;
    struct slice words[WORDS_MAX];
    size_t count = cut_words(record, words);
    if (count == 0) {
        return 0;
    }
    if (words[0].ptr[0] == '$') {
        return take_directive(reader, words, count, err);
    }
    size_t at = 0;
    if (!ascii_is_space(record.ptr[0])) {
        make_absolute(file, words[0], file->owner, sizeof file->owner);
        at = 1;
    }
    bool other_class = false;
    while (at < count && is_class_or_ttl(words[at])) {
        other_class = other_class || is_other_class(words[at]);
        at++;
    }
    if (other_class) {
        return 0;
    }
    if (at == count || file->owner[0] == '\0') {
        return bad(reader, reader->record_line, "no resource record: a name, a type and its data", err);
    }
    struct slice type = words[at];
    if (!slice_equal_nocase(type, SLICE("A")) && !slice_equal_nocase(type, SLICE("AAAA")) &&
        !slice_equal_nocase(type, SLICE("CNAME"))) {
        return 0;
    }
    return at + 1 < count ? take_record(reader, type, words[at + 1], err)
                          : bad(reader, reader->record_line, "the record has no data", err);
}

/* ---- where names lead */

static int compare_records(const void *a, const void *b)
{
    const struct zone_record *x = a;
    const struct zone_record *y = b;
    int order = strcmp(x->owner, y->owner);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* The first record of this name; file->count: there is none. */
static size_t find_owner(const struct zone_file *file, const char *name)
{
    size_t low = 0;
    for (size_t high = file->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(file->records[middle].owner, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < file->count && strcmp(file->records[low].owner, name) == 0 ? low : file->count;
}

static int give_row(struct inventory_reader *reader, const struct zone_record *record, const char *address,
                    struct err *err)
{
    struct inventory_fields fields = {0};
    fields.value[FIELD_ZONE] = slice_of(reader->zone_file->zone);
    fields.value[FIELD_HOSTNAME] = slice_of(record->owner);
    fields.value[FIELD_ADDRESS] = slice_of(address);
    return reader->sink.on_row(reader->sink.context, &fields, record->line, err);
}

static int give_target(struct inventory_reader *reader, const struct zone_record *record, struct err *err)
{
    const struct zone_file *file = reader->zone_file;
    const struct zone_record *at = record;
    for (int hops = 0; at->is_cname; hops++) {
        if (!hostname_in_zone(slice_of(at->value), slice_of(file->zone))) {
            return give_row(reader, record, at->value, err);
        }
        size_t next = find_owner(file, at->value);
        if (next == file->count || hops == CNAME_HOPS_MAX) {
            return bad(reader, record->line,
                       next == file->count ? "the CNAME leads to a name of the zone that has no address"
                                           : "the CNAME leads round in a circle, or over too many names",
                       err);
        }
        at = &file->records[next];
    }
    const char *owner = at->owner;
    for (; at < file->records + file->count && strcmp(at->owner, owner) == 0; at++) {
        if (give_row(reader, record, at->value, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int inventory_bind_end(struct inventory_reader *reader, struct err *err)
{
    struct zone_file *file = reader->zone_file;
    if (file->count > 0) {
        qsort(file->records, file->count, sizeof *file->records, compare_records);
    }
    for (size_t i = 0; i < file->count; i++) {
        const struct zone_record *record = &file->records[i];
        int result = record->is_cname ? give_target(reader, record, err) : give_row(reader, record, record->value, err);
        if (result != 0) {
            return -1;
        }
    }
    return 0;
}

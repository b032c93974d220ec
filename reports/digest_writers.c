/* The formats of the digest. People's are gathered in sections, programs' are written as they come. */
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "reports/digest.h"
#include "reports/json_parts.h"
#include "reports/phrases.h"

#include <inttypes.h>
#include <string.h>

struct digest_writer {
    const char *format;
    void (*begin)(struct digest *digest);
    void (*add)(struct digest *digest, const struct change *change);
    void (*end)(struct digest *digest);
};

static uint64_t count_all(const struct digest *digest)
{
    uint64_t all = 0;
    for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++) {
        all += digest->counts[kind];
    }
    return all;
}

/* "www.example.com on 192.0.2.10: https_refused, ..." without the name. */
static void append_told(struct buf *out, const struct change *change)
{
    const char *separator = "";
    if (change->from != change->to && change->kind != CHANGE_VERDICT_LOST) {
        buf_printf(out, "%s → %s", phrase_mode(change->from), phrase_mode(change->to));
        separator = ", ";
    }
    if (change->kind == CHANGE_CERTIFICATE_ENDS) {
        buf_append_text(out, "ends ");
        phrase_minute(out, change->at_s);
        separator = ", issued by ";
    }
    if (change->code != CODE_NONE) {
        buf_printf(out, "%s%s", separator, code_name(change->code));
        separator = ": ";
    }
    if (change->detail != NULL && change->detail[0] != '\0') {
        buf_append_text(out, separator);
        utf8_append_visible(out, slice_of(change->detail));
    }
}

static bool section_is_full(const struct digest *digest, enum change_kind kind)
{
    return digest->counts[kind] > LIMIT_DIGEST_LINES;
}

static void text_begin(struct digest *digest)
{
    (void)digest;
}

static void text_add(struct digest *digest, const struct change *change)
{
    struct buf *section = &digest->sections[change->kind];
    if (section_is_full(digest, change->kind)) {
        return;
    }
    buf_append_text(section, "  ");
    utf8_append_visible(section, slice_of(change->hostname));
    if (change->address != NULL) {
        buf_append_text(section, " on ");
        utf8_append_visible(section, slice_of(change->address));
    }
    buf_append_text(section, "\n      ");
    append_told(section, change);
    buf_append_byte(section, '\n');
}

static void write_head(struct digest *digest)
{
    buf_append_text(digest->out, "What has changed since ");
    phrase_minute(digest->out, digest->window.since_s);
    buf_append_text(digest->out, count_all(digest) == 0 ? ": nothing.\n" : "\n");
}

static void write_sections(struct digest *digest, const char *before_title, const char *after_title)
{
    for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++) {
        if (digest->counts[kind] == 0) {
            continue;
        }
        buf_printf(digest->out, "\n%s%s: %" PRIu64 "%s", before_title, change_kind_title((enum change_kind)kind),
                   digest->counts[kind], after_title);
        buf_append_slice(digest->out, buf_slice(&digest->sections[kind]));
        if (section_is_full(digest, (enum change_kind)kind)) {
            buf_printf(digest->out, "  and %" PRIu64 " more\n", digest->counts[kind] - LIMIT_DIGEST_LINES);
        }
    }
}

static void text_end(struct digest *digest)
{
    write_head(digest);
    write_sections(digest, "", "\n");
}

/* A code span in a fence that is longer than any run of backticks inside. */
static void append_span(struct buf *out, const char *text)
{
    struct buf visible;
    buf_init(&visible, 0);
    utf8_append_visible(&visible, slice_of(text));
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < visible.len; i++) {
        run = visible.data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++) {
        buf_append_byte(out, '`');
    }
    buf_printf(out, " %s ", buf_text(&visible));
    for (size_t i = 0; i <= longest; i++) {
        buf_append_byte(out, '`');
    }
    buf_release(&visible);
}

static void markdown_add(struct digest *digest, const struct change *change)
{
    struct buf *section = &digest->sections[change->kind];
    struct buf told;
    if (section_is_full(digest, change->kind)) {
        return;
    }
    buf_init(&told, 0);
    append_told(&told, change);
    buf_append_text(section, "- ");
    append_span(section, change->hostname);
    if (change->address != NULL) {
        buf_append_text(section, " on ");
        append_span(section, change->address);
    }
    if (told.len > 0) {
        buf_append_text(section, ": ");
        append_span(section, buf_text(&told));
    }
    buf_append_byte(section, '\n');
    buf_release(&told);
}

static void markdown_end(struct digest *digest)
{
    buf_append_text(digest->out, "# ");
    write_head(digest);
    write_sections(digest, "## ", "\n\n");
}

static void write_change(struct buf *out, const struct change *change)
{
    struct json_writer json;
    json_init(&json, out, false);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key_text(&json, "change", change_kind_name(change->kind));
    json_key_text(&json, "zone", change->zone);
    json_key_text(&json, "hostname", change->hostname);
    json_key_text(&json, "address", change->address);
    json_key_mode(&json, "from", change->from);
    json_key_mode(&json, "to", change->to);
    json_key_code(&json, "code", change->code);
    json_key_text(&json, "detail", change->detail);
    json_key_time(&json, "at", change->at_s);
    json_object_close(&json);
}

static void json_begin(struct digest *digest)
{
    buf_append_byte(digest->out, '[');
}

static void json_add(struct digest *digest, const struct change *change)
{
    buf_append_text(digest->out, count_all(digest) > 1 ? ",\n" : "\n");
    write_change(digest->out, change);
}

static void json_end(struct digest *digest)
{
    buf_append_text(digest->out, count_all(digest) > 0 ? "\n]\n" : "]\n");
}

static void ndjson_add(struct digest *digest, const struct change *change)
{
    write_change(digest->out, change);
    buf_append_byte(digest->out, '\n');
}

static const struct digest_writer writers[] = {
    {"text", text_begin, text_add, text_end},
    {"markdown", text_begin, markdown_add, markdown_end},
    {"json", json_begin, json_add, json_end},
    {"ndjson", text_begin, ndjson_add, text_begin},
};

const struct digest_writer *digest_writer_find(const char *format)
{
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(writers[i].format, format) == 0) {
            return &writers[i];
        }
    }
    return NULL;
}

void digest_begin(struct digest *digest, const struct digest_writer *writer, const struct digest_window *window,
                  struct buf *out)
{
    *digest = (struct digest){.writer = writer, .window = *window, .out = out};
    writer->begin(digest);
}

static void add_change(void *context, const struct change *change)
{
    struct digest *digest = context;
    digest->counts[change->kind]++;
    digest->writer->add(digest, change);
}

void digest_add(struct digest *digest, const struct scan_record *before, const struct scan_record *after)
{
    digest_compare(before, after, &digest->window, add_change, digest);
}

void digest_end(struct digest *digest)
{
    digest->writer->end(digest);
    for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++) {
        digest->out->failed |= digest->sections[kind].failed;
    }
}

void digest_release(struct digest *digest)
{
    for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++) {
        buf_release(&digest->sections[kind]);
    }
}

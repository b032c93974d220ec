#include "crawler/robots.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define CRAWL_DELAY_MS_MAX (3600 * (int64_t)1000)

struct rule {
    struct slice pattern; /* canonical, without the final "$" */
    bool allow;
    bool to_the_end; /* "$" */
};

struct robots {
    struct arena memory;
    struct rule *rules; /* of the groups that name us; most specific first once parsed */
    size_t count;
    size_t capacity;
    bool names_us;
    int64_t crawl_delay_ms;
    struct slice sitemaps[LIMIT_SITEMAPS];
    size_t sitemap_count;
    struct buf path; /* room for the canonical form of a pattern */
};

struct parser {
    struct robots *robots;
    struct slice token;
    bool in_agents; /* the last line that counted was a User-agent line */
    bool binds_us;  /* the current group names us */
    bool out_of_memory;
};

/* --- canonical spelling of paths and patterns --- */

static bool is_unreserved(unsigned char c)
{
    return c < 0x80 && (ascii_is_alpha((char)c) || ascii_is_digit((char)c) || strchr("-._~", c) != NULL);
}

static void append_percent(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    char encoded[3] = {'%', hex[c >> 4], hex[c & 15]};
    buf_append(out, encoded, sizeof encoded);
}

/* RFC 9309 §2.2.2: unreserved characters plain, all else that is encoded or not ASCII in one spelling. "*" and "$" of a
 * URL are encoded, so that they match "%2A" and "%24" of a rule and never its wildcards. */
static void append_canonical(struct buf *out, struct slice s, bool is_pattern)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '%' && i + 2 < s.len && ascii_hex_value(s.ptr[i + 1]) >= 0 && ascii_hex_value(s.ptr[i + 2]) >= 0) {
            c = (unsigned char)(ascii_hex_value(s.ptr[i + 1]) * 16 + ascii_hex_value(s.ptr[i + 2]));
            i += 2;
            if (is_unreserved(c) && c != '\0')
                buf_append_byte(out, (char)c);
            else
                append_percent(out, c);
        } else if (c >= 0x80 || c == '$' || (c == '*' && !is_pattern)) {
            append_percent(out, c);
        } else if (c != '*' || out->len == 0 || out->data[out->len - 1] != '*') {
            buf_append_byte(out, (char)c);
        }
    }
}

/* --- reading --- */

/* The next line; CR, LF and CRLF end one. */
static bool next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0)
        return false;
    size_t end = 0;
    while (end < rest->len && rest->ptr[end] != '\n' && rest->ptr[end] != '\r')
        end++;
    *line = slice_make(rest->ptr, end);
    *rest = slice_from(*rest, end + 1);
    return true;
}

/* A product token ends where its characters end: "Token/1.0" names Token. */
static struct slice product_token_of(struct slice value)
{
    size_t end = 0;
    while (end < value.len && (ascii_is_alpha(value.ptr[end]) || value.ptr[end] == '-' || value.ptr[end] == '_'))
        end++;
    return slice_make(value.ptr, end);
}

static void read_user_agent(struct parser *parser, struct slice value)
{
    if (!parser->in_agents)
        parser->binds_us = false;
    parser->in_agents = true;
    if (slice_equal_nocase(product_token_of(value), parser->token)) {
        parser->binds_us = true;
        parser->robots->names_us = true;
    }
}

static bool grow(struct robots *robots)
{
    if (robots->count < robots->capacity)
        return true;
    size_t capacity = robots->capacity == 0 ? 16 : robots->capacity * 2;
    struct rule *grown = realloc(robots->rules, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    robots->rules = grown;
    robots->capacity = capacity;
    return true;
}

static void read_rule(struct parser *parser, struct slice pattern, bool allow)
{
    struct robots *robots = parser->robots;
    parser->in_agents = false;
    if (!parser->binds_us || pattern.len == 0 || robots->count == LIMIT_ROBOTS_RULES)
        return;

    bool to_the_end = pattern.ptr[pattern.len - 1] == '$';
    if (to_the_end)
        pattern.len--;
    buf_reset(&robots->path);
    append_canonical(&robots->path, pattern, true);
    /* A pattern that is longer than any URL matches none. */
    if (robots->path.failed)
        return;
    char *copy = arena_copy(&robots->memory, buf_slice(&robots->path));
    if (copy == NULL || !grow(robots)) {
        parser->out_of_memory = true;
        return;
    }
    robots->rules[robots->count++] =
        (struct rule){.pattern = slice_make(copy, robots->path.len), .allow = allow, .to_the_end = to_the_end};
}

static void read_crawl_delay(struct parser *parser, struct slice value)
{
    int64_t ms = 0;
    int64_t unit = 1000;
    size_t i = 0;
    for (; i < value.len && ascii_is_digit(value.ptr[i]) && ms < CRAWL_DELAY_MS_MAX; i++)
        ms = ms * 10 + (value.ptr[i] - '0') * (int64_t)1000;
    if (i < value.len && value.ptr[i] == '.') {
        for (i++; i < value.len && ascii_is_digit(value.ptr[i]) && unit > 1; i++) {
            unit /= 10;
            ms += (value.ptr[i] - '0') * unit;
        }
    }
    if (!parser->binds_us || i == 0)
        return;
    if (ms > CRAWL_DELAY_MS_MAX)
        ms = CRAWL_DELAY_MS_MAX;
    if (ms > parser->robots->crawl_delay_ms)
        parser->robots->crawl_delay_ms = ms;
}

static void read_sitemap(struct parser *parser, struct slice value)
{
    struct robots *robots = parser->robots;
    if (value.len == 0 || value.len > LIMIT_URL_BYTES || robots->sitemap_count == LIMIT_SITEMAPS)
        return;
    char *copy = arena_copy(&robots->memory, value);
    if (copy == NULL)
        parser->out_of_memory = true;
    else
        robots->sitemaps[robots->sitemap_count++] = slice_make(copy, value.len);
}

static void read_line(struct parser *parser, struct slice line)
{
    line.len = slice_find_byte(line, '#');
    size_t colon = slice_find_byte(line, ':');
    if (colon == line.len)
        return;
    struct slice key = slice_trim(slice_make(line.ptr, colon));
    struct slice value = slice_trim(slice_from(line, colon + 1));

    if (slice_equal_nocase(key, SLICE("user-agent")))
        read_user_agent(parser, value);
    else if (slice_equal_nocase(key, SLICE("allow")))
        read_rule(parser, value, true);
    else if (slice_equal_nocase(key, SLICE("disallow")))
        read_rule(parser, value, false);
    else if (slice_equal_nocase(key, SLICE("crawl-delay")))
        read_crawl_delay(parser, value);
    else if (slice_equal_nocase(key, SLICE("sitemap")))
        read_sitemap(parser, value);
}

/* What exceeds the ceiling is cut, with the line in which it lies: half a rule would be another rule. */
static struct slice cut(struct slice body)
{
    if (slice_starts_with(body, SLICE("\xef\xbb\xbf")))
        body = slice_from(body, 3);
    if (body.len <= LIMIT_ROBOTS_BYTES)
        return body;
    body.len = LIMIT_ROBOTS_BYTES;
    while (body.len > 0 && body.ptr[body.len - 1] != '\n' && body.ptr[body.len - 1] != '\r')
        body.len--;
    return body;
}

static size_t rule_length(const struct rule *rule)
{
    return rule->pattern.len + (rule->to_the_end ? 1 : 0);
}

/* The longest first; of equal ones what allows. */
static int compare_rules(const void *left, const void *right)
{
    const struct rule *a = left;
    const struct rule *b = right;
    if (rule_length(a) != rule_length(b))
        return rule_length(a) > rule_length(b) ? -1 : 1;
    return (int)b->allow - (int)a->allow;
}

struct robots *robots_parse(struct slice body, struct slice product_token)
{
    struct robots *robots = calloc(1, sizeof *robots);
    if (robots == NULL)
        return NULL;
    robots->crawl_delay_ms = -1;
    buf_init(&robots->path, 3u * LIMIT_URL_BYTES);

    struct parser parser = {.robots = robots, .token = product_token};
    struct slice line = SLICE_EMPTY;
    body = cut(body);
    while (next_line(&body, &line) && !parser.out_of_memory)
        read_line(&parser, line);
    if (parser.out_of_memory) {
        robots_free(robots);
        return NULL;
    }
    if (robots->count > 0)
        qsort(robots->rules, robots->count, sizeof *robots->rules, compare_rules);
    return robots;
}

void robots_free(struct robots *robots)
{
    if (robots == NULL)
        return;
    arena_release(&robots->memory);
    buf_release(&robots->path);
    free(robots->rules);
    free(robots);
}

/* --- answering --- */

/* The literals between the stars are looked for one behind the other; the first is bound to the start. Taking each as
 * early as it can stand misses no match, and reads the path once. */
static bool rule_matches(const struct rule *rule, struct slice path)
{
    struct slice rest = rule->pattern;
    struct slice literal = slice_make(rest.ptr, slice_find_byte(rest, '*'));
    if (!slice_starts_with(path, literal))
        return false;
    path = slice_from(path, literal.len);
    bool open_end = !rule->to_the_end;
    while (literal.len < rest.len) {
        rest = slice_from(rest, literal.len + 1);
        literal = slice_make(rest.ptr, slice_find_byte(rest, '*'));
        bool last = literal.len == rest.len;
        if (last && rule->to_the_end)
            return path.len >= literal.len && slice_ends_with(path, literal);
        if (literal.len == 0)
            continue;
        size_t at = slice_find(path, literal);
        if (at == path.len)
            return false;
        path = slice_from(path, at + literal.len);
    }
    return open_end || path.len == 0;
}

bool robots_names_us(const struct robots *robots)
{
    return robots != NULL && robots->names_us;
}

bool robots_allows(const struct robots *robots, struct slice path_query)
{
    if (robots == NULL || robots->count == 0 || slice_equal(path_query, SLICE("/robots.txt")))
        return true;
    struct buf path;
    bool allowed = true;
    buf_init(&path, 3u * LIMIT_URL_BYTES);
    append_canonical(&path, path_query, false);
    /* What cannot be judged is not asked for. */
    if (path.failed)
        allowed = false;
    for (size_t i = 0; i < robots->count && !path.failed; i++) {
        if (rule_matches(&robots->rules[i], buf_slice(&path))) {
            allowed = robots->rules[i].allow;
            break;
        }
    }
    buf_release(&path);
    return allowed;
}

static bool matches_everything(const struct rule *rule)
{
    struct slice pattern = rule->pattern;
    if (pattern.len > 0 && pattern.ptr[0] == '/')
        pattern = slice_from(pattern, 1);
    bool star = pattern.len > 0 && pattern.ptr[0] == '*';
    return star ? pattern.len == 1 : pattern.len == 0 && !rule->to_the_end;
}

bool robots_forbids_everything(const struct robots *robots)
{
    /* The rules stand in the order in which they win. */
    for (size_t i = 0; robots != NULL && i < robots->count; i++) {
        if (robots->rules[i].allow)
            return false;
        if (matches_everything(&robots->rules[i]))
            return true;
    }
    return false;
}

int64_t robots_crawl_delay_ms(const struct robots *robots)
{
    return robots != NULL ? robots->crawl_delay_ms : -1;
}

size_t robots_sitemap_count(const struct robots *robots)
{
    return robots != NULL ? robots->sitemap_count : 0;
}

struct slice robots_sitemap(const struct robots *robots, size_t index)
{
    return index < robots_sitemap_count(robots) ? robots->sitemaps[index] : SLICE_EMPTY;
}

#include "recommend/journey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAGE                                                                                                           \
    {                                                                                                                  \
        .class = EXCHANGE_PAGE, .status = 200                                                                          \
    }
#define GONE                                                                                                           \
    {                                                                                                                  \
        .class = EXCHANGE_ANSWER, .status = 404                                                                        \
    }
#define DEAD                                                                                                           \
    {                                                                                                                  \
        .class = EXCHANGE_FAILURE, .failure = "connection refused"                                                     \
    }
#define TO(scheme, host, path)                                                                                         \
    {                                                                                                                  \
        .class = EXCHANGE_REDIRECT, .status = 301, .target_url = scheme##_NAME "://" host path,                        \
        .target_scheme = SCHEME_##scheme, .target_hostname = host, .target_path = path, .target_default_port = true    \
    }
#define HTTP_NAME  "http"
#define HTTPS_NAME "https"

/* What one origin answers to one exchange. NULL paths and kinds beyond the list match everything. */
struct rule {
    const char *hostname, *path;
    int kind; /* ANY: every kind */
    struct exchange_fact fact;
    uint64_t cookies;
};
#define ANY   (-1)
#define RULES 8

struct world {
    const struct rule *rules;
    size_t asked;
};

static const struct exchange_fact *lookup(void *context, const struct exchange_key *key)
{
    struct world *world = context;

    world->asked++;
    for (size_t i = 0; i < RULES && world->rules[i].fact.class + world->rules[i].fact.status != 0; i++) {
        const struct rule *rule = &world->rules[i];
        if ((rule->hostname == NULL || strcmp(rule->hostname, key->hostname) == 0) &&
            (rule->path == NULL || strcmp(rule->path, key->path) == 0) &&
            (rule->kind == ANY || rule->kind == (int)key->kind) && rule->cookies == key->cookies)
            return &rule->fact;
    }
    return NULL;
}

static void walk_in(const struct rule *rules, const struct journey_hostname *hostnames, size_t count,
                    enum scheme visitor, const char *path, struct journey *out)
{
    struct world world = {.rules = rules};

    journey_walk(hostnames, count, visitor, hostnames[0].hostname, path, lookup, &world, out);
    assert_true(world.asked <= LIMIT_REDIRECT_HOPS + 1);
}

static void walk(const struct rule *rules, enum mode mode, bool always_https, enum scheme visitor, struct journey *out)
{
    struct journey_hostname hostnames[] = {{"example.com", mode, always_https},
                                           {"www.example.com", mode, always_https}};

    walk_in(rules, hostnames, 2, visitor, "/", out);
}

#define RULE(host, where, which, ...)                                                                                  \
    {                                                                                                                  \
        .hostname = (host), .path = (where), .kind = (which), .fact = __VA_ARGS__                                      \
    }

/* Origins with a habit. */
static const struct rule plain[RULES] = {RULE(NULL, NULL, ANY, PAGE)};
static const struct rule forces_https[RULES] = {
    RULE(NULL, NULL, KIND_HTTP_TO_HTTP, TO(HTTPS, "example.com", "/")),
    RULE(NULL, NULL, KIND_HTTPS_TO_HTTP, TO(HTTPS, "example.com", "/")),
    RULE(NULL, NULL, ANY, PAGE),
};
static const struct rule forces_http[RULES] = {
    RULE(NULL, NULL, KIND_HTTPS_TO_HTTPS, TO(HTTP, "example.com", "/")),
    RULE(NULL, NULL, KIND_HTTP_TO_HTTPS, TO(HTTP, "example.com", "/")),
    RULE(NULL, NULL, ANY, PAGE),
};
static const struct rule asks_forwarded_proto[RULES] = {
    RULE(NULL, NULL, KIND_HTTP_TO_HTTP, TO(HTTPS, "example.com", "/")),
    RULE(NULL, NULL, KIND_HTTP_TO_HTTPS, TO(HTTPS, "example.com", "/")),
    RULE(NULL, NULL, ANY, PAGE),
};
static const struct rule to_www[RULES] = {
    RULE("example.com", NULL, ANY, TO(HTTPS, "www.example.com", "/")),
    RULE(NULL, NULL, ANY, PAGE),
};
static const struct rule to_other_site[RULES] = {RULE(NULL, NULL, ANY, TO(HTTPS, "other.test", "/x"))};
static const struct rule to_other_port[RULES] = {RULE(NULL, NULL, ANY,
                                                      {.class = EXCHANGE_REDIRECT,
                                                       .status = 302,
                                                       .target_url = "https://example.com:8443/",
                                                       .target_scheme = SCHEME_HTTPS,
                                                       .target_hostname = "example.com",
                                                       .target_path = "/"})};
static const struct rule sets_a_cookie[RULES] = {
    RULE(NULL, "/", ANY,
         {.class = EXCHANGE_REDIRECT,
          .status = 302,
          .target_url = "https://example.com/",
          .target_scheme = SCHEME_HTTPS,
          .target_hostname = "example.com",
          .target_path = "/",
          .target_default_port = true,
          .cookies_after = 7}),
    {.path = "/", .kind = ANY, .fact = PAGE, .cookies = 7},
};
static const struct rule ping_pong[RULES] = {
    RULE(NULL, "/", ANY, TO(HTTPS, "example.com", "/a")),
    RULE(NULL, "/a", ANY, TO(HTTPS, "example.com", "/")),
};
static const struct rule dead_https[RULES] = {RULE(NULL, NULL, KIND_HTTPS_TO_HTTPS, DEAD), RULE(NULL, NULL, ANY, PAGE)};
static const struct rule missing[RULES] = {RULE(NULL, NULL, ANY, GONE)};
static const struct rule silent_about_https[RULES] = {
    RULE(NULL, NULL, KIND_HTTP_TO_HTTP, TO(HTTPS, "example.com", "/b")),
};

static void test_walks(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const struct rule *rules;
        enum mode mode;
        bool always_https;
        enum scheme visitor;
        enum journey_end end;
        int hops;
        enum scheme scheme;
    } rows[] = {
        {"a page is its own end", plain, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_PAGE, 0, SCHEME_HTTPS},
        {"under off the edge redirects https visitors", plain, MODE_OFF, false, SCHEME_HTTPS, JOURNEY_PAGE, 1,
         SCHEME_HTTP},
        {"under off http visitors are not redirected", plain, MODE_OFF, false, SCHEME_HTTP, JOURNEY_PAGE, 0,
         SCHEME_HTTP},
        {"always_https redirects http visitors", plain, MODE_FLEXIBLE, true, SCHEME_HTTP, JOURNEY_PAGE, 1,
         SCHEME_HTTPS},
        {"off and always_https send the visitor to and fro", plain, MODE_OFF, true, SCHEME_HTTP, JOURNEY_LOOP, 2,
         SCHEME_HTTPS},
        {"an origin that forces https loops under flexible", forces_https, MODE_FLEXIBLE, false, SCHEME_HTTPS,
         JOURNEY_LOOP, 1, SCHEME_HTTPS},
        {"also from http", forces_https, MODE_FLEXIBLE, false, SCHEME_HTTP, JOURNEY_LOOP, 2, SCHEME_HTTPS},
        {"and under off", forces_https, MODE_OFF, false, SCHEME_HTTP, JOURNEY_LOOP, 2, SCHEME_HTTPS},
        {"full heals it", forces_https, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_PAGE, 0, SCHEME_HTTPS},
        {"also from http", forces_https, MODE_FULL, false, SCHEME_HTTP, JOURNEY_PAGE, 1, SCHEME_HTTPS},
        {"an origin that forces http is fine under full for http visitors", forces_http, MODE_FULL, false, SCHEME_HTTP,
         JOURNEY_PAGE, 0, SCHEME_HTTP},
        {"https visitors end at http", forces_http, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_PAGE, 1, SCHEME_HTTP},
        {"under strict it loops", forces_http, MODE_STRICT, false, SCHEME_HTTP, JOURNEY_LOOP, 1, SCHEME_HTTP},
        {"with always_https it loops under full", forces_http, MODE_FULL, true, SCHEME_HTTPS, JOURNEY_LOOP, 2,
         SCHEME_HTTP},
        {"an origin that looks at X-Forwarded-Proto works under flexible", asks_forwarded_proto, MODE_FLEXIBLE, false,
         SCHEME_HTTPS, JOURNEY_PAGE, 0, SCHEME_HTTPS},
        {"its http visitors are led to https", asks_forwarded_proto, MODE_FLEXIBLE, false, SCHEME_HTTP, JOURNEY_PAGE, 1,
         SCHEME_HTTPS},
        {"but under off they loop", asks_forwarded_proto, MODE_OFF, false, SCHEME_HTTP, JOURNEY_LOOP, 2, SCHEME_HTTPS},
        {"another hostname of the zone is walked on", to_www, MODE_FLEXIBLE, false, SCHEME_HTTPS, JOURNEY_PAGE, 1,
         SCHEME_HTTPS},
        {"another site is outside", to_other_site, MODE_FLEXIBLE, false, SCHEME_HTTP, JOURNEY_OUTSIDE, 1, SCHEME_HTTPS},
        {"another port of the same name is outside", to_other_port, MODE_FLEXIBLE, false, SCHEME_HTTP, JOURNEY_OUTSIDE,
         1, SCHEME_HTTPS},
        {"a cookie makes the same URL another state", sets_a_cookie, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_PAGE, 1,
         SCHEME_HTTPS},
        {"two URLs that point at each other loop", ping_pong, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_LOOP, 2,
         SCHEME_HTTPS},
        {"a failure ends the journey", dead_https, MODE_FULL, false, SCHEME_HTTPS, JOURNEY_FAILURE, 0, SCHEME_HTTPS},
        {"a 404 is an answer", missing, MODE_FULL, false, SCHEME_HTTP, JOURNEY_ANSWER, 0, SCHEME_HTTP},
        {"an exchange that was not made is asked for", silent_about_https, MODE_FULL, false, SCHEME_HTTP, JOURNEY_NEEDS,
         1, SCHEME_HTTPS},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct journey journey;
        print_message("%s\n", rows[i].sentence);
        walk(rows[i].rules, rows[i].mode, rows[i].always_https, rows[i].visitor, &journey);
        assert_int_equal(journey.end, rows[i].end);
        assert_int_equal(journey.hops, rows[i].hops);
        assert_int_equal(journey.scheme, rows[i].scheme);
    }
}

static void test_needed_exchange_is_named(void **state)
{
    (void)state;
    struct journey journey;

    walk(silent_about_https, MODE_FULL, false, SCHEME_HTTP, &journey);
    assert_string_equal(journey.needed.hostname, "example.com");
    assert_string_equal(journey.needed.path, "/b");
    assert_int_equal(journey.needed.kind, KIND_HTTPS_TO_HTTPS);
    assert_int_equal(journey.needed.cookies, 0);
}

static void test_hostnames_keep_their_own_mode(void **state)
{
    (void)state;
    struct journey_hostname hostnames[] = {{"example.com", MODE_FULL, false},
                                           {"www.example.com", MODE_FLEXIBLE, false}};
    struct journey journey;

    walk_in(to_www, hostnames, 2, SCHEME_HTTPS, "/", &journey);
    assert_int_equal(journey.end, JOURNEY_PAGE);
    assert_string_equal(journey.last.hostname, "www.example.com");
    assert_int_equal(journey.last.kind, KIND_HTTPS_TO_HTTP);
    /* A hostname whose origin is not known is outside. */
    walk_in(to_www, hostnames, 1, SCHEME_HTTPS, "/", &journey);
    assert_int_equal(journey.end, JOURNEY_OUTSIDE);
    assert_string_equal(journey.outside_url, "https://www.example.com/");
}

/* Every URL redirects to one that was never seen before. */
struct endless {
    char paths[LIMIT_REDIRECT_HOPS + 4][16];
    struct exchange_fact facts[LIMIT_REDIRECT_HOPS + 4];
    size_t asked;
};

static const struct exchange_fact *always_further(void *context, const struct exchange_key *key)
{
    struct endless *endless = context;
    size_t i = endless->asked++;

    (void)key;
    assert_in_range(i, 0, LIMIT_REDIRECT_HOPS);
    snprintf(endless->paths[i], sizeof(endless->paths[i]), "/%zu", i);
    endless->facts[i] = (struct exchange_fact)TO(HTTPS, "example.com", "/");
    endless->facts[i].target_path = endless->paths[i];
    return &endless->facts[i];
}

static void test_limit_of_hops(void **state)
{
    (void)state;
    struct journey_hostname hostname = {"example.com", MODE_FULL, false};
    struct endless endless = {.asked = 0};
    struct journey journey;

    journey_walk(&hostname, 1, SCHEME_HTTPS, "example.com", "/", always_further, &endless, &journey);
    assert_int_equal(journey.end, JOURNEY_TOO_LONG);
    assert_int_equal(endless.asked, LIMIT_REDIRECT_HOPS + 1);
}

static void test_relations(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        const struct rule *rules;
        enum mode today, tomorrow;
        bool always_https;
        enum scheme visitor;
        enum journey_relation relation;
        const char *detail;
    } rows[] = {
        {"the same requests give the very same exchange", plain, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTP,
         JOURNEYS_SAME_EXCHANGE, "ends at http://example.com/ today, ends at http://example.com/ under full"},
        {"different exchanges at the same place are compared", plain, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS,
         JOURNEYS_COMPARE, "ends at https://example.com/ today, ends at https://example.com/ under full"},
        {"from off the visitor keeps https, which is the same place", plain, MODE_OFF, MODE_FLEXIBLE, false,
         SCHEME_HTTPS, JOURNEYS_COMPARE,
         "ends at http://example.com/ today, ends at https://example.com/ under flexible"},
        {"flexible loops and full heals", forces_https, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS,
         JOURNEYS_IMPROVED,
         "loops after 1 redirect at https://example.com/ today, ends at https://example.com/ under full"},
        {"full leads https visitors back to http", forces_http, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS,
         JOURNEYS_SCHEME_LOST, "ends at https://example.com/ today, ends at http://example.com/ under full"},
        {"strict loops where full works", forces_http, MODE_FULL, MODE_STRICT, false, SCHEME_HTTP, JOURNEYS_LOOP,
         "ends at http://example.com/ today, loops after 1 redirect at http://example.com/ under strict"},
        {"strict loops where full loops", forces_http, MODE_FULL, MODE_STRICT, true, SCHEME_HTTPS, JOURNEYS_BOTH_FAIL,
         "loops after 2 redirects at http://example.com/ today, loops after 2 redirects at http://example.com/ under "
         "strict"},
        {"full fails where flexible works", dead_https, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS, JOURNEYS_FAIL,
         "ends at https://example.com/ today, fails at https://example.com/ (connection refused) under full"},
        {"both leave for the same URL", to_other_site, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS,
         JOURNEYS_SAME_OUTSIDE, "ends at https://other.test/x today, ends at https://other.test/x under full"},
        {"a 404 on both sides is compared", missing, MODE_FLEXIBLE, MODE_FULL, false, SCHEME_HTTPS, JOURNEYS_COMPARE,
         "ends with 404 at https://example.com/ today, ends with 404 at https://example.com/ under full"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct journey today;
        struct journey tomorrow;
        char detail[LIMIT_DETAIL_BYTES];
        print_message("%s\n", rows[i].sentence);
        walk(rows[i].rules, rows[i].today, rows[i].always_https, rows[i].visitor, &today);
        walk(rows[i].rules, rows[i].tomorrow, rows[i].always_https, rows[i].visitor, &tomorrow);
        assert_int_equal(journey_compare(&today, &tomorrow, rows[i].tomorrow, detail), rows[i].relation);
        assert_string_equal(detail, rows[i].detail);
    }
}

#define OUT(url, scheme_of_it)                                                                                         \
    {                                                                                                                  \
        .end = JOURNEY_OUTSIDE, .outside_url = (url), .scheme = (scheme_of_it)                                         \
    }
#define AT(kind_of_end, host, where)                                                                                   \
    {                                                                                                                  \
        .end = (kind_of_end), .scheme = SCHEME_HTTPS, .hostname = (host), .path = (where)                              \
    }

static void test_relations_of_ends(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct journey today, tomorrow;
        enum journey_relation relation;
    } rows[] = {
        {"the same outside URL in the better scheme", OUT("http://o.test/", SCHEME_HTTP),
         OUT("https://o.test/", SCHEME_HTTPS), JOURNEYS_SAME_OUTSIDE},
        {"the same outside URL in the worse scheme", OUT("https://o.test/", SCHEME_HTTPS),
         OUT("http://o.test/", SCHEME_HTTP), JOURNEYS_SCHEME_LOST},
        {"another outside URL", OUT("https://o.test/", SCHEME_HTTPS), OUT("https://o.test/2", SCHEME_HTTPS),
         JOURNEYS_ELSEWHERE},
        {"outside instead of a page", AT(JOURNEY_PAGE, "a.test", "/"), OUT("https://a.test:8443/", SCHEME_HTTPS),
         JOURNEYS_ELSEWHERE},
        {"a page at another path", AT(JOURNEY_PAGE, "a.test", "/"), AT(JOURNEY_PAGE, "a.test", "/login"),
         JOURNEYS_ELSEWHERE},
        {"a page at another hostname", AT(JOURNEY_PAGE, "a.test", "/"), AT(JOURNEY_PAGE, "b.test", "/"),
         JOURNEYS_ELSEWHERE},
        {"a 404 that begins to loop", AT(JOURNEY_ANSWER, "a.test", "/"), AT(JOURNEY_LOOP, "a.test", "/"),
         JOURNEYS_LOOP},
        {"a chain that grows too long", AT(JOURNEY_PAGE, "a.test", "/"), AT(JOURNEY_TOO_LONG, "a.test", "/"),
         JOURNEYS_LOOP},
        {"a failure that becomes a 404", AT(JOURNEY_FAILURE, "a.test", "/"), AT(JOURNEY_ANSWER, "a.test", "/"),
         JOURNEYS_BOTH_FAIL},
        {"a failure that becomes a page elsewhere", AT(JOURNEY_FAILURE, "a.test", "/"),
         AT(JOURNEY_PAGE, "a.test", "/new"), JOURNEYS_IMPROVED},
        {"a failure that becomes another site", AT(JOURNEY_FAILURE, "a.test", "/"),
         OUT("https://o.test/", SCHEME_HTTPS), JOURNEYS_IMPROVED},
        {"a failure that becomes a loop", AT(JOURNEY_FAILURE, "a.test", "/"), AT(JOURNEY_LOOP, "a.test", "/"),
         JOURNEYS_BOTH_FAIL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char detail[LIMIT_DETAIL_BYTES];
        print_message("%s\n", rows[i].sentence);
        assert_int_equal(journey_compare(&rows[i].today, &rows[i].tomorrow, MODE_FULL, detail), rows[i].relation);
        assert_non_null(strstr(detail, " today, "));
        assert_non_null(strstr(detail, " under full"));
    }
}

/* Hostile URLs of any length leave the sentence whole: it names both ends and the mode. */
static void test_long_urls(void **state)
{
    (void)state;
    char path[LIMIT_URL_BYTES];
    struct exchange_fact fact = {.class = EXCHANGE_FAILURE, .failure = path};
    struct journey today = AT(JOURNEY_PAGE, path, path);
    struct journey tomorrow = {.end = JOURNEY_FAILURE, .hostname = path, .path = path, .fact = &fact};
    char detail[LIMIT_DETAIL_BYTES];

    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(journey_compare(&today, &tomorrow, MODE_FULL_STRICT, detail), JOURNEYS_FAIL);
    assert_true(strlen(detail) < LIMIT_DETAIL_BYTES);
    assert_non_null(strstr(detail, " under full_strict"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks),         cmocka_unit_test(test_needed_exchange_is_named),
        cmocka_unit_test(test_limit_of_hops), cmocka_unit_test(test_hostnames_keep_their_own_mode),
        cmocka_unit_test(test_relations),     cmocka_unit_test(test_relations_of_ends),
        cmocka_unit_test(test_long_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

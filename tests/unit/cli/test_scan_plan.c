/* From the options of a scan to its plan. */
#include "base/limits.h"
#include "cli/edge_ranges.h"
#include "cli/scan_arguments.h"
#include "cli/suggest.h"
#include "tests/unit/cli/command_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
    const char *sentence, *text, *address; /* NULL: refused */
    uint16_t http_port, https_port;
    bool is_name;
} origin_rows[] = {
    {"an address has the usual ports", "192.0.2.10", "192.0.2.10", 80, 443, false},
    {"an address with its http port", "192.0.2.10:8080", "192.0.2.10", 8080, 443, false},
    {"an address with both ports", "192.0.2.10:8080:8443", "192.0.2.10", 8080, 8443, false},
    {"IPv6 in brackets", "[2001:DB8::1]", "2001:db8::1", 80, 443, false},
    {"IPv6 in brackets with ports", "[2001:db8::1]:81:444", "2001:db8::1", 81, 444, false},
    {"a name is resolved at each scan", "LB.Example.net:81", "lb.example.net", 81, 443, true},
    {"the highest port", "192.0.2.1:65535:65535", "192.0.2.1", 65535, 65535, false},
    {"IPv6 without brackets", "2001:db8::1", NULL, 0, 0, false},
    {"brackets that do not close", "[2001:db8::1", NULL, 0, 0, false},
    {"a name in brackets", "[example.com]", NULL, 0, 0, false},
    {"no address", "", NULL, 0, 0, false},
    {"ports alone", ":80:443", NULL, 0, 0, false},
    {"port zero", "192.0.2.1:0", NULL, 0, 0, false},
    {"a port that is too high", "192.0.2.1:65536", NULL, 0, 0, false},
    {"a port of many digits", "192.0.2.1:000000080", NULL, 0, 0, false},
    {"a port that is no number", "192.0.2.1:http", NULL, 0, 0, false},
    {"an empty port", "192.0.2.1:", NULL, 0, 0, false},
    {"three ports", "192.0.2.1:80:443:8443", NULL, 0, 0, false},
    {"text behind the brackets", "[2001:db8::1]x", NULL, 0, 0, false},
    {"an address in an odd spelling", "0x7f.1", NULL, 0, 0, false},
    {"a URL", "http://192.0.2.1/", NULL, 0, 0, false},
};

static void takes_origins_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof origin_rows / sizeof origin_rows[0]; i++) {
        struct inventory_origin origin;
        char address[ADDRESS_OR_NAME_BYTES];
        const char *fault = origin_parse(slice_of(origin_rows[i].text), &origin, address);
        bool refused = origin_rows[i].address == NULL;
        if ((fault != NULL) != refused) {
            fail_msg("%s: '%s' is %s", origin_rows[i].sentence, origin_rows[i].text, fault != NULL ? fault : "taken");
        }
        if (!refused &&
            (strcmp(origin.address, origin_rows[i].address) != 0 || origin.http_port != origin_rows[i].http_port ||
             origin.https_port != origin_rows[i].https_port || origin.is_name != origin_rows[i].is_name)) {
            fail_msg("%s: '%s' becomes %s ports %u and %u", origin_rows[i].sentence, origin_rows[i].text,
                     origin.address, origin.http_port, origin.https_port);
        }
    }
}

/* The plan of "scan example.com" and these options; the fault is in *err. */
static int plan_of(const char *options, struct command_line *line, struct inventory_zone *plan, struct err *err)
{
    char text[1024];
    snprintf(text, sizeof text, "scan example.com%s%s", *options == '\0' ? "" : " ", options);
    *plan = (struct inventory_zone){.zone = NULL};
    return resolve_text(line, text, err) != 0 ? -1 : scan_plan_build(line->arguments, "example.com", NULL, plan, err);
}

static void plans_what_is_given(void **state)
{
    (void)state;
    struct command_line line;
    struct inventory_zone plan;
    struct err err = ERR_INIT;
    assert_int_equal(
        plan_of("--origin WWW.Example.COM=192.0.2.1 --origin www.example.com=[2001:db8::1]:81 "
                "--origin www.example.com=192.0.2.1 --origin example.com=lb.example.net --mode full "
                "--ceiling strict --setting custom --always-https --host-header www.example.com=inner.test "
                "--sni www.example.com=sni.test",
                &line, &plan, &err),
        0);
    assert_string_equal(plan.zone, "example.com");
    assert_int_equal(plan.hostname_count, 2);
    const struct inventory_hostname *www = inventory_find(&plan, "www.example.com");
    assert_int_equal(www->origin_count, 2);
    assert_string_equal(www->origins[1].address, "2001:db8::1");
    assert_int_equal(www->origins[1].http_port, 81);
    assert_int_equal(www->origins[0].source, SOURCE_OPTION);
    assert_int_equal(www->mode, MODE_FULL);
    assert_int_equal(www->ceiling, MODE_STRICT);
    assert_int_equal(www->setting, SETTING_CUSTOM);
    assert_true(www->always_https);
    assert_string_equal(www->host_header, "inner.test");
    assert_string_equal(www->sni, "sni.test");
    const struct inventory_hostname *apex = inventory_find(&plan, "example.com");
    assert_true(apex->origins[0].is_name);
    assert_null(apex->host_header);
    inventory_zone_release(&plan);
    command_line_release(&line);
}

static void plans_the_zone_and_its_www_from_dns(void **state)
{
    (void)state;
    struct command_line line;
    struct inventory_zone plan;
    struct err err = ERR_INIT;
    assert_int_equal(plan_of("--resolve --origin www.example.com=192.0.2.1", &line, &plan, &err), 0);
    assert_int_equal(plan.hostname_count, 2);
    const struct inventory_hostname *apex = inventory_find(&plan, "example.com");
    assert_int_equal(apex->origin_count, 1);
    assert_true(apex->origins[0].is_name);
    assert_int_equal(apex->origins[0].source, SOURCE_DNS);
    assert_int_equal(inventory_find(&plan, "www.example.com")->origins[0].source, SOURCE_OPTION);
    inventory_zone_release(&plan);
    command_line_release(&line);
}

static const struct {
    const char *sentence, *options, *message;
} refused_rows[] = {
    {"somewhere must be an origin", "", "no origin is known for example.com; give --origin"},
    {"HOST must lie in the zone", "--origin example.org=192.0.2.1", "example.org does not lie in the zone example.com"},
    {"a zone ends at a dot", "--origin notexample.com=192.0.2.1", "does not lie in the zone"},
    {"HOST is missing", "--origin 192.0.2.1", "option --origin: '192.0.2.1' has no '='"},
    {"HOST is empty", "--origin =192.0.2.1", "option --origin: hostname ''"},
    {"a bad port is told", "--origin example.com=192.0.2.1:x", "a port is a number from 1 to 65535"},
    {"an override needs a planned host", "--origin example.com=192.0.2.1 --sni www.example.com=a.test",
     "option --sni: no origin is known for www.example.com"},
    {"a Host header is a name", "--origin example.com=192.0.2.1 --host-header example.com=a/b",
     "option --host-header: 'a/b'"},
};

static void refuses_what_cannot_be_planned(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++) {
        struct command_line line;
        struct inventory_zone plan;
        struct err err = ERR_INIT;
        int result = plan_of(refused_rows[i].options, &line, &plan, &err);
        if (result == 0 || err.kind != ERR_USAGE || strstr(err.message, refused_rows[i].message) == NULL) {
            fail_msg("%s: '%s'", refused_rows[i].sentence, result == 0 ? "no error" : err.message);
        }
        inventory_zone_release(&plan);
        command_line_release(&line);
    }
}

static void more_origins_than_the_bound_are_refused(void **state)
{
    (void)state;
    struct command_line line;
    struct inventory_zone plan;
    struct err err = ERR_INIT;
    char options[1024] = "";
    for (size_t i = 0, len = 0; i <= LIMIT_HOSTNAME_ORIGINS; i++) {
        len += (size_t)snprintf(options + len, sizeof options - len, "%s--origin example.com=192.0.2.%zu",
                                i == 0 ? "" : " ", i);
    }
    assert_int_equal(plan_of(options, &line, &plan, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "8 origins"));
    inventory_zone_release(&plan);
    command_line_release(&line);
}

static void zones_have_one_spelling(void **state)
{
    (void)state;
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    assert_string_equal(zone_normalise("EXAMPLE.com.", &arena, &err), "example.com");
    assert_string_equal(zone_normalise("b\xc3\xbc"
                                       "cher.example",
                                       &arena, &err),
                        "xn--bcher-kva.example");
    static const char *const refused[] = {
        "", "co.uk", "192.0.2.1", "exa mple.com", "*.example.com", "http://example.com"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (zone_normalise(refused[i], &arena, &err) != NULL || err.kind != ERR_USAGE) {
            fail_msg("'%s' was taken for a zone", refused[i]);
        }
    }
    arena_release(&arena);
}

static int read_ranges(const char *text, size_t *count, struct arena *arena, struct err *err)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/origintls-test-ranges-%d", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    struct address_range *ranges = NULL;
    int result = edge_ranges_read(path, arena, &ranges, count, err);
    unlink(path);
    return result;
}

static void reads_the_ranges_of_the_edge(void **state)
{
    (void)state;
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    size_t count = 0;
    assert_int_equal(
        read_ranges("# the edge\n192.0.2.0/24\r\n\n 2001:db8::/32 # v6\n198.51.100.7", &count, &arena, &err), 0);
    assert_int_equal(count, 3);
    assert_int_equal(read_ranges("192.0.2.0/24\n192.0.2.1/24\n", &count, &arena, &err), -1);
    assert_non_null(strstr(err.message, ":2: '192.0.2.1/24'"));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(read_ranges("# nothing\n", &count, &arena, &err), -1);
    assert_non_null(strstr(err.message, "no range"));
    arena_release(&arena);
}

static void counts_edits(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } rows[] = {
        {"scan", "scan", 0}, {"scan", "scna", 1}, {"scan", "can", 1},       {"scan", "scans", 1},
        {"scan", "span", 1}, {"", "abc", 3},      {"kitten", "sitting", 3}, {"report", "explain", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(edit_distance(slice_of(rows[i].a), slice_of(rows[i].b)), rows[i].distance);
        assert_int_equal(edit_distance(slice_of(rows[i].b), slice_of(rows[i].a)), rows[i].distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_origins_apart),
        cmocka_unit_test(plans_what_is_given),
        cmocka_unit_test(plans_the_zone_and_its_www_from_dns),
        cmocka_unit_test(refuses_what_cannot_be_planned),
        cmocka_unit_test(more_origins_than_the_bound_are_refused),
        cmocka_unit_test(zones_have_one_spelling),
        cmocka_unit_test(reads_the_ranges_of_the_edge),
        cmocka_unit_test(counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

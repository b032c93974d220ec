/* The command line against the tables: what is taken, what is refused, and where a value comes from. */
#include "cli/scan_arguments.h"
#include "tests/unit/cli/command_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct refused_row {
    const char *sentence, *text, *message;
};

static const struct refused_row refused_rows[] = {
    {"an unknown option is named", "scan --bogus example.com", "unknown option --bogus; see 'origintls scan --help'"},
    {"a mistyped option is guessed", "scan --pars 3 example.com", "unknown option --pars; did you mean --pairs?"},
    {"two swapped letters are guessed", "scan --cielnig full example.com", "did you mean --ceiling?"},
    {"an unknown command is named", "frobnicate", "unknown command 'frobnicate'; see 'origintls --help'"},
    {"a mistyped command is guessed", "scna example.com", "unknown command 'scna'; did you mean 'scan'?"},
    {"an unknown letter is named", "-x scan example.com", "unknown option -x"},
    {"an option of a command may not stand before it", "--pairs 3 scan example.com",
     "option --pairs must stand behind the command"},
    {"a value is missing at the end", "scan example.com --pairs", "option --pairs needs a value: N"},
    {"a flag takes no value", "scan --dry-run=yes example.com", "option --dry-run takes no value"},
    {"the operand is missing", "scan", "a zone is missing; usage: origintls scan [OPTION]... ZONE"},
    {"one operand too many", "scan example.com example.org", "'example.org' is one operand too many"},
    {"a count must be a number", "scan --pairs=many example.com", "option --pairs: 'many' is not a whole number"},
    {"a count may not be negative", "scan --pairs=-1 example.com", "option --pairs: '-1' is not a whole number"},
    {"a count may not be empty", "scan --pairs= example.com", "option --pairs: '' is not a whole number"},
    {"a count has a lower bound", "scan --pairs 0 example.com", "option --pairs: '0' is not from 1 to 1000"},
    {"a count has an upper bound", "scan --pairs 1001 example.com", "option --pairs: '1001' is not from 1 to 1000"},
    {"a count beyond every bound", "scan --seed 99999999999999999999 example.com", "is too large"},
    {"a rate must be a number", "scan --rate 1x example.com", "option --rate: '1x' is not a number"},
    {"a rate is not infinite", "scan --rate inf example.com", "option --rate: 'inf' is not a number"},
    {"a rate is not hexadecimal", "scan --rate 0x10 example.com", "option --rate: '0x10' is not a number"},
    {"a rate of nothing", "scan --rate 0 example.com", "option --rate: '0' is not from 0.01 to 1000"},
    {"a mode must be one", "scan --mode strong example.com",
     "option --mode: 'strong' is not one of off, flexible, full, full_strict or strict"},
    {"a setting must be one", "scan --setting never example.com", "'never' is not one of auto or custom"},
    {"a family must be one", "scan --family 5 example.com", "'5' is not one of any, 4 or 6"},
    {"a trusted root must be known", "scan --trust system,mozilla example.com", "'mozilla' is not one of"},
    {"somebody must be trusted", "scan --trust= example.com", "option --trust: nothing is named"},
    {"a time must be RFC 3339", "scan --at tomorrow example.com", "'tomorrow' is not an RFC 3339 time"},
    {"a file needs a name", "scan --ca-file= example.com", "option --ca-file: the name of the file is empty"},
    {"a format must be one", "scan --format xml example.com", "option --format: 'xml' is not one of text or json"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++) {
        const struct refused_row *row = &refused_rows[i];
        struct command_line line;
        struct err err = ERR_INIT;
        int result = resolve_text(&line, row->text, &err);
        if (result == 0 || err.kind != ERR_USAGE || strstr(err.message, row->message) == NULL) {
            fail_msg("%s: '%s' gives '%s'", row->sentence, row->text, result == 0 ? "no error" : err.message);
        }
        command_line_release(&line);
    }
}

/* What a scan's command line makes of its arguments. */
static const struct scan_arguments *resolve_scan(struct command_line *line, const char *text)
{
    struct err err = ERR_INIT;
    if (resolve_text(line, text, &err) != 0) {
        fail_msg("'%s': %s", text, err.message);
    }
    return line->arguments;
}

static void defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    struct command_line line;
    const struct scan_arguments *scan = resolve_scan(&line, "scan example.com");
    assert_int_equal(scan->pairs, 60);
    assert_int_equal(scan->min_pairs, 10);
    assert_true(scan->rate > 9.99 && scan->rate < 10.01);
    assert_int_equal(scan->connections, 4);
    assert_true(scan->timeout_s > 29.99 && scan->timeout_s < 30.01);
    assert_string_equal(scan->user_agent, "Cloudflare-SSLDetector");
    assert_int_equal(scan->family, FAMILY_ANY);
    assert_int_equal(scan->mode, MODE_NONE);
    assert_int_equal(scan->ceiling, MODE_NONE);
    assert_int_equal(scan->require, MODE_NONE);
    assert_int_equal(scan->setting, -1);
    assert_int_equal(scan->trust.roots, 3);
    assert_int_equal(scan->at_s, -1);
    assert_int_equal(scan->seed, 0);
    assert_false(scan->dry_run);
    assert_false(scan->resolve);
    assert_int_equal(scan->origins.count, 0);
    assert_null(scan->global.database);
    command_line_release(&line);
}

static void takes_gnu_style(void **state)
{
    (void)state;
    struct command_line line;
    const struct scan_arguments *scan = resolve_scan(
        &line, "-v --db=/tmp/x scan --pairs=5 --rate 2.5 example.com --origin a=1 --origin=b=2 --origin c=3 "
               "--mode strict --trust origin_ca --at 2026-01-01T00:00:00Z -qv --dry-run --color never");
    assert_string_equal(scan->global.database, "/tmp/x");
    assert_int_equal(scan->global.verbose, 2);
    assert_true(scan->global.quiet);
    assert_int_equal(scan->global.color, COLOR_NEVER);
    assert_int_equal(scan->pairs, 5);
    assert_true(scan->rate > 2.49 && scan->rate < 2.51);
    assert_int_equal(scan->origins.count, 3);
    assert_string_equal(scan->origins.items[0], "a=1");
    assert_string_equal(scan->origins.items[1], "b=2");
    assert_string_equal(scan->origins.items[2], "c=3");
    assert_int_equal(scan->mode, MODE_STRICT);
    assert_int_equal(scan->trust.roots, 2);
    assert_int_equal(scan->at_s, 1767225600);
    assert_true(scan->dry_run);
    assert_int_equal(line.operand_count, 1);
    assert_string_equal(line.operands[0], "example.com");
    command_line_release(&line);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    struct command_line line;
    resolve_scan(&line, "scan -- --pairs");
    assert_int_equal(line.operand_count, 1);
    assert_string_equal(line.operands[0], "--pairs");
    command_line_release(&line);
    resolve_scan(&line, "links --base http://a/ -");
    assert_string_equal(line.operands[0], "-");
    command_line_release(&line);
}

static const char *write_config(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/origintls-test-config-%d", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    return path;
}

static void later_sources_win(void **state)
{
    (void)state;
    struct command_line line;
    char text[256];
    const char *path = write_config("# for every command\nrate = 3\ndb = /tmp/from-file\nno-progress = yes\n\n[scan]\n"
                                    "pairs = 30 ; thirty\norigin = a.example.com=192.0.2.1\n"
                                    "origin = b.example.com=192.0.2.2\nconnections = 2\n");
    set_test_variable("ORIGINTLS_CONFIG", path);
    const struct scan_arguments *scan = resolve_scan(&line, "scan example.com");
    assert_int_equal(scan->pairs, 30);
    assert_true(scan->rate > 2.99 && scan->rate < 3.01);
    assert_string_equal(scan->global.database, "/tmp/from-file");
    assert_true(scan->global.no_progress);
    assert_int_equal(scan->origins.count, 2);
    command_line_release(&line);

    set_test_variable("ORIGINTLS_PAIRS", "20");
    set_test_variable("ORIGINTLS_DB", "/tmp/from-environment");
    set_test_variable("ORIGINTLS_ORIGIN", "c.example.com=192.0.2.3");
    set_test_variable("ORIGINTLS_SEED", "");
    scan = resolve_scan(&line, "scan example.com");
    assert_int_equal(scan->pairs, 20);
    assert_int_equal(scan->connections, 2);
    assert_string_equal(scan->global.database, "/tmp/from-environment");
    assert_int_equal(scan->origins.count, 1);
    command_line_release(&line);

    snprintf(text, sizeof text, "--db /tmp/from-flag scan example.com --pairs 10 --pairs 11 --config %s", path);
    scan = resolve_scan(&line, text);
    assert_int_equal(scan->pairs, 11);
    assert_string_equal(scan->global.database, "/tmp/from-flag");
    command_line_release(&line);
    set_test_variable(NULL, NULL);
    unlink(path);
}

static const struct refused_row config_rows[] = {
    {"an unknown key is named", "[scan]\nparis = 3\n", ":2: unknown key 'paris'; did you mean 'pairs'?"},
    {"a key of another command in a section", "[scan]\nbase = http://a/\n", ":2: unknown key 'base'"},
    {"an unknown section is named", "[scam]\npairs = 3\n", ":2: unknown section [scam]"},
    {"a value is checked", "pairs = many\n", ":1: pairs: 'many' is not a whole number"},
    {"a value for another command is checked too", "[cert]\nat = noon\n", ":2: at: 'noon' is not an RFC 3339 time"},
    {"a value that no command takes", "format = parchment\n", ":1: format: 'parchment' is not one of"},
    {"a flag is true or false", "[scan]\nresolve = perhaps\n", ":2: resolve: 'perhaps' is neither true nor false"},
    {"what is for the command line alone", "[scan]\ndry-run = yes\n", ":2: unknown key 'dry-run'"},
    {"neither key nor section", "pairs = 3\njust words\n", ":2: it is neither NAME = VALUE nor [SECTION]"},
    {"an indented line would continue the one before", "pairs = 3\n  rate = 2\n", ":2: the line must not be indented"},
};

static void refuses_bad_configuration(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof config_rows / sizeof config_rows[0]; i++) {
        const struct refused_row *row = &config_rows[i];
        struct command_line line;
        struct err err = ERR_INIT;
        set_test_variable("ORIGINTLS_CONFIG", write_config(row->text));
        int result = resolve_text(&line, "scan example.com", &err);
        if (result == 0 || err.kind != ERR_USAGE || strstr(err.message, row->message) == NULL) {
            fail_msg("%s: '%s'", row->sentence, result == 0 ? "no error" : err.message);
        }
        command_line_release(&line);
        set_test_variable(NULL, NULL);
    }
}

/* `format` of a report and of an inventory are two things with one name. */
static void takes_a_value_that_some_command_takes(void **state)
{
    (void)state;
    static const char *const words[] = {"scan example.com", "report", "cert file.pem"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct command_line line;
        struct err err = ERR_INIT;
        set_test_variable("ORIGINTLS_CONFIG", write_config("format = json\n"));
        if (resolve_text(&line, words[i], &err) != 0) {
            fail_msg("%s: %s", words[i], err.message);
        }
        command_line_release(&line);
        set_test_variable(NULL, NULL);
    }
}

static void refuses_endless_and_missing_configuration(void **state)
{
    (void)state;
    struct command_line line;
    struct err err = ERR_INIT;
    char text[1200] = "pairs = ";
    memset(text + 8, '1', sizeof text - 9);
    set_test_variable("ORIGINTLS_CONFIG", write_config(text));
    assert_int_equal(resolve_text(&line, "scan example.com", &err), -1);
    assert_non_null(strstr(err.message, ":1: the line is too long"));
    command_line_release(&line);
    assert_int_equal(resolve_text(&line, "scan example.com --config /nonexistent/file", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "/nonexistent/file"));
    command_line_release(&line);
    assert_int_equal(resolve_text(&line, "scan example.com --config /tmp", &err), -1);
    assert_non_null(strstr(err.message, "/tmp"));
    command_line_release(&line);
    set_test_variable(NULL, NULL);
}

static void a_bad_variable_is_named(void **state)
{
    (void)state;
    struct command_line line;
    struct err err = ERR_INIT;
    set_test_variable("ORIGINTLS_MIN_PAIRS", "few");
    assert_int_equal(resolve_text(&line, "scan example.com", &err), -1);
    assert_string_equal(err.message, "ORIGINTLS_MIN_PAIRS: 'few' is not a whole number");
    command_line_release(&line);
    set_test_variable(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(defaults_are_those_of_the_contract),
        cmocka_unit_test(takes_gnu_style),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(refuses_bad_configuration),
        cmocka_unit_test(takes_a_value_that_some_command_takes),
        cmocka_unit_test(refuses_endless_and_missing_configuration),
        cmocka_unit_test(a_bad_variable_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

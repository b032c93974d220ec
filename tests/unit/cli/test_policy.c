/* Every value of the policy has an option under the name that its table tells, and the option sets that value alone. */
#include "base/json_writer.h"
#include "cli/rollout_command.h"
#include "tests/unit/cli/command_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* The policy that a command line leads to. */
static struct rollout_policy policy_after(const char *options)
{
    struct command_line line = {.command = NULL};
    struct rollout_policy policy;
    struct err err = ERR_INIT;
    char text[256];
    snprintf(text, sizeof text, "upgrade observe edge.ndjson%s", options);
    if (resolve_text(&line, text, &err) != 0) {
        fail_msg("%s: %s", options, err.message);
    }
    const struct rollout_arguments *arguments = line.arguments;
    assert_int_equal(policy_from_arguments(&arguments->policy, &policy, &err), 0);
    command_line_release(&line);
    return policy;
}

static struct buf value_of(const struct rollout_policy *policy, policy_set fields)
{
    struct buf text = {.data = NULL};
    struct json_writer json;
    json_init(&json, &text, false);
    policy_write_fields(&json, policy, fields);
    return text;
}

static void an_option_sets_its_value_and_no_other(void **state)
{
    (void)state;
    const struct rollout_policy initial = policy_after("");
    const policy_set all = (UINT32_C(1) << policy_field_count) - 1;
    for (size_t i = 0; i < policy_field_count; i++) {
        const struct policy_field *field = &policy_fields[i];
        const policy_set own = UINT32_C(1) << i;
        char options[128];
        char expected[128];
        const char *value = field->type == POLICY_SHARE ? "0.5" : "7";
        if (field->type == POLICY_MODE) {
            continue; /* --ceiling is the scan's */
        }
        assert_int_equal(policy_field_at(field->offset), own);
        snprintf(options, sizeof options, field->type == POLICY_FLAG ? " --%s" : " --%s=%s", field->option, value);
        snprintf(expected, sizeof expected, "[{\"name\":\"%s\",\"value\":%s}]", field->name,
                 field->type == POLICY_FLAG ? "true" : value);
        const struct rollout_policy changed = policy_after(options);
        struct buf told = value_of(&changed, own);
        struct buf others = value_of(&changed, all & ~own);
        struct buf before = value_of(&initial, all & ~own);
        assert_string_equal(buf_text(&told), expected);
        assert_string_equal(buf_text(&others), buf_text(&before));
        buf_release(&told);
        buf_release(&others);
        buf_release(&before);
    }
}

static void the_options_begin_with_the_policy_s_own_defaults(void **state)
{
    (void)state;
    struct rollout_policy own;
    const struct rollout_policy told = policy_after("");
    rollout_policy_init(&own);
    struct buf expected = value_of(&own, UINT32_MAX);
    struct buf actual = value_of(&told, UINT32_MAX);
    assert_string_equal(buf_text(&actual), buf_text(&expected));
    buf_release(&expected);
    buf_release(&actual);
}

static void windows_are_told_one_by_one(void **state)
{
    (void)state;
    const struct rollout_policy policy = policy_after(" --freeze=2026-12-20T00:00:00Z/2027-01-02T00:00:00Z");
    struct buf told = value_of(&policy, POLICY_WINDOWS);
    assert_string_equal(buf_text(&told),
                        "[{\"name\":\"freeze\",\"value\":\"2026-12-20T00:00:00Z/2027-01-02T00:00:00Z\"}]");
    buf_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_sets_its_value_and_no_other),
        cmocka_unit_test(the_options_begin_with_the_policy_s_own_defaults),
        cmocka_unit_test(windows_are_told_one_by_one),
    };
    return cmocka_run_group_tests_name("policy from the command line", tests, NULL, NULL);
}

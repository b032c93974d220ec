#include "recommend/inventory.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_a_new_hostname_has_the_defaults(void **state)
{
    (void)state;
    struct inventory_zone zone = {0};
    struct inventory_hostname *hostname = inventory_add_hostname(&zone, "www.example.com");

    assert_non_null(hostname);
    assert_int_equal(hostname->mode, MODE_FLEXIBLE);
    assert_int_equal(hostname->ceiling, MODE_FULL_STRICT);
    assert_int_equal(hostname->setting, SETTING_AUTO);
    assert_false(hostname->always_https);
    assert_null(hostname->host_header);
    assert_int_equal(hostname->origin_count, 0);
    assert_ptr_equal(inventory_add_hostname(&zone, "www.example.com"), hostname);
    assert_ptr_equal(inventory_find(&zone, "www.example.com"), hostname);
    assert_null(inventory_find(&zone, "example.com"));
    assert_int_equal(zone.hostname_count, 1);
    inventory_zone_release(&zone);
    assert_int_equal(zone.hostname_count, 0);
}

static void test_an_origin_is_added_once(void **state)
{
    (void)state;
    struct inventory_zone zone = {0};
    struct inventory_hostname *hostname = inventory_add_hostname(&zone, "example.com");
    char address[] = "192.0.2.1";
    struct inventory_origin origin = {.address = address, .http_port = 80, .https_port = 443};
    struct inventory_origin other_port = {.address = address, .http_port = 80, .https_port = 8443};

    assert_int_equal(inventory_add_origin(&zone, hostname, &origin), 0);
    assert_int_equal(inventory_add_origin(&zone, hostname, &origin), 0);
    assert_int_equal(hostname->origin_count, 1);
    assert_int_equal(inventory_add_origin(&zone, hostname, &other_port), 0);
    assert_int_equal(hostname->origin_count, 2);
    address[0] = 'x'; /* the inventory keeps a copy */
    assert_string_equal(hostname->origins[0].address, "192.0.2.1");
    assert_int_equal(hostname->origins[1].https_port, 8443);
    inventory_zone_release(&zone);
}

static void test_limits(void **state)
{
    (void)state;
    struct inventory_zone zone = {0};
    struct inventory_origin origin = {.address = "192.0.2.1", .http_port = 1, .https_port = 443};
    char name[64];

    for (size_t i = 0; i < LIMIT_ZONE_HOSTNAMES; i++) {
        snprintf(name, sizeof(name), "h%zu.example.com", i);
        assert_non_null(inventory_add_hostname(&zone, name));
    }
    assert_null(inventory_add_hostname(&zone, "one-more.example.com"));
    assert_non_null(inventory_add_hostname(&zone, "h7.example.com"));
    assert_int_equal(zone.hostname_count, LIMIT_ZONE_HOSTNAMES);
    for (size_t i = 0; i < LIMIT_ZONE_HOSTNAMES; i++) {
        snprintf(name, sizeof(name), "h%zu.example.com", i);
        assert_string_equal(zone.hostnames[i].hostname, name);
    }
    for (size_t i = 0; i < LIMIT_HOSTNAME_ORIGINS; i++, origin.http_port++)
        assert_int_equal(inventory_add_origin(&zone, &zone.hostnames[0], &origin), 0);
    assert_int_equal(inventory_add_origin(&zone, &zone.hostnames[0], &origin), -1);
    assert_int_equal(zone.hostnames[0].origin_count, LIMIT_HOSTNAME_ORIGINS);
    inventory_zone_release(&zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_hostname_has_the_defaults),
        cmocka_unit_test(test_an_origin_is_added_once),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

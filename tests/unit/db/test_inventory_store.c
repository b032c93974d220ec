#include "tests/support/sample_record.h"
#include "tests/unit/db/store_test.h"

#include <stdio.h>
#include <string.h>

static void fill(struct inventory_zone *zone, const char *name)
{
    memset(zone, 0, sizeof *zone);
    zone->zone = name;
    struct inventory_hostname *www = inventory_add_hostname(zone, "www.example.com");
    www->mode = MODE_FULL;
    www->ceiling = MODE_STRICT;
    www->setting = SETTING_CUSTOM;
    www->always_https = true;
    www->host_header = "origin.example.net";
    www->sni = "sni.example.net";
    www->weight = 123456789012;
    inventory_add_origin(zone, www, &(struct inventory_origin){"192.0.2.7", false, 8080, 8443, SOURCE_INVENTORY});
    inventory_add_origin(zone, www, &(struct inventory_origin){"lb.example.net", true, 80, 443, SOURCE_INVENTORY});
    inventory_add_hostname(zone, "a.example.com");
}

static void assert_inventory(struct store *store, const char *zone, const char *first, size_t hostnames)
{
    struct inventory_zone read;
    struct err err = ERR_INIT;
    assert_int_equal(store_read_inventory(store, zone, &read, &err), 1);
    assert_string_equal(read.zone, zone);
    assert_int_equal(read.hostname_count, hostnames);
    assert_string_equal(read.hostnames[0].hostname, first);
    inventory_zone_release(&read);
}

static void an_inventory_comes_back_in_its_order(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct inventory_zone written;
    struct inventory_zone read;
    struct err err = ERR_INIT;
    fill(&written, "example.com");
    assert_int_equal(store_write_inventory(store, &written, &err), 0);
    assert_int_equal(store_read_inventory(store, "example.com", &read, &err), 1);
    assert_int_equal(read.hostname_count, 2);
    const struct inventory_hostname *www = &read.hostnames[0];
    assert_string_equal(www->hostname, "www.example.com");
    assert_int_equal(www->mode, MODE_FULL);
    assert_int_equal(www->ceiling, MODE_STRICT);
    assert_int_equal(www->setting, SETTING_CUSTOM);
    assert_true(www->always_https);
    assert_string_equal(www->host_header, "origin.example.net");
    assert_string_equal(www->sni, "sni.example.net");
    assert_true(www->weight == 123456789012);
    assert_int_equal(www->origin_count, 2);
    assert_string_equal(www->origins[0].address, "192.0.2.7");
    assert_int_equal(www->origins[0].http_port, 8080);
    assert_int_equal(www->origins[0].https_port, 8443);
    assert_false(www->origins[0].is_name);
    assert_string_equal(www->origins[1].address, "lb.example.net");
    assert_true(www->origins[1].is_name);
    assert_int_equal(read.hostnames[1].mode, MODE_FLEXIBLE);
    assert_null(read.hostnames[1].sni);
    assert_int_equal(read.hostnames[1].origin_count, 0);
    inventory_zone_release(&written);
    inventory_zone_release(&read);
    store_close(store);
}

static void an_unknown_zone_has_no_inventory(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct inventory_zone read;
    struct err err = ERR_INIT;
    assert_int_equal(store_read_inventory(store, "example.com", &read, &err), 0);
    assert_int_equal(read.hostname_count, 0);
    store_close(store);
}

static void a_new_inventory_replaces_the_old_one_of_that_zone_alone(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct inventory_zone zone;
    struct err err = ERR_INIT;
    fill(&zone, "example.com");
    assert_int_equal(store_write_inventory(store, &zone, &err), 0);
    zone.zone = "example.org";
    assert_int_equal(store_write_inventory(store, &zone, &err), 0);
    struct inventory_zone smaller = {.zone = "example.com"};
    inventory_add_hostname(&smaller, "new.example.com");
    assert_int_equal(store_write_inventory(store, &smaller, &err), 0);
    assert_inventory(store, "example.com", "new.example.com", 1);
    assert_inventory(store, "example.org", "www.example.com", 2);
    inventory_zone_release(&zone);
    inventory_zone_release(&smaller);
    store_close(store);
}

static void a_scan_may_bring_its_inventory_and_both_fail_together(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct inventory_zone zone;
    struct scan_record record;
    struct err err = ERR_INIT;
    fill(&zone, "example.com");
    sample_upgrade(&record);
    zone.hostnames[1].hostname = "www.example.com"; /* twice: the store refuses it */
    assert_int_equal(store_write_scan(store, &record, &zone, &err), -1);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM scans"), 0);
    assert_int_equal(store_test_number(store, "SELECT count(*) FROM inventory"), 0);
    zone.hostnames[1].hostname = "a.example.com";
    assert_int_equal(store_write_scan(store, &record, &zone, &err), 0);
    assert_inventory(store, "example.com", "www.example.com", 2);
    scan_record_release(&record);
    inventory_zone_release(&zone);
    store_close(store);
}

struct entries {
    char text[512];
};

static int collect(void *context, const struct store_opt_out *entry, struct err *err)
{
    struct entries *entries = context;
    size_t len = strlen(entries->text);
    (void)err;
    snprintf(entries->text + len, sizeof entries->text - len, "%d %s %s %s %lld\n", (int)entry->kind, entry->value,
             entry->reason != NULL ? entry->reason : "-", entry->source != NULL ? entry->source : "-",
             (long long)entry->expires_s);
    return 0;
}

static void add(struct store *store, struct store_opt_out entry)
{
    struct err err = ERR_INIT;
    assert_int_equal(store_add_opt_out(store, &entry, &err), 0);
}

static void opt_outs_are_kept_replaced_and_removed(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct err err = ERR_INIT;
    add(store, (struct store_opt_out){OPT_OUT_ZONE, "example.com", "asked by mail", "list.txt", 1800000000});
    add(store, (struct store_opt_out){OPT_OUT_HOST, "example.com", NULL, NULL, -1});
    add(store, (struct store_opt_out){OPT_OUT_RANGE, "192.0.2.0/24", NULL, "command line", -1});
    add(store, (struct store_opt_out){OPT_OUT_ZONE, "example.com", "still", "list.txt", -1});
    struct entries entries = {""};
    assert_int_equal(store_each_opt_out(store, collect, &entries, &err), 0);
    assert_string_equal(entries.text, "0 example.com still list.txt -1\n"
                                      "1 example.com - - -1\n"
                                      "2 192.0.2.0/24 - command line -1\n");
    assert_int_equal(store_remove_opt_out(store, OPT_OUT_ZONE, "example.com", &err), 1);
    assert_int_equal(store_remove_opt_out(store, OPT_OUT_ZONE, "example.com", &err), 0);
    struct entries rest = {""};
    assert_int_equal(store_each_opt_out(store, collect, &rest, &err), 0);
    assert_string_equal(rest.text, "1 example.com - - -1\n2 192.0.2.0/24 - command line -1\n");
    store_close(store);
}

/* Whoever cannot read an opt-out must not scan. */
static void an_opt_out_that_cannot_be_understood_stops_the_reading(void **state)
{
    struct store *store = store_test_open(*state, STORE_READ_WRITE);
    struct entries entries = {""};
    struct err err = ERR_INIT;
    store_test_sql(store, "PRAGMA ignore_check_constraints = 1; "
                          "INSERT INTO opt_outs (kind, value) VALUES ('planet', 'earth')");
    assert_int_equal(store_each_opt_out(store, collect, &entries, &err), -1);
    assert_non_null(strstr(err.message, "opt-out"));
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_inventory_comes_back_in_its_order),
        STORE_TEST(an_unknown_zone_has_no_inventory),
        STORE_TEST(a_new_inventory_replaces_the_old_one_of_that_zone_alone),
        STORE_TEST(a_scan_may_bring_its_inventory_and_both_fail_together),
        STORE_TEST(opt_outs_are_kept_replaced_and_removed),
        STORE_TEST(an_opt_out_that_cannot_be_understood_stops_the_reading),
    };
    return cmocka_run_group_tests_name("inventory and opt-outs in the store", tests, NULL, NULL);
}

/* The limiter over a given time, and the map below it. */
#include "crawler/limiter.h"

#include "base/limits.h"
#include "base/rng.h"
#include "crawler/address_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

static struct address numbered(uint32_t number)
{
    struct address address = {.family = 4};
    memcpy(address.bytes, &number, sizeof number);
    return address;
}

static struct limiter *new_limiter(void)
{
    struct err err = ERR_INIT;
    struct limiter *limiter = limiter_new(&err);
    assert_non_null(limiter);
    return limiter;
}

/* Asks at every millisecond of ten seconds; returns how many requests went, and the most in any one second. */
static unsigned ask_all_the_time(double rate, unsigned *most_in_a_second)
{
    static int64_t times[200000];
    struct limiter *limiter = new_limiter();
    const struct address address = numbered(1);
    const struct limiter_bounds bounds = {.requests_per_second = rate};
    unsigned count = 0, first = 0;
    *most_in_a_second = 0;
    for (int64_t now_ms = 0; now_ms < 10000; now_ms++) {
        int64_t wait_ms = 0;
        while (limiter_acquire(limiter, &address, &bounds, now_ms, &wait_ms)) {
            limiter_release(limiter, &address);
            times[count++] = now_ms;
            while (times[first] <= now_ms - 1000) {
                first++;
            }
            *most_in_a_second = count - first > *most_in_a_second ? count - first : *most_in_a_second;
        }
        assert_true(wait_ms >= 1 && wait_ms <= 1000 / rate + 1);
    }
    limiter_free(limiter);
    return count;
}

static void test_rate(void **state)
{
    (void)state;
    static const struct {
        double rate;
        unsigned in_ten_seconds, in_one;
    } rows[] = {{1, 10, 1}, {3, 30, 4}, {10, 100, 10}, {64, 640, 65}, {1000, 10000, 1001}, {5000, 50000, 5005}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned most = 0, count = ask_all_the_time(rows[i].rate, &most);
        if (count < rows[i].in_ten_seconds || count > rows[i].in_ten_seconds + rows[i].in_ten_seconds / 1000 + 1 ||
            most > rows[i].in_one) {
            fail_msg("rate %g: %u in ten seconds, %u in one", rows[i].rate, count, most);
        }
    }
}

static void test_the_wait_is_exact(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct address address = numbered(1), other = numbered(2);
    const struct limiter_bounds slow = {.requests_per_second = 2}, quick = {.requests_per_second = 10};
    int64_t wait_ms = 0;
    assert_true(limiter_acquire(limiter, &address, &slow, 5000, &wait_ms));
    assert_false(limiter_acquire(limiter, &address, &slow, 5100, &wait_ms));
    assert_int_equal(wait_ms, 400);
    assert_true(limiter_acquire(limiter, &other, &slow, 5100, &wait_ms)); /* another address knows nothing of it */
    assert_false(limiter_acquire(limiter, &address, &quick, 5099, &wait_ms));
    assert_int_equal(wait_ms, 1);
    assert_true(limiter_acquire(limiter, &address, &quick, 5100, &wait_ms)); /* one with a higher rate of his own */
    assert_false(limiter_acquire(limiter, &address, &slow, 5500, &wait_ms)); /* counts for all */
    assert_int_equal(wait_ms, 100);
    limiter_free(limiter);
}

static void test_no_burst_after_a_pause(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct address address = numbered(1);
    const struct limiter_bounds bounds = {.requests_per_second = 10};
    int64_t wait_ms = 0;
    assert_true(limiter_acquire(limiter, &address, &bounds, 0, &wait_ms));
    assert_true(limiter_acquire(limiter, &address, &bounds, 60000, &wait_ms));
    assert_false(limiter_acquire(limiter, &address, &bounds, 60001, &wait_ms));
    assert_int_equal(wait_ms, 99);
    limiter_free(limiter);
}

static void test_connections(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct address address = numbered(1);
    const struct limiter_bounds two = {.connections = 2}, three = {.connections = 3};
    int64_t wait_ms = 0;
    assert_true(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    assert_true(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    assert_false(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    assert_int_equal(wait_ms, LIMITER_WAIT_FOR_RELEASE);
    assert_true(limiter_acquire(limiter, &address, &three, 0, &wait_ms));
    limiter_release(limiter, &address);
    assert_false(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    limiter_release(limiter, &address);
    assert_true(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    limiter_release(limiter, &address);
    limiter_release(limiter, &address);
    limiter_release(limiter, &address); /* one too many changes nothing */
    assert_true(limiter_acquire(limiter, &address, &two, 0, &wait_ms));
    limiter_free(limiter);
}

static void test_back_off(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct address address = numbered(1);
    const struct limiter_bounds none = {0};
    int64_t wait_ms = 0;
    limiter_back_off(limiter, &address, 9000, 1000);
    limiter_back_off(limiter, &address, 4000, 1000); /* an earlier one does not shorten it */
    assert_false(limiter_acquire(limiter, &address, &none, 1000, &wait_ms));
    assert_int_equal(wait_ms, 8000);
    assert_false(limiter_acquire(limiter, &address, &none, 8999, &wait_ms));
    assert_int_equal(wait_ms, 1);
    assert_true(limiter_acquire(limiter, &address, &none, 9000, &wait_ms));
    limiter_free(limiter);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_bounds bounds = {.requests_per_second = 10};
    int64_t wait_ms = 0;
    /* Idle addresses are forgotten: a million pass through. */
    for (uint32_t i = 0; i < 1000000; i++) {
        struct address address = numbered(i);
        assert_true(limiter_acquire(limiter, &address, &bounds, i, &wait_ms));
        limiter_release(limiter, &address);
    }
    assert_true(limiter_count(limiter) < 5000);
    /* Busy ones are not: the last has to wait, and may go when another is done. */
    for (uint32_t i = 0; limiter_count(limiter) < LIMIT_LIMITER_ADDRESSES; i++) {
        struct address address = numbered(2000000 + i);
        limiter_acquire(limiter, &address, &bounds, 2000000 + i * 200, &wait_ms);
    }
    struct address late = numbered(3000000), busy = numbered(2000000);
    int64_t now_ms = 100000000;
    assert_false(limiter_acquire(limiter, &late, &bounds, now_ms, &wait_ms));
    assert_true(wait_ms > 0);
    limiter_release(limiter, &busy);
    assert_true(limiter_acquire(limiter, &late, &bounds, now_ms + wait_ms, &wait_ms));
    limiter_free(limiter);
}

static void test_address_map(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static int values[COUNT];
    static bool there[COUNT];
    struct address_map map = {0};
    struct rng rng;
    rng_init(&rng, 7);
    size_t count = 0;
    for (int step = 0; step < 100000; step++) {
        uint32_t i = (uint32_t)rng_below(&rng, COUNT);
        struct address address = numbered(i);
        if (rng_below(&rng, 2) == 0) {
            assert_int_equal(address_map_put(&map, &address, &values[i]), 0);
            count += !there[i];
            there[i] = true;
        } else {
            assert_ptr_equal(address_map_remove(&map, &address), there[i] ? &values[i] : NULL);
            count -= there[i];
            there[i] = false;
        }
        assert_int_equal(map.count, count);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct address address = numbered(i);
        assert_ptr_equal(address_map_get(&map, &address), there[i] ? &values[i] : NULL);
    }
    struct address six = {.family = 6}, four = {.family = 4};
    assert_int_equal(address_map_put(&map, &six, &values[0]), 0);
    assert_true(address_map_get(&map, &four) != &values[0] || there[0]);
    address_map_release(&map);
    assert_null(address_map_get(&map, &six));
    assert_null(address_map_remove(&map, &six));
}

/* However many addresses there are: 100 requests a second are 101 within a second whose both ends count. */
static void test_total(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct limiter *limiter = limiter_new(&err);
    const struct limiter_bounds bounds = {.requests_per_second = 1000};
    int64_t wait_ms = 0;
    unsigned taken = 0;
    limiter_limit_total(limiter, &(struct limiter_total_bounds){.requests_per_second = 100});
    for (int64_t now_ms = 5000; now_ms <= 6000; now_ms++) {
        for (uint32_t i = 0; i < 20; i++) {
            struct address address = numbered(i);
            if (limiter_acquire(limiter, &address, &bounds, now_ms, &wait_ms)) {
                taken++;
            } else {
                assert_in_range(wait_ms, 1, 10);
            }
        }
    }
    assert_in_range(taken, 100, 101);
    limiter_free(limiter);
}

/* Opens 10 connections a second at most, whatever the rate of requests; on kept ones requests go at once. */
static void test_total_of_connections(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_bounds bounds = {0};
    const struct limiter_keeper keeper = {.wake_fd = -1};
    const struct address address = numbered(1);
    int64_t wait_ms = 0;
    unsigned opened = 0;
    limiter_limit_total(limiter, &(struct limiter_total_bounds){.connections_per_second = 10});
    for (int64_t now_ms = 5000; now_ms <= 6000; now_ms++) {
        opened += limiter_acquire_for(limiter, &keeper, false, &address, &bounds, now_ms, &wait_ms);
    }
    assert_in_range(opened, 10, 11);
    for (unsigned i = 0; i < opened; i++) {
        assert_true(limiter_release_kept(limiter, &keeper, &address));
    }
    for (unsigned i = 0; i < opened; i++) {
        assert_true(limiter_acquire_for(limiter, &keeper, true, &address, &bounds, 6001, &wait_ms));
    }
    assert_false(limiter_acquire(limiter, &address, &bounds, 6001, &wait_ms));
    limiter_free(limiter);
}

/* Responses of 1,000 to 19,000 bytes that take half a second each: 100,000 bytes a second hold over ten seconds. */
static void test_total_of_bytes(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_bounds bounds = {0};
    const struct address address = numbered(1);
    static uint64_t ends_at[20000];
    int64_t wait_ms = 0;
    uint64_t bytes = 0;
    unsigned serial = 0;
    memset(ends_at, 0, sizeof ends_at);
    limiter_limit_total(limiter, &(struct limiter_total_bounds){.bytes_per_second = 100000});
    for (int64_t now_ms = 1000; now_ms < 11000; now_ms++) {
        for (uint64_t left = ends_at[now_ms]; left > 0; left--) {
            limiter_spend(limiter, 1000 + (uint64_t)(serial * 7919 % 19) * 1000);
            bytes += 1000 + (uint64_t)(serial++ * 7919 % 19) * 1000;
            limiter_release(limiter, &address);
        }
        while (now_ms < 10000 && limiter_acquire(limiter, &address, &bounds, now_ms, &wait_ms)) {
            ends_at[now_ms + 500]++;
        }
    }
    assert_in_range(bytes, 850000, 1050000);
    limiter_free(limiter);
}

static void test_kept_connections_count(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    struct limiter_keeper here = {.wake_fd = eventfd(0, EFD_NONBLOCK)}, there = {.wake_fd = eventfd(0, EFD_NONBLOCK)};
    const struct limiter_bounds two = {.connections = 2};
    const struct address address = numbered(1);
    uint64_t woken = 0;
    int64_t wait_ms = 0;
    limiter_add_keeper(limiter, &here);
    limiter_add_keeper(limiter, &there);
    for (int i = 0; i < 2; i++) {
        assert_true(limiter_acquire_for(limiter, &here, false, &address, &two, 0, &wait_ms));
    }
    assert_true(limiter_release_kept(limiter, &here, &address));
    /* One is in use and one kept: there is no third, and who keeps one is told; not who asks. */
    assert_false(limiter_acquire_for(limiter, &there, false, &address, &two, 1, &wait_ms));
    assert_int_equal(wait_ms, LIMITER_WAIT_FOR_RELEASE);
    assert_int_equal(read(here.wake_fd, &woken, sizeof woken), sizeof woken);
    assert_int_equal(read(there.wake_fd, &woken, sizeof woken), -1);
    assert_true(limiter_wants_back(limiter, &address));
    limiter_drop_kept(limiter, &address);
    assert_false(limiter_wants_back(limiter, &address));
    /* It is his who waited, not of whom asks first. */
    assert_false(limiter_acquire_for(limiter, &here, false, &address, &two, 2, &wait_ms));
    assert_true(limiter_acquire_for(limiter, &there, false, &address, &two, 2, &wait_ms));
    /* And now the other waits: what is in use there may not be kept. */
    assert_false(limiter_release_kept(limiter, &there, &address));
    assert_true(limiter_acquire_for(limiter, &here, false, &address, &two, 3, &wait_ms));
    limiter_remove_keeper(limiter, &here);
    limiter_remove_keeper(limiter, &there);
    close(here.wake_fd);
    close(there.wake_fd);
    limiter_free(limiter);
}

/* Who does not come for his connection loses his turn. */
/* A series of short connections holds one place, and the rate is counted for each. */
static void test_a_place_is_kept(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_keeper here = {.wake_fd = -1};
    const struct address address = numbered(1);
    const struct limiter_bounds two = {.requests_per_second = 10, .connections = 2};
    int64_t wait_ms = 0;
    assert_true(limiter_acquire_for(limiter, &here, false, &address, &two, 1000, &wait_ms));
    assert_true(limiter_acquire(limiter, &address, &two, 1100, &wait_ms));
    assert_true(limiter_keep_place(limiter, &address));
    assert_false(limiter_acquire(limiter, &address, &two, 1200, &wait_ms));
    assert_int_equal(LIMITER_WAIT_FOR_RELEASE, wait_ms);
    assert_false(limiter_acquire_for(limiter, &here, true, &address, &two, 1150, &wait_ms));
    assert_int_equal(50, wait_ms);
    assert_true(limiter_acquire_for(limiter, &here, true, &address, &two, 1200, &wait_ms));
    assert_true(limiter_keep_place(limiter, &address));
    limiter_drop_kept(limiter, &address);
    assert_true(limiter_acquire(limiter, &address, &two, 1300, &wait_ms));
    limiter_free(limiter);

    limiter = new_limiter();
    const struct limiter_bounds one = {.connections = 1};
    assert_true(limiter_acquire_for(limiter, &here, false, &address, &one, 1000, &wait_ms));
    assert_false(limiter_keep_place(limiter, &address)); /* the others would starve */
    assert_true(limiter_acquire(limiter, &address, &one, 1000, &wait_ms));
    limiter_free(limiter);
}

static void test_a_turn_ends(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_bounds one = {.connections = 1}, gone = {.connections = 1}, other = {.connections = 1};
    const struct address address = numbered(1);
    int64_t wait_ms = 0;
    assert_true(limiter_acquire(limiter, &address, &one, 0, &wait_ms));
    assert_false(limiter_acquire(limiter, &address, &gone, 0, &wait_ms));
    limiter_release(limiter, &address);
    assert_false(limiter_acquire(limiter, &address, &other, 1000, &wait_ms));
    assert_false(limiter_acquire(limiter, &address, &other, 1100, &wait_ms));
    assert_true(limiter_acquire(limiter, &address, &other, 1200, &wait_ms));
    limiter_free(limiter);
}

/* Three processes: a third of each bound is ours, at least one connection; and nothing once nobody vouches for us. */
static void test_parts(void **state)
{
    (void)state;
    struct limiter *limiter = new_limiter();
    const struct limiter_bounds bounds = {.requests_per_second = 30, .connections = 6};
    const struct address address = numbered(1);
    int64_t wait_ms = 0;
    for (int64_t now_ms = 0; now_ms < 4 * 34; now_ms += 34) {
        assert_true(limiter_acquire(limiter, &address, &bounds, now_ms, &wait_ms));
    }
    assert_true(limiter_fits(limiter));
    limiter_share(limiter, 3);
    assert_false(limiter_fits(limiter));
    assert_false(limiter_acquire(limiter, &address, &bounds, 5000, &wait_ms));
    limiter_release(limiter, &address);
    limiter_release(limiter, &address);
    assert_true(limiter_fits(limiter));
    limiter_release(limiter, &address);
    assert_true(limiter_acquire(limiter, &address, &bounds, 5000, &wait_ms));
    limiter_release(limiter, &address);
    assert_false(limiter_acquire(limiter, &address, &bounds, 5034, &wait_ms));
    assert_int_equal(wait_ms, 66);
    limiter_valid_until(limiter, 6000);
    assert_true(limiter_acquire(limiter, &address, &bounds, 5999, &wait_ms));
    limiter_release(limiter, &address);
    assert_false(limiter_acquire(limiter, &address, &bounds, 7000, &wait_ms));
    limiter_valid_until(limiter, INT64_MAX);
    assert_true(limiter_acquire(limiter, &address, &bounds, 7000, &wait_ms));
    limiter_free(limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_the_wait_is_exact),
        cmocka_unit_test(test_no_burst_after_a_pause),
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_back_off),
        cmocka_unit_test(test_total),
        cmocka_unit_test(test_total_of_connections),
        cmocka_unit_test(test_total_of_bytes),
        cmocka_unit_test(test_kept_connections_count),
        cmocka_unit_test(test_a_place_is_kept),
        cmocka_unit_test(test_a_turn_ends),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_address_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

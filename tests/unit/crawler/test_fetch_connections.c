/* Which idle connection has to go, over socket pairs and a given time. */
#include "crawler/fetch_connections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP = 1, HTTPS = 2 };

struct connection {
    int ends[2];
};

static struct connection open_one(struct fetch_connections *connections, const struct address *address, uint64_t kind,
                                  const void *user)
{
    struct connection connection;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connection.ends), 0);
    assert_int_equal(fetch_connections_opened(connections, connection.ends[0], address, kind, user), 0);
    return connection;
}

static bool is_open(const struct connection *connection)
{
    char byte = 0;
    return recv(connection->ends[1], &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0;
}

static void close_one(struct fetch_connections *connections, struct connection *connection)
{
    fetch_connections_closed(connections, connection->ends[0]);
    close(connection->ends[0]);
    close(connection->ends[1]);
}

/* One connection of either scheme: the http one idle since 1,000 ms, the https one perhaps at work. */
struct room {
    const char *sentence;
    uint64_t kind;
    bool https_is_open;
    int64_t now_ms;
    bool shut;
};

static void test_room_is_made_without_taking_turns(void **state)
{
    (void)state;
    static const struct room rooms[] = {
        {"the first of its kind takes the place of an idle one at once", HTTPS, false, 1000, true},
        {"a second one waits for the first, which is at work", HTTPS, true, 1000, false},
        {"it still waits just before an idle one counts as spare", HTTPS, true, 1199, false},
        {"it takes the place of one that nobody has used for long", HTTPS, true, 1200, true},
        {"a third kind does not wait for the other two", 3, true, 1000, true},
    };
    struct address address;
    assert_int_equal(address_parse(slice_of("192.0.2.1"), &address), 0);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct fetch_connections connections = {0};
        struct connection http = open_one(&connections, &address, HTTP, "a");
        struct connection https = {{-1, -1}};
        assert_true(fetch_connections_idle(&connections, http.ends[0], "a", 1000));
        if (rooms[i].https_is_open) {
            https = open_one(&connections, &address, HTTPS, "b");
        }
        bool shut = fetch_connections_make_room(&connections, &address, rooms[i].kind, rooms[i].now_ms);
        if (shut != rooms[i].shut || is_open(&http) != !rooms[i].shut) {
            fail_msg("%s", rooms[i].sentence);
        }
        assert_int_equal(fetch_connections_open_to(&connections, &address), rooms[i].https_is_open + !shut);
        close_one(&connections, &http);
        if (rooms[i].https_is_open) {
            assert_true(is_open(&https));
            close_one(&connections, &https);
        }
        assert_int_equal(fetch_connections_open_to(&connections, &address), 0);
        fetch_connections_release(&connections);
    }
}

static void test_there_is_no_room_where_none_is_idle(void **state)
{
    (void)state;
    struct fetch_connections connections = {0};
    struct address address;
    assert_int_equal(address_parse(slice_of("192.0.2.1"), &address), 0);
    assert_false(fetch_connections_make_room(&connections, &address, HTTPS, 5000));
    struct connection busy = open_one(&connections, &address, HTTP, "a");
    assert_false(fetch_connections_make_room(&connections, &address, HTTPS, 5000));
    assert_true(is_open(&busy));
    close_one(&connections, &busy);
    fetch_connections_release(&connections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_is_made_without_taking_turns),
        cmocka_unit_test(test_there_is_no_room_where_none_is_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

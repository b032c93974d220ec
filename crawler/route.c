#include "crawler/route.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connecting a datagram socket sends nothing: it only asks the routing table. */
bool route_exists(const struct address *address)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
    memcpy(&six.sin6_addr, address->bytes, 16);
    memcpy(&four.sin_addr, address->bytes, 4);
    int fd = socket(address->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    int status = address->family == 4 ? connect(fd, (struct sockaddr *)&four, sizeof four)
                                      : connect(fd, (struct sockaddr *)&six, sizeof six);
    close(fd);
    return status == 0;
}

bool route_exists_at_all(void)
{
    /* Root servers of the DNS (a.root-servers.net): public addresses that no local route is for. */
    static const struct address four = {.family = 4, .bytes = {198, 41, 0, 4}};
    static const struct address six = {
        .family = 6, .bytes = {0x20, 0x01, 0x05, 0x03, 0xba, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0x30}};
    return route_exists(&four) || route_exists(&six);
}

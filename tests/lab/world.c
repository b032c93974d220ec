#include "tests/lab/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* 127.77.N.1, N from 1. */
#define ADDRESS_NET 77
#define ORIGINS_MAX 254
#define BACKLOG     1024

static void address_of(const struct listener *listener, struct sockaddr_in *address)
{
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(listener->port)};
    inet_pton(AF_INET, listener->origin->address, &address->sin_addr);
}

/* Connects to the port until nobody picks up any more: its backlog of one is full, and further SYNs are dropped. */
static void fill_backlog(struct listener *listener)
{
    struct sockaddr_in address;
    address_of(listener, &address);
    for (int i = 0; i < FILLERS_MAX; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return;
        connect(fd, (struct sockaddr *)&address, sizeof address);
        listener->fillers[listener->filler_count++] = fd;
    }
}

static int listener_open(struct listener *listener, struct err *err)
{
    struct sockaddr_in address;
    address_of(listener, &address);
    socklen_t size = sizeof address;
    int one = 1;
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return err_set_errno(err, ERR_INTERNAL, "socket");
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener->fd, (struct sockaddr *)&address, sizeof address) < 0)
        return err_set_errno(err, ERR_INTERNAL, "%s port %u", listener->origin->address, listener->port);
    if (getsockname(listener->fd, (struct sockaddr *)&address, &size) < 0)
        return err_set_errno(err, ERR_INTERNAL, "getsockname");
    listener->port = ntohs(address.sin_port);
    if (listener->behaviour == PORT_CLOSED)
        return 0;
    if (listen(listener->fd, listener->behaviour == PORT_SILENT ? 0 : BACKLOG) < 0)
        return err_set_errno(err, ERR_INTERNAL, "listen");
    if (listener->behaviour == PORT_SILENT)
        fill_backlog(listener);
    return 0;
}

static struct origin *origin_of(struct world *world, const struct site *site)
{
    const char *name = site_origin(site);
    for (size_t i = 0; i < world->origin_count; i++) {
        if (slice_equal(slice_of(world->origins[i].name), slice_of(name)))
            return &world->origins[i];
    }
    struct origin *origin = &world->origins[world->origin_count++];
    origin->name = name;
    snprintf(origin->address, sizeof origin->address, "127.%d.%zu.1", ADDRESS_NET, world->origin_count);
    origin->stats = &world->stats[world->origin_count - 1];
    origin->http.fd = -1;
    origin->https.fd = -1;
    return origin;
}

/* Ports are the origin's: those of its first site hold. */
static int open_ports(struct origin *origin, const struct site *site, const struct lab_options *options,
                      struct err *err)
{
    origin->http =
        (struct listener){.origin = origin, .fd = -1, .port = options->http_port, .behaviour = site->http_port};
    origin->https = (struct listener){
        .origin = origin, .fd = -1, .port = options->https_port, .https = true, .behaviour = site->https_port};
    if (listener_open(&origin->http, err) < 0 || listener_open(&origin->https, err) < 0)
        return err_prefix(err, "origin %s", origin->name);
    return 0;
}

static int add_site(struct world *world, const struct site *site, const struct lab_options *options,
                    struct authority *authority, struct err *err)
{
    struct origin *origin = origin_of(world, site);
    if (origin->site_count == ORIGIN_SITES_MAX)
        return err_set(err, ERR_INTERNAL, "origin %s has too many sites", origin->name);
    if (origin->site_count == 0 && open_ports(origin, site, options, err) < 0)
        return -1;
    SSL_CTX *context = tls_context_new(origin, site, authority, err);
    if (context == NULL)
        return -1;
    origin->sites[origin->site_count] = site;
    origin->contexts[origin->site_count++] = context;
    if (site->about.canary)
        snprintf(world->canary_url, sizeof world->canary_url, "http://%s:%u", origin->address, origin->http.port);
    return 0;
}

int world_build(struct world *world, const bool *chosen, const struct lab_options *options, struct authority *authority,
                struct err *err)
{
    *world = (struct world){.seed = options->seed};
    if (sites_count > ORIGINS_MAX)
        return err_set(err, ERR_INTERNAL, "more sites than addresses");
    world->origins = calloc(sites_count, sizeof *world->origins);
    if (world->origins == NULL)
        return err_memory(err);
    void *shared =
        mmap(NULL, sites_count * sizeof *world->stats, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return err_set_errno(err, ERR_INTERNAL, "mmap");
    world->stats = shared;
    for (size_t i = 0; i < sites_count; i++) {
        if (chosen[i] && add_site(world, &sites[i], options, authority, err) < 0)
            return -1;
    }
    return 0;
}

static void listener_release(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    for (int i = 0; i < listener->filler_count; i++)
        close(listener->fillers[i]);
}

void world_release(struct world *world)
{
    for (size_t i = 0; i < world->origin_count; i++) {
        struct origin *origin = &world->origins[i];
        listener_release(&origin->http);
        listener_release(&origin->https);
        for (int j = 0; j < origin->site_count; j++)
            SSL_CTX_free(origin->contexts[j]);
    }
    free(world->origins);
    world->origins = NULL;
    world->origin_count = 0;
}

void world_release_stats(struct world *world)
{
    if (world->stats != NULL)
        munmap(world->stats, sites_count * sizeof *world->stats);
    world->stats = NULL;
}

#include "tests/bench/fleet_origins.h"

#include "base/clock.h"
#include "tests/bench/fleet_zones.h"
#include "tests/lab/world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 64

/* The certificate is for one label above this name. */
static const struct site equal = {.about = {.name = "fleet", .zone = "z.fleet.test", .hostname = "z.fleet.test"},
                                  .content = {THEME_HARBOUR, CONTENT_UNIFORM, 0},
                                  .tls = {.certificate = CERTIFICATE_WILDCARD}};
static const struct site noisy_site = {.about = {.name = "fleet", .zone = "z.fleet.test", .hostname = "z.fleet.test"},
                                       .content = {THEME_HARBOUR, CONTENT_UNIFORM, 0},
                                       .http = answer_site_noisy,
                                       .https = answer_site_noisy,
                                       .tls = {.certificate = CERTIFICATE_WILDCARD}};

static bool open_port(struct origin *origin, struct listener *listener, uint16_t *port, bool https)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof address;
    int one = 1;
    inet_pton(AF_INET, origin->address, &address.sin_addr);
    *listener = (struct listener){.origin = origin, .https = https};
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listener->fd < 0 || bind(listener->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener->fd, BACKLOG) != 0 || getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0) {
        perror(origin->address);
        return false;
    }
    *port = listener->port = ntohs(address.sin_port);
    return true;
}

static bool open_origins(struct world *world, unsigned count, const struct site *site, struct fleet_origins *origins)
{
    for (unsigned i = 0; i < count; i++) {
        struct origin *origin = &world->origins[world->origin_count++];
        char address[ADDRESS_TEXT_BYTES];
        fleet_zone_address(i, address);
        snprintf(origin->address, sizeof origin->address, "%.*s", (int)sizeof origin->address - 1, address);
        origin->name = site->about.name;
        origin->stats = &world->stats[i];
        origin->sites[0] = site;
        origin->site_count = 1;
        if (!open_port(origin, &origin->http, &origins->http_port, false) ||
            !open_port(origin, &origin->https, &origins->https_port, true)) {
            return false;
        }
    }
    return true;
}

/* All of them show one certificate. */
static bool equip(struct world *world, const struct site *site, const char *ca_file)
{
    struct err err = ERR_INIT;
    struct buf pem = {.data = NULL};
    struct authority *authority = authority_new(clock_wall_s(), &err);
    SSL_CTX *context = authority != NULL ? tls_context_new(&world->origins[0], site, authority, &err) : NULL;
    FILE *file = context != NULL && authority_root_pem(authority, &pem, &err) == 0 ? fopen(ca_file, "w") : NULL;
    bool ok = file != NULL && fwrite(pem.data, 1, pem.len, file) == pem.len;
    ok = file != NULL && fclose(file) == 0 && ok;
    for (size_t i = 0; ok && i < world->origin_count; i++) {
        ok = SSL_CTX_up_ref(context) == 1;
        world->origins[i].contexts[0] = context;
    }
    if (!ok) {
        fprintf(stderr, "no certificate: %s\n", err.message);
    }
    SSL_CTX_free(context);
    authority_free(authority);
    buf_release(&pem);
    return ok;
}

static void serve_and_exit(unsigned count, bool noisy, struct fleet_origins *origins, int report, int life)
{
    struct world world = {.seed = 1};
    const struct site *site = noisy ? &noisy_site : &equal;
    world.origins = calloc(count, sizeof *world.origins);
    world.stats = calloc(count, sizeof *world.stats);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "fleet-origins");
    signal(SIGPIPE, SIG_IGN);
    if (world.origins == NULL || world.stats == NULL || !open_origins(&world, count, site, origins) ||
        !equip(&world, site, origins->ca_file) || write(report, origins, sizeof *origins) != (ssize_t)sizeof *origins) {
        _exit(1);
    }
    server_run(&world, life);
    _exit(0);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool fleet_origins_start(unsigned count, bool noisy, int processor, const struct temp_folder *folder,
                         struct fleet_origins *origins)
{
    int report[2], life[2];
    *origins = (struct fleet_origins){.life = -1};
    temp_folder_path(folder, "ca.pem", origins->ca_file);
    raise_descriptor_limit();
    fflush(NULL);
    if (pipe2(report, O_CLOEXEC) != 0 || pipe2(life, O_CLOEXEC) != 0) {
        perror("pipe");
        return false;
    }
    pid_t process = fork();
    if (process == 0) {
        close(report[0]);
        close(life[1]);
        stay_on_processor(processor);
        serve_and_exit(count, noisy, origins, report[1], life[0]);
    }
    close(report[1]);
    close(life[0]);
    bool ok = process > 0 && read(report[0], origins, sizeof *origins) == (ssize_t)sizeof *origins;
    close(report[0]);
    origins->process = process;
    origins->life = life[1];
    return ok;
}

void fleet_origins_stop(struct fleet_origins *origins)
{
    if (origins->life >= 0) {
        close(origins->life);
        waitpid(origins->process, NULL, 0);
    }
}

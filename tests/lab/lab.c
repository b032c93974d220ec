#include "tests/lab/lab.h"

#include "base/clock.h"
#include "tests/lab/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct lab {
    struct world world;
    struct lab_served *served;
    size_t *origin_index; /* of each one served: its counters' place */
    size_t served_count;
    struct buf ca_file;
    bool ca_file_is_ours;
    pid_t child;
    int stop_fd; /* the child ends when this one is closed */
};

/* `only` is a list of names; sets the flags of those, or of all. */
static int choose(const char *only, bool *chosen, struct err *err)
{
    struct slice rest = slice_of(only);
    struct slice name = SLICE_EMPTY;
    for (size_t i = 0; i < sites_count; i++)
        chosen[i] = only == NULL || sites[i].about.canary;
    while (slice_next(&rest, ',', &name)) {
        bool found = false;
        for (size_t i = 0; i < sites_count; i++) {
            if (!slice_equal(slice_of(sites[i].about.name), name))
                continue;
            chosen[i] = true;
            found = true;
        }
        if (!found)
            return err_set(err, ERR_USAGE, "the lab has no site '%.*s'", SLICE_ARG(name));
    }
    return 0;
}

static int write_whole(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.ptr, bytes.len);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0)
            bytes = slice_from(bytes, (size_t)written);
    }
    return 0;
}

static int write_file(int fd, const char *path, struct slice bytes, struct err *err)
{
    if (fd < 0)
        return err_set_errno(err, ERR_USAGE, "%s", path);
    int result = write_whole(fd, bytes);
    if (result < 0)
        err_set_errno(err, ERR_INTERNAL, "%s", path);
    close(fd);
    return result;
}

static int write_ca_file(struct lab *lab, const char *path, const struct authority *authority, struct err *err)
{
    struct buf pem = {0};
    int fd = -1;
    if (authority_root_pem(authority, &pem, err) < 0) {
        buf_release(&pem);
        return -1;
    }
    if (path != NULL) {
        buf_append_text(&lab->ca_file, path);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    } else {
        const char *folder = getenv("TMPDIR");
        buf_printf(&lab->ca_file, "%s/origintls-lab-ca-XXXXXX", folder != NULL ? folder : "/tmp");
        fd = mkostemp(lab->ca_file.data, O_CLOEXEC);
        lab->ca_file_is_ours = fd >= 0;
    }
    int result = write_file(fd, buf_text(&lab->ca_file), buf_slice(&pem), err);
    buf_release(&pem);
    return result;
}

static int write_client_file(const char *path, struct authority *authority, struct err *err)
{
    if (path == NULL)
        return 0;
    struct buf pem = {0};
    int result = authority_client_pem(authority, &pem, err);
    if (result == 0)
        result = write_file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path, buf_slice(&pem), err);
    buf_release(&pem);
    return result;
}

static int list_served(struct lab *lab, struct err *err)
{
    lab->served = calloc(sites_count, sizeof *lab->served);
    lab->origin_index = calloc(sites_count, sizeof *lab->origin_index);
    if (lab->served == NULL || lab->origin_index == NULL)
        return err_memory(err);
    for (size_t i = 0; i < lab->world.origin_count; i++) {
        const struct origin *origin = &lab->world.origins[i];
        for (int j = 0; j < origin->site_count; j++) {
            struct lab_served *served = &lab->served[lab->served_count];
            served->site = &origin->sites[j]->about;
            memcpy(served->address, origin->address, sizeof served->address);
            served->http_port = origin->http.port;
            served->https_port = origin->https.port;
            lab->origin_index[lab->served_count++] = i;
        }
    }
    return 0;
}

/* In the child: ends with its parent, whatever happens to that. */
static void serve_and_exit(struct lab *lab, int stop_read, int stop_write)
{
    close(stop_write);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "origintls-lab");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    server_run(&lab->world, stop_read);
    _exit(0);
}

static int start_child(struct lab *lab, struct err *err)
{
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set_errno(err, ERR_INTERNAL, "pipe");
    lab->child = fork();
    if (lab->child == 0)
        serve_and_exit(lab, ends[0], ends[1]);
    close(ends[0]);
    if (lab->child < 0) {
        close(ends[1]);
        return err_set_errno(err, ERR_INTERNAL, "fork");
    }
    lab->stop_fd = ends[1];
    return 0;
}

/* Each origin takes two descriptors, each connection one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct lab *lab_start(const struct lab_options *options, struct err *err)
{
    static const struct lab_options defaults = {0};
    if (options == NULL)
        options = &defaults;
    struct authority *authority = NULL;
    bool *chosen = calloc(sites_count, sizeof *chosen);
    struct lab *lab = calloc(1, sizeof *lab);
    int result = -1;
    if (chosen == NULL || lab == NULL) {
        err_memory(err);
        goto out;
    }
    lab->stop_fd = -1;
    raise_descriptor_limit();
    authority = authority_new(clock_wall_s(), err);
    if (authority != NULL && choose(options->only, chosen, err) == 0 &&
        world_build(&lab->world, chosen, options, authority, err) == 0 && list_served(lab, err) == 0 &&
        write_ca_file(lab, options->ca_file, authority, err) == 0 &&
        write_client_file(options->client_file, authority, err) == 0 && start_child(lab, err) == 0)
        result = 0;
    if (lab->world.origins != NULL)
        world_release(&lab->world);
out:
    authority_free(authority);
    free(chosen);
    if (result < 0) {
        lab_stop(lab);
        lab = NULL;
        err_prefix(err, "lab");
    }
    return lab;
}

void lab_stop(struct lab *lab)
{
    if (lab == NULL)
        return;
    if (lab->stop_fd >= 0) {
        close(lab->stop_fd);
        while (waitpid(lab->child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (lab->ca_file_is_ours)
        unlink(buf_text(&lab->ca_file));
    buf_release(&lab->ca_file);
    world_release_stats(&lab->world);
    free(lab->served);
    free(lab->origin_index);
    free(lab);
}

size_t lab_served_count(const struct lab *lab)
{
    return lab->served_count;
}

const struct lab_served *lab_served(const struct lab *lab, size_t i)
{
    return i < lab->served_count ? &lab->served[i] : NULL;
}

const struct lab_served *lab_find(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->served_count; i++) {
        if (slice_equal(slice_of(lab->served[i].site->name), slice_of(name)))
            return &lab->served[i];
    }
    return NULL;
}

const char *lab_ca_file(const struct lab *lab)
{
    return buf_text(&lab->ca_file);
}

void lab_stats(const struct lab *lab, const struct lab_served *served, struct lab_stats *stats)
{
    size_t i = (size_t)(served - lab->served);
    memcpy(stats, &lab->world.stats[lab->origin_index[i]], sizeof *stats);
}

/* origintls-lab: serves the lab's origins until standard input ends, SIGTERM or SIGINT comes, or the time is over. */
#include "base/json_writer.h"
#include "tests/lab/lab.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char usage[] =
    "Usage: origintls-lab [OPTION]...\n"
    "Serves web origins on loopback addresses, each with its own behaviour. Prints one JSON object a line: first "
    "where\n"
    "the CA file is, then every site; at the end (and on SIGUSR1) what each origin has seen.\n"
    "\n"
    "  --list               print the table of sites and serve nothing\n"
    "  --only NAME[,NAME]   serve these sites alone\n"
    "  --ca-file FILE       write the trusted root here (default: a temporary file, removed at the end)\n"
    "  --client-file FILE   write a client certificate with its key here\n"
    "  --http-port N, --https-port N\n"
    "                       the ports of every origin (default: chosen by the kernel)\n"
    "  --seed N             of the random parts of pages (default 0)\n"
    "  --seconds N          stop after this time\n"
    "  --ignore-stdin       do not stop when standard input ends\n"
    "  --help\n";

struct arguments {
    struct lab_options lab;
    bool list;
    bool ignore_stdin;
    long seconds; /* 0: no end */
};

static int number(const char *text, long max, long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= 0 && *value <= max ? 0 : -1;
}

static int take_option(int option, const char *text, struct arguments *arguments)
{
    long value = 0;
    switch (option) {
    case 'l':
        arguments->list = true;
        return 0;
    case 'i':
        arguments->ignore_stdin = true;
        return 0;
    case 'o':
        arguments->lab.only = text;
        return 0;
    case 'c':
        arguments->lab.ca_file = text;
        return 0;
    case 'k':
        arguments->lab.client_file = text;
        return 0;
    case 'p':
    case 's':
        if (number(text, 65535, &value) < 0)
            return -1;
        *(option == 'p' ? &arguments->lab.http_port : &arguments->lab.https_port) = (uint16_t)value;
        return 0;
    case 'r':
        if (number(text, LONG_MAX, &value) < 0)
            return -1;
        arguments->lab.seed = (uint64_t)value;
        return 0;
    case 't':
        return number(text, 86400, &arguments->seconds);
    default:
        return -1;
    }
}

static int parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"list", no_argument, NULL, 'l'},
        {"only", required_argument, NULL, 'o'},
        {"ca-file", required_argument, NULL, 'c'},
        {"client-file", required_argument, NULL, 'k'},
        {"http-port", required_argument, NULL, 'p'},
        {"https-port", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'},
        {"ignore-stdin", no_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (;;) {
        int option = getopt_long(argc, argv, "", options, NULL);
        if (option == -1)
            return optind == argc ? 0 : -1;
        if (option == 'h') {
            fputs(usage, stdout);
            exit(0);
        }
        if (take_option(option, optarg, arguments) < 0)
            return -1;
    }
}

static void print(struct buf *out)
{
    fwrite(buf_text(out), 1, out->len, stdout);
    fflush(stdout);
    buf_release(out);
}

static void print_table(void)
{
    struct buf out = {0};
    for (size_t i = 0; i < lab_site_count(); i++)
        lab_describe(lab_site(i), NULL, &out);
    print(&out);
}

static void print_lab(const struct lab *lab)
{
    struct buf out = {0};
    struct json_writer json;
    json_init(&json, &out, false);
    json_object_open(&json);
    json_key_text(&json, "record", "lab");
    json_key_text(&json, "ca_file", lab_ca_file(lab));
    json_key_int(&json, "sites", (int64_t)lab_served_count(lab));
    json_object_close(&json);
    buf_append_byte(&out, '\n');
    for (size_t i = 0; i < lab_served_count(lab); i++)
        lab_describe(lab_served(lab, i)->site, lab_served(lab, i), &out);
    print(&out);
}

static void print_stats(const struct lab *lab)
{
    struct buf out = {0};
    for (size_t i = 0; i < lab_served_count(lab); i++) {
        struct lab_stats stats;
        lab_stats(lab, lab_served(lab, i), &stats);
        lab_describe_stats(lab_served(lab, i), &stats, &out);
    }
    print(&out);
}

/* True when standard input has come to its end. */
static bool input_ended(void)
{
    char bytes[512];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static void wait_for_end(const struct lab *lab, const struct arguments *arguments, int signals)
{
    struct pollfd watched[2] = {{.fd = signals, .events = POLLIN},
                                {.fd = arguments->ignore_stdin ? -1 : STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            return;
        struct signalfd_siginfo signal;
        if ((watched[0].revents & POLLIN) && read(signals, &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo != SIGUSR1)
                return;
            print_stats(lab);
        }
        if (watched[1].revents != 0 && input_ended())
            return;
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct err err = ERR_INIT;
    if (parse(argc, argv, &arguments) < 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (arguments.list) {
        print_table();
        return 0;
    }
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGUSR1);
    sigaddset(&ours, SIGALRM);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    int signals = signalfd(-1, &ours, SFD_CLOEXEC);
    struct lab *lab = lab_start(&arguments.lab, &err);
    if (lab == NULL) {
        fprintf(stderr, "origintls-lab: %s\n", err.message);
        return err.kind == ERR_USAGE ? 2 : 1;
    }
    print_lab(lab);
    alarm((unsigned)arguments.seconds);
    wait_for_end(lab, &arguments, signals);
    print_stats(lab);
    lab_stop(lab);
    close(signals);
    return 0;
}

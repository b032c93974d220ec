/* Is this machine fit for scanning? One finding a check: what was found, and where something is wrong, how to mend it.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/database.h"
#include "cli/format.h"
#include "cli/output.h"
#include "crawler/trust.h"
#include "recommend/record.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#define FILES_WANTED  1024u
#define ROOTS_WANTED  50u
#define FILE_BYTES    (64u << 10)
#define RESOLVER_FILE "/etc/resolv.conf"
/* No clock that is right shows a time before this program was written. */
#define EARLIEST_YEAR 2026

enum health { HEALTH_FINE, HEALTH_DOUBTFUL, HEALTH_WRONG };

static const char *health_name(enum health health)
{
    switch (health) {
    case HEALTH_FINE:
        return "fine";
    case HEALTH_DOUBTFUL:
        return "doubtful";
    case HEALTH_WRONG:
        return "wrong";
    }
    return NULL;
}

struct finding {
    enum health health;
    struct buf what;
    const char *remedy; /* NULL where all is fine */
};

static void set(struct finding *finding, enum health health, const char *remedy)
{
    finding->health = health;
    finding->remedy = remedy;
}

static void check_roots(const struct global_arguments *global, struct finding *finding)
{
    struct err err = ERR_INIT;
    const struct trust_options options = {.system = true, .origin_ca = true};
    struct trust *trust = trust_new(&options, &err);
    (void)global;
    if (trust == NULL) {
        buf_append_text(&finding->what, err.message);
        set(finding, HEALTH_WRONG, "install the package ca-certificates and run update-ca-certificates");
        return;
    }
    size_t roots = trust_root_count(trust, TRUST_PUBLIC);
    buf_printf(&finding->what, "%zu public roots in %s, %zu of the Origin CA", roots, TRUST_SYSTEM_FILE,
               trust_root_count(trust, TRUST_ORIGIN_CA));
    if (roots < ROOTS_WANTED) {
        set(finding, HEALTH_DOUBTFUL, "so few roots know few certificates: run update-ca-certificates --fresh");
    }
    trust_free(trust);
}

static void check_tls_library(const struct global_arguments *global, struct finding *finding)
{
    (void)global;
    buf_printf(&finding->what, "%s, TLS 1.0 to 1.3 as the edge offers them, at a security level of our own",
               trust_library_version());
}

/* Only looked at: nobody is asked anything. */
static void check_resolver(const struct global_arguments *global, struct finding *finding)
{
    struct buf text;
    struct err err = ERR_INIT;
    struct slice line;
    size_t servers = 0;
    (void)global;
    int result = file_read(RESOLVER_FILE, FILE_BYTES, &text, &err);
    for (struct slice rest = buf_slice(&text); slice_next(&rest, '\n', &line);) {
        servers += slice_starts_with(slice_trim(line), SLICE("nameserver"));
    }
    buf_release(&text);
    buf_printf(&finding->what, "%zu name server%s in %s", servers, servers == 1 ? "" : "s", RESOLVER_FILE);
    if (result != 0 || servers == 0) {
        set(finding, HEALTH_DOUBTFUL,
            "origins that are given by name, and --resolve, need a line 'nameserver ADDRESS' there");
    }
}

static void check_files(const struct global_arguments *global, struct finding *finding)
{
    struct rlimit limit = {0, 0};
    (void)global;
    getrlimit(RLIMIT_NOFILE, &limit);
    buf_printf(&finding->what, "%ju open files, at most %ju", (uintmax_t)limit.rlim_cur, (uintmax_t)limit.rlim_max);
    if (limit.rlim_cur < FILES_WANTED) {
        set(finding, HEALTH_DOUBTFUL,
            "many connections at once need more: ulimit -n 4096, or LimitNOFILE=4096 in the unit");
    }
}

static void check_clock(const struct global_arguments *global, struct finding *finding)
{
    char text[RFC3339_BYTES];
    struct timex state = {.modes = 0};
    int64_t now_s = clock_wall_s();
    (void)global;
    buf_append_text(&finding->what, time_format(now_s, text));
    if (now_s < time_from_civil(EARLIEST_YEAR, 1, 1, 0, 0, 0)) {
        set(finding, HEALTH_WRONG,
            "certificates are judged by the clock: set it, for instance with timedatectl set-ntp 1");
        return;
    }
    if (adjtimex(&state) == TIME_ERROR) {
        buf_append_text(&finding->what, ", not synchronised");
        set(finding, HEALTH_DOUBTFUL,
            "if the host does not keep the time for this machine: timedatectl set-ntp 1, or install chrony");
    } else {
        buf_append_text(&finding->what, ", synchronised");
    }
}

/* A route is looked up for an address that nobody has; no packet is sent. */
static bool has_route(int family)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    inet_pton(AF_INET, "192.0.2.1", &ipv4.sin_addr);
    inet_pton(AF_INET6, "2001:db8::1", &ipv6.sin6_addr);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    int result = family == AF_INET ? connect(fd, (const struct sockaddr *)&ipv4, sizeof ipv4)
                                   : connect(fd, (const struct sockaddr *)&ipv6, sizeof ipv6);
    close(fd);
    return result == 0;
}

static void check_routes(const struct global_arguments *global, struct finding *finding)
{
    bool ipv4 = has_route(AF_INET);
    bool ipv6 = has_route(AF_INET6);
    (void)global;
    buf_printf(&finding->what, "IPv4: %s, IPv6: %s", ipv4 ? "a route" : "no route", ipv6 ? "a route" : "no route");
    if (!ipv4 && !ipv6) {
        set(finding, HEALTH_DOUBTFUL,
            "only origins on this machine and its networks can be reached: add a default route");
    } else if (!ipv4 || !ipv6) {
        set(finding, HEALTH_DOUBTFUL,
            "origins of the other family stay incomplete with no_route: add a route, or scan with --family 4 or 6");
    }
}

static void check_database(const struct global_arguments *global, struct finding *finding)
{
    struct arena arena = {.head = NULL};
    struct err err = ERR_INIT;
    const char *path = database_path(global, &arena, &err);
    if (path != NULL && !store_exists(path)) {
        buf_printf(&finding->what, "%s is not there yet; the first scan makes it", path);
    } else if (path != NULL) {
        struct store *store = store_open(path, STORE_READ_WRITE, &err);
        if (store != NULL && store_check_writable(store, &err) == 0) {
            buf_printf(&finding->what, "%s can be read and written", path);
        }
        store_close(store);
    }
    if (err.kind != ERR_NONE) {
        buf_append_text(&finding->what, err.message);
        set(finding, HEALTH_WRONG,
            "give --db FILE, or ORIGINTLS_DB, where you may write; sqlite3 FILE 'PRAGMA "
            "integrity_check' tells of damage");
    }
    arena_release(&arena);
}

static const struct {
    const char *name;
    void (*check)(const struct global_arguments *global, struct finding *finding);
} checks[] = {
    {"roots", check_roots}, {"tls", check_tls_library}, {"resolver", check_resolver}, {"routes", check_routes},
    {"files", check_files}, {"clock", check_clock},     {"database", check_database},
};
#define CHECK_COUNT (sizeof checks / sizeof *checks)

struct doctor_arguments {
    struct global_arguments global;
    int format;
};

static const struct option rows[] = {FORMAT_OPTION(doctor_arguments)};
static const struct option_table option_table = OPTION_TABLE(rows);

static void write_text(const struct finding *findings, struct buf *out)
{
    static const char *const marks[] = {[HEALTH_FINE] = "✓", [HEALTH_DOUBTFUL] = "!", [HEALTH_WRONG] = "✗"};
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        buf_printf(out, "%s %-9s ", marks[findings[i].health], checks[i].name);
        utf8_append_visible(out, buf_slice(&findings[i].what));
        buf_append_byte(out, '\n');
        if (findings[i].remedy != NULL) {
            buf_printf(out, "            %s\n", findings[i].remedy);
        }
    }
}

static void write_json(const struct finding *findings, struct buf *out)
{
    struct json_writer json;
    json_init(&json, out, true);
    json_object_open(&json);
    json_key_int(&json, "schema_version", RECORD_SCHEMA_VERSION);
    json_key(&json, "checks");
    json_array_open(&json);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        json_object_open(&json);
        json_key_text(&json, "name", checks[i].name);
        json_key_text(&json, "health", health_name(findings[i].health));
        json_key_text(&json, "what", buf_text(&findings[i].what));
        json_key_text(&json, "remedy", findings[i].remedy);
        json_object_close(&json);
    }
    json_array_close(&json);
    json_object_close(&json);
    buf_append_byte(out, '\n');
}

static int run(const struct invocation *invocation, struct err *err)
{
    const struct doctor_arguments *arguments = invocation->arguments;
    struct finding findings[CHECK_COUNT] = {{.health = HEALTH_FINE}};
    struct buf out = {.data = NULL};
    int code = EXIT_DONE;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        checks[i].check(invocation->global, &findings[i]);
        code = findings[i].health == HEALTH_WRONG ? EXIT_ANSWER_IS_NO : code;
    }
    if (arguments->format == FORMAT_JSON) {
        write_json(findings, &out);
    } else {
        write_text(findings, &out);
    }
    int result = output_write_buf(&out, err);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        buf_release(&findings[i].what);
    }
    buf_release(&out);
    return result == 0 ? code : -1;
}

const struct command command_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "is this machine fit for scanning?",
    .description =
        "Looks at roots, TLS library, resolver, routes, file limits, clock and database, and says how to mend "
        "what is wrong. Asks nobody over the network. Exits with 4 where something is wrong.",
    .options = &option_table,
    .arguments_size = sizeof(struct doctor_arguments),
    .run = run,
};

#include "base/file.h"
#include "crawler/certificate.h"
#include "tests/unit/crawler/certificate_rows.h"
#include "tests/unit/crawler/chain_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#define HOST "www.example.com"

/* One row, set up: what is to be judged, and the files that `openssl verify` gets. */
struct scene {
    const struct certificate_row *row;
    struct chain_set set;
    struct slice chain[LIMIT_CHAIN_CERTIFICATES];
    size_t chain_len;
    struct certificate_pin pins[4];
    size_t pin_count;
    char *trusted_file; /* NULL: none trusted */
    char *lists_file;   /* NULL: no lists */
    struct trust *trust;
};

static const char *host_of(const struct certificate_row *row)
{
    return row->host != NULL ? row->host : HOST;
}

static char *write_lists(struct chain_set *set, const char *lists)
{
    char *path = strdup("/tmp/origintls_lists_XXXXXX");
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    char *copy = strdup(lists);
    char *state = NULL;
    for (char *text = strtok_r(copy, "|", &state); text != NULL; text = strtok_r(NULL, "|", &state)) {
        X509_CRL *list = chain_revocation_list(set, text);
        assert_int_equal(1, PEM_write_X509_CRL(file, list));
        X509_CRL_free(list);
    }
    free(copy);
    fclose(file);
    return path;
}

static void pin_of(const struct built *built, struct certificate_pin *pin)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(built->key, &der);
    unsigned int digest_len = 0;
    assert_true(len > 0);
    assert_int_equal(1, EVP_Digest(der, (size_t)len, pin->sha256, &digest_len, EVP_sha256(), NULL));
    OPENSSL_free(der);
}

static void scene_init(struct scene *scene, const struct certificate_row *row)
{
    memset(scene, 0, sizeof *scene);
    scene->row = row;
    chain_build(&scene->set, row->certificates);
    char *copy = strdup(row->sent);
    char *state = NULL;
    for (char *name = strtok_r(copy, " ", &state); name != NULL; name = strtok_r(NULL, " ", &state)) {
        scene->chain[scene->chain_len++] = chain_der(chain_find(&scene->set, name));
    }
    free(copy);
    copy = strdup(row->pins != NULL ? row->pins : "");
    for (char *name = strtok_r(copy, " ", &state); name != NULL; name = strtok_r(NULL, " ", &state)) {
        pin_of(chain_find(&scene->set, name), &scene->pins[scene->pin_count++]);
    }
    free(copy);
    scene->trusted_file = row->trusted[0] != '\0' ? chain_write_pem(&scene->set, row->trusted) : NULL;
    scene->lists_file = row->lists != NULL ? write_lists(&scene->set, row->lists) : NULL;
    const char *const lists[] = {scene->lists_file};
    struct trust_options options = {
        .ca_only = scene->trusted_file, .crl_files = lists, .crl_file_count = scene->lists_file != NULL ? 1 : 0};
    struct err err = ERR_INIT;
    scene->trust = trust_new(&options, &err);
    if (scene->trust == NULL) {
        fail_msg("%s: %s", row->sentence, err.message);
    }
}

static void remove_file(char *path)
{
    if (path != NULL) {
        unlink(path);
        free(path);
    }
}

static void scene_release(struct scene *scene)
{
    trust_free(scene->trust);
    chain_release(&scene->set);
    remove_file(scene->trusted_file);
    remove_file(scene->lists_file);
}

static void scene_judge(struct scene *scene, struct certificate_result *result)
{
    struct err err = ERR_INIT;
    struct certificate_input input = {.chain = scene->chain,
                                      .chain_len = scene->chain_len,
                                      .hostname = slice_of(host_of(scene->row)),
                                      .trust = scene->trust,
                                      .pins = scene->pins,
                                      .pin_count = scene->pin_count,
                                      .time_s = CHAIN_TIME_S + scene->row->at_s};
    assert_int_equal(0, certificate_judge(&input, result, &err));
}

/* All problems in order, as the rows write them. */
static void problems_text(const struct certificate_result *result, struct buf *text)
{
    for (int problem = 0; problem < CERTIFICATE_PROBLEM_COUNT; problem++) {
        if ((result->problems & (1u << problem)) != 0) {
            buf_printf(text, "%s%s", text->len > 0 ? " " : "",
                       certificate_verdict_name((enum certificate_problem)problem));
        }
    }
}

static int check_row(const struct certificate_row *row, const struct certificate_result *result)
{
    struct buf text = {0};
    problems_text(result, &text);
    int faults = 0;
    const char *detail = result->verdict < CERTIFICATE_PROBLEM_COUNT ? result->details[result->verdict] : "";
    if (strcmp(buf_text(&text), row->problems) != 0) {
        print_error("%s: expected '%s', judged '%s' (%s)\n", row->sentence, row->problems, buf_text(&text), detail);
        faults++;
    } else if (row->detail != NULL && strstr(detail, row->detail) == NULL) {
        print_error("%s: '%s' is not in '%s'\n", row->sentence, row->detail, detail);
        faults++;
    }
    if (result->cn_only != row->cn_only || result->crl_stale != row->list_stale) {
        print_error("%s: cn_only %d, list stale %d\n", row->sentence, result->cn_only, result->crl_stale);
        faults++;
    }
    buf_release(&text);
    return faults;
}

static void test_rows(void **state)
{
    (void)state;
    int faults = 0;
    for (size_t i = 0; i < certificate_row_count; i++) {
        struct scene scene;
        struct certificate_result result;
        scene_init(&scene, &certificate_rows[i]);
        scene_judge(&scene, &result);
        faults += check_row(&certificate_rows[i], &result);
        certificate_result_release(&result);
        scene_release(&scene);
    }
    print_message("%zu chains judged\n", certificate_row_count);
    assert_true(certificate_row_count >= 120);
    assert_int_equal(0, faults);
}

/* Runs `openssl verify`; true if it finds the chain good. */
static bool openssl_accepts(const struct scene *scene, const char *sent_file)
{
    char time_text[32];
    const char *args[32];
    size_t count = 0;
    snprintf(time_text, sizeof time_text, "%lld", (long long)(CHAIN_TIME_S + scene->row->at_s));
    struct certificate_pin unused;
    (void)unused;
    const char *host = host_of(scene->row);
    bool address = strspn(host, "0123456789abcdef.:") == strlen(host) && strpbrk(host, "0123456789") != NULL;
    const char *const fixed[] = {"openssl",
                                 "verify",
                                 "-no-CApath",
                                 "-no-CAstore",
                                 "-auth_level",
                                 "2",
                                 "-purpose",
                                 "sslserver",
                                 "-attime",
                                 time_text,
                                 "-untrusted",
                                 sent_file,
                                 address ? "-verify_ip" : "-verify_hostname",
                                 host,
                                 scene->trusted_file != NULL ? "-CAfile" : "-no-CAfile"};
    for (; count < sizeof fixed / sizeof *fixed; count++) {
        args[count] = fixed[count];
    }
    if (scene->trusted_file != NULL) {
        args[count++] = scene->trusted_file;
    }
    if (scene->lists_file != NULL) {
        args[count++] = "-crl_check_all";
        args[count++] = "-CRLfile";
        args[count++] = scene->lists_file;
    }
    args[count++] = sent_file; /* its first certificate is the one to verify */
    args[count] = NULL;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL) {
            _exit(126);
        }
        execvp(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 126);
    return WEXITSTATUS(status) == 0;
}

/* What we call valid it calls valid, and the reverse; the rows that name a reason must differ. It knows no pins. */
static void test_openssl_agrees(void **state)
{
    (void)state;
    int faults = 0;
    size_t compared = 0;
    size_t differing = 0;
    for (size_t i = 0; i < certificate_row_count; i++) {
        const struct certificate_row *row = &certificate_rows[i];
        if (row->pins != NULL) {
            continue;
        }
        struct scene scene;
        scene_init(&scene, row);
        char *sent_file = chain_write_pem(&scene.set, row->sent);
        bool ours = row->problems[0] == '\0';
        bool theirs = openssl_accepts(&scene, sent_file);
        if ((ours == theirs) == (row->differs != NULL)) {
            print_error("%s: we say %s, openssl verify says %s\n", row->sentence, ours ? "valid" : row->problems,
                        theirs ? "valid" : "not valid");
            faults++;
        }
        compared++;
        differing += row->differs != NULL;
        remove_file(sent_file);
        scene_release(&scene);
    }
    print_message("openssl verify: %zu chains compared, %zu of them differ for a known reason\n", compared, differing);
    assert_true(compared >= 120);
    assert_int_equal(0, faults);
}

static int release_keys(void **state)
{
    (void)state;
    chain_release_keys();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_openssl_agrees),
    };
    return cmocka_run_group_tests_name("certificate", tests, NULL, release_keys);
}

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
#include <openssl/x509v3.h>

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

/* One question to `openssl verify`; files and names are borrowed. */
struct question {
    const char *sent_file; /* its first certificate is the one to verify */
    const char *trusted_file;
    const char *lists_file; /* NULL: nothing of revocation */
    const char *lists_of;   /* "-crl_check": of the first certificate; "-crl_check_all" */
    bool without_name;
};

#define OPENSSL_ERRORS 128

struct answer {
    bool accepts;
    bool errors[OPENSSL_ERRORS]; /* X509_V_ERR_*, all that it printed */
};

static bool is_address(const char *host)
{
    return strspn(host, "0123456789abcdef.:") == strlen(host) && strpbrk(host, "0123456789") != NULL;
}

/* A path has at most 12 certificates here: a leaf, a root, and what is between them. */
static void list_arguments(const struct scene *scene, const struct question *question, const char *time_text,
                           const char *args[32])
{
    const char *host = host_of(scene->row);
    size_t count = 0;
    static const char *const fixed[] = {"openssl", "verify",   "-no-CApath", "-no-CAstore",   "-auth_level",
                                        "2",       "-purpose", "sslserver",  "-verify_depth", "10"};
    for (; count < sizeof fixed / sizeof *fixed; count++) {
        args[count] = fixed[count];
    }
    args[count++] = "-attime";
    args[count++] = time_text;
    args[count++] = "-untrusted";
    args[count++] = question->sent_file;
    if (!question->without_name) {
        args[count++] = is_address(host) ? "-verify_ip" : "-verify_hostname";
        args[count++] = host;
    }
    args[count++] = question->trusted_file != NULL ? "-CAfile" : "-no-CAfile";
    if (question->trusted_file != NULL) {
        args[count++] = question->trusted_file;
    }
    if (question->lists_file != NULL) {
        args[count++] = question->lists_of;
        args[count++] = "-CRLfile";
        args[count++] = question->lists_file;
    }
    args[count++] = question->sent_file;
    args[count] = NULL;
}

static void run_openssl(const char *const args[], int output)
{
    if (dup2(output, STDERR_FILENO) < 0 || freopen("/dev/null", "w", stdout) == NULL) {
        _exit(126);
    }
    execvp(args[0], (char *const *)(uintptr_t)args);
    _exit(127);
}

/* "error 10 at 0 depth lookup: certificate has expired" */
static void read_errors(int input, struct answer *answer)
{
    FILE *file = fdopen(input, "r");
    char line[512];
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned error = 0;
        if (sscanf(line, "error %u at", &error) == 1 && error < OPENSSL_ERRORS) {
            answer->errors[error] = true;
        }
    }
    fclose(file);
}

static struct answer ask_openssl(const struct scene *scene, const struct question *question)
{
    struct answer answer = {.accepts = false};
    char time_text[32];
    const char *args[32];
    int ends[2];
    snprintf(time_text, sizeof time_text, "%lld", (long long)(CHAIN_TIME_S + scene->row->at_s));
    list_arguments(scene, question, time_text, args);
    assert_int_equal(0, pipe(ends));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run_openssl(args, ends[1]);
    }
    close(ends[1]);
    read_errors(ends[0], &answer);
    int status = 0;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 126);
    answer.accepts = WEXITSTATUS(status) == 0;
    return answer;
}

/* The words of a list, and the list without one of them, or that one alone. */
#define WORDS_MAX 24

struct words {
    char *copy;
    const char *items[WORDS_MAX];
    size_t count;
};

static void words_init(struct words *words, const char *text, const char *separators)
{
    *words = (struct words){.copy = strdup(text)};
    char *state = NULL;
    for (char *word = strtok_r(words->copy, separators, &state); word != NULL;
         word = strtok_r(NULL, separators, &state)) {
        assert_true(words->count < WORDS_MAX);
        words->items[words->count++] = word;
    }
}

static void join_without(const struct words *words, size_t left_out, struct buf *text)
{
    buf_reset(text);
    for (size_t i = 0; i < words->count; i++) {
        if (i != left_out) {
            buf_printf(text, "%s%s", text->len > 0 ? " " : "", words->items[i]);
        }
    }
}

static bool accepts_files(const struct scene *scene, struct question question, const char *sent, const char *trusted)
{
    char *sent_file = chain_write_pem((struct chain_set *)(uintptr_t)&scene->set, sent);
    char *trusted_file = chain_write_pem((struct chain_set *)(uintptr_t)&scene->set, trusted);
    question.sent_file = sent_file;
    question.trusted_file = trusted_file;
    bool accepts = ask_openssl(scene, &question).accepts;
    remove_file(sent_file);
    remove_file(trusted_file);
    return accepts;
}

/* A chain that it accepts with less to choose from is a chain. */
static bool accepts_some_path(const struct scene *scene, const struct question *question)
{
    struct words sent;
    struct words trusted;
    struct buf some = {0};
    bool accepts = false;
    words_init(&sent, scene->row->sent, " ");
    words_init(&trusted, scene->row->trusted, " ");
    for (size_t i = 1; i < sent.count && !accepts; i++) {
        join_without(&sent, i, &some);
        accepts = accepts_files(scene, *question, buf_text(&some), scene->row->trusted);
    }
    for (size_t i = 0; i < trusted.count && !accepts; i++) {
        accepts = accepts_files(scene, *question, scene->row->sent, trusted.items[i]);
    }
    buf_release(&some);
    free(sent.copy);
    free(trusted.copy);
    return accepts;
}

static bool accepts_name_by_rfc9525(struct scene *scene, struct question question)
{
    struct words sent;
    const char *host = host_of(scene->row);
    words_init(&sent, scene->row->sent, " ");
    X509 *leaf = chain_find(&scene->set, sent.items[0])->certificate;
    free(sent.copy);
    question.without_name = true;
    return ask_openssl(scene, &question).accepts &&
           X509_check_host(leaf, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* The chain, and then each of those sent but trusted roots, by the list of its own issuer. */
static bool accepts_each_certificate(const struct scene *scene, const struct question *question)
{
    struct words sent;
    struct question alone = *question;
    alone.lists_of = "-crl_check";
    bool accepts = ask_openssl(scene, &alone).accepts;
    words_init(&sent, scene->row->sent, " ");
    alone.without_name = true;
    for (size_t i = 1; i < sent.count && accepts; i++) {
        accepts = strcmp(sent.items[i], scene->row->trusted) == 0 ||
                  accepts_files(scene, alone, sent.items[i], scene->row->trusted);
    }
    free(sent.copy);
    return accepts;
}

static bool some_list_revokes(struct scene *scene, const struct question *question)
{
    struct words lists;
    bool revokes = false;
    words_init(&lists, scene->row->lists, "|");
    for (size_t i = 0; i < lists.count && !revokes; i++) {
        struct question alone = *question;
        char *file = write_lists(&scene->set, lists.items[i]);
        alone.lists_file = file;
        revokes = ask_openssl(scene, &alone).errors[X509_V_ERR_CERT_REVOKED];
        remove_file(file);
    }
    free(lists.copy);
    return revokes;
}

/* It found nothing wrong but that it has no list, or none that it would use. */
static bool has_no_opinion_on_revocation(const struct answer *answer)
{
    static const int unusable[] = {X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER,
                                   X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_CRL_HAS_EXPIRED,
                                   X509_V_ERR_KEYUSAGE_NO_CRL_SIGN};
    bool others[OPENSSL_ERRORS];
    bool any = false;
    memcpy(others, answer->errors, sizeof others);
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
        any = any || others[unusable[i]];
        others[unusable[i]] = false;
    }
    for (size_t i = 0; i < OPENSSL_ERRORS; i++) {
        any = any && !others[i];
    }
    return any;
}

enum agreement { AGREED, AGREED_ASKED_AGAIN, NO_OPINION, DISAGREED };

static enum agreement agree_if(bool agrees)
{
    return agrees ? AGREED_ASKED_AGAIN : DISAGREED;
}

/* A row that asks in a way of its own must need it. */
static enum agreement compare_with_openssl(struct scene *scene, struct question question)
{
    const struct certificate_row *row = scene->row;
    bool ours = row->problems[0] == '\0';
    struct answer theirs = ask_openssl(scene, &question);
    if (row->openssl == OPENSSL_AS_IT_IS || ours == theirs.accepts) {
        return row->openssl == OPENSSL_AS_IT_IS && ours == theirs.accepts ? AGREED : DISAGREED;
    }
    switch (row->openssl) {
    case OPENSSL_AS_IT_IS:
        break;
    case OPENSSL_PATH_BY_PATH:
        return agree_if(ours == accepts_some_path(scene, &question));
    case OPENSSL_NAME_RFC_9525:
        return agree_if(ours == accepts_name_by_rfc9525(scene, question));
    case OPENSSL_CERTIFICATE_BY_CERTIFICATE:
        return agree_if(ours == accepts_each_certificate(scene, &question));
    case OPENSSL_LIST_BY_LIST:
        return agree_if(strncmp(row->problems, "revoked", 7) == 0 && some_list_revokes(scene, &question));
    case OPENSSL_UNDECIDED:
        question.lists_file = NULL;
        return has_no_opinion_on_revocation(&theirs) && ours == ask_openssl(scene, &question).accepts ? NO_OPINION
                                                                                                      : DISAGREED;
    }
    return DISAGREED;
}

static enum agreement compare_row(const struct certificate_row *row)
{
    /* It knows no pins. */
    if (row->pins != NULL) {
        return NO_OPINION;
    }
    struct scene scene;
    scene_init(&scene, row);
    char *sent_file = chain_write_pem(&scene.set, row->sent);
    struct question question = {.sent_file = sent_file,
                                .trusted_file = scene.trusted_file,
                                .lists_file = scene.lists_file,
                                .lists_of = "-crl_check_all"};
    enum agreement agreement = compare_with_openssl(&scene, question);
    remove_file(sent_file);
    scene_release(&scene);
    return agreement;
}

/* What we call valid it calls valid, and the reverse, wherever it has an opinion. */
static void test_openssl_agrees(void **state)
{
    (void)state;
    size_t counts[DISAGREED + 1] = {0};
    size_t pinned = 0;
    for (size_t i = 0; i < certificate_row_count; i++) {
        const struct certificate_row *row = &certificate_rows[i];
        enum agreement agreement = compare_row(row);
        if (agreement == DISAGREED) {
            print_error("%s: openssl verify does not agree with '%s'\n", row->sentence, row->problems);
        }
        counts[agreement]++;
        pinned += row->pins != NULL;
    }
    size_t compared = counts[AGREED] + counts[AGREED_ASKED_AGAIN] + counts[DISAGREED];
    print_message("openssl verify: %zu chains compared, %zu of them asked in another way, %zu disagreements; no "
                  "opinion on %zu: %zu with pins, %zu on revocation alone\n",
                  compared, counts[AGREED_ASKED_AGAIN], counts[DISAGREED], counts[NO_OPINION], pinned,
                  counts[NO_OPINION] - pinned);
    assert_true(compared >= 170);
    assert_int_equal(0, counts[DISAGREED]);
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

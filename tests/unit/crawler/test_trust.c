#include "base/file.h"
#include "crawler/certificate.h"
#include "crawler/trust.h"
#include "tests/unit/crawler/chain_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

extern const char trust_origin_ca_pem[];

static const char KEY_PEM[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                              "-----END PRIVATE KEY-----\n";
static const char DAMAGED_PEM[] = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
static const char NOT_A_CERTIFICATE_PEM[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
static const char NOT_A_LIST_PEM[] = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";

/* A temporary file with these bytes; the path, to be unlinked and freed. */
static char *write_file(const void *bytes, size_t len)
{
    char *path = strdup("/tmp/origintls_trust_XXXXXX");
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    assert_int_equal(len, fwrite(bytes, 1, len, file));
    fclose(file);
    return path;
}

static char *write_text(const char *first, const char *second)
{
    struct buf text = {0};
    buf_append_text(&text, first);
    buf_append_text(&text, second);
    char *path = write_file(buf_text(&text), text.len);
    buf_release(&text);
    return path;
}

static void remove_file(char *path)
{
    unlink(path);
    free(path);
}

static char *read_pem_of(struct chain_set *set, const char *names)
{
    struct buf content;
    struct err err = ERR_INIT;
    char *path = chain_write_pem(set, names);
    assert_int_equal(0, file_read(path, 1 << 20, &content, &err));
    remove_file(path);
    return buf_take(&content);
}

/* One file that no run may start with, and the end of the line that says so. The path stands before it. */
struct bad_file {
    const char *sentence;
    char *path;
    const char *message;
};

static void check_refused(const struct bad_file *bad, const struct err *err)
{
    char expected[1024];
    snprintf(expected, sizeof expected, "%s: %s", bad->path, bad->message);
    if (err->kind != ERR_USAGE || strstr(err->message, expected) == NULL || strchr(err->message, '\n') != NULL ||
        strstr(err->message, "MC4CAQ") != NULL) {
        fail_msg("%s: kind %d, '%s' instead of '%s'", bad->sentence, err->kind, err->message, expected);
    }
}

static void test_bad_certificate_files(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca");
    char *good = read_pem_of(&set, "R");
    const struct built *root = chain_find(&set, "R");
    struct bad_file rows[] = {
        {"a missing file", strdup("/tmp/origintls/is/not/there"), "No such file or directory"},
        {"a directory", strdup("/tmp"), "Is a directory"},
        {"an empty file", write_file("", 0), "the file is empty"},
        {"a file of words", write_text("hello\n", ""), "no PEM certificate in it"},
        {"DER", write_file(root->der, (size_t)root->der_len),
         "this is DER, not PEM; `openssl x509 -inform DER` converts it"},
        {"PKCS#12, as it begins", write_file("\x30\x82\x0a\x00\x02\x01\x03\x30", 8),
         "this is PKCS#12, not PEM; `openssl pkcs12 -nokeys` takes the certificates out"},
        {"a private key as DER, as it begins", write_file("\x30\x82\x04\xa3\x02\x01\x00\x02", 8),
         "there is a private key in it"},
        {"DER that ends with its header", write_file("\x30\x83\x01", 3), "no PEM certificate in it"},
        {"a private key alone", write_text(KEY_PEM, ""), "there is a private key in it"},
        {"a private key behind a certificate", write_text(good, KEY_PEM), "there is a private key in it"},
        {"a block that is not base64", write_text(good, DAMAGED_PEM), "a PEM block in it is damaged"},
        {"a block without an end", write_text(good, "-----BEGIN CERTIFICATE-----\nAAAA\n"),
         "a PEM block in it is damaged"},
        {"a revocation list alone", write_text(NOT_A_LIST_PEM, ""), "no PEM certificate in it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        assert_null(trust_new(&(struct trust_options){.ca_file = rows[i].path}, &err));
        check_refused(&rows[i], &err);
        assert_null(trust_new(&(struct trust_options){.ca_only = rows[i].path}, &err));
        check_refused(&rows[i], &err);
        assert_null(trust_new(&(struct trust_options){.system = true, .system_file = rows[i].path}, &err));
        check_refused(&rows[i], &err);
        assert_non_null(strstr(err.message, "the system's roots: "));
        struct certificate_chain chain;
        assert_int_equal(-1, certificate_read_pem(rows[i].path, &chain, &err));
        check_refused(&rows[i], &err);
        certificate_chain_release(&chain);
        if (strncmp(rows[i].path, "/tmp/origintls_trust", 20) == 0) {
            unlink(rows[i].path);
        }
        free(rows[i].path);
    }
    struct bad_file unparsable = {"a block that is no certificate", write_text(good, NOT_A_CERTIFICATE_PEM),
                                  "certificate 2 in it cannot be parsed"};
    struct err err = ERR_INIT;
    assert_null(trust_new(&(struct trust_options){.ca_file = unparsable.path}, &err));
    check_refused(&unparsable, &err);
    remove_file(unparsable.path);
    free(good);
    chain_release(&set);
}

static void test_bad_list_files(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca");
    char *good = read_pem_of(&set, "R");
    struct bad_file rows[] = {
        {"a missing list", strdup("/tmp/origintls/is/not/there"), "No such file or directory"},
        {"a directory", strdup("/tmp"), "Is a directory"},
        {"an empty file", write_file("", 0), "the file is empty"},
        {"bytes that are no list", write_file("0\x82\x01\x01xx", 6), "the revocation list in it cannot be parsed"},
        {"words", write_text("hello\n", ""), "the revocation list in it cannot be parsed"},
        {"a PEM list that cannot be parsed", write_text(NOT_A_LIST_PEM, ""),
         "the revocation list in it cannot be parsed"},
        {"a certificate in place of a list", write_text(good, ""), "no revocation list in it"},
        {"a private key", write_text(KEY_PEM, ""), "there is a private key in it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = ERR_INIT;
        const char *const files[] = {rows[i].path};
        assert_null(trust_new(&(struct trust_options){.crl_files = files, .crl_file_count = 1}, &err));
        check_refused(&rows[i], &err);
        if (strncmp(rows[i].path, "/tmp/origintls_trust", 20) == 0) {
            unlink(rows[i].path);
        }
        free(rows[i].path);
    }
    free(good);
    chain_release(&set);
}

static void test_list_in_der(void **state)
{
    (void)state;
    struct chain_set set = {0};
    chain_build(&set, "R ca | L<R");
    char *roots = chain_write_pem(&set, "R");
    X509_CRL *list = chain_revocation_list(&set, "R revokes=L");
    unsigned char *der = NULL;
    int der_len = i2d_X509_CRL(list, &der);
    char *path = write_file(der, (size_t)der_len);
    const char *const files[] = {path};
    struct err err = ERR_INIT;
    struct trust *trust =
        trust_new(&(struct trust_options){.ca_only = roots, .crl_files = files, .crl_file_count = 1}, &err);
    assert_non_null(trust);
    struct slice chain = chain_der(chain_find(&set, "L"));
    struct certificate_result result;
    assert_int_equal(0, certificate_judge(&(struct certificate_input){.chain = &chain,
                                                                      .chain_len = 1,
                                                                      .hostname = SLICE("www.example.com"),
                                                                      .trust = trust,
                                                                      .time_s = CHAIN_TIME_S},
                                          &result, &err));
    assert_int_equal(CERTIFICATE_REVOKED, result.verdict);
    certificate_result_release(&result);
    trust_free(trust);
    OPENSSL_free(der);
    X509_CRL_free(list);
    remove_file(path);
    remove_file(roots);
    chain_release(&set);
}

static void hex_digest(const char *text, size_t len, char hex[65])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)text, len, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

/* The Origin CA's roots are the published ones, and what is built in is what lies in the files. */
static void test_origin_ca_is_the_published_one(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *sha256;
    } rows[] = {
        {"crawler/origin_ca/rsa.pem", "91a8a5567efa6bf941162aa806b3ba476aaddf7867640e53053b35fb225a5dae"},
        {"crawler/origin_ca/ecc.pem", "ca56c5b29918faf79046b1c1726c35d7715951a35445b2e63f56ea5a70b7af9c"},
    };
    struct buf both = {0};
    for (size_t i = 0; i < 2; i++) {
        struct buf content;
        struct err err = ERR_INIT;
        char hex[65];
        assert_int_equal(0, file_read(rows[i].path, 1 << 20, &content, &err));
        hex_digest(content.data, content.len, hex);
        assert_string_equal(rows[i].sha256, hex);
        buf_append_slice(&both, buf_slice(&content));
        buf_release(&content);
    }
    assert_string_equal(buf_text(&both), trust_origin_ca_pem);
    buf_release(&both);
}

/* Whose root a chain reaches, by the root itself as the server's certificate. */
static enum trust_kind kind_of(const struct trust_options *options, struct slice root)
{
    struct err err = ERR_INIT;
    struct trust *trust = trust_new(options, &err);
    assert_non_null(trust);
    struct certificate_result result;
    assert_int_equal(0, certificate_judge(&(struct certificate_input){.chain = &root,
                                                                      .chain_len = 1,
                                                                      .hostname = SLICE("www.example.com"),
                                                                      .trust = trust,
                                                                      .time_s = CHAIN_TIME_S},
                                          &result, &err));
    enum trust_kind kind = result.trust;
    certificate_result_release(&result);
    trust_free(trust);
    return kind;
}

static void test_kinds_of_trust(void **state)
{
    (void)state;
    struct chain_set set = {0};
    struct certificate_chain origin_ca;
    struct err err = ERR_INIT;
    chain_build(&set, "P ca | C ca");
    char *public_file = chain_write_pem(&set, "P");
    char *custom_file = chain_write_pem(&set, "C");
    char *both_file = chain_write_pem(&set, "C P");
    struct slice public_root = chain_der(chain_find(&set, "P"));
    struct slice custom_root = chain_der(chain_find(&set, "C"));
    assert_int_equal(0, certificate_read_pem("crawler/origin_ca/ecc.pem", &origin_ca, &err));
    assert_int_equal(1, origin_ca.count);
    struct trust_options all = {.system = true, .origin_ca = true, .system_file = public_file, .ca_file = custom_file};
    assert_int_equal(TRUST_PUBLIC, kind_of(&all, public_root));
    assert_int_equal(TRUST_CUSTOM, kind_of(&all, custom_root));
    assert_int_equal(TRUST_ORIGIN_CA, kind_of(&all, origin_ca.certificates[0]));
    /* A root that is public as well is public. */
    all.ca_file = both_file;
    assert_int_equal(TRUST_PUBLIC, kind_of(&all, public_root));
    /* --ca-only replaces everything. */
    all.ca_only = custom_file;
    assert_int_equal(TRUST_NONE, kind_of(&all, public_root));
    assert_int_equal(TRUST_CUSTOM, kind_of(&all, custom_root));
    assert_int_equal(TRUST_NONE, kind_of(&all, origin_ca.certificates[0]));
    certificate_chain_release(&origin_ca);
    remove_file(public_file);
    remove_file(custom_file);
    remove_file(both_file);
    chain_release(&set);
}

static void test_counts(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct trust *trust = trust_new(&(struct trust_options){.system = true, .origin_ca = true}, &err);
    assert_non_null(trust);
    assert_int_equal(2, trust_root_count(trust, TRUST_ORIGIN_CA));
    assert_true(trust_root_count(trust, TRUST_PUBLIC) > 50);
    assert_int_equal(0, trust_root_count(trust, TRUST_CUSTOM));
    trust_free(trust);
    trust_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_certificate_files),
        cmocka_unit_test(test_bad_list_files),
        cmocka_unit_test(test_list_in_der),
        cmocka_unit_test(test_kinds_of_trust),
        cmocka_unit_test(test_origin_ca_is_the_published_one),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}

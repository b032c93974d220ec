#include "tests/unit/crawler/chain_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S      86400L
#define POOL_MAX   16
#define WORDS_MAX  24
#define TEXT_BYTES (256 << 10)

/* Keys that take long to make are made once for each kind. */
static struct {
    char kind[16];
    EVP_PKEY *key;
} pool[POOL_MAX];

static EVP_PKEY *make_key(const char *kind)
{
    int bits = 0;
    if (sscanf(kind, "rsa%d", &bits) == 1) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    }
    if (sscanf(kind, "dsa%d", &bits) == 1) {
        EVP_PKEY *params = NULL;
        EVP_PKEY *key = NULL;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
        assert_int_equal(1, EVP_PKEY_paramgen_init(context));
        EVP_PKEY_CTX_set_dsa_paramgen_bits(context, bits);
        assert_int_equal(1, EVP_PKEY_paramgen(context, &params));
        EVP_PKEY_CTX_free(context);
        context = EVP_PKEY_CTX_new(params, NULL);
        assert_int_equal(1, EVP_PKEY_keygen_init(context));
        assert_int_equal(1, EVP_PKEY_keygen(context, &key));
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(params);
        return key;
    }
    if (strcmp(kind, "ed25519") == 0 || strcmp(kind, "ed448") == 0) {
        return EVP_PKEY_Q_keygen(NULL, NULL, kind[2] == '2' ? "ED25519" : "ED448");
    }
    const char *group = kind[0] == 'p' && strcmp(kind, "p192") == 0 ? "P-192"
                        : strcmp(kind, "p224") == 0                 ? "P-224"
                        : strcmp(kind, "p256") == 0                 ? "P-256"
                        : strcmp(kind, "p384") == 0                 ? "P-384"
                        : strcmp(kind, "p521") == 0                 ? "P-521"
                                                                    : kind;
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
}

static EVP_PKEY *key_of_kind(const char *kind)
{
    bool slow = strncmp(kind, "rsa", 3) == 0 || strncmp(kind, "dsa", 3) == 0;
    for (size_t i = 0; slow && i < POOL_MAX && pool[i].key != NULL; i++) {
        if (strcmp(pool[i].kind, kind) == 0) {
            EVP_PKEY_up_ref(pool[i].key);
            return pool[i].key;
        }
    }
    EVP_PKEY *key = make_key(kind);
    assert_non_null(key);
    for (size_t i = 0; slow && i < POOL_MAX; i++) {
        if (pool[i].key == NULL) {
            snprintf(pool[i].kind, sizeof pool[i].kind, "%s", kind);
            EVP_PKEY_up_ref(key);
            pool[i].key = key;
            break;
        }
    }
    return key;
}

void chain_release_keys(void)
{
    for (size_t i = 0; i < POOL_MAX; i++) {
        EVP_PKEY_free(pool[i].key);
        pool[i].key = NULL;
    }
}

struct built *chain_find(struct chain_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return &set->items[i];
        }
    }
    fail_msg("no certificate named '%s'", name);
    return NULL;
}

struct slice chain_der(const struct built *built)
{
    return slice_make((const char *)built->der, (size_t)built->der_len);
}

/* The words of one certificate. */
struct words {
    char *items[WORDS_MAX];
    size_t count;
};

static const char *value_of(const struct words *words, const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 1; i < words->count; i++) {
        if (strncmp(words->items[i], key, len) == 0 && words->items[i][len] == '=') {
            return words->items[i] + len + 1;
        }
    }
    return NULL;
}

static bool has_word(const struct words *words, const char *word)
{
    for (size_t i = 1; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void tildes_to_spaces(char *text)
{
    for (; *text != '\0'; text++) {
        *text = *text == '~' ? ' ' : *text;
    }
}

static void add_extension(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    char text[TEXT_BYTES];
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    snprintf(text, sizeof text, "%s", value);
    tildes_to_spaces(text);
    X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, name, text);
    if (extension == NULL) {
        fail_msg("extension %s=%s", name, text);
    }
    assert_int_equal(1, X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static void add_given_extensions(const struct words *words, X509 *certificate, X509 *issuer)
{
    for (size_t i = 1; i < words->count; i++) {
        if (strncmp(words->items[i], "ext=", 4) == 0) {
            char name[64] = "";
            const char *colon = strchr(words->items[i], ':');
            assert_non_null(colon);
            snprintf(name, sizeof name, "%.*s", (int)(colon - words->items[i] - 4), words->items[i] + 4);
            add_extension(certificate, issuer, name, colon + 1);
        }
    }
}

static void add_extensions(const struct words *words, X509 *certificate, X509 *issuer)
{
    bool ca = has_word(words, "ca");
    const char *path_length = value_of(words, "pathlen");
    const char *san = value_of(words, "san");
    char basic[64];
    snprintf(basic, sizeof basic, "critical,CA:TRUE%s%s", path_length != NULL ? ",pathlen:" : "",
             path_length != NULL ? path_length : "");
    if (!has_word(words, "nobasic")) {
        add_extension(certificate, issuer, "basicConstraints", ca ? basic : "CA:FALSE");
    }
    if (ca && !has_word(words, "noku")) {
        add_extension(certificate, issuer, "keyUsage", "critical,keyCertSign,cRLSign");
    }
    if (!has_word(words, "noski")) {
        add_extension(certificate, issuer, "subjectKeyIdentifier", "hash");
    }
    if (!has_word(words, "noaki") && X509_get0_subject_key_id(issuer) != NULL) {
        add_extension(certificate, issuer, "authorityKeyIdentifier", "keyid");
    }
    if (san == NULL && !ca) {
        add_extension(certificate, issuer, "subjectAltName", "DNS:www.example.com");
    } else if (san != NULL && strcmp(san, "none") != 0) {
        add_extension(certificate, issuer, "subjectAltName", san);
    }
    add_given_extensions(words, certificate, issuer);
}

static void set_subject(const struct words *words, X509 *certificate, const char *name)
{
    char text[TEXT_BYTES];
    const char *cn = value_of(words, "cn");
    snprintf(text, sizeof text, "%s", cn != NULL ? cn : name);
    tildes_to_spaces(text);
    if (strcmp(text, "none") != 0) {
        assert_int_equal(1, X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                                       (const unsigned char *)text, -1, -1, 0));
    }
}

static void set_days(const char *days, bool ca, ASN1_TIME *from, ASN1_TIME *until)
{
    long first = ca ? -3000 : -30;
    long last = ca ? 3000 : 60;
    if (days != NULL) {
        assert_int_equal(2, sscanf(days, "%ld..%ld", &first, &last));
    }
    assert_non_null(ASN1_TIME_set(from, (time_t)(CHAIN_TIME_S + first * DAY_S)));
    assert_non_null(ASN1_TIME_set(until, (time_t)(CHAIN_TIME_S + last * DAY_S)));
}

static const EVP_MD *digest_for(const char *name, const EVP_PKEY *key)
{
    int type = EVP_PKEY_get_base_id(key);
    if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) {
        return NULL;
    }
    return EVP_get_digestbyname(name != NULL ? name : "sha256");
}

static void sign_certificate(const struct words *words, X509 *certificate, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context = NULL;
    assert_int_equal(1, EVP_DigestSignInit(context, &key_context, digest_for(value_of(words, "sign"), key), NULL, key));
    if (has_word(words, "pss")) {
        EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    }
    assert_true(X509_sign_ctx(certificate, context) > 0);
    EVP_MD_CTX_free(context);
    if (has_word(words, "badsig")) {
        const ASN1_BIT_STRING *signature = NULL;
        X509_get0_signature(&signature, NULL, certificate);
        ((ASN1_BIT_STRING *)(uintptr_t)signature)->data[signature->length - 1] ^= 1;
    }
}

/* An algorithm that nobody knows, in place of the key's own. */
static void spoil_key(X509 *certificate)
{
    ASN1_OBJECT *object = NULL;
    X509_ALGOR *algorithm = NULL;
    X509_PUBKEY_get0_param(&object, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate));
    X509_ALGOR_set0(algorithm, OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1), V_ASN1_UNDEF, NULL);
}

static void set_serial(const struct words *words, X509 *certificate, size_t index)
{
    const char *hex = value_of(words, "serial");
    BIGNUM *number = NULL;
    char counted[16];
    snprintf(counted, sizeof counted, "%zx", index + 0x1000);
    assert_true(BN_hex2bn(&number, hex != NULL ? hex : counted) > 0);
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
}

static struct built *begin_built(struct chain_set *set, const struct words *words, char **issuer_name)
{
    assert_true(set->count < CHAIN_MAX);
    struct built *built = &set->items[set->count];
    *built = (struct built){0};
    char *less = strchr(words->items[0], '<');
    *issuer_name = NULL;
    if (less != NULL) {
        *less = '\0';
        *issuer_name = less + 1;
    }
    snprintf(built->name, sizeof built->name, "%s", words->items[0]);
    const char *same = value_of(words, "samekey");
    const char *kind = value_of(words, "key");
    if (same != NULL) {
        built->key = chain_find(set, same)->key;
        EVP_PKEY_up_ref(built->key);
    } else {
        built->key = key_of_kind(kind != NULL ? kind : "p256");
    }
    return built;
}

static void build_one(struct chain_set *set, const struct words *words)
{
    char *issuer_name = NULL;
    struct built *built = begin_built(set, words, &issuer_name);
    X509 *certificate = X509_new();
    assert_int_equal(1, X509_set_version(certificate, X509_VERSION_3));
    set_serial(words, certificate, set->count);
    set_subject(words, certificate, built->name);
    set_days(value_of(words, "days"), has_word(words, "ca"), X509_getm_notBefore(certificate),
             X509_getm_notAfter(certificate));
    assert_int_equal(1, X509_set_pubkey(certificate, built->key));
    if (has_word(words, "badkey")) {
        spoil_key(certificate);
    }
    struct built *issuer = issuer_name != NULL ? chain_find(set, issuer_name) : built;
    X509 *issuing = issuer_name != NULL ? issuer->certificate : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuing));
    add_extensions(words, certificate, issuing);
    sign_certificate(words, certificate, issuer->key);
    /* What counts is the encoding: parse it again. */
    built->der_len = i2d_X509(certificate, &built->der);
    assert_true(built->der_len > 0);
    X509_free(certificate);
    const unsigned char *cursor = built->der;
    built->certificate = d2i_X509(NULL, &cursor, built->der_len);
    assert_non_null(built->certificate);
    set->count++;
}

static void split_words(char *text, struct words *words)
{
    char *state = NULL;
    words->count = 0;
    for (char *word = strtok_r(text, " ", &state); word != NULL; word = strtok_r(NULL, " ", &state)) {
        assert_true(words->count < WORDS_MAX);
        words->items[words->count++] = word;
    }
}

void chain_build(struct chain_set *set, const char *text)
{
    char *copy = strdup(text);
    char *state = NULL;
    for (char *part = strtok_r(copy, "|", &state); part != NULL; part = strtok_r(NULL, "|", &state)) {
        struct words words;
        split_words(part, &words);
        assert_true(words.count > 0);
        build_one(set, &words);
    }
    free(copy);
}

void chain_release(struct chain_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        X509_free(set->items[i].certificate);
        EVP_PKEY_free(set->items[i].key);
        OPENSSL_free(set->items[i].der);
    }
    set->count = 0;
}

char *chain_write_pem(struct chain_set *set, const char *names)
{
    char *path = strdup("/tmp/origintls_chain_XXXXXX");
    char *copy = strdup(names);
    char *state = NULL;
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    for (char *name = strtok_r(copy, " ", &state); name != NULL; name = strtok_r(NULL, " ", &state)) {
        assert_int_equal(1, PEM_write_X509(file, chain_find(set, name)->certificate));
    }
    fclose(file);
    free(copy);
    return path;
}

static void add_list_entry(X509_CRL *list, const X509 *certificate, const char *reason)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)(CHAIN_TIME_S - 2 * DAY_S));
    X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(certificate));
    X509_REVOKED_set_revocationDate(entry, since);
    if (reason != NULL) {
        ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(value, atol(reason));
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0);
        ASN1_ENUMERATED_free(value);
    }
    ASN1_TIME_free(since);
    assert_int_equal(1, X509_CRL_add0_revoked(list, entry));
}

static void add_list_extensions(X509_CRL *list, const struct words *words)
{
    const char *delta = value_of(words, "delta");
    if (has_word(words, "idp")) {
        ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();
        point->onlyuser = 0xff;
        assert_int_equal(1, X509_CRL_add1_ext_i2d(list, NID_issuing_distribution_point, point, 1, 0));
        ISSUING_DIST_POINT_free(point);
    }
    if (delta != NULL) {
        ASN1_INTEGER *base = ASN1_INTEGER_new();
        ASN1_INTEGER_set(base, atol(delta));
        assert_int_equal(1, X509_CRL_add1_ext_i2d(list, NID_delta_crl, base, 1, 0));
        ASN1_INTEGER_free(base);
    }
}

X509_CRL *chain_revocation_list(struct chain_set *set, const char *text)
{
    char *copy = strdup(text);
    struct words words;
    split_words(copy, &words);
    struct built *issuer = chain_find(set, words.items[0]);
    const char *signer = value_of(&words, "signer");
    const char *revokes = value_of(&words, "revokes");
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_new();
    ASN1_TIME *until = ASN1_TIME_new();
    set_days(value_of(&words, "days") != NULL ? value_of(&words, "days") : "-1..6", false, from, until);
    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, until);
    char *state = NULL;
    char *names = strdup(revokes != NULL ? revokes : "");
    for (char *name = strtok_r(names, ",", &state); name != NULL; name = strtok_r(NULL, ",", &state)) {
        add_list_entry(list, chain_find(set, name)->certificate, value_of(&words, "reason"));
    }
    add_list_extensions(list, &words);
    EVP_PKEY *key = signer != NULL ? chain_find(set, signer)->key : issuer->key;
    X509_CRL_sort(list);
    assert_true(X509_CRL_sign(list, key, digest_for(NULL, key)) > 0);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    free(names);
    free(copy);
    return list;
}

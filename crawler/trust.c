#include "crawler/trust.h"

#include "base/file.h"
#include "crawler/certificate_x509.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

extern const char trust_origin_ca_pem[];

struct trust {
    struct trust_entry *entries; /* sorted by subject */
    size_t entry_count;
    size_t entry_capacity;
    X509_CRL **lists; /* sorted by issuer, newest first */
    size_t list_count;
    size_t list_capacity;
};

/* Room for one more element of `size` bytes; NULL when out of memory. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *grown = realloc(array, wanted * size);
    if (grown != NULL) {
        *capacity = wanted;
    }
    return grown;
}

/* Takes the certificate. Makes OpenSSL fill its caches now, so that judging threads only read. */
static int add_certificate(struct trust *trust, X509 *certificate, enum trust_kind kind, struct err *err)
{
    struct trust_entry *grown =
        grow(trust->entries, trust->entry_count, &trust->entry_capacity, sizeof *trust->entries);
    if (grown == NULL) {
        X509_free(certificate);
        return err_memory(err);
    }
    trust->entries = grown;
    X509_check_purpose(certificate, -1, 0);
    bool is_root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
    trust->entries[trust->entry_count++] = (struct trust_entry){certificate, kind, is_root};
    return 0;
}

static int add_list(struct trust *trust, X509_CRL *list, struct err *err)
{
    X509_CRL **grown = grow(trust->lists, trust->list_count, &trust->list_capacity, sizeof(X509_CRL *));
    if (grown == NULL) {
        X509_CRL_free(list);
        return err_memory(err);
    }
    trust->lists = grown;
    /* The first lookup sorts the list. */
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    X509_REVOKED *ignored = NULL;
    if (serial != NULL) {
        X509_CRL_get0_by_serial(list, &ignored, serial);
    }
    ASN1_INTEGER_free(serial);
    trust->lists[trust->list_count++] = list;
    return 0;
}

static int add_pem_certificates(struct trust *trust, const char *path, struct slice text, enum trust_kind kind,
                                struct err *err)
{
    struct pem_reader reader = {0};
    size_t before = trust->entry_count;
    int result = pem_reader_open(&reader, path, text, err);
    while (result == 0) {
        enum pem_block block = PEM_BLOCK_NONE;
        unsigned char *der = NULL;
        long der_len = 0;
        result = pem_reader_next(&reader, &block, &der, &der_len, err);
        if (result != 0 || der == NULL) {
            break;
        }
        if (block == PEM_BLOCK_CERTIFICATE) {
            const unsigned char *cursor = der;
            X509 *certificate = d2i_X509(NULL, &cursor, der_len);
            result = certificate != NULL ? add_certificate(trust, certificate, kind, err)
                                         : err_set(err, ERR_USAGE, "%s: certificate %zu in it cannot be parsed", path,
                                                   trust->entry_count - before + 1);
        }
        OPENSSL_free(der);
    }
    pem_reader_close(&reader);
    if (result == 0 && trust->entry_count == before) {
        result = pem_file_useless(path, text, "certificate", err);
    }
    return result;
}

static int add_certificate_file(struct trust *trust, const char *path, enum trust_kind kind, struct err *err)
{
    struct buf content = {0};
    int result = file_read(path, LIMIT_CERTIFICATE_FILE_BYTES, &content, err);
    if (result == 0) {
        result = add_pem_certificates(trust, path, buf_slice(&content), kind, err);
    }
    OPENSSL_cleanse(content.data, content.len);
    buf_release(&content);
    return result;
}

static int add_der_list(struct trust *trust, const char *path, const unsigned char *der, long der_len, struct err *err)
{
    const unsigned char *cursor = der;
    X509_CRL *list = d2i_X509_CRL(NULL, &cursor, der_len);
    if (list == NULL || cursor != der + der_len) {
        X509_CRL_free(list);
        return err_set(err, ERR_USAGE, "%s: the revocation list in it cannot be parsed", path);
    }
    return add_list(trust, list, err);
}

static int add_pem_lists(struct trust *trust, const char *path, struct slice text, struct err *err)
{
    struct pem_reader reader = {0};
    size_t before = trust->list_count;
    int result = pem_reader_open(&reader, path, text, err);
    while (result == 0) {
        enum pem_block block = PEM_BLOCK_NONE;
        unsigned char *der = NULL;
        long der_len = 0;
        result = pem_reader_next(&reader, &block, &der, &der_len, err);
        if (result != 0 || der == NULL) {
            break;
        }
        if (block == PEM_BLOCK_CRL) {
            result = add_der_list(trust, path, der, der_len, err);
        }
        OPENSSL_free(der);
    }
    pem_reader_close(&reader);
    if (result == 0 && trust->list_count == before) {
        result = err_set(err, ERR_USAGE, "%s: no revocation list in it", path);
    }
    return result;
}

static int add_list_file(struct trust *trust, const char *path, struct err *err)
{
    struct buf content = {0};
    int result = file_read(path, LIMIT_CERTIFICATE_FILE_BYTES, &content, err);
    struct slice text = buf_slice(&content);
    if (result == 0 && text.len == 0) {
        result = err_set(err, ERR_USAGE, "%s: the file is empty", path);
    } else if (result == 0 && slice_find(text, SLICE("-----BEGIN ")) < text.len) {
        result = add_pem_lists(trust, path, text, err);
    } else if (result == 0) {
        result = add_der_list(trust, path, (const unsigned char *)text.ptr, (long)text.len, err);
    }
    OPENSSL_cleanse(content.data, content.len);
    buf_release(&content);
    return result;
}

static int by_subject(const void *a, const void *b)
{
    const struct trust_entry *left = a;
    const struct trust_entry *right = b;
    int order = X509_NAME_cmp(X509_get_subject_name(left->certificate), X509_get_subject_name(right->certificate));
    /* A root that is public is reported as such, whoever else vouches for it. */
    return order != 0 ? order : (int)left->kind - (int)right->kind;
}

static int by_issuer(const void *a, const void *b)
{
    const X509_CRL *left = *(X509_CRL *const *)a;
    const X509_CRL *right = *(X509_CRL *const *)b;
    int order = X509_NAME_cmp(X509_CRL_get_issuer(left), X509_CRL_get_issuer(right));
    if (order != 0) {
        return order;
    }
    int64_t left_s = certificate_time_s(X509_CRL_get0_lastUpdate(left));
    int64_t right_s = certificate_time_s(X509_CRL_get0_lastUpdate(right));
    return left_s < right_s ? 1 : left_s > right_s ? -1 : 0;
}

static int load_roots(struct trust *trust, const struct trust_options *options, struct err *err)
{
    if (options->ca_only != NULL) {
        return add_certificate_file(trust, options->ca_only, TRUST_CUSTOM, err);
    }
    if (options->system) {
        const char *path = options->system_file != NULL ? options->system_file : TRUST_SYSTEM_FILE;
        if (add_certificate_file(trust, path, TRUST_PUBLIC, err) != 0) {
            return err_prefix(err, "the system's roots");
        }
    }
    if (options->origin_ca && add_pem_certificates(trust, "the Origin CA's roots", slice_of(trust_origin_ca_pem),
                                                   TRUST_ORIGIN_CA, err) != 0) {
        return -1;
    }
    return options->ca_file != NULL ? add_certificate_file(trust, options->ca_file, TRUST_CUSTOM, err) : 0;
}

struct trust *trust_new(const struct trust_options *options, struct err *err)
{
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        err_memory(err);
        return NULL;
    }
    int result = load_roots(trust, options, err);
    for (size_t i = 0; result == 0 && i < options->crl_file_count; i++) {
        result = add_list_file(trust, options->crl_files[i], err);
    }
    ERR_clear_error();
    if (result != 0) {
        trust_free(trust);
        return NULL;
    }
    if (trust->entry_count > 0) {
        qsort(trust->entries, trust->entry_count, sizeof *trust->entries, by_subject);
    }
    if (trust->list_count > 0) {
        qsort(trust->lists, trust->list_count, sizeof(X509_CRL *), by_issuer);
    }
    return trust;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL) {
        return;
    }
    for (size_t i = 0; i < trust->entry_count; i++) {
        X509_free(trust->entries[i].certificate);
    }
    for (size_t i = 0; i < trust->list_count; i++) {
        X509_CRL_free(trust->lists[i]);
    }
    free(trust->entries);
    free(trust->lists);
    free(trust);
}

size_t trust_root_count(const struct trust *trust, enum trust_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < trust->entry_count; i++) {
        count += trust->entries[i].is_root && trust->entries[i].kind == kind;
    }
    return count;
}

/* What a sorted array's element at `index` is named. */
typedef const X509_NAME *name_at(const struct trust *trust, size_t index);

static const X509_NAME *entry_name(const struct trust *trust, size_t index)
{
    return X509_get_subject_name(trust->entries[index].certificate);
}

static const X509_NAME *list_name(const struct trust *trust, size_t index)
{
    return X509_CRL_get_issuer(trust->lists[index]);
}

/* The run of elements that are named `name`: its length, and in *first where it begins. */
static size_t find_named(const struct trust *trust, name_at *name_of, size_t count, const X509_NAME *name,
                         size_t *first)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (X509_NAME_cmp(name_of(trust, middle), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < count && X509_NAME_cmp(name_of(trust, end), name) == 0) {
        end++;
    }
    *first = low;
    return end - low;
}

size_t trust_entries_named(const struct trust *trust, const X509_NAME *subject, const struct trust_entry **first)
{
    size_t index = 0;
    size_t count = find_named(trust, entry_name, trust->entry_count, subject, &index);
    *first = count > 0 ? trust->entries + index : NULL;
    return count;
}

size_t trust_lists_named(const struct trust *trust, const X509_NAME *issuer, X509_CRL *const **first)
{
    size_t index = 0;
    size_t count = find_named(trust, list_name, trust->list_count, issuer, &index);
    *first = count > 0 ? trust->lists + index : NULL;
    return count;
}

const struct trust_entry *trust_entry_of(const struct trust *trust, const X509 *certificate)
{
    const struct trust_entry *first = NULL;
    size_t count = trust_entries_named(trust, X509_get_subject_name(certificate), &first);
    for (size_t i = 0; i < count; i++) {
        if (X509_cmp(first[i].certificate, certificate) == 0) {
            return &first[i];
        }
    }
    return NULL;
}

const char *trust_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

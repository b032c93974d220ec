/* Client certificates: read from files, presented to servers that ask. */
#include "crawler/fetch_tls.h"

#include "base/file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 20, CHAIN_MAX = 10 };

struct fetch_client_certificate {
    X509 *leaf;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
};

void fetch_client_certificate_free(struct fetch_client_certificate *certificate)
{
    if (certificate == NULL) {
        return;
    }
    X509_free(certificate->leaf);
    EVP_PKEY_free(certificate->key);
    sk_X509_pop_free(certificate->chain, X509_free);
    free(certificate);
}

/* An encrypted key fails; nobody is there to be asked for its password. */
static int no_password(char *password, int size, int writing, void *unused)
{
    (void)password, (void)size, (void)writing, (void)unused;
    return -1;
}

static int read_chain(struct fetch_client_certificate *certificate, const char *path, struct err *err)
{
    struct buf text;
    BIO *bio = NULL;
    int status = -1;
    if (file_read(path, FILE_BYTES_MAX, &text, err) != 0) {
        buf_release(&text);
        return -1;
    }
    if ((certificate->chain = sk_X509_new_null()) == NULL ||
        (bio = BIO_new_mem_buf(buf_text(&text), (int)text.len)) == NULL) {
        err_memory(err);
        goto out;
    }
    certificate->leaf = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    if (certificate->leaf == NULL) {
        err_set(err, ERR_USAGE, "%s: no PEM certificate in it", path);
        goto out;
    }
    for (X509 *next = NULL; sk_X509_num(certificate->chain) < CHAIN_MAX &&
                            (next = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL;) {
        if (sk_X509_push(certificate->chain, next) == 0) {
            X509_free(next);
            err_memory(err);
            goto out;
        }
    }
    status = 0;
out:
    BIO_free(bio);
    buf_release(&text);
    return status;
}

static int read_key(struct fetch_client_certificate *certificate, const char *path, struct err *err)
{
    struct buf text;
    if (file_read(path, FILE_BYTES_MAX, &text, err) != 0) {
        buf_release(&text);
        return -1;
    }
    BIO *bio = BIO_new_mem_buf(buf_text(&text), (int)text.len);
    certificate->key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    OPENSSL_cleanse(text.data, text.len);
    buf_release(&text);
    if (certificate->key == NULL) {
        return err_set(err, ERR_USAGE, "%s: no PEM private key in it that can be read without a password", path);
    }
    return 0;
}

struct fetch_client_certificate *fetch_client_certificate_load(const char *certificate_path, const char *key_path,
                                                               struct err *err)
{
    struct fetch_client_certificate *certificate = calloc(1, sizeof *certificate);
    if (certificate == NULL) {
        err_memory(err);
        return NULL;
    }
    if (read_chain(certificate, certificate_path, err) != 0 || read_key(certificate, key_path, err) != 0) {
        goto fail;
    }
    if (X509_check_private_key(certificate->leaf, certificate->key) != 1) {
        err_set(err, ERR_USAGE, "%s: the key does not belong to the certificate in %s", key_path, certificate_path);
        goto fail;
    }
    ERR_clear_error();
    return certificate;
fail:
    ERR_clear_error();
    fetch_client_certificate_free(certificate);
    return NULL;
}

bool fetch_tls_present(void *ssl_ctx, const struct fetch_client_certificate *certificate)
{
    return SSL_CTX_use_cert_and_key(ssl_ctx, certificate->leaf, certificate->key, certificate->chain, 1) == 1;
}

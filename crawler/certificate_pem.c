#include "base/file.h"
#include "crawler/certificate_x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

int pem_reader_open(struct pem_reader *reader, const char *path, struct slice text, struct err *err)
{
    reader->path = path;
    reader->bio = BIO_new_mem_buf(text.len > 0 ? text.ptr : "", (int)text.len);
    return reader->bio != NULL ? 0 : err_memory(err);
}

void pem_reader_close(struct pem_reader *reader)
{
    BIO_free(reader->bio);
    reader->bio = NULL;
}

static enum pem_block block_of(const char *name)
{
    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0 ||
        strcmp(name, PEM_STRING_X509_TRUSTED) == 0) {
        return PEM_BLOCK_CERTIFICATE;
    }
    return strcmp(name, PEM_STRING_X509_CRL) == 0 ? PEM_BLOCK_CRL : PEM_BLOCK_OTHER;
}

int pem_reader_next(struct pem_reader *reader, enum pem_block *block, unsigned char **der, long *der_len,
                    struct err *err)
{
    char *name = NULL;
    char *header = NULL;
    *der = NULL;
    *block = PEM_BLOCK_NONE;
    if (PEM_read_bio(reader->bio, &name, &header, der, der_len) != 1) {
        unsigned long code = ERR_peek_last_error();
        ERR_clear_error();
        if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
            return 0;
        }
        return err_set(err, ERR_USAGE, "%s: a PEM block in it is damaged", reader->path);
    }
    bool private_key = strstr(name, "PRIVATE KEY") != NULL;
    *block = block_of(name);
    OPENSSL_free(name);
    OPENSSL_free(header);
    if (!private_key) {
        return 0;
    }
    OPENSSL_clear_free(*der, (size_t)*der_len);
    *der = NULL;
    return err_set(err, ERR_USAGE, "%s: there is a private key in it; give a file with certificates alone",
                   reader->path);
}

/* What follows the header of a DER SEQUENCE whose length takes one to three further bytes; empty: it is none. */
static struct slice der_content(struct slice file)
{
    if (file.len < 3 || file.ptr[0] != 0x30 || (unsigned char)file.ptr[1] <= 0x80) {
        return SLICE_EMPTY;
    }
    return slice_from(file, 2 + ((size_t)(unsigned char)file.ptr[1] & 0x7f));
}

int pem_file_useless(const char *path, struct slice content, const char *wanted, struct err *err)
{
    if (content.len == 0) {
        return err_set(err, ERR_USAGE, "%s: the file is empty", path);
    }
    const struct slice der = der_content(content);
    /* A certificate or list goes on with a SEQUENCE; PKCS#12 with version 3 (RFC 7292, 4), a key with its own. */
    if (slice_starts_with(der, slice_of("\x02\x01\x03"))) {
        return err_set(err, ERR_USAGE,
                       "%s: this is PKCS#12, not PEM; `openssl pkcs12 -nokeys` takes the certificates out", path);
    }
    if (slice_starts_with(der, slice_of("\x02\x01"))) {
        return err_set(err, ERR_USAGE, "%s: there is a private key in it; give a file with certificates alone", path);
    }
    if (der.len > 0) {
        return err_set(err, ERR_USAGE, "%s: this is DER, not PEM; `openssl x509 -inform DER` converts it", path);
    }
    return err_set(err, ERR_USAGE, "%s: no PEM %s in it", path, wanted);
}

static int keep_certificate(struct certificate_chain *chain, const unsigned char *der, long der_len, struct err *err)
{
    if (chain->count == LIMIT_CHAIN_CERTIFICATES) {
        return 0;
    }
    char *copy = arena_copy(&chain->memory, slice_make((const char *)der, (size_t)der_len));
    if (copy == NULL) {
        return err_memory(err);
    }
    chain->certificates[chain->count++] = slice_make(copy, (size_t)der_len);
    return 0;
}

static int read_blocks(struct pem_reader *reader, struct certificate_chain *chain, struct err *err)
{
    for (;;) {
        enum pem_block block = PEM_BLOCK_NONE;
        unsigned char *der = NULL;
        long der_len = 0;
        if (pem_reader_next(reader, &block, &der, &der_len, err) != 0) {
            return -1;
        }
        if (der == NULL) {
            return 0;
        }
        int kept = block == PEM_BLOCK_CERTIFICATE ? keep_certificate(chain, der, der_len, err) : 0;
        OPENSSL_free(der);
        if (kept != 0) {
            return -1;
        }
    }
}

int certificate_read_pem(const char *path, struct certificate_chain *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    struct buf content = {0};
    struct pem_reader reader = {0};
    int result = file_read(path, LIMIT_CERTIFICATE_FILE_BYTES, &content, err);
    if (result == 0) {
        result = pem_reader_open(&reader, path, buf_slice(&content), err);
    }
    if (result == 0) {
        result = read_blocks(&reader, out, err);
    }
    if (result == 0 && out->count == 0) {
        result = pem_file_useless(path, buf_slice(&content), "certificate", err);
    }
    pem_reader_close(&reader);
    /* There may have been a private key in it. */
    OPENSSL_cleanse(content.data, content.len);
    buf_release(&content);
    return result;
}

void certificate_chain_release(struct certificate_chain *chain)
{
    arena_release(&chain->memory);
    chain->count = 0;
}

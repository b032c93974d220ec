#include "base/digest.h"

#include <openssl/evp.h>

int digest_sha256(struct slice bytes, char text[DIGEST_TEXT_BYTES], struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (EVP_Digest(bytes.ptr == NULL ? "" : bytes.ptr, bytes.len, digest, &len, EVP_sha256(), NULL) != 1 || len != 32) {
        return err_set(err, ERR_INTERNAL, "SHA-256 is not to be had");
    }
    for (unsigned i = 0; i < len; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * (size_t)len] = '\0';
    return 0;
}

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

static int digit_value(char digit)
{
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int digest_parse(const char *text, unsigned char bytes[DIGEST_BYTES])
{
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = digit_value(text[2 * i]);
        int low = high < 0 ? -1 : digit_value(text[2 * i + 1]);
        if (low < 0) {
            return -1;
        }
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return text[DIGEST_TEXT_BYTES - 1] == '\0' ? 0 : -1;
}

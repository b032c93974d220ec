#include "base/address.h"
#include "crawler/certificate_x509.h"

#include <string.h>

/* A hostname as it may stand in a certificate: labels that are not empty, without any byte that no name has. A NUL or a
 * space in the middle never matches anything, because no hostname has one. */
static bool has_empty_label(struct slice name)
{
    if (name.len == 0 || name.ptr[0] == '.' || name.ptr[name.len - 1] == '.') {
        return true;
    }
    return slice_find(name, SLICE("..")) < name.len;
}

/* Letters, digits and hyphens in every label. Edges that are built on OpenSSL let a wildcard stand for nothing else and
 * in no other company, so a name with an underscore has to be in the certificate as it is. */
static bool is_plain(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '.') {
            return false;
        }
    }
    return true;
}

bool certificate_name_matches(struct slice pattern, struct slice hostname)
{
    if (has_empty_label(pattern) || has_empty_label(hostname)) {
        return false;
    }
    if (!slice_starts_with(pattern, SLICE("*."))) {
        return slice_equal_nocase(pattern, hostname);
    }
    struct slice parent = slice_from(pattern, 2);
    if (slice_find_byte(parent, '.') == parent.len || !is_plain(parent) || !is_plain(hostname)) {
        return false;
    }
    size_t dot = slice_find_byte(hostname, '.');
    return dot < hostname.len && slice_equal_nocase(parent, slice_from(hostname, dot + 1));
}

static struct slice string_bytes(const ASN1_STRING *string)
{
    return slice_make((const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static bool address_matches(const GENERAL_NAME *name, const struct address *address)
{
    struct slice bytes = name->type == GEN_IPADD ? string_bytes(name->d.iPAddress) : SLICE_EMPTY;
    return bytes.len == (address->family == 4 ? 4u : 16u) && memcmp(bytes.ptr, address->bytes, bytes.len) == 0;
}

static bool common_name_matches(const X509 *certificate, struct slice hostname)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    bool found = false;
    int at = -1;
    while (!found && (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
        unsigned char *utf8 = NULL;
        int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        found = len > 0 && certificate_name_matches(slice_make((const char *)utf8, (size_t)len), hostname);
        OPENSSL_free(utf8);
    }
    return found;
}

enum certificate_name_found certificate_find_name(const X509 *certificate, struct slice hostname)
{
    struct address address = {0};
    bool is_address = address_parse(hostname, &address) == 0;
    bool has_dns = false;
    bool found = false;
    GENERAL_NAMES *san = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(san) && !found; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(san, i);
        has_dns = has_dns || name->type == GEN_DNS;
        if (is_address) {
            found = address_matches(name, &address);
        } else if (name->type == GEN_DNS) {
            found = certificate_name_matches(string_bytes(name->d.dNSName), hostname);
        }
    }
    GENERAL_NAMES_free(san);
    if (found) {
        return NAME_FOUND_SAN;
    }
    /* An address in the CN names nothing (RFC 9525, section 6.5). */
    if (is_address || has_dns) {
        return NAME_FOUND_NOT;
    }
    return common_name_matches(certificate, hostname) ? NAME_FOUND_CN : NAME_FOUND_NOT;
}

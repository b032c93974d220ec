#include "base/address.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "crawler/certificate_x509.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/sha.h>
#include <openssl/tls1.h>
#include <string.h>

#define TEXT_BYTES          256 /* of a subject or issuer */
#define NAME_BYTES          (LIMIT_HOSTNAME_BYTES + 2)
#define URL_BYTES           512
#define SERIAL_BYTES        32
#define MUST_STAPLE_NID     NID_tlsfeature
#define FEATURE_STATUS      TLSEXT_TYPE_status_request
#define DIGEST_BASE64_BYTES 45

X509 *certificate_parse(struct slice der)
{
    const unsigned char *cursor = (const unsigned char *)der.ptr;
    X509 *certificate = der.len > 0 ? d2i_X509(NULL, &cursor, (long)der.len) : NULL;
    if (certificate != NULL && cursor != (const unsigned char *)der.ptr + der.len) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

int64_t certificate_time_s(const ASN1_TIME *time)
{
    struct tm tm = {0};
    if (time == NULL || ASN1_TIME_check(time) != 1 || ASN1_TIME_to_tm(time, &tm) != 1) {
        return INT64_MIN;
    }
    return time_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void certificate_append_text(struct buf *out, struct slice text, size_t max)
{
    struct buf visible = {0};
    /* Each byte may become up to four; more input than that cannot show. */
    utf8_append_visible(&visible, slice_make(text.ptr, text.len < max * 4 ? text.len : max * 4));
    struct slice shown = buf_slice(&visible);
    if (shown.len <= max && text.len <= max * 4) {
        buf_append_slice(out, shown);
    } else {
        size_t cut = 0;
        while (cut < shown.len) {
            uint32_t code = 0;
            size_t step = utf8_decode(slice_from(shown, cut), &code);
            if (cut + step + strlen("…") > max) {
                break;
            }
            cut += step;
        }
        buf_append(out, shown.ptr, cut);
        buf_append_text(out, "…");
    }
    buf_release(&visible);
}

void certificate_append_name(struct buf *out, const X509_NAME *name, size_t max)
{
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC |
                          XN_FLAG_DN_REV | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS;
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        char *text = NULL;
        long len = BIO_get_mem_data(bio, &text);
        if (len > 0) {
            certificate_append_text(out, slice_make(text, (size_t)len), max);
        }
    }
    BIO_free(bio);
}

static void append_curve(struct buf *out, const EVP_PKEY *key)
{
    char group[64] = "";
    EVP_PKEY_get_utf8_string_param(key, "group", group, sizeof group, NULL);
    int nid = OBJ_txt2nid(group);
    const char *nist = nid != NID_undef ? EC_curve_nid2nist(nid) : NULL;
    buf_printf(out, "ECDSA %s", nist != NULL ? nist : group[0] != '\0' ? group : "with an unnamed curve");
}

void certificate_append_key(struct buf *out, const X509 *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL) {
        return;
    }
    int type = EVP_PKEY_get_base_id(key);
    if (type == EVP_PKEY_EC) {
        append_curve(out, key);
        return;
    }
    const char *name = type == EVP_PKEY_ED25519   ? "Ed25519"
                       : type == EVP_PKEY_ED448   ? "Ed448"
                       : type == EVP_PKEY_RSA     ? "RSA"
                       : type == EVP_PKEY_RSA_PSS ? "RSA-PSS"
                       : type == EVP_PKEY_DSA     ? "DSA"
                                                  : OBJ_nid2sn(type);
    buf_append_text(out, name);
    if (type != EVP_PKEY_ED25519 && type != EVP_PKEY_ED448) {
        buf_printf(out, " %d", EVP_PKEY_get_bits(key));
    }
}

void certificate_append_signature_algorithm(struct buf *out, const X509 *certificate)
{
    const X509_ALGOR *algorithm = X509_get0_tbs_sigalg(certificate);
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    char text[80] = "";
    OBJ_obj2txt(text, sizeof text, object, 0);
    certificate_append_text(out, slice_of(text), sizeof text);
}

bool certificate_spki_sha256(const X509 *certificate, uint8_t sha256[CERTIFICATE_PIN_BYTES])
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0) {
        return false;
    }
    bool done = SHA256(der, (size_t)len, sha256) != NULL;
    OPENSSL_free(der);
    return done;
}

void certificate_append_aia(struct buf *out, const X509 *certificate, int method_nid, size_t max)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(access, i);
        if (OBJ_obj2nid(entry->method) == method_nid && entry->location->type == GEN_URI) {
            const ASN1_IA5STRING *uri = entry->location->d.uniformResourceIdentifier;
            certificate_append_text(
                out, slice_make((const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri)), max);
            break;
        }
    }
    AUTHORITY_INFO_ACCESS_free(access);
}

static bool has_must_staple(const X509 *certificate)
{
    TLS_FEATURE *features = X509_get_ext_d2i(certificate, MUST_STAPLE_NID, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
        found = found || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS;
    }
    TLS_FEATURE_free(features);
    return found;
}

static void append_serial(struct buf *out, const X509 *certificate)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    const unsigned char *bytes = ASN1_STRING_get0_data(serial);
    int len = ASN1_STRING_length(serial);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
        buf_append_byte(out, '-');
    }
    for (int i = 0; i < len && i < SERIAL_BYTES; i++) {
        buf_printf(out, "%02x", bytes[i]);
    }
    if (len > SERIAL_BYTES) {
        buf_append_text(out, "…");
    }
}

/* The text of a name that the edge would compare; false for kinds that it would not. */
static bool append_general_name(struct buf *out, const GENERAL_NAME *name)
{
    if (name->type == GEN_DNS) {
        const ASN1_IA5STRING *dns = name->d.dNSName;
        certificate_append_text(
            out, slice_make((const char *)ASN1_STRING_get0_data(dns), (size_t)ASN1_STRING_length(dns)), NAME_BYTES);
        return true;
    }
    if (name->type != GEN_IPADD) {
        return false;
    }
    int len = ASN1_STRING_length(name->d.iPAddress);
    if (len != 4 && len != 16) {
        return false;
    }
    struct address address = {.family = len == 4 ? 4 : 6};
    char text[ADDRESS_TEXT_BYTES];
    memcpy(address.bytes, ASN1_STRING_get0_data(name->d.iPAddress), (size_t)len);
    buf_append_text(out, address_format(&address, text));
    return true;
}

/* A text of the result's arena, "" for an empty buffer. The buffer is emptied. */
static const char *keep(struct buf *text, struct arena *memory)
{
    const char *kept = text->len > 0 ? arena_copy(memory, buf_slice(text)) : "";
    buf_reset(text);
    return kept;
}

static int fill_names(const X509 *certificate, struct buf *text, struct certificate_result *result)
{
    struct certificate_facts *facts = &result->facts;
    const char **names = arena_alloc(&result->memory, LIMIT_CERTIFICATE_NAMES * sizeof *names);
    if (names == NULL) {
        return -1;
    }
    GENERAL_NAMES *san = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool has_dns = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(san); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(san, i);
        has_dns = has_dns || name->type == GEN_DNS;
        if (!append_general_name(text, name)) {
            continue;
        }
        facts->names_total++;
        if (facts->name_count < LIMIT_CERTIFICATE_NAMES) {
            names[facts->name_count++] = keep(text, &result->memory);
        }
        buf_reset(text);
    }
    GENERAL_NAMES_free(san);
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = -1;
    while (!has_dns && facts->name_count < LIMIT_CERTIFICATE_NAMES &&
           (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
        unsigned char *utf8 = NULL;
        int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        if (len > 0) {
            certificate_append_text(text, slice_make((const char *)utf8, (size_t)len), NAME_BYTES);
            names[facts->name_count++] = keep(text, &result->memory);
            facts->names_total++;
        }
        OPENSSL_free(utf8);
    }
    facts->names = names;
    return 0;
}

static void fill_times(const X509 *certificate, int64_t time_s, struct certificate_facts *facts)
{
    facts->not_before_s = certificate_time_s(X509_get0_notBefore(certificate));
    facts->not_after_s = certificate_time_s(X509_get0_notAfter(certificate));
    if (facts->not_before_s != INT64_MIN && facts->not_after_s > facts->not_before_s) {
        facts->lifetime_s = facts->not_after_s - facts->not_before_s;
    }
    if (facts->not_after_s != INT64_MIN) {
        facts->left_s = facts->not_after_s - time_s;
    }
}

int certificate_facts_fill(X509 *certificate, int64_t time_s, struct certificate_result *result)
{
    struct certificate_facts *facts = &result->facts;
    struct buf text = {0};
    fill_times(certificate, time_s, facts);
    certificate_append_name(&text, X509_get_subject_name(certificate), TEXT_BYTES);
    facts->subject = keep(&text, &result->memory);
    certificate_append_name(&text, X509_get_issuer_name(certificate), TEXT_BYTES);
    facts->issuer = keep(&text, &result->memory);
    append_serial(&text, certificate);
    facts->serial = keep(&text, &result->memory);
    certificate_append_key(&text, certificate);
    facts->key = keep(&text, &result->memory);
    certificate_append_signature_algorithm(&text, certificate);
    facts->signature_algorithm = keep(&text, &result->memory);
    certificate_append_aia(&text, certificate, NID_ad_ca_issuers, URL_BYTES);
    facts->aia_issuer_url = keep(&text, &result->memory);
    certificate_append_aia(&text, certificate, NID_ad_OCSP, URL_BYTES);
    facts->ocsp_url = keep(&text, &result->memory);
    uint8_t digest[CERTIFICATE_PIN_BYTES];
    if (certificate_spki_sha256(certificate, digest)) {
        char base64[DIGEST_BASE64_BYTES];
        EVP_EncodeBlock((unsigned char *)base64, digest, sizeof digest);
        buf_append_text(&text, base64);
    }
    facts->spki_sha256 = keep(&text, &result->memory);
    facts->must_staple = has_must_staple(certificate);
    facts->is_ca = X509_check_ca(certificate) == 1;
    int names = fill_names(certificate, &text, result);
    buf_release(&text);
    bool complete = facts->subject != NULL && facts->issuer != NULL && facts->serial != NULL && facts->key != NULL &&
                    facts->signature_algorithm != NULL && facts->aia_issuer_url != NULL && facts->ocsp_url != NULL &&
                    facts->spki_sha256 != NULL;
    return names == 0 && complete ? 0 : -1;
}

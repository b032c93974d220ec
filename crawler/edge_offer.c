#include "crawler/edge_offer.h"

#define LIST_OF(array)                                                                                                 \
    {                                                                                                                  \
        array, sizeof(array) / sizeof((array)[0])                                                                      \
    }

static const struct edge_offer_entry versions[] = {
    {0x0304, "TLSv1.3"},
    {0x0303, "TLSv1.2"},
    {0x0302, "TLSv1.1"},
    {0x0301, "TLSv1"},
};

static const struct edge_offer_entry ciphers_tls13[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
};

static const struct edge_offer_entry ciphers[] = {
    {0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"},
    {0xc013, "ECDHE-RSA-AES128-SHA"},
    {0x009c, "AES128-GCM-SHA256"},
    {0x002f, "AES128-SHA"},
    {0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {0xc030, "ECDHE-RSA-AES256-GCM-SHA384"},
    {0xc028, "ECDHE-RSA-AES256-SHA384"},
    {0x0035, "AES256-SHA"},
};

/* The hybrid of X25519 and ML-KEM, which the edge sends first today, is beyond today's OpenSSL; whether an origin takes
 * it is asked by a handshake of its own. */
static const struct edge_offer_entry groups[] = {
    {0x001d, "X25519"},
    {0x0017, "P-256"},
    {0x0018, "P-384"},
    {0x0019, "P-521"},
};

static const struct edge_offer_entry signatures[] = {
    {0x0403, "ecdsa_secp256r1_sha256"},
    {0x0804, "rsa_pss_rsae_sha256"},
    {0x0401, "rsa_pkcs1_sha256"},
    {0x0503, "ecdsa_secp384r1_sha384"},
    {0x0805, "rsa_pss_rsae_sha384"},
    {0x0501, "rsa_pkcs1_sha384"},
    {0x0603, "ecdsa_secp521r1_sha512"},
    {0x0806, "rsa_pss_rsae_sha512"},
    {0x0601, "rsa_pkcs1_sha512"},
    {0x0203, "ECDSA+SHA1"},
    {0x0201, "RSA+SHA1"},
};

const struct edge_offer_list edge_offer_versions = LIST_OF(versions);
const struct edge_offer_list edge_offer_ciphers_tls13 = LIST_OF(ciphers_tls13);
const struct edge_offer_list edge_offer_ciphers = LIST_OF(ciphers);
const struct edge_offer_list edge_offer_groups = LIST_OF(groups);
const struct edge_offer_list edge_offer_signatures = LIST_OF(signatures);

void edge_offer_append_names(const struct edge_offer_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        buf_append_text(out, i > 0 ? ":" : "");
        buf_append_text(out, list->entries[i].name);
    }
}

const char *edge_offer_name(const struct edge_offer_list *list, uint16_t code)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].code == code) {
            return list->entries[i].name;
        }
    }
    return NULL;
}

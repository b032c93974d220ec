#include "base/rng.h"
#include "crawler/edge_offer.h"
#include "crawler/hello.h"

#include <string.h>

/* Types of extensions (the IANA registry). */
enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    EXTENSION_SIGNATURES = 13,
    EXTENSION_ALPN = 16,
    EXTENSION_PADDING = 21,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_COOKIE = 44,
    EXTENSION_PSK_MODES = 45,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION = 0xff01
};

#define RECORD_BYTES_MAX      16384
#define HANDSHAKE_HELLO       1
#define RECORD_HANDSHAKE      22
#define RANDOM_BYTES          32
#define X25519_BYTES          32
#define MLKEM768_COEFFICIENTS 768
#define MLKEM_MODULUS         3329
#define MLKEM_SEED_BYTES      32

/* Where a length was left open, to be filled in when what it counts is there. */
struct open_length {
    size_t at;
    size_t bytes;
};

static void put(struct buf *out, size_t bytes, uint32_t value)
{
    for (size_t i = bytes; i-- > 0;) {
        buf_append_byte(out, (char)(value >> (8 * i)));
    }
}

static struct open_length open_length(struct buf *out, size_t bytes)
{
    struct open_length open = {.at = out->len, .bytes = bytes};
    put(out, bytes, 0);
    return open;
}

static void close_length(struct buf *out, struct open_length open)
{
    if (out->failed) {
        return;
    }
    size_t len = out->len - open.at - open.bytes;
    for (size_t i = 0; i < open.bytes; i++) {
        out->data[open.at + i] = (char)(len >> (8 * (open.bytes - 1 - i)));
    }
}

static void put_random(struct buf *out, size_t count, struct rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_byte(out, (char)rng_below(rng, 256));
    }
}

static void put_list(struct buf *out, const struct hello_list *list)
{
    struct open_length open = open_length(out, 2);
    for (size_t i = 0; i < list->count; i++) {
        put(out, 2, list->codes[i]);
    }
    close_length(out, open);
}

/* The base point of a curve is a public key like any other; servers check no more than that it is on the curve. */
static const char P256_BASE[] =
    "\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39"
    "\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e"
    "\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";
static const char P384_BASE[] =
    "\x04\xaa\x87\xca\x22\xbe\x8b\x05\x37\x8e\xb1\xc7\x1e\xf3\x20\xad\x74\x6e\x1d\x3b\x62\x8b\xa7\x9b\x98\x59\xf7\x41"
    "\xe0\x82\x54\x2a\x38\x55\x02\xf2\x5d\xbf\x55\x29\x6c\x3a\x54\x5e\x38\x72\x76\x0a\xb7\x36\x17\xde\x4a\x96\x26\x2c"
    "\x6f\x5d\x9e\x98\xbf\x92\x92\xdc\x29\xf8\xf4\x1d\xbd\x28\x9a\x14\x7c\xe9\xda\x31\x13\xb5\xf0\xb8\xc0\x0a\x60\xb1"
    "\xce\x1d\x7e\x81\x9d\x7a\x43\x1d\x7c\x90\xea\x0e\x5f";
static const char P521_BASE[] =
    "\x04\x00\xc6\x85\x8e\x06\xb7\x04\x04\xe9\xcd\x9e\x3e\xcb\x66\x23\x95\xb4\x42\x9c\x64\x81\x39\x05\x3f\xb5\x21\xf8"
    "\x28\xaf\x60\x6b\x4d\x3d\xba\xa1\x4b\x5e\x77\xef\xe7\x59\x28\xfe\x1d\xc1\x27\xa2\xff\xa8\xde\x33\x48\xb3\xc1\x85"
    "\x6a\x42\x9b\xf9\x7e\x7e\x31\xc2\xe5\xbd\x66\x01\x18\x39\x29\x6a\x78\x9a\x3b\xc0\x04\x5c\x8a\x5f\xb4\x2c\x7d\x1b"
    "\xd9\x98\xf5\x44\x49\x57\x9b\x44\x68\x17\xaf\xbd\x17\x27\x3e\x66\x2c\x97\xee\x72\x99\x5e\xf4\x26\x40\xc5\x50\xb9"
    "\x01\x3f\xad\x07\x61\x35\x3c\x70\x86\xa2\x72\xc2\x40\x88\xbe\x94\x76\x9f\xd1\x66\x50";

/* An encapsulation key that passes the modulus check of FIPS 203, section 7.2: 768 coefficients of 12 bits, all below
 * the modulus, and a seed. Nobody has its private half. */
static void put_mlkem768_key(struct buf *out, struct rng *rng)
{
    for (size_t i = 0; i < MLKEM768_COEFFICIENTS; i += 2) {
        uint32_t low = (uint32_t)rng_below(rng, MLKEM_MODULUS);
        uint32_t high = (uint32_t)rng_below(rng, MLKEM_MODULUS);
        buf_append_byte(out, (char)low);
        buf_append_byte(out, (char)(low >> 8 | (high & 15) << 4));
        buf_append_byte(out, (char)(high >> 4));
    }
    put_random(out, MLKEM_SEED_BYTES, rng);
}

static void put_key_share(struct buf *out, uint16_t group, struct rng *rng)
{
    put(out, 2, group);
    struct open_length key = open_length(out, 2);
    switch (group) {
    case HELLO_P256:
        buf_append(out, P256_BASE, sizeof P256_BASE - 1);
        break;
    case HELLO_P384:
        buf_append(out, P384_BASE, sizeof P384_BASE - 1);
        break;
    case HELLO_P521:
        buf_append(out, P521_BASE, sizeof P521_BASE - 1);
        break;
    case HELLO_X25519MLKEM768:
        put_mlkem768_key(out, rng);
        put_random(out, X25519_BYTES, rng);
        break;
    case HELLO_X25519:
        put_random(out, X25519_BYTES, rng);
        break;
    default:
        buf_append_byte(out, 0);
        break;
    }
    close_length(out, key);
}

static struct open_length open_extension(struct buf *out, uint16_t type)
{
    put(out, 2, type);
    return open_length(out, 2);
}

static void put_server_name(struct buf *out, struct slice name)
{
    struct open_length extension = open_extension(out, EXTENSION_SERVER_NAME);
    struct open_length list = open_length(out, 2);
    put(out, 1, 0); /* host_name */
    struct open_length entry = open_length(out, 2);
    buf_append_slice(out, name);
    close_length(out, entry);
    close_length(out, list);
    close_length(out, extension);
}

static void put_list_extension(struct buf *out, uint16_t type, const struct hello_list *list)
{
    struct open_length extension = open_extension(out, type);
    put_list(out, list);
    close_length(out, extension);
}

static void put_bytes_extension(struct buf *out, uint16_t type, struct slice bytes)
{
    struct open_length extension = open_extension(out, type);
    buf_append_slice(out, bytes);
    close_length(out, extension);
}

static void put_supported_versions(struct buf *out, const struct hello_offer *offer)
{
    struct open_length extension = open_extension(out, EXTENSION_SUPPORTED_VERSIONS);
    struct open_length list = open_length(out, 1);
    for (uint16_t version = offer->version_max; version >= offer->version_min; version--) {
        put(out, 2, version);
    }
    close_length(out, list);
    close_length(out, extension);
}

static void put_key_shares(struct buf *out, const struct hello_list *groups, struct rng *rng)
{
    struct open_length extension = open_extension(out, EXTENSION_KEY_SHARE);
    struct open_length list = open_length(out, 2);
    for (size_t i = 0; i < groups->count; i++) {
        put_key_share(out, groups->codes[i], rng);
    }
    close_length(out, list);
    close_length(out, extension);
}

static void put_cookie(struct buf *out, struct slice cookie)
{
    struct open_length extension = open_extension(out, EXTENSION_COOKIE);
    struct open_length value = open_length(out, 2);
    buf_append_slice(out, cookie);
    close_length(out, value);
    close_length(out, extension);
}

static void put_tls13_extensions(struct buf *out, const struct hello_offer *offer, struct slice cookie, struct rng *rng)
{
    put_supported_versions(out, offer);
    put_bytes_extension(out, EXTENSION_PSK_MODES, SLICE("\x01\x01")); /* psk_dhe_ke */
    if (cookie.len > 0) {
        put_cookie(out, cookie);
    }
    put_key_shares(out, &offer->key_shares, rng);
}

/* Fills up to the wanted size of the handshake message, which begins at `hello_at`. */
static void put_padding(struct buf *out, size_t hello_at, size_t wanted)
{
    size_t len = out->len - hello_at + 4;
    if (wanted <= len) {
        return;
    }
    struct open_length extension = open_extension(out, EXTENSION_PADDING);
    for (size_t i = len; i < wanted; i++) {
        buf_append_byte(out, 0);
    }
    close_length(out, extension);
}

static void put_extensions(struct buf *out, const struct hello_offer *offer, struct slice cookie, struct rng *rng,
                           size_t hello_at)
{
    struct open_length extensions = open_length(out, 2);
    if (offer->sni.len > 0) {
        put_server_name(out, offer->sni);
    }
    put_bytes_extension(out, EXTENSION_EXTENDED_MASTER_SECRET, SLICE_EMPTY);
    put_bytes_extension(out, EXTENSION_RENEGOTIATION, SLICE("\0"));
    if (offer->groups.count > 0) {
        put_list_extension(out, EXTENSION_GROUPS, &offer->groups);
        put_bytes_extension(out, EXTENSION_POINT_FORMATS, SLICE("\x01\0"));
    }
    put_bytes_extension(out, EXTENSION_SESSION_TICKET, SLICE_EMPTY);
    if (offer->alpn_h2) {
        put_bytes_extension(out, EXTENSION_ALPN, SLICE("\0\x0c\x02h2\x08http/1.1"));
    }
    if (offer->ask_ocsp) {
        put_bytes_extension(out, EXTENSION_STATUS_REQUEST, SLICE("\x01\0\0\0\0"));
    }
    if (offer->signatures.count > 0) {
        put_list_extension(out, EXTENSION_SIGNATURES, &offer->signatures);
    }
    if (offer->version_max >= HELLO_TLS13) {
        put_tls13_extensions(out, offer, cookie, rng);
    }
    if (offer->pad_to_bytes > 0) {
        put_padding(out, hello_at, offer->pad_to_bytes);
    }
    close_length(out, extensions);
}

static void put_hello(struct buf *out, const struct hello_offer *offer, struct slice cookie, struct rng *rng)
{
    size_t hello_at = out->len;
    uint16_t version = offer->version_max > HELLO_TLS12 ? HELLO_TLS12 : offer->version_max;
    put(out, 1, HANDSHAKE_HELLO);
    struct open_length hello = open_length(out, 3);
    put(out, 2, version);
    put_random(out, RANDOM_BYTES, rng);
    /* TLS 1.3 in its compatibility mode sends a session id that means nothing. */
    size_t session_id_len = offer->version_max >= HELLO_TLS13 ? RANDOM_BYTES : 0;
    put(out, 1, (uint32_t)session_id_len);
    put_random(out, session_id_len, rng);
    put_list(out, &offer->ciphers);
    buf_append(out, "\x01\0", 2); /* no compression */
    if (offer->version_max > HELLO_SSL3) {
        put_extensions(out, offer, cookie, rng, hello_at);
    }
    close_length(out, hello);
}

static int put_record(const struct hello_offer *offer, struct slice cookie, uint64_t seed, struct buf *out)
{
    struct buf hello = {0};
    struct rng rng;
    rng_init(&rng, seed);
    put_hello(&hello, offer, cookie, &rng);
    int result = -1;
    if (!hello.failed && hello.len <= RECORD_BYTES_MAX && offer->sni.len <= 255) {
        put(out, 1, RECORD_HANDSHAKE);
        /* The oldest version that the record layer may show, for servers that look at it. */
        put(out, 2, offer->version_max == HELLO_SSL3 ? HELLO_SSL3 : HELLO_TLS10);
        put(out, 2, (uint32_t)hello.len);
        buf_append_slice(out, buf_slice(&hello));
        result = out->failed ? -1 : 0;
    }
    buf_release(&hello);
    return result;
}

int hello_build(const struct hello_offer *offer, uint64_t seed, struct buf *out)
{
    return put_record(offer, SLICE_EMPTY, seed, out);
}

int hello_build_again(const struct hello_offer *offer, uint64_t seed, uint16_t group, struct slice cookie,
                      struct buf *out)
{
    struct hello_offer again = *offer;
    again.key_shares = (struct hello_list){.codes = {group}, .count = 1};
    return put_record(&again, cookie, seed, out);
}

static void add_codes(struct hello_list *list, const struct edge_offer_list *from)
{
    for (size_t i = 0; i < from->count && list->count < HELLO_LIST_MAX; i++) {
        list->codes[list->count++] = from->entries[i].code;
    }
}

struct hello_offer hello_edge_offer(struct slice sni)
{
    struct hello_offer offer = {.version_min = EDGE_OFFER_VERSION_MIN,
                                .version_max = EDGE_OFFER_VERSION_MAX,
                                .key_shares = {.codes = {HELLO_X25519}, .count = 1},
                                .sni = sni,
                                .alpn_h2 = true,
                                .ask_ocsp = true};
    add_codes(&offer.ciphers, &edge_offer_ciphers_tls13);
    add_codes(&offer.ciphers, &edge_offer_ciphers);
    add_codes(&offer.groups, &edge_offer_groups);
    add_codes(&offer.signatures, &edge_offer_signatures);
    return offer;
}

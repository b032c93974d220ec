#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void fold_mapped(struct address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address->family == 6 && memcmp(address->bytes, mapped, sizeof mapped) == 0) {
        struct address v4 = {.family = 4};
        memcpy(v4.bytes, address->bytes + 12, 4);
        *address = v4;
    }
}

int address_parse(struct slice text, struct address *address)
{
    char copy[ADDRESS_TEXT_BYTES];
    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        text = slice_make(text.ptr + 1, text.len - 2);
        if (slice_find_byte(text, ':') == text.len) {
            return -1;
        }
    }
    if (text.len == 0 || text.len >= sizeof copy) {
        return -1;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    struct address parsed = {0};
    if (inet_pton(AF_INET, copy, parsed.bytes) == 1) {
        parsed.family = 4;
    } else if (inet_pton(AF_INET6, copy, parsed.bytes) == 1) {
        parsed.family = 6;
        fold_mapped(&parsed);
    } else {
        return -1;
    }
    *address = parsed;
    return 0;
}

static bool bits_behind_are_zero(const struct address *address, unsigned prefix_bits)
{
    unsigned all = address->family == 4 ? 32 : 128;
    for (unsigned bit = prefix_bits; bit < all; bit++) {
        if (address->bytes[bit / 8] & (0x80u >> (bit % 8))) {
            return false;
        }
    }
    return true;
}

int address_range_parse(struct slice text, struct address_range *range)
{
    size_t slash = slice_find_byte(text, '/');
    struct address_range parsed = {0};
    if (address_parse(slice_make(text.ptr, slash), &parsed.base) != 0) {
        return -1;
    }
    unsigned all = parsed.base.family == 4 ? 32 : 128, bits = all;
    if (slash < text.len) {
        struct slice number = slice_from(text, slash + 1);
        if (number.len == 0 || number.len > 3) {
            return -1;
        }
        bits = 0;
        for (size_t i = 0; i < number.len; i++) {
            if (!ascii_is_digit(number.ptr[i])) {
                return -1;
            }
            bits = bits * 10 + (unsigned)(number.ptr[i] - '0');
        }
    }
    if (bits > all || !bits_behind_are_zero(&parsed.base, bits)) {
        return -1;
    }
    parsed.prefix_bits = (uint8_t)bits;
    *range = parsed;
    return 0;
}

char *address_format(const struct address *address, char *text)
{
    int family = address->family == 4 ? AF_INET : AF_INET6;
    if (address->family == 0 || inet_ntop(family, address->bytes, text, ADDRESS_TEXT_BYTES) == NULL) {
        snprintf(text, ADDRESS_TEXT_BYTES, "-");
    }
    return text;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family) {
        return a->family < b->family ? -1 : 1;
    }
    return memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
}

bool address_equal(const struct address *a, const struct address *b)
{
    return address_compare(a, b) == 0;
}

bool address_in_range(const struct address *address, const struct address_range *range)
{
    if (address->family != range->base.family) {
        return false;
    }
    unsigned whole = range->prefix_bits / 8, rest = range->prefix_bits % 8;
    if (memcmp(address->bytes, range->base.bytes, whole) != 0) {
        return false;
    }
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return rest == 0 || (address->bytes[whole] & mask) == (range->base.bytes[whole] & mask);
}

/* IANA IPv4 and IPv6 Special-Purpose Address Registries: what is not globally reachable, and multicast. */
static const char *const special_ranges[] = {
    "0.0.0.0/8",       "10.0.0.0/8",      "100.64.0.0/10",   "127.0.0.0/8",   "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",    "192.0.2.0/24",    "192.88.99.0/24",  "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24",  "224.0.0.0/4",     "240.0.0.0/4",     "::/128",        "::1/128",        "64:ff9b:1::/48",
    "100::/64",        "2001::/23",       "2001:db8::/32",   "2002::/16",     "3fff::/20",      "5f00::/16",
    "fc00::/7",        "fe80::/10",       "fec0::/10",       "ff00::/8",
};

bool address_is_special(const struct address *address)
{
    for (size_t i = 0; i < sizeof special_ranges / sizeof special_ranges[0]; i++) {
        struct address_range range;
        if (address_range_parse(slice_of(special_ranges[i]), &range) == 0 && address_in_range(address, &range)) {
            return true;
        }
    }
    /* NAT64 (RFC 6052) and IPv4-compatible addresses reach the IPv4 address that they carry. */
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    static const uint8_t compatible[12] = {0};
    if (address->family == 6 &&
        (memcmp(address->bytes, nat64, 12) == 0 || memcmp(address->bytes, compatible, 12) == 0)) {
        struct address inner = {.family = 4};
        memcpy(inner.bytes, address->bytes + 12, 4);
        return address_is_special(&inner);
    }
    return false;
}

/* IP addresses and ranges as values. An IPv4 address that hides in IPv6 (::ffff:a.b.c.d) is taken for the IPv4 one. */
#ifndef ORIGINTLS_BASE_ADDRESS_H
#define ORIGINTLS_BASE_ADDRESS_H

#include "base/slice.h"

#include <stdint.h>

struct address {
    uint8_t family;    /* 4 or 6; 0: none */
    uint8_t bytes[16]; /* network order; the first 4 for family 4 */
};

struct address_range {
    struct address base; /* bits behind the prefix are zero */
    uint8_t prefix_bits; /* 0..32 or 0..128 */
};

#define ADDRESS_TEXT_BYTES 48

/* An address literal, IPv6 with or without brackets; no zone index, no name. 0, or -1. */
int address_parse(struct slice text, struct address *address);
/* "192.0.2.0/24", "2001:db8::/32" or a single address. Bits behind the prefix must be zero. 0, or -1. */
int address_range_parse(struct slice text, struct address_range *range);
/* Canonical text (RFC 5952), without brackets. `text` holds ADDRESS_TEXT_BYTES. Returns text. */
char *address_format(const struct address *address, char *text);
bool address_equal(const struct address *a, const struct address *b);
int address_compare(const struct address *a, const struct address *b);
bool address_in_range(const struct address *address, const struct address_range *range);
/* In one of the IANA special-purpose registries' ranges that are not globally reachable (RFC 6890 and successors),
 * multicast included: loopback, private, link-local, documentation, 6to4 and NAT64 of such, ... */
bool address_is_special(const struct address *address);

#endif

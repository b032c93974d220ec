#include "cli/scan_arguments.h"
#include "crawler/hostname.h"

#include <string.h>

/* 1 .. 65535, or 0. */
static uint16_t parse_port(struct slice text)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]) || i == 5) {
            return 0;
        }
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static const char *parse_ports(struct slice text, struct inventory_origin *origin)
{
    if (text.len == 0) {
        return NULL;
    }
    struct slice http = SLICE_EMPTY;
    if (text.ptr[0] != ':') {
        return "only ':' and a port may follow the address";
    }
    struct slice rest = slice_from(text, 1);
    bool two = slice_find_byte(rest, ':') < rest.len;
    http = slice_make(rest.ptr, slice_find_byte(rest, ':'));
    origin->http_port = parse_port(http);
    if (two) {
        origin->https_port = parse_port(slice_from(rest, http.len + 1));
    }
    return origin->http_port != 0 && origin->https_port != 0 ? NULL : "a port is a number from 1 to 65535";
}

/* The address up to the ports; the brackets of IPv6 count for it. */
static size_t address_length(struct slice text)
{
    if (text.len > 0 && text.ptr[0] == '[') {
        size_t close = slice_find_byte(text, ']');
        return close < text.len ? close + 1 : close;
    }
    return slice_find_byte(text, ':');
}

const char *origin_parse(struct slice text, struct inventory_origin *origin, char *address_text)
{
    *origin = (struct inventory_origin){
        .address = address_text,
        .http_port = INVENTORY_DEFAULT_HTTP_PORT,
        .https_port = INVENTORY_DEFAULT_HTTPS_PORT,
        .source = SOURCE_OPTION,
    };
    struct address address;
    if (address_parse(text, &address) == 0 && text.ptr[0] != '[' && slice_find_byte(text, ':') < text.len) {
        return "an IPv6 address stands in brackets: [2001:db8::1]";
    }
    struct slice host = slice_make(text.ptr, address_length(text));
    const char *fault = parse_ports(slice_from(text, host.len), origin);
    if (fault != NULL) {
        return fault;
    }
    if (address_parse(host, &address) == 0) {
        address_format(&address, address_text);
        return NULL;
    }
    if (host.len > 0 && host.ptr[0] == '[') {
        return "that is no IPv6 address in brackets";
    }
    origin->is_name = true;
    enum hostname_fault bad = hostname_normalise(host, address_text);
    return bad == HOSTNAME_OK ? NULL : bad == HOSTNAME_EMPTY ? "the address is missing" : hostname_fault_text(bad);
}

#include "crawler/hostname.h"

#include "base/address.h"
#include "base/utf8.h"

#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_BYTES_MAX 63
/* A name that fits in ASCII takes at most this much as UTF-8: every label has 59 or fewer characters of 4 bytes. */
#define UTF8_NAME_BYTES_MAX (4u * LIMIT_HOSTNAME_BYTES)

static bool is_ascii(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

static bool is_host_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

static bool is_hex_digits(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex_value(s.ptr[i]) < 0)
            return false;
    }
    return true;
}

static bool is_digits(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

/* A last label that is a number makes every URL parser read the whole as an IPv4 address. */
static bool ends_in_number(struct slice name)
{
    size_t start = name.len;
    while (start > 0 && name.ptr[start - 1] != '.')
        start--;
    struct slice label = slice_from(name, start);
    if (is_digits(label))
        return true;
    return slice_starts_with_nocase(label, SLICE("0x")) && is_hex_digits(slice_from(label, 2));
}

static enum hostname_fault check_labels(struct slice name)
{
    size_t label_start = 0;
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.ptr[i] != '.') {
            if (!is_host_byte(name.ptr[i]))
                return HOSTNAME_BAD_CHARACTER;
            continue;
        }
        if (i == label_start || i - label_start > LABEL_BYTES_MAX)
            return HOSTNAME_LABEL_LENGTH;
        label_start = i + 1;
    }
    return HOSTNAME_OK;
}

static enum hostname_fault normalise_ascii(struct slice text, char *name)
{
    if (text.len > 0 && text.ptr[text.len - 1] == '.')
        text.len--;
    if (text.len == 0)
        return HOSTNAME_EMPTY;
    if (text.len > LIMIT_HOSTNAME_BYTES)
        return HOSTNAME_TOO_LONG;

    struct address address;
    if (address_parse(text, &address) == 0)
        return HOSTNAME_IS_ADDRESS;
    enum hostname_fault fault = check_labels(text);
    if (fault != HOSTNAME_OK)
        return fault;
    if (ends_in_number(text))
        return HOSTNAME_IS_ADDRESS;

    for (size_t i = 0; i < text.len; i++)
        name[i] = ascii_lower(text.ptr[i]);
    name[text.len] = '\0';
    return HOSTNAME_OK;
}

static enum hostname_fault fault_of_idn(int code)
{
    switch (code) {
    case IDN2_MALLOC:
        return HOSTNAME_OUT_OF_MEMORY;
    case IDN2_TOO_BIG_DOMAIN:
        return HOSTNAME_TOO_LONG;
    case IDN2_TOO_BIG_LABEL:
        return HOSTNAME_LABEL_LENGTH;
    default:
        return HOSTNAME_BAD_CHARACTER;
    }
}

static enum hostname_fault normalise_idn(struct slice text, char *name)
{
    if (text.len > UTF8_NAME_BYTES_MAX)
        return HOSTNAME_TOO_LONG;
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return HOSTNAME_BAD_CHARACTER;

    char utf8[UTF8_NAME_BYTES_MAX + 1];
    memcpy(utf8, text.ptr, text.len);
    utf8[text.len] = '\0';
    /* The _u8 form takes UTF-8 whatever the locale says. */
    uint8_t *ascii = NULL;
    int code = idn2_lookup_u8((const uint8_t *)utf8, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (code != IDN2_OK)
        return fault_of_idn(code);
    enum hostname_fault fault = normalise_ascii(slice_of((const char *)ascii), name);
    idn2_free(ascii);
    return fault;
}

enum hostname_fault hostname_normalise(struct slice text, char *name)
{
    name[0] = '\0';
    return is_ascii(text) ? normalise_ascii(text, name) : normalise_idn(text, name);
}

const char *hostname_fault_text(enum hostname_fault fault)
{
    switch (fault) {
    case HOSTNAME_OK:
        return "it is a hostname";
    case HOSTNAME_EMPTY:
        return "it is empty";
    case HOSTNAME_TOO_LONG:
        return "it is longer than 253 bytes";
    case HOSTNAME_LABEL_LENGTH:
        return "it has a label that is empty or longer than 63 bytes";
    case HOSTNAME_BAD_CHARACTER:
        return "it has a character that no hostname may have";
    case HOSTNAME_IS_ADDRESS:
        return "it is an IP address";
    case HOSTNAME_OUT_OF_MEMORY:
        return "out of memory";
    }
    return "it is no hostname";
}

static void append_unicode_label(struct buf *out, struct slice label)
{
    char text[LABEL_BYTES_MAX + 1];
    if (!slice_starts_with_nocase(label, SLICE("xn--")) || label.len > LABEL_BYTES_MAX) {
        buf_append_slice(out, label);
        return;
    }
    memcpy(text, label.ptr, label.len);
    text[label.len] = '\0';
    char *decoded = NULL;
    if (idn2_to_unicode_8z8z(text, &decoded, 0) == IDN2_OK)
        buf_append_text(out, decoded);
    else
        buf_append_slice(out, label);
    idn2_free(decoded);
}

void hostname_append_unicode(struct buf *out, struct slice name)
{
    struct slice label = SLICE_EMPTY;
    for (bool first = true; slice_next(&name, '.', &label); first = false) {
        if (!first)
            buf_append_byte(out, '.');
        append_unicode_label(out, label);
    }
}

bool hostname_in_zone(struct slice host, struct slice zone)
{
    if (zone.len == 0 || host.len < zone.len || !slice_ends_with(host, zone))
        return false;
    return host.len == zone.len || host.ptr[host.len - zone.len - 1] == '.';
}

bool hostname_is_public_suffix(struct slice name)
{
    char text[HOSTNAME_BYTES];
    if (name.len == 0 || name.len > LIMIT_HOSTNAME_BYTES)
        return true;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    const psl_ctx_t *list = psl_builtin();
    /* Without a list only its default rule is known: every top-level domain is a suffix. */
    if (list == NULL)
        return strchr(text, '.') == NULL;
    return psl_is_public_suffix2(list, text, PSL_TYPE_ANY) != 0;
}

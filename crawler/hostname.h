/* Hostnames: one spelling for each, and whether one lies in a zone.
 *
 * The normal form is lower-case ASCII (A-labels for internationalised names, UTS 46 non-transitional processing as
 * browsers do it), without a final dot, 1..253 bytes, labels of 1..63 bytes made of letters, digits, '-' and '_'.
 * Underscores are kept: real hosts have them. "*" is no hostname. Works in any locale: names are UTF-8.
 *
 * Sources: RFC 1035 §2.3.4 (lengths), RFC 5890..5892 and UTS 46 (IDN), WHATWG URL §3.5 ("ends in a number" is an
 * address).
 */
#ifndef ORIGINTLS_CRAWLER_HOSTNAME_H
#define ORIGINTLS_CRAWLER_HOSTNAME_H

#include "base/buf.h"
#include "base/limits.h"

#define HOSTNAME_BYTES (LIMIT_HOSTNAME_BYTES + 1)

enum hostname_fault {
    HOSTNAME_OK,
    HOSTNAME_EMPTY,
    HOSTNAME_TOO_LONG,      /* the whole name */
    HOSTNAME_LABEL_LENGTH,  /* an empty label, or one above 63 bytes */
    HOSTNAME_BAD_CHARACTER, /* one that no hostname may hold, or an IDN that UTS 46 refuses */
    HOSTNAME_IS_ADDRESS,    /* an IP address, also in the odd spellings that URLs accept (0x7f.1, 2130706433) */
    HOSTNAME_OUT_OF_MEMORY
};

/* Normalises `text` (ASCII or UTF-8, any case, one final dot allowed) into `name`, which holds HOSTNAME_BYTES and is
 * "" unless HOSTNAME_OK is returned. */
enum hostname_fault hostname_normalise(struct slice text, char *name);
/* An English clause such as "it is an IP address". Never NULL. */
const char *hostname_fault_text(enum hostname_fault fault);

/* Appends the Unicode form of a normalised name, for people; a label that does not decode stays as it is. The result
 * may hold look-alike characters: whoever shows it as the identity of a host shows the normal form beside it. */
void hostname_append_unicode(struct buf *out, struct slice name);

/* True if the normalised `host` is `zone` itself or a name below it. */
bool hostname_in_zone(struct slice host, struct slice zone);
/* True if the normalised name is a public suffix (such as "com", "co.uk", "github.io": ICANN and private sections of
 * the Public Suffix List, the default rule "*" included), so that it cannot be anybody's zone. */
bool hostname_is_public_suffix(struct slice name);

#endif

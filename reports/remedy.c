#include "reports/remedy.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define VALUE_BYTES 200

/* {url} {address} {http_port} {https_port} {issuer} {names} {until}: where one is not known, the sentence of the code
 * stands. */
static const struct {
    enum code code;
    const char *sentence;
} remedies[] = {
    {CODE_HTTPS_REFUSED, "Serve the site over TLS on port {https_port} of {address}, and let the edge's addresses "
                         "through the firewall."},
    {CODE_HTTPS_TIMEOUT, "Let the edge's addresses reach port {https_port} of {address}, where nobody answers them."},
    {CODE_CONTENT_DIFFERS, "Serve {url} on port {https_port} as on port {http_port}: the same site for this name on "
                           "both."},
    {CODE_HTTPS_UNAVAILABLE, "Serve {url} on port {https_port} as on port {http_port}."},
    {CODE_REDIRECT_LOOP, "Drop the redirect of {url} that leads back to where it came from."},
    {CODE_REDIRECT_DIFFERS, "Let {url} lead to the same final URL on port {https_port} as on port {http_port}, and to "
                            "https where today's ends at https."},
    {CODE_CERTIFICATE_EXPIRED, "Renew the certificate on port {https_port} of {address}: it ended on {until}."},
    {CODE_CERTIFICATE_NAME_MISMATCH, "Install a certificate for this hostname on port {https_port} of {address}: the "
                                     "one there is for {names}."},
    {CODE_CERTIFICATE_SELF_SIGNED, "Replace the self-signed certificate on port {https_port} of {address} by one of a "
                                   "public authority or of the edge's own."},
    {CODE_CERTIFICATE_CHAIN_INCOMPLETE, "Install the intermediate \"{issuer}\" behind the certificate on port "
                                        "{https_port} of {address}."},
};

static const char *sentence_of(enum code code)
{
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++) {
        if (remedies[i].code == code) {
            return remedies[i].sentence;
        }
    }
    return NULL;
}

/* The common name of "CN=R3, O=Example", or the whole. */
static bool put_issuer(const char *issuer, char *value)
{
    if (issuer == NULL || issuer[0] == '\0') {
        return false;
    }
    const char *name = strstr(issuer, "CN=");
    name = name == NULL ? issuer : name + 3;
    size_t len = name == issuer ? strlen(name) : strcspn(name, ",");
    snprintf(value, VALUE_BYTES, "%.*s", (int)(len < 100 ? len : 100), name);
    return value[0] != '\0';
}

static bool put_names(const struct certificate_record *certificate, char *value)
{
    size_t used = 0;
    for (size_t i = 0; i < certificate->name_count && i < 3; i++) {
        int written = snprintf(value + used, VALUE_BYTES - used, "%s%.50s", i == 0 ? "" : ", ", certificate->names[i]);
        used += written > 0 ? (size_t)written : 0;
        if (used >= VALUE_BYTES) {
            return true;
        }
    }
    return certificate->name_count > 0;
}

/* False where it is not known. */
static bool put_value(struct slice name, const struct origin_record *origin, const char *url, char *value)
{
    const struct certificate_record *certificate = &origin->certificate;
    char time[RFC3339_BYTES];
    if (slice_equal(name, SLICE("url"))) {
        snprintf(value, VALUE_BYTES, "%.150s", url == NULL ? "" : url);
        return url != NULL;
    }
    if (slice_equal(name, SLICE("address"))) {
        snprintf(value, VALUE_BYTES, "%.100s", origin->address == NULL ? "" : origin->address);
        return origin->address != NULL;
    }
    if (slice_equal(name, SLICE("http_port")) || slice_equal(name, SLICE("https_port"))) {
        bool plain = slice_equal(name, SLICE("http_port"));
        snprintf(value, VALUE_BYTES, "%u", plain ? origin->http_port : origin->https_port);
        return true;
    }
    if (slice_equal(name, SLICE("issuer"))) {
        return certificate->seen && put_issuer(certificate->issuer, value);
    }
    if (slice_equal(name, SLICE("names"))) {
        return certificate->seen && put_names(certificate, value);
    }
    snprintf(value, VALUE_BYTES, "%.10s", time_format(certificate->not_after_s, time));
    return certificate->seen && certificate->not_after_s >= 0;
}

/* -1 where a value is not known; `out` holds a part then. */
static int fill(struct buf *out, const char *sentence, const struct origin_record *origin, const char *url)
{
    struct slice rest = slice_of(sentence);
    while (rest.len > 0) {
        char value[VALUE_BYTES];
        size_t open = slice_find_byte(rest, '{');
        size_t close = slice_find_byte(rest, '}');
        buf_append_slice(out, slice_make(rest.ptr, open));
        if (open == rest.len) {
            break;
        }
        if (!put_value(slice_make(rest.ptr + open + 1, close - open - 1), origin, url, value)) {
            return -1;
        }
        buf_append_text(out, value);
        rest = slice_from(rest, close + 1);
    }
    return 0;
}

void remedy_append(struct buf *out, const struct origin_record *origin, enum code code, const char *url)
{
    const char *sentence = sentence_of(code);
    struct buf text = {.data = NULL};
    if (sentence == NULL || fill(&text, sentence, origin, url) != 0) {
        buf_append_text(out, code_remedy(code));
    } else {
        buf_append_slice(out, buf_slice(&text));
    }
    buf_release(&text);
}

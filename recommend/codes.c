#include "recommend/codes.h"

#include <stddef.h>
#include <string.h>

struct code_row {
    const char *name;
    enum mode rules_out;
    const char *sentence;
    const char *visitor_sees;
    const char *remedy;
};

static const struct code_row rows[CODE_COUNT] = {
    [CODE_HTTPS_REFUSED] =
        {
            "https_refused",
            MODE_FULL,
            "The HTTPS port refuses connections: no server listens there.",
            "error 521 (web server is down)",
            "Serve the site over TLS on the HTTPS port and let the edge's addresses through the firewall.",
        },
    [CODE_HTTPS_TIMEOUT] =
        {
            "https_timeout",
            MODE_FULL,
            "Connections to the HTTPS port are never answered, as by a firewall that drops them.",
            "error 522 (connection timed out)",
            "Let the edge's addresses through the firewall to the HTTPS port, and serve the site there over TLS.",
        },
    [CODE_HTTPS_UNREACHABLE] =
        {
            "https_unreachable",
            MODE_FULL,
            "The network reports that the HTTPS port cannot be reached.",
            "error 523 (origin is unreachable)",
            "Mend the route or the firewall rule that rejects connections to the HTTPS port.",
        },
    [CODE_TLS_HANDSHAKE_FAILED] =
        {
            "tls_handshake_failed",
            MODE_FULL,
            "The HTTPS port takes connections, but no TLS handshake with the edge's offer succeeds.",
            "error 525 (SSL handshake failed)",
            "Configure TLS on that port: TLS 1.2 or newer, an ECDHE cipher, and a certificate for this hostname.",
        },
    [CODE_CLIENT_CERTIFICATE_REQUIRED] =
        {
            "client_certificate_required",
            MODE_FULL,
            "Over HTTPS the origin serves only clients that present a certificate, and none was given.",
            "error 525, or error 400 or 403 from the origin, unless the edge presents the certificate",
            "Give the edge's client certificate to the scan with --client-cert and --client-key.",
        },
    [CODE_CONTENT_DIFFERS] =
        {
            "content_differs",
            MODE_NONE,
            "A visitor would see something else than today.",
            "another page than today",
            "Serve the same site over both schemes: the same document root, virtual host and application settings.",
        },
    [CODE_HTTPS_UNAVAILABLE] =
        {
            "https_unavailable",
            MODE_NONE,
            "A URL that works today fails when it is fetched the other way.",
            "an error page, or a page that never arrives",
            "Make the URL answer over HTTPS as it does over HTTP.",
        },
    [CODE_REDIRECT_LOOP] =
        {
            "redirect_loop",
            MODE_NONE,
            "Following the redirects never ends.",
            "a redirect loop (the browser gives up)",
            "Remove the redirect between http and https at the origin, or base it on X-Forwarded-Proto.",
        },
    [CODE_REDIRECT_DIFFERS] =
        {
            "redirect_differs",
            MODE_NONE,
            "Following the redirects ends at another place than today.",
            "another page than today",
            "Send both schemes to the same final URL, and to https where today's ends at https.",
        },

    [CODE_CERTIFICATE_PIN_MISMATCH] =
        {
            "certificate_pin_mismatch",
            MODE_FULL_STRICT,
            "The certificate's public key is not the one that is pinned for this hostname.",
            "error 526 (invalid SSL certificate)",
            "Install the certificate with the pinned key, or correct --pin.",
        },
    [CODE_CERTIFICATE_REVOKED] =
        {
            "certificate_revoked",
            MODE_FULL_STRICT,
            "The certificate was revoked by its issuer.",
            "error 526 (invalid SSL certificate)",
            "Have a new certificate issued with a new key and install it.",
        },
    [CODE_CERTIFICATE_EXPIRED] =
        {
            "certificate_expired",
            MODE_FULL_STRICT,
            "The certificate has expired.",
            "error 526 (invalid SSL certificate)",
            "Renew the certificate, and see why its automatic renewal did not run.",
        },
    [CODE_CERTIFICATE_NOT_YET_VALID] =
        {
            "certificate_not_yet_valid",
            MODE_FULL_STRICT,
            "The certificate is not valid yet.",
            "error 526 (invalid SSL certificate)",
            "Wait until it is, or install one that is valid now; check the clock of the machine that issued it.",
        },
    [CODE_CERTIFICATE_NAME_MISMATCH] =
        {
            "certificate_name_mismatch",
            MODE_FULL_STRICT,
            "The certificate does not cover this hostname.",
            "error 526 (invalid SSL certificate)",
            "Install a certificate that names this hostname, and check which virtual host answers for it.",
        },
    [CODE_CERTIFICATE_SELF_SIGNED] =
        {
            "certificate_self_signed",
            MODE_FULL_STRICT,
            "The certificate is self-signed: nobody whom the edge trusts vouches for it.",
            "error 526 (invalid SSL certificate)",
            "Install a certificate of a public authority (ACME issues them free of charge) or of the edge's Origin CA.",
        },
    [CODE_CERTIFICATE_CHAIN_INCOMPLETE] =
        {
            "certificate_chain_incomplete",
            MODE_FULL_STRICT,
            "The server does not send the intermediate certificate that leads to a trusted root.",
            "error 526 (invalid SSL certificate)",
            "Let the server send the full chain: the certificate and behind it the issuer's intermediates.",
        },
    [CODE_CERTIFICATE_UNTRUSTED] =
        {
            "certificate_untrusted",
            MODE_FULL_STRICT,
            "The certificate chain ends at an authority that the edge does not trust.",
            "error 526 (invalid SSL certificate)",
            "Install a certificate of a trusted authority, or add the root with --ca-file if the edge trusts it.",
        },
    [CODE_CERTIFICATE_WEAK] =
        {
            "certificate_weak",
            MODE_FULL_STRICT,
            "A key or signature in the certificate chain is too weak to be accepted.",
            "error 526 (invalid SSL certificate)",
            "Have it issued anew with at least RSA 2048 or ECDSA P-256, signed with SHA-256 or better.",
        },
    [CODE_CERTIFICATE_INVALID] =
        {
            "certificate_invalid",
            MODE_FULL_STRICT,
            "The certificate chain breaks the rules for server certificates.",
            "error 526 (invalid SSL certificate)",
            "Have the certificate issued anew for TLS servers by an authority that follows RFC 5280.",
        },
    [CODE_CERTIFICATE_EXPIRES_SOON] =
        {
            "certificate_expires_soon",
            MODE_FULL_STRICT,
            "The certificate has less lifetime left than the policy asks for.",
            "error 526 (invalid SSL certificate) once it has expired",
            "Renew the certificate, and check that it is renewed automatically.",
        },

    [CODE_BLOCKED] =
        {
            "blocked",
            MODE_NONE,
            "The origin, or a firewall before it, keeps the scanner out.",
            "",
            "Allow the scanner's user agent and addresses at the origin, then scan again.",
        },
    [CODE_UNREACHABLE] =
        {
            "unreachable",
            MODE_NONE,
            "The origin does not answer on either port.",
            "",
            "Check that the address and ports in the inventory are right and that the origin is up.",
        },
    [CODE_NO_ROUTE] =
        {
            "no_route",
            MODE_NONE,
            "The scanner itself has no route for this kind of address.",
            "",
            "Scan from a machine that has a route (for IPv6 origins: one with IPv6), or use --family.",
        },
    [CODE_TOO_FEW_PAIRS] =
        {
            "too_few_pairs",
            MODE_NONE,
            "Too few URLs could be compared for a verdict.",
            "",
            "Give access logs with --access-log so that more URLs are known, or lower --min-pairs.",
        },
    [CODE_UNSTABLE_CONTENT] =
        {
            "unstable_content",
            MODE_NONE,
            "The pages change so much from one load to the next that two ways of loading them cannot be compared.",
            "",
            "Scan at a quieter time, or give access logs with --access-log so that stabler URLs are compared.",
        },
    [CODE_ORIGIN_ERRORS] =
        {
            "origin_errors",
            MODE_NONE,
            "Most URLs answer with server errors however they are fetched.",
            "",
            "Mend the origin first, then scan again.",
        },
    [CODE_INTERRUPTED] =
        {
            "interrupted",
            MODE_NONE,
            "The scan was stopped before it had an answer.",
            "",
            "Scan again.",
        },

    [CODE_SMALL_SAMPLE] =
        {
            "small_sample",
            MODE_NONE,
            "Every URL that could be found was compared, but these are few.",
            "",
            "Give access logs with --access-log, or accept the sample with a lower --min-pairs.",
        },
    [CODE_WEAK_EVIDENCE] =
        {
            "weak_evidence",
            MODE_NONE,
            "Many of the compared answers are equal refusals, which prove less than equal pages.",
            "",
            "Give access logs with --access-log so that URLs are compared that answer without a login.",
        },
    [CODE_HSTS_NEW] =
        {
            "hsts_new",
            MODE_NONE,
            "Over HTTPS the origin sends Strict-Transport-Security, which visitors do not get today.",
            "browsers refuse plain http for as long as the header says",
            "Check that every name it covers is served over https, or remove the header before the change.",
        },
    [CODE_CERTIFICATE_CN_ONLY] =
        {
            "certificate_cn_only",
            MODE_NONE,
            "The certificate names the host only in its common name; many clients do not accept that.",
            "",
            "Have it issued anew with the hostname as a subject alternative name.",
        },
    [CODE_MIXED_CONTENT] =
        {
            "mixed_content",
            MODE_NONE,
            "A page that is served over https loads resources over http.",
            "missing scripts, styles or pictures: browsers block or upgrade such requests",
            "Use https or scheme-relative URLs for the resources of the page.",
        },
    [CODE_CURRENT_MODE_BROKEN] =
        {
            "current_mode_broken",
            MODE_NONE,
            "The mode in use today does not work on this origin.",
            "errors, already today",
            "See the blockers, then change the origin or the mode.",
        },
    [CODE_WEAK_PROTOCOL] =
        {
            "weak_protocol",
            MODE_NONE,
            "The origin accepts TLS versions that are no longer considered secure.",
            "",
            "Allow TLS 1.2 and 1.3 only.",
        },
    [CODE_WEAK_CIPHER] =
        {
            "weak_cipher",
            MODE_NONE,
            "The origin accepts ciphers that are no longer considered secure.",
            "",
            "Allow only ECDHE key exchange with AES-GCM or ChaCha20-Poly1305.",
        },
    [CODE_NO_HTTP2] =
        {
            "no_http2",
            MODE_NONE,
            "The origin does not offer HTTP/2.",
            "",
            "Switch HTTP/2 on, so that the edge can reuse one connection for many requests.",
        },
    [CODE_NO_SESSION_RESUMPTION] =
        {
            "no_session_resumption",
            MODE_NONE,
            "The origin does not resume TLS sessions, so that every connection costs a full handshake.",
            "",
            "Switch session tickets or a session cache on.",
        },
    [CODE_CRL_STALE] =
        {
            "crl_stale",
            MODE_NONE,
            "A revocation list is past its next update; what it revokes stays revoked.",
            "",
            "Fetch the current list and give it with --crl-file.",
        },
};

const char *code_name(enum code code)
{
    return rows[code].name;
}

enum code code_parse(struct slice name)
{
    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++) {
        if (slice_equal(name, slice_of(rows[i].name)))
            return (enum code)i;
    }
    return CODE_NONE;
}

enum mode code_rules_out(enum code code)
{
    return code == CODE_NONE ? MODE_NONE : rows[code].rules_out;
}

bool code_is_certificate(enum code code)
{
    return code >= CODE_CERTIFICATE_PIN_MISMATCH && code <= CODE_CERTIFICATE_INVALID;
}

const char *code_certificate_verdict(enum code code)
{
    static const char prefix[] = "certificate_";

    if (code == CODE_NONE)
        return "valid";
    if (!code_is_certificate(code))
        return rows[code].name;
    return rows[code].name + strlen(prefix);
}

const char *code_sentence(enum code code)
{
    return code == CODE_NONE ? "" : rows[code].sentence;
}

const char *code_visitor_sees(enum code code)
{
    return code == CODE_NONE ? "" : rows[code].visitor_sees;
}

const char *code_remedy(enum code code)
{
    return code == CODE_NONE ? "" : rows[code].remedy;
}

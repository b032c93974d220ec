#include "tests/lab/world.h"

#include <openssl/err.h>
#include <strings.h>

/* HTTP/1.1 is all that the lab speaks; a client that does not offer it gets no ALPN answer. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                           const unsigned char *offered, unsigned int offered_len, void *context)
{
    (void)ssl;
    (void)context;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *match = NULL;
    if (SSL_select_next_proto(&match, chosen_len, ours, sizeof ours - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

static int choose_by_name(SSL *ssl, int *alert, void *context)
{
    struct origin *origin = context;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    for (int i = 0; name != NULL && i < origin->site_count; i++) {
        if (strcasecmp(name, origin->sites[i]->about.hostname) != 0)
            continue;
        if (i > 0)
            SSL_set_SSL_CTX(ssl, origin->contexts[i]);
        return SSL_TLSEXT_ERR_OK;
    }
    if (!origin->sites[0]->tls.needs_sni)
        return SSL_TLSEXT_ERR_NOACK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Level 0: the lab has to speak the oldest versions, sign with SHA-1 and own short keys. */
static bool configure(SSL_CTX *context, const struct site_tls *tls)
{
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    const char *ciphers = tls->ciphers != NULL ? tls->ciphers : "DEFAULT:@SECLEVEL=0";
    return SSL_CTX_set_min_proto_version(context, tls->min_version > 0 ? tls->min_version : TLS1_2_VERSION) &&
           SSL_CTX_set_max_proto_version(context, tls->max_version > 0 ? tls->max_version : TLS1_3_VERSION) &&
           SSL_CTX_set_cipher_list(context, ciphers);
}

SSL_CTX *tls_context_new(struct origin *origin, const struct site *site, struct authority *authority, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || !configure(context, &site->tls)) {
        err_set(err, ERR_INTERNAL, "no TLS context for %s", site->about.name);
        ERR_clear_error();
        goto failed;
    }
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    SSL_CTX_set_tlsext_servername_callback(context, choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(context, origin);
    if (authority_equip(authority, context, site->tls.certificate, site->about.hostname, err) < 0)
        goto failed;
    if (site->tls.client != CLIENT_NOT_ASKED &&
        authority_verify_clients(authority, context, site->tls.client == CLIENT_REQUIRED, err) < 0)
        goto failed;
    return context;
failed:
    SSL_CTX_free(context);
    return NULL;
}

#include "crawler/certificate_x509.h"

#include <openssl/err.h>

/* The search goes from the leaf upwards, trusted issuers before sent ones. Its depth and the number of finished paths
 * are bounded, because certificates with one name and one key each issue all the others. */
struct search {
    const struct trust *trust;
    X509 *const *sent;
    size_t sent_len;
    certificate_visit_path *visit;
    void *context;
    struct certificate_path path;
    size_t paths_left;
    size_t steps_left;
    bool done;
};

#define STEPS_PER_PATH 16

static bool contains(const struct certificate_path *path, const X509 *certificate)
{
    for (size_t i = 0; i < path->len; i++) {
        if (X509_cmp(path->members[i], certificate) == 0) {
            return true;
        }
    }
    return false;
}

/* May `issuer` be what issued `subject`? True also for one that must not issue certificates: then *link_error says so,
 * which is a better reason than "not found". */
static bool may_issue(X509 *issuer, X509 *subject, int *link_error)
{
    *link_error = X509_check_issued(issuer, subject);
    return *link_error != X509_V_ERR_SUBJECT_ISSUER_MISMATCH && *link_error != X509_V_ERR_AKID_SKID_MISMATCH &&
           *link_error != X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
}

/* Without an authority key identifier a name is all there is, and a trusted root that only shares its name with the
 * issuer is not the issuer. */
static bool trusted_key_fits(const X509 *issuer, X509 *subject)
{
    if (X509_get0_authority_key_id(subject) != NULL) {
        return true;
    }
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return key != NULL && X509_verify(subject, key) == 1;
}

static void search_from_top(struct search *search);

static void finish(struct search *search)
{
    search->paths_left--;
    search->done = search->visit(search->context, &search->path) || search->paths_left == 0;
}

static void extend(struct search *search, X509 *issuer, int link_error)
{
    struct certificate_path *path = &search->path;
    path->link_error[path->len - 1] = link_error;
    path->members[path->len++] = issuer;
    search_from_top(search);
    path->len--;
}

static size_t extend_by_trust(struct search *search, X509 *top, bool roots)
{
    const struct trust_entry *entries = NULL;
    size_t count = trust_entries_named(search->trust, X509_get_issuer_name(top), &entries);
    size_t extended = 0;
    for (size_t i = 0; i < count && !search->done; i++) {
        int link_error = X509_V_OK;
        X509 *issuer = entries[i].certificate;
        if (entries[i].is_root == roots && !contains(&search->path, issuer) && may_issue(issuer, top, &link_error) &&
            trusted_key_fits(issuer, top)) {
            extend(search, issuer, link_error);
            extended++;
        }
    }
    return extended;
}

static size_t extend_by_sent(struct search *search, X509 *top)
{
    size_t extended = 0;
    for (size_t i = 1; i < search->sent_len && !search->done; i++) {
        int link_error = X509_V_OK;
        X509 *issuer = search->sent[i];
        if (issuer != NULL && !contains(&search->path, issuer) && may_issue(issuer, top, &link_error)) {
            extend(search, issuer, link_error);
            extended++;
        }
    }
    return extended;
}

static void search_from_top(struct search *search)
{
    struct certificate_path *path = &search->path;
    X509 *top = path->members[path->len - 1];
    if (search->steps_left == 0) {
        search->done = true;
        return;
    }
    search->steps_left--;
    const struct trust_entry *entry = trust_entry_of(search->trust, top);
    path->root = entry != NULL && entry->is_root ? entry : NULL;
    path->ends_self_signed = (X509_get_extension_flags(top) & EXFLAG_SS) != 0;
    if (path->root != NULL || path->ends_self_signed || path->len == LIMIT_CERTIFICATE_PATH_DEPTH) {
        finish(search);
        return;
    }
    size_t extended = extend_by_trust(search, top, true);
    extended += search->done ? 0 : extend_by_trust(search, top, false);
    extended += search->done ? 0 : extend_by_sent(search, top);
    if (extended == 0 && !search->done) {
        path->root = NULL;
        path->ends_self_signed = false;
        finish(search);
    }
}

void certificate_each_path(const struct trust *trust, X509 *const *sent, size_t sent_len, certificate_visit_path *visit,
                           void *context)
{
    struct search search = {.trust = trust,
                            .sent = sent,
                            .sent_len = sent_len,
                            .visit = visit,
                            .context = context,
                            .paths_left = LIMIT_CERTIFICATE_PATHS,
                            .steps_left = LIMIT_CERTIFICATE_PATHS * STEPS_PER_PATH};
    search.path.members[0] = sent[0];
    search.path.len = 1;
    search_from_top(&search);
}

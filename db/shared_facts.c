/* Certificates and TLS facts: thousands of origins show the same few, scan after scan, so equal content is kept once.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "db/row.h"

#include <stdlib.h>
#include <string.h>

/* What both kinds of facts look like to the code that shares them. */
typedef void put_facts(struct row_writer *row, const void *facts, int64_t content_hash, struct slice list);

static int64_t find_or_add(struct store *store, enum statement find, enum statement add, put_facts *put,
                           const void *facts, int64_t content_hash, struct slice list, struct err *err)
{
    int64_t id = -1;
    struct row_writer row;
    row_writer_init(&row, store, find, err);
    put(&row, facts, content_hash, list);
    int found = row_find(&row, &id);
    if (found != 0) {
        return found < 0 ? -1 : id;
    }
    row_writer_init(&row, store, add, err);
    put(&row, facts, content_hash, list);
    return row_write(&row) == 0 ? sqlite3_last_insert_rowid(store->db) : -1;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return hash_mix(hash, hash_slice(slice_of(text)));
}

static void put_certificate(struct row_writer *row, const void *facts, int64_t content_hash, struct slice names)
{
    const struct certificate_record *certificate = facts;
    row_put_int(row, content_hash);
    row_put_text(row, certificate->subject);
    row_put_text(row, certificate->issuer);
    row_put_text(row, certificate->serial);
    row_put_text(row, certificate->key);
    row_put_text(row, certificate->signature);
    row_put_text(row, certificate->spki_sha256);
    row_put_known(row, certificate->not_before_s);
    row_put_known(row, certificate->not_after_s);
    row_put_blob(row, names);
}

int64_t store_certificate_id(struct store *store, const struct certificate_record *certificate, struct err *err)
{
    struct buf names;
    buf_init(&names, LIMIT_STORE_VALUE_BYTES);
    text_list_append(&names, certificate->names, certificate->name_count);
    int64_t id = -1;
    if (names.failed) {
        err_set(err, ERR_INTERNAL, "the names of a certificate are too long to be kept");
    } else {
        uint64_t hash = hash_slice(buf_slice(&names));
        hash = mix_text(hash, certificate->spki_sha256);
        hash = mix_text(hash, certificate->serial);
        hash = mix_text(hash, certificate->issuer);
        hash = hash_mix(hash, (uint64_t)certificate->not_after_s);
        id = find_or_add(store, FIND_CERTIFICATE, ADD_CERTIFICATE, put_certificate, certificate, (int64_t)hash,
                         buf_slice(&names), err);
    }
    buf_release(&names);
    return id;
}

static void put_answers(struct row_writer *row, const int *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        row_put_known(row, answers[i]);
    }
}

struct tls_facts {
    const struct tls_record *record;
    struct slice refusals;
};

static void put_tls_facts(struct row_writer *row, const void *facts, int64_t content_hash, struct slice versions)
{
    const struct tls_record *tls = ((const struct tls_facts *)facts)->record;
    row_put_int(row, content_hash);
    row_put_blob(row, versions);
    row_put_text(row, tls->version);
    row_put_text(row, tls->cipher);
    row_put_text(row, tls->group);
    row_put_text(row, tls->signature);
    row_put_text(row, tls->alpn);
    row_put_text(row, client_certificate_name(tls->client_certificate));
    row_put_known(row, tls->resumption);
    row_put_int(row, tls->chain_length);
    row_put_text(row, tls->post_quantum);
    row_put_text(row, tls->sni);
    row_put_known(row, tls->ocsp_stapled);
    row_put_int(row, tls->completed);
    row_put_text(row, tls->detail);
    row_put_known(row, tls->client_certificate_accepted);
    row_put_known(row, tls->resumption_id);
    row_put_known(row, tls->resumption_ticket);
    row_put_known(row, tls->resumption_psk);
    row_put_known(row, tls->round_trips);
    put_answers(row, tls->groups, TLS_RECORD_GROUPS);
    put_answers(row, tls->legacy, TLS_RECORD_LEGACY);
    put_answers(row, tls->faults, TLS_RECORD_FAULTS);
    row_put_blob(row, ((const struct tls_facts *)facts)->refusals);
}

static void append_refusals(struct buf *out, const struct tls_record *tls)
{
    for (size_t i = 0; i < tls->refusal_count; i++) {
        const struct tls_refusal *refusal = &tls->refusals[i];
        const char *const texts[] = {refusal->asked, refusal->outcome, refusal->alert};
        text_list_append(out, texts, sizeof texts / sizeof *texts);
    }
}

int64_t store_tls_facts_id(struct store *store, const struct tls_record *tls, struct err *err)
{
    struct buf versions;
    struct buf refusals;
    buf_init(&versions, LIMIT_STORE_VALUE_BYTES);
    buf_init(&refusals, LIMIT_STORE_VALUE_BYTES);
    text_list_append(&versions, tls->versions, tls->version_count);
    append_refusals(&refusals, tls);
    int64_t id = -1;
    if (versions.failed || refusals.failed) {
        err_memory(err);
    } else {
        uint64_t hash = hash_slice(buf_slice(&versions));
        hash = mix_text(hash, tls->cipher);
        hash = mix_text(hash, tls->group);
        hash = mix_text(hash, tls->alpn);
        hash = hash_mix(hash, hash_slice(buf_slice(&refusals)));
        const struct tls_facts facts = {tls, buf_slice(&refusals)};
        id = find_or_add(store, FIND_TLS_FACTS, ADD_TLS_FACTS, put_tls_facts, &facts, (int64_t)hash,
                         buf_slice(&versions), err);
    }
    buf_release(&versions);
    buf_release(&refusals);
    return id;
}

/* A fleet says the same few again and again: the last ones are remembered. */
int64_t store_text_id(struct store *store, const char *text, struct err *err)
{
    struct row_writer row;
    int64_t id = 0;
    for (size_t i = 0; i < KNOWN_TEXTS; i++) {
        if (store->texts[i].text != NULL && strcmp(store->texts[i].text, text) == 0) {
            return store->texts[i].id;
        }
    }
    row_writer_init(&row, store, FIND_TEXT, err);
    row_put_text(&row, text);
    int found = row_find(&row, &id);
    if (found == 0) {
        row_writer_init(&row, store, ADD_TEXT, err);
        row_put_text(&row, text);
        found = row_write(&row);
        id = sqlite3_last_insert_rowid(store->db);
    }
    if (found < 0) {
        return -1;
    }
    struct known_text *known = &store->texts[store->next_text++ % KNOWN_TEXTS];
    free(known->text);
    *known = (struct known_text){slice_dup(slice_of(text)), id};
    return id;
}

#include "recommend/record.h"

#include <stddef.h>
#include <string.h>

const char *scan_status_name(enum scan_status status)
{
    switch (status) {
    case STATUS_COMPLETE:
        return "complete";
    case STATUS_PARTIAL:
        return "partial";
    case STATUS_INCOMPLETE:
        return "incomplete";
    case STATUS_OPTED_OUT:
        return "opted_out";
    }
    return NULL;
}

int scan_status_parse(struct slice name, enum scan_status *status)
{
    for (int i = STATUS_COMPLETE; i <= STATUS_OPTED_OUT; i++) {
        if (slice_equal(name, slice_of(scan_status_name((enum scan_status)i)))) {
            *status = (enum scan_status)i;
            return 0;
        }
    }
    return -1;
}

const char *setting_name(enum setting setting)
{
    switch (setting) {
    case SETTING_AUTO:
        return "auto";
    case SETTING_CUSTOM:
        return "custom";
    }
    return NULL;
}

int setting_parse(struct slice name, enum setting *setting)
{
    for (int i = SETTING_AUTO; i <= SETTING_CUSTOM; i++) {
        if (slice_equal(name, slice_of(setting_name((enum setting)i)))) {
            *setting = (enum setting)i;
            return 0;
        }
    }
    return -1;
}

const char *origin_source_name(enum origin_source source)
{
    switch (source) {
    case SOURCE_INVENTORY:
        return "inventory";
    case SOURCE_OPTION:
        return "option";
    case SOURCE_DNS:
        return "dns";
    }
    return NULL;
}

int origin_source_parse(struct slice name, enum origin_source *source)
{
    for (int i = SOURCE_INVENTORY; i <= SOURCE_DNS; i++) {
        if (slice_equal(name, slice_of(origin_source_name((enum origin_source)i)))) {
            *source = (enum origin_source)i;
            return 0;
        }
    }
    return -1;
}

uint32_t pair_counts_compared(const struct pair_counts *counts)
{
    uint32_t sum = 0;

    for (int i = 0; i < PAIR_VERDICT_COUNT; i++)
        sum += counts->of[i];
    return sum;
}

uint32_t pair_counts_usable(const struct pair_counts *counts)
{
    uint32_t sum = 0;

    for (int i = 0; i < PAIR_VERDICT_COUNT; i++) {
        if (pair_verdict_is_usable((enum pair_verdict)i))
            sum += counts->of[i];
    }
    return sum;
}

const char *decision_action_name(enum decision_action action)
{
    switch (action) {
    case ACTION_NONE:
        return "none";
    case ACTION_HOLD:
        return "hold";
    case ACTION_UPGRADE:
        return "upgrade";
    }
    return NULL;
}

int decision_action_parse(struct slice name, enum decision_action *action)
{
    for (int i = ACTION_NONE; i <= ACTION_UPGRADE; i++) {
        if (slice_equal(name, slice_of(decision_action_name((enum decision_action)i)))) {
            *action = (enum decision_action)i;
            return 0;
        }
    }
    return -1;
}

const char *client_certificate_name(enum client_certificate value)
{
    switch (value) {
    case CLIENT_CERTIFICATE_UNKNOWN:
        return NULL;
    case CLIENT_CERTIFICATE_NONE:
        return "none";
    case CLIENT_CERTIFICATE_REQUESTED:
        return "requested";
    case CLIENT_CERTIFICATE_REQUIRED:
        return "required";
    }
    return NULL;
}

void scan_record_release(struct scan_record *record)
{
    struct arena arena = record->arena;

    *record = (struct scan_record){0};
    arena_release(&arena);
}

const char *const tls_record_groups[TLS_RECORD_GROUPS] = {"X25519", "P-256", "P-384", "P-521"};
const char *const tls_record_legacy[TLS_RECORD_LEGACY] = {"SSLv3", "TLSv1", "TLSv1.1", "static_rsa", "3des", "rc4"};
const char *const tls_record_faults[TLS_RECORD_FAULTS] = {"split_client_hello", "broken_hello_retry_request",
                                                          "unknown_key_share"};

static void forget(int *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answers[i] = -1;
    }
}

void tls_record_init(struct tls_record *tls)
{
    *tls = (struct tls_record){.client_certificate_accepted = -1,
                               .resumption = -1,
                               .resumption_id = -1,
                               .resumption_ticket = -1,
                               .resumption_psk = -1,
                               .round_trips = -1,
                               .handshake_bytes_read = -1,
                               .handshake_bytes_written = -1,
                               .ocsp_stapled = -1};
    forget(tls->groups, TLS_RECORD_GROUPS);
    forget(tls->legacy, TLS_RECORD_LEGACY);
    forget(tls->faults, TLS_RECORD_FAULTS);
}

bool tls_version_is_weak(const char *version)
{
    return version != NULL && strcmp(version, "TLSv1.2") != 0 && strcmp(version, "TLSv1.3") != 0;
}

bool tls_cipher_is_weak(const char *cipher)
{
    static const char static_rsa[] = "TLS_RSA_WITH_";
    return cipher != NULL && (strncmp(cipher, static_rsa, sizeof static_rsa - 1) == 0 ||
                              strstr(cipher, "_RC4_") != NULL || strstr(cipher, "_3DES_") != NULL);
}

size_t tls_record_warnings(const struct tls_record *tls, enum code codes[TLS_RECORD_WARNINGS])
{
    size_t count = 0;
    if (tls_version_is_weak(tls->version)) {
        codes[count++] = CODE_WEAK_PROTOCOL;
    }
    if (tls_cipher_is_weak(tls->cipher)) {
        codes[count++] = CODE_WEAK_CIPHER;
    }
    if (tls->completed && (tls->alpn == NULL || strcmp(tls->alpn, "h2") != 0)) {
        codes[count++] = CODE_NO_HTTP2;
    }
    if (tls->resumption == 0) {
        codes[count++] = CODE_NO_SESSION_RESUMPTION;
    }
    return count;
}

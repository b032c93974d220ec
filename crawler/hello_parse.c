#include "base/limits.h"
#include "crawler/hello.h"

#include <string.h>

enum {
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_HEARTBEAT = 24,
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_CERTIFICATE = 11,
    MESSAGE_SERVER_KEY_EXCHANGE = 12,
    MESSAGE_CERTIFICATE_REQUEST = 13,
    MESSAGE_SERVER_HELLO_DONE = 14,
    MESSAGE_CERTIFICATE_STATUS = 22,
    EXTENSION_ALPN = 16,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_COOKIE = 44,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION = 0xff01,
    ALERT_LEVEL_WARNING = 1,
    ALERT_NO_CERTIFICATE = 41,
    ALERT_USER_CANCELED = 90,
    ALERT_UNRECOGNIZED_NAME = 112,
    CURVE_TYPE_NAMED = 3
};

#define RECORD_BYTES_MAX     (16384 + 2048)
#define MESSAGE_HEADER_BYTES 4
#define RANDOM_BYTES         32

/* The random of a ServerHello that is a HelloRetryRequest (RFC 8446, section 4.1.3). */
static const char RETRY_RANDOM[RANDOM_BYTES + 1] =
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2"
    "\xc8\xa8\x33\x9c";

void hello_reader_init(struct hello_reader *reader)
{
    memset(reader, 0, sizeof *reader);
    buf_init(&reader->flight, LIMIT_HELLO_ANSWER_BYTES);
}

void hello_reader_release(struct hello_reader *reader)
{
    buf_release(&reader->flight);
}

/* Reads numbers and vectors off the front of bytes; once there is too little, `failed` stays set. */
struct cursor {
    struct slice rest;
    bool failed;
};

static uint32_t take_number(struct cursor *cursor, size_t bytes)
{
    uint32_t value = 0;
    if (cursor->failed || cursor->rest.len < bytes) {
        cursor->failed = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | (uint8_t)cursor->rest.ptr[i];
    }
    cursor->rest = slice_from(cursor->rest, bytes);
    return value;
}

static struct slice take_bytes(struct cursor *cursor, size_t len)
{
    if (cursor->failed || cursor->rest.len < len) {
        cursor->failed = true;
        return SLICE_EMPTY;
    }
    struct slice taken = slice_make(cursor->rest.ptr, len);
    cursor->rest = slice_from(cursor->rest, len);
    return taken;
}

/* A vector behind its length of `bytes` bytes. */
static struct slice take_vector(struct cursor *cursor, size_t bytes)
{
    return take_bytes(cursor, take_number(cursor, bytes));
}

static struct hello_span span_of(const struct hello_reader *reader, struct slice part)
{
    return part.len > 0 ? (struct hello_span){(size_t)(part.ptr - reader->flight.data), part.len}
                        : (struct hello_span){0, 0};
}

static struct slice part_of(const struct hello_reader *reader, struct hello_span span)
{
    return span.len > 0 ? slice_make(reader->flight.data + span.at, span.len) : SLICE_EMPTY;
}

static void finish(struct hello_reader *reader, enum hello_answer_kind kind)
{
    reader->answer.kind = kind;
    reader->answer.whole_flight = true;
}

/* After a ServerHello, nonsense takes nothing away from it. */
static void give_up(struct hello_reader *reader)
{
    finish(reader, reader->answer.kind == HELLO_SERVER_HELLO ? HELLO_SERVER_HELLO : HELLO_MALFORMED);
}

static bool read_extension(struct hello_reader *reader, uint32_t type, struct slice body, bool retry)
{
    struct hello_answer *answer = &reader->answer;
    struct cursor cursor = {.rest = body};
    if (type == EXTENSION_SUPPORTED_VERSIONS) {
        answer->version = (uint16_t)take_number(&cursor, 2);
    } else if (type == EXTENSION_KEY_SHARE) {
        answer->group = (uint16_t)take_number(&cursor, 2);
        if (!retry) {
            take_vector(&cursor, 2);
        }
    } else if (type == EXTENSION_COOKIE) {
        reader->cookie = span_of(reader, take_vector(&cursor, 2));
    } else if (type == EXTENSION_ALPN) {
        struct cursor list = {.rest = take_vector(&cursor, 2)};
        reader->alpn = span_of(reader, take_vector(&list, 1));
        cursor.failed = cursor.failed || list.failed;
    } else if (type == EXTENSION_EXTENDED_MASTER_SECRET) {
        answer->extended_master_secret = true;
    } else if (type == EXTENSION_SESSION_TICKET) {
        answer->session_ticket = true;
    } else if (type == EXTENSION_RENEGOTIATION) {
        answer->secure_renegotiation = true;
    }
    return !cursor.failed;
}

static bool read_extensions(struct hello_reader *reader, struct slice all, bool retry)
{
    struct cursor cursor = {.rest = all};
    while (cursor.rest.len > 0) {
        uint32_t type = take_number(&cursor, 2);
        struct slice body = take_vector(&cursor, 2);
        if (cursor.failed || !read_extension(reader, type, body, retry)) {
            return false;
        }
    }
    return true;
}

static bool read_server_hello(struct hello_reader *reader, struct slice body)
{
    struct hello_answer *answer = &reader->answer;
    struct cursor cursor = {.rest = body};
    answer->version = (uint16_t)take_number(&cursor, 2);
    struct slice random = take_bytes(&cursor, RANDOM_BYTES);
    struct slice session_id = take_vector(&cursor, 1);
    answer->cipher = (uint16_t)take_number(&cursor, 2);
    take_number(&cursor, 1); /* compression */
    bool retry = !cursor.failed && memcmp(random.ptr, RETRY_RANDOM, RANDOM_BYTES) == 0;
    bool well_formed = !cursor.failed && session_id.len <= 32;
    if (well_formed && cursor.rest.len > 0) {
        struct slice extensions = take_vector(&cursor, 2);
        well_formed = !cursor.failed && cursor.rest.len == 0 && read_extensions(reader, extensions, retry);
    }
    if (!well_formed || hello_version_name(answer->version) == NULL || (retry && answer->version < HELLO_TLS13)) {
        return false;
    }
    bool tls13 = answer->version >= HELLO_TLS13;
    answer->session_id = !tls13 && session_id.len > 0;
    answer->kind = retry ? HELLO_RETRY_REQUEST : HELLO_SERVER_HELLO;
    answer->whole_flight = tls13;
    return true;
}

static bool read_certificates(struct hello_reader *reader, struct slice body)
{
    struct cursor cursor = {.rest = body};
    struct cursor list = {.rest = take_vector(&cursor, 3)};
    while (list.rest.len > 0 && !list.failed) {
        struct slice certificate = take_vector(&list, 3);
        if (reader->answer.chain_count++ == 0) {
            reader->certificate = span_of(reader, certificate);
        }
    }
    return !cursor.failed && !list.failed;
}

/* Only that of elliptic curves; what stands in others is nothing that is asked for here. */
static bool read_key_exchange(struct hello_reader *reader, struct slice body)
{
    struct cursor cursor = {.rest = body};
    if (hello_cipher_name(reader->answer.cipher) == NULL || reader->answer.cipher < 0xc000 ||
        take_number(&cursor, 1) != CURVE_TYPE_NAMED) {
        return true;
    }
    uint32_t group = take_number(&cursor, 2);
    take_vector(&cursor, 1);
    uint32_t signature = reader->answer.version >= HELLO_TLS12 ? take_number(&cursor, 2) : 0;
    if (!cursor.failed) {
        reader->answer.group = (uint16_t)group;
        reader->answer.signature = (uint16_t)signature;
    }
    return !cursor.failed;
}

static bool read_message(struct hello_reader *reader, uint8_t type, struct slice body)
{
    struct hello_answer *answer = &reader->answer;
    if (answer->kind != HELLO_SERVER_HELLO) {
        return type == MESSAGE_SERVER_HELLO && read_server_hello(reader, body);
    }
    switch (type) {
    case MESSAGE_CERTIFICATE:
        return read_certificates(reader, body);
    case MESSAGE_SERVER_KEY_EXCHANGE:
        return read_key_exchange(reader, body);
    case MESSAGE_CERTIFICATE_STATUS:
        answer->stapled = true;
        return true;
    case MESSAGE_CERTIFICATE_REQUEST:
        answer->certificate_requested = true;
        return true;
    case MESSAGE_SERVER_HELLO_DONE:
        answer->whole_flight = true;
        return true;
    default:
        return false;
    }
}

static void read_messages(struct hello_reader *reader)
{
    while (!reader->answer.whole_flight) {
        struct cursor cursor = {.rest = slice_from(buf_slice(&reader->flight), reader->read_to)};
        if (cursor.rest.len < MESSAGE_HEADER_BYTES) {
            return;
        }
        uint8_t type = (uint8_t)take_number(&cursor, 1);
        uint32_t len = take_number(&cursor, 3);
        if (len > LIMIT_HELLO_ANSWER_BYTES) {
            give_up(reader);
            return;
        }
        if (cursor.rest.len < len) {
            return;
        }
        if (!read_message(reader, type, take_bytes(&cursor, len))) {
            give_up(reader);
            return;
        }
        reader->read_to += MESSAGE_HEADER_BYTES + len;
    }
}

/* Some alerts of the level "warning" are only remarks, and the ServerHello comes behind them. */
static bool is_remark(uint8_t level, uint8_t alert)
{
    return level == ALERT_LEVEL_WARNING &&
           (alert == ALERT_UNRECOGNIZED_NAME || alert == ALERT_USER_CANCELED || alert == ALERT_NO_CERTIFICATE);
}

static void read_alert(struct hello_reader *reader, struct slice payload)
{
    for (size_t i = 0; i < payload.len && !reader->answer.whole_flight; i++) {
        reader->alert[reader->alert_len++] = (uint8_t)payload.ptr[i];
        if (reader->alert_len < sizeof reader->alert) {
            continue;
        }
        reader->alert_len = 0;
        if (is_remark(reader->alert[0], reader->alert[1])) {
            continue;
        }
        if (reader->answer.kind == HELLO_SERVER_HELLO) {
            reader->answer.whole_flight = true;
            return;
        }
        reader->answer.alert = reader->alert[1];
        finish(reader, HELLO_ALERT);
    }
}

static void read_payload(struct hello_reader *reader, struct slice payload)
{
    switch (reader->header[0]) {
    case RECORD_HANDSHAKE:
        if (buf_append_slice(&reader->flight, payload) != 0) {
            give_up(reader);
            return;
        }
        read_messages(reader);
        return;
    case RECORD_ALERT:
        read_alert(reader, payload);
        return;
    case RECORD_CHANGE_CIPHER_SPEC:
    case RECORD_HEARTBEAT:
        return;
    default:
        give_up(reader);
    }
}

static void read_header(struct hello_reader *reader)
{
    size_t len = (size_t)reader->header[3] << 8 | reader->header[4];
    if (reader->header[1] != 3 || len > RECORD_BYTES_MAX) {
        give_up(reader);
        return;
    }
    reader->record_left = len;
    if (len == 0) {
        reader->header_len = 0;
    }
}

/* The first byte of all tells TLS from other protocols. */
static bool is_other_protocol(struct hello_reader *reader, char first)
{
    bool in_answer = reader->flight.len > 0 || reader->answer.kind != HELLO_INCOMPLETE;
    if (in_answer || (first >= RECORD_CHANGE_CIPHER_SPEC && first <= RECORD_HEARTBEAT)) {
        return false;
    }
    reader->answer.plain_http = first == 'H' || first == '<';
    finish(reader, HELLO_NOT_TLS);
    return true;
}

void hello_reader_feed(struct hello_reader *reader, struct slice bytes)
{
    while (bytes.len > 0 && !reader->answer.whole_flight) {
        if (reader->header_len == 0 && is_other_protocol(reader, bytes.ptr[0])) {
            break;
        }
        if (reader->header_len < sizeof reader->header) {
            reader->header[reader->header_len++] = (uint8_t)bytes.ptr[0];
            bytes = slice_from(bytes, 1);
            if (reader->header_len == sizeof reader->header) {
                read_header(reader);
            }
            continue;
        }
        size_t len = bytes.len < reader->record_left ? bytes.len : reader->record_left;
        read_payload(reader, slice_make(bytes.ptr, len));
        reader->record_left -= len;
        reader->header_len = reader->record_left > 0 ? reader->header_len : 0;
        bytes = slice_from(bytes, len);
    }
    reader->answer.alpn = part_of(reader, reader->alpn);
    reader->answer.cookie = part_of(reader, reader->cookie);
    reader->answer.certificate = part_of(reader, reader->certificate);
}

#include "crawler/private_query.h"

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/url.h"
#include "crawler/url_words.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Shortest mix of letters and digits that looks like a token, and shortest number that looks like a card's or a
 * person's. */
#define TOKEN_BYTES_MIN  16
#define NUMBER_BYTES_MIN 10

/* As words of a parameter's name. */
static const char *const private_names[] = {
    "token",     "auth",         "oauth",      "apikey",     "api key",     "key",          "secret",
    "password",  "passwd",       "passphrase", "pwd",        "pass",        "pw",           "otp",
    "pin",       "code",         "jwt",        "saml",       "samlrequest", "samlresponse", "ticket",
    "nonce",     "csrf",         "xsrf",       "wpnonce",    "signature",   "sig",          "sign",
    "hmac",      "amz",          "goog",       "credential", "credentials", "email",        "e mail",
    "mail",      "user",         "username",   "userid",     "uid",         "login",        "account",
    "customer",  "phone",        "tel",        "mobile",     "firstname",   "lastname",     "first name",
    "last name", "surname",      "fullname",   "full name",  "address",     "street",       "zip",
    "dob",       "birth",        "birthday",   "birthdate",  "ssn",         "iban",         "card",
    "cc",        "cvv",          "passport",   "invite",     "invitation",  "verify",       "verification",
    "reset",     "confirmation", "gclid",      "fbclid",     "msclkid",     "dclid",        "yclid",
    "mc eid",    "mkt tok",      "ga",         "hsenc",      "vero id",     "visitor",      "tracking",
    "ip",
};

static const char *const session_names[] = {
    "session", "sess",    "sid",   "sessionid", "session id", "phpsessid", "jsessionid",  "aspsessionid",
    "cfid",    "cftoken", "zenid", "oscsid",    "xtcsid",     "sessid",    "session key", "s id",
};

/* Path segments behind which a secret usually stands. */
static const char *const secret_follows[] = {
    "verify", "confirm",  "reset",       "activate", "invite", "invitation", "token",
    "magic",  "password", "unsubscribe", "login",    "auth",   "share",      "session",
};

static bool name_is_in(struct slice words, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (url_words_have(words, names[i]))
            return true;
    }
    return false;
}

static bool has_email(struct slice text)
{
    size_t at = slice_find_byte(text, '@');
    if (at == text.len || at == 0)
        return false;
    struct slice domain = slice_from(text, at + 1);
    size_t dot = slice_find_byte(domain, '.');
    return dot > 0 && dot + 1 < domain.len;
}

/* One run of letters and digits. */
static bool run_is_token(struct slice run)
{
    size_t digits = 0;
    for (size_t i = 0; i < run.len; i++)
        digits += ascii_is_digit(run.ptr[i]) ? 1 : 0;
    if (digits == run.len)
        return run.len >= NUMBER_BYTES_MIN;
    return run.len >= TOKEN_BYTES_MIN && digits >= 2;
}

static bool is_run_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* 8-4-4-4-12 hexadecimal digits somewhere; each run alone would be too short. */
static bool is_uuid_at(struct slice s)
{
    if (s.len < 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = ascii_lower(s.ptr[i]);
        bool hex = ascii_is_digit(c) || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}

static bool value_looks_private(struct slice value)
{
    if (has_email(value) || slice_starts_with(value, SLICE("eyJ")))
        return true;
    for (size_t i = 0; i < value.len;) {
        size_t start = i;
        if (is_uuid_at(slice_from(value, i)))
            return true;
        while (i < value.len && is_run_byte(value.ptr[i]))
            i++;
        if (run_is_token(slice_make(value.ptr + start, i - start)))
            return true;
        i += i == start ? 1 : 0;
    }
    return false;
}

struct judge {
    struct buf decoded;
    struct buf words;
    bool sessions_only;
};

static struct slice decode(struct judge *judge, struct slice text, bool in_query)
{
    buf_reset(&judge->decoded);
    url_decode(&judge->decoded, text, in_query);
    return buf_slice(&judge->decoded);
}

static struct slice words_of(struct judge *judge, struct slice decoded)
{
    buf_reset(&judge->words);
    url_words(&judge->words, decoded);
    return buf_slice(&judge->words);
}

static bool judge_parameter(struct judge *judge, struct slice parameter)
{
    size_t equals = slice_find_byte(parameter, '=');
    struct slice name = words_of(judge, decode(judge, slice_make(parameter.ptr, equals), true));
    if (name_is_in(name, session_names, COUNT(session_names)))
        return true;
    if (judge->sessions_only)
        return false;
    if (name_is_in(name, private_names, COUNT(private_names)))
        return true;
    return value_looks_private(decode(judge, slice_from(parameter, equals + 1), true));
}

static bool judge_query(struct judge *judge, struct slice query)
{
    struct slice parameter = SLICE_EMPTY;
    while (slice_next(&query, '&', &parameter)) {
        struct slice part = SLICE_EMPTY;
        while (slice_next(&parameter, ';', &part)) {
            if (judge_parameter(judge, part))
                return true;
        }
    }
    return false;
}

static bool secret_may_follow(struct judge *judge, struct slice segment)
{
    return name_is_in(words_of(judge, segment), secret_follows, COUNT(secret_follows));
}

static bool judge_path(struct judge *judge, struct slice path)
{
    struct slice segment = SLICE_EMPTY;
    bool after_secret_word = false;
    while (slice_next(&path, '/', &segment)) {
        size_t semicolon = slice_find_byte(segment, ';');
        if (semicolon < segment.len && judge_query(judge, slice_from(segment, semicolon + 1)))
            return true;
        if (judge->sessions_only)
            continue;
        struct slice plain = decode(judge, segment, false);
        if (has_email(plain) || slice_starts_with(plain, SLICE("eyJ")))
            return true;
        if (after_secret_word && value_looks_private(plain))
            return true;
        after_secret_word = secret_may_follow(judge, plain);
    }
    return false;
}

static bool judge_url(struct slice path_query, bool sessions_only)
{
    struct judge judge = {.sessions_only = sessions_only};
    buf_init(&judge.decoded, 4u * LIMIT_URL_BYTES);
    buf_init(&judge.words, 8u * LIMIT_URL_BYTES);
    bool private = judge_path(&judge, url_path(path_query)) || judge_query(&judge, url_query(path_query));
    private = private || judge.decoded.failed || judge.words.failed;
    buf_release(&judge.decoded);
    buf_release(&judge.words);
    return private;
}

bool query_may_be_private(struct slice path_query)
{
    return judge_url(path_query, false);
}

bool query_has_session(struct slice path_query)
{
    return judge_url(path_query, true);
}

#include "crawler/private_query.h"

#include "base/buf.h"
#include "base/limits.h"
#include "crawler/url.h"
#include "crawler/url_words.h"

/* Shortest mix of letters and digits that looks like a token, and shortest number that looks like a card's or a
 * person's. */
#define TOKEN_BYTES_MIN  16
#define NUMBER_BYTES_MIN 10

/* As words of a parameter's name. */
static const struct url_phrase private_names[] = {
    URL_PHRASE("account"),      URL_PHRASE("address"),      URL_PHRASE("amz"),         URL_PHRASE("api key"),
    URL_PHRASE("apikey"),       URL_PHRASE("auth"),         URL_PHRASE("birth"),       URL_PHRASE("birthdate"),
    URL_PHRASE("birthday"),     URL_PHRASE("card"),         URL_PHRASE("cc"),          URL_PHRASE("code"),
    URL_PHRASE("confirmation"), URL_PHRASE("credential"),   URL_PHRASE("credentials"), URL_PHRASE("csrf"),
    URL_PHRASE("customer"),     URL_PHRASE("cvv"),          URL_PHRASE("dclid"),       URL_PHRASE("dob"),
    URL_PHRASE("e mail"),       URL_PHRASE("email"),        URL_PHRASE("fbclid"),      URL_PHRASE("first name"),
    URL_PHRASE("firstname"),    URL_PHRASE("full name"),    URL_PHRASE("fullname"),    URL_PHRASE("ga"),
    URL_PHRASE("gclid"),        URL_PHRASE("goog"),         URL_PHRASE("hmac"),        URL_PHRASE("hsenc"),
    URL_PHRASE("iban"),         URL_PHRASE("invitation"),   URL_PHRASE("invite"),      URL_PHRASE("ip"),
    URL_PHRASE("jwt"),          URL_PHRASE("key"),          URL_PHRASE("last name"),   URL_PHRASE("lastname"),
    URL_PHRASE("login"),        URL_PHRASE("mail"),         URL_PHRASE("mc eid"),      URL_PHRASE("mkt tok"),
    URL_PHRASE("mobile"),       URL_PHRASE("msclkid"),      URL_PHRASE("nonce"),       URL_PHRASE("oauth"),
    URL_PHRASE("otp"),          URL_PHRASE("pass"),         URL_PHRASE("passphrase"),  URL_PHRASE("passport"),
    URL_PHRASE("passwd"),       URL_PHRASE("password"),     URL_PHRASE("phone"),       URL_PHRASE("pin"),
    URL_PHRASE("pw"),           URL_PHRASE("pwd"),          URL_PHRASE("reset"),       URL_PHRASE("saml"),
    URL_PHRASE("samlrequest"),  URL_PHRASE("samlresponse"), URL_PHRASE("secret"),      URL_PHRASE("sig"),
    URL_PHRASE("sign"),         URL_PHRASE("signature"),    URL_PHRASE("ssn"),         URL_PHRASE("street"),
    URL_PHRASE("surname"),      URL_PHRASE("tel"),          URL_PHRASE("ticket"),      URL_PHRASE("token"),
    URL_PHRASE("tracking"),     URL_PHRASE("uid"),          URL_PHRASE("user"),        URL_PHRASE("userid"),
    URL_PHRASE("username"),     URL_PHRASE("verification"), URL_PHRASE("verify"),      URL_PHRASE("vero id"),
    URL_PHRASE("visitor"),      URL_PHRASE("wpnonce"),      URL_PHRASE("xsrf"),        URL_PHRASE("yclid"),
    URL_PHRASE("zip"),
};

static const struct url_phrase session_names[] = {
    URL_PHRASE("aspsessionid"), URL_PHRASE("cfid"),      URL_PHRASE("cftoken"),    URL_PHRASE("jsessionid"),
    URL_PHRASE("oscsid"),       URL_PHRASE("phpsessid"), URL_PHRASE("s id"),       URL_PHRASE("sess"),
    URL_PHRASE("sessid"),       URL_PHRASE("session"),   URL_PHRASE("session id"), URL_PHRASE("session key"),
    URL_PHRASE("sessionid"),    URL_PHRASE("sid"),       URL_PHRASE("xtcsid"),     URL_PHRASE("zenid"),
};

/* Path segments behind which a secret usually stands. */
static const struct url_phrase secret_follows[] = {
    URL_PHRASE("activate"),    URL_PHRASE("auth"),    URL_PHRASE("confirm"), URL_PHRASE("invitation"),
    URL_PHRASE("invite"),      URL_PHRASE("login"),   URL_PHRASE("magic"),   URL_PHRASE("password"),
    URL_PHRASE("reset"),       URL_PHRASE("session"), URL_PHRASE("share"),   URL_PHRASE("token"),
    URL_PHRASE("unsubscribe"), URL_PHRASE("verify"),
};

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
        if (dash ? s.ptr[i] != '-' : ascii_hex_value(s.ptr[i]) < 0)
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

static void judge_init(struct judge *judge, bool sessions_only)
{
    judge->sessions_only = sessions_only;
    buf_init(&judge->decoded, 4u * LIMIT_URL_BYTES);
    buf_init(&judge->words, 8u * LIMIT_URL_BYTES);
}

/* True if something could not be read, for want of memory. */
static bool judge_release(struct judge *judge)
{
    bool failed = judge->decoded.failed || judge->words.failed;
    buf_release(&judge->decoded);
    buf_release(&judge->words);
    return failed;
}

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
    if (url_words_find(name, session_names, URL_PHRASE_COUNT(session_names)) != NULL)
        return true;
    if (judge->sessions_only)
        return false;
    if (url_words_find(name, private_names, URL_PHRASE_COUNT(private_names)) != NULL)
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
    return url_words_find(words_of(judge, segment), secret_follows, URL_PHRASE_COUNT(secret_follows)) != NULL;
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
    struct judge judge;
    judge_init(&judge, sessions_only);
    bool private = judge_path(&judge, url_path(path_query)) || judge_query(&judge, url_query(path_query));
    bool failed = judge_release(&judge);
    return private || failed;
}

bool query_may_be_private(struct slice path_query)
{
    return judge_url(path_query, false);
}

bool query_has_session(struct slice path_query)
{
    return judge_url(path_query, true);
}

/* Those of `parameters` without a session id, joined as they were; `before` comes before the first. */
static void append_sessionless(struct judge *judge, struct buf *out, char before, char separator,
                               struct slice parameters)
{
    struct slice parameter = SLICE_EMPTY;
    while (slice_next(&parameters, separator, &parameter)) {
        if (parameter.len > 0 && !judge_query(judge, parameter)) {
            buf_append_byte(out, before);
            buf_append_slice(out, parameter);
            before = separator;
        }
    }
}

static void append_sessionless_path(struct judge *judge, struct buf *out, struct slice path)
{
    while (path.len > 0) {
        path = slice_from(path, 1);
        struct slice segment = slice_make(path.ptr, slice_find_byte(path, '/'));
        size_t semicolon = slice_find_byte(segment, ';');
        buf_append_byte(out, '/');
        buf_append(out, segment.ptr, semicolon);
        append_sessionless(judge, out, ';', ';', slice_from(segment, semicolon + 1));
        path = slice_from(path, segment.len);
    }
}

int url_append_without_session(struct buf *out, struct slice path_query)
{
    struct judge judge;
    judge_init(&judge, true);
    append_sessionless_path(&judge, out, url_path(path_query));
    append_sessionless(&judge, out, '?', '&', url_query(path_query));
    bool failed = judge_release(&judge) || out->failed;
    return failed ? -1 : 0;
}

bool query_words_are_sorted(void)
{
    return url_phrases_are_sorted(private_names, URL_PHRASE_COUNT(private_names)) &&
           url_phrases_are_sorted(session_names, URL_PHRASE_COUNT(session_names)) &&
           url_phrases_are_sorted(secret_follows, URL_PHRASE_COUNT(secret_follows));
}

#include "tests/data/pages/documents.h"

#include "base/hash.h"

const char *document_type(enum document document)
{
    switch (document) {
    case DOCUMENT_JSON:
        return "application/json";
    case DOCUMENT_FEED:
        return "application/rss+xml; charset=utf-8";
    case DOCUMENT_SCRIPT:
        return "application/javascript";
    case DOCUMENT_STYLE:
        return "text/css";
    case DOCUMENT_TEXT:
        return "text/plain; charset=utf-8";
    case DOCUMENT_PDF:
        return "application/pdf";
    case DOCUMENT_IMAGE:
        return "image/png";
    }
    return "";
}

struct writer {
    enum language language;
    struct rng stable, chance;
    struct buf *out;
};

static unsigned below(struct rng *rng, unsigned bound)
{
    return (unsigned)rng_below(rng, bound);
}

static void hex(struct writer *w, struct rng *rng, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        buf_append_byte(w->out, "0123456789abcdef"[rng_below(rng, 16)]);
    }
}

static void write_json(struct writer *w)
{
    unsigned items = 3 + below(&w->stable, 30);
    buf_append_text(w->out, "{\"request_id\":\"");
    hex(w, &w->chance, 24);
    buf_printf(w->out, "\",\"took_ms\":%u,\"items\":[", below(&w->chance, 90));
    for (unsigned i = 0; i < items; i++) {
        buf_printf(w->out, "%s{\"id\":%u,\"name\":\"", i > 0 ? "," : "", below(&w->stable, 100000));
        language_phrase(w->language, &w->stable, 3, w->out);
        buf_printf(w->out, "\",\"price\":%u.%02u,\"href\":\"/api/items/%u\"}", below(&w->stable, 900),
                   below(&w->stable, 100), below(&w->stable, 100000));
    }
    buf_printf(w->out, "],\"generated\":\"2030-05-%02uT10:%02u:%02uZ\"}", 1 + below(&w->chance, 28),
               below(&w->chance, 60), below(&w->chance, 60));
}

static void write_feed(struct writer *w)
{
    unsigned items = 5 + below(&w->stable, 15);
    buf_append_text(w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>");
    language_phrase(w->language, &w->stable, 3, w->out);
    buf_printf(w->out, "</title><lastBuildDate>Tue, %02u May 2030 10:%02u:%02u GMT</lastBuildDate>\n",
               1 + below(&w->chance, 28), below(&w->chance, 60), below(&w->chance, 60));
    for (unsigned i = 0; i < items; i++) {
        buf_append_text(w->out, "<item><title>");
        language_phrase(w->language, &w->stable, 4, w->out);
        buf_printf(w->out, "</title><link>http://www.example.com/post/%u</link><description><![CDATA[<p>",
                   below(&w->stable, 9999));
        language_sentence(w->language, &w->stable, w->out);
        language_sentence(w->language, &w->stable, w->out);
        buf_append_text(w->out, "</p>]]></description></item>\n");
    }
    buf_append_text(w->out, "</channel></rss>\n");
}

static void write_script(struct writer *w)
{
    unsigned functions = 10 + below(&w->stable, 40);
    buf_append_text(w->out, "/* build ");
    hex(w, &w->chance, 12);
    buf_append_text(w->out, " */\nvar session=\"");
    hex(w, &w->chance, 32);
    buf_append_text(w->out, "\";\n");
    for (unsigned i = 0; i < functions; i++) {
        buf_append_text(w->out, "function ");
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_printf(w->out, "%u(a,b){var ", below(&w->stable, 100));
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_printf(w->out, "=a*%u;if(b>%u){return ", below(&w->stable, 999), below(&w->stable, 999));
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_append_text(w->out, ".");
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_append_text(w->out, "(a,b);}return a;}\n");
    }
}

static void write_style(struct writer *w)
{
    unsigned rules = 10 + below(&w->stable, 60);
    buf_append_text(w->out, "/* compiled ");
    hex(w, &w->chance, 8);
    buf_append_text(w->out, " */\n");
    for (unsigned i = 0; i < rules; i++) {
        buf_append_text(w->out, ".");
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_append_text(w->out, " .");
        language_word(LANGUAGE_ENGLISH, &w->stable, w->out);
        buf_printf(w->out, "{margin:%upx;color:#", below(&w->stable, 40));
        hex(w, &w->stable, 6);
        buf_printf(w->out, ";width:%u%%}\n", below(&w->stable, 100));
    }
}

static void write_plain(struct writer *w)
{
    unsigned lines = 4 + below(&w->stable, 60);
    buf_printf(w->out, "# 2030-05-01 10:%02u:%02u\n", below(&w->chance, 60), below(&w->chance, 60));
    for (unsigned i = 0; i < lines; i++) {
        language_sentence(w->language, &w->stable, w->out);
        buf_append_text(w->out, "\n");
    }
}

static void random_bytes(struct writer *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        buf_append_byte(w->out, (char)rng_below(&w->stable, 256));
    }
}

static void write_pdf(struct writer *w)
{
    buf_append_text(w->out, "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n");
    random_bytes(w, 4000 + below(&w->stable, 20000));
    buf_printf(w->out, "\n/CreationDate(D:203005%02u10%02u%02u)/ID[<", 1 + below(&w->chance, 28), below(&w->chance, 60),
               below(&w->chance, 60));
    hex(w, &w->chance, 32);
    buf_append_text(w->out, ">]\n%%EOF\n");
}

static void write_image(struct writer *w)
{
    buf_append(w->out, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    random_bytes(w, 500 + below(&w->stable, 15000));
}

void document_write(enum document document, enum language language, uint64_t seed, uint64_t load, struct buf *out)
{
    struct writer w = {.language = language, .out = out};
    rng_init(&w.stable, hash_mix(seed, document));
    rng_init(&w.chance, hash_mix(seed ^ 0x10ad, load));
    buf_reset(out);
    switch (document) {
    case DOCUMENT_JSON:
        write_json(&w);
        return;
    case DOCUMENT_FEED:
        write_feed(&w);
        return;
    case DOCUMENT_SCRIPT:
        write_script(&w);
        return;
    case DOCUMENT_STYLE:
        write_style(&w);
        return;
    case DOCUMENT_TEXT:
        write_plain(&w);
        return;
    case DOCUMENT_PDF:
        write_pdf(&w);
        return;
    case DOCUMENT_IMAGE:
        write_image(&w);
        return;
    }
}

const char *const foreign_pages[] = {
    "<!DOCTYPE html><html><head><title>Welcome to "
    "nginx!</title><style>body{width:35em}</style></head><body><h1>Welcome to "
    "nginx!</h1><p>If you see this, the server runs and waits to be configured.</p></body></html>",
    "<html><body><h1>It works!</h1></body></html>",
    "<html><head><title>Apache2 Debian Default Page: It works</title></head><body><div>Apache2 Debian Default "
    "Page</div><p>"
    "Replace the file in the document root before you go "
    "on.</p><ul><li>apache2.conf</li><li>ports.conf</li></ul></body></html>",
    "<html><head><title>IIS Windows Server</title></head><body><a href=\"http://iis.example\"><img "
    "src=\"iisstart.png\"></a>"
    "</body></html>",
    "<html><head><title>Domain Default page</title></head><body><h1>Domain Default Page</h1><p>The panel created this "
    "page "
    "for a domain that has no content yet.</p></body></html>",
    "<html><head><title>Account Suspended</title></head><body><h1>This account has been suspended.</h1><p>Please talk "
    "to "
    "your hoster.</p></body></html>",
    "<html><head><title>site.example</title></head><body><h1>This domain is for sale!</h1><p>Make an offer today.</p>"
    "<ul><li>Insurance</li><li>Loans</li><li>Travel</li></ul></body></html>",
    "<html><head><title>Coming soon</title></head><body><p>Our new website is coming soon.</p></body></html>",
    "<html lang=\"de\"><head><title>Willkommen</title></head><body><p>Hier entsteht eine neue "
    "Internetpr\xc3\xa4senz.</p>"
    "</body></html>",
    "<html><head><title>Index of /</title></head><body><h1>Index of /</h1><pre><a "
    "href=\"../\">../</a></pre></body></html>",
    "<html><head><title>Maintenance</title></head><body><h1>We'll be back soon!</h1><p>Scheduled work on the "
    "servers.</p>"
    "</body></html>",
    "<html><head><title>Just a moment...</title></head><body><p>Checking your browser before accessing the site.</p>"
    "<script src=\"/cdn-cgi/challenge-platform/x.js\"></script></body></html>",
    "<html><head><title>Apache Tomcat/9.0</title></head><body><h2>If you're seeing this, you've successfully installed "
    "Tomcat.</h2></body></html>",
    "<html><body><p>Error establishing a database connection</p></body></html>",
    "<html><head><title>phpinfo()</title></head><body><table><tr><td>System</td><td>Linux web1</td></tr><tr><td>Server "
    "API"
    "</td><td>FPM</td></tr></table></body></html>",
    "<html><head><title>Login</title></head><body><form method=\"post\" action=\"/login\"><input name=\"user\"><input "
    "type=\"password\" name=\"p\"><button>Sign in</button></form></body></html>",
};
const size_t foreign_page_count = sizeof foreign_pages / sizeof foreign_pages[0];

/* Inventories as bytes, and the rows that must come out of them. */
#include "scan/inventory_reader.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER "zone,hostname,address\n"

struct row {
    const char *sentence;
    enum inventory_format format;
    const char *text;
    const char *rows;   /* "LINE ZONE HOSTNAME ADDRESS HTTP/HTTPS MODE;" */
    const char *faults; /* "LINE REASON;" */
    const char *failure;
};

static const struct row table[] = {
    {"a plain row", INVENTORY_CSV, HEADER "example.com,www.example.com,192.0.2.1\n",
     "2 example.com www.example.com 192.0.2.1 80/443 flexible;", "", NULL},
    {"a byte-order mark and CRLF", INVENTORY_CSV,
     "\xef\xbb\xbfzone,hostname,address\r\na.example,a.example,192.0.2.1\r\n",
     "2 a.example a.example 192.0.2.1 80/443 flexible;", "", NULL},
    {"columns in another order, quoted", INVENTORY_CSV,
     "\"address\",mode,zone,hostname,http_port\n\"192.0.2.1\",full,\"A.Example\",\"www.a.example\",8080\n",
     "2 a.example www.a.example 192.0.2.1 8080/443 full;", "", NULL},
    {"a quoted line end is part of the field, and counts as a line", INVENTORY_CSV,
     HEADER "\"a.example\n\",a.example,192.0.2.1\nb.example,b.example,192.0.2.2\n",
     "2 a.example a.example 192.0.2.1 80/443 flexible;4 b.example b.example 192.0.2.2 80/443 flexible;", "", NULL},
    {"a byte-order mark before a quoted header, doubled quotes, a line end in a name and none at the end",
     INVENTORY_CSV,
     "\xef\xbb\xbf\"zone\",\"hostname\",\"address\",\"host_header\"\r\na.example,\"w\nww.a.example\",192.0.2.1,\r\n"
     "a.example,www.a.example,192.0.2.1,\"in\"\"ner\"\r\n\"a.example\",\"b.a.example\",\"192.0.2.1\",\"x.a.example\"",
     "5 a.example b.a.example 192.0.2.1 80/443 flexible;",
     "2 hostname 'w\nww.a.example': it has a character that no hostname may have;"
     "4 host_header 'in\"ner': it has a character that no hostname may have;",
     NULL},
    {"IPv6 with a port and no brackets can only be an address", INVENTORY_CSV,
     HEADER
     "a.example,a.example,2001:db8::1:8080\na.example,a.example,2001:db8:::1\na.example,a.example,fe80::1%eth0\n",
     "2 a.example a.example 2001:db8::1:8080 80/443 flexible;",
     "3 address '2001:db8:::1': no IPv6 address;4 address 'fe80::1%eth0': no IPv6 address;", NULL},
    {"no line end behind the last row, and empty lines between", INVENTORY_CSV,
     HEADER "\n\na.example,a.example,192.0.2.1", "4 a.example a.example 192.0.2.1 80/443 flexible;", "", NULL},
    {"IPv6 with and without brackets", INVENTORY_CSV,
     HEADER "a.example,a.example,[2001:DB8::1]\na.example,a.example,2001:db8::2\n",
     "2 a.example a.example 2001:db8::1 80/443 flexible;3 a.example a.example 2001:db8::2 80/443 flexible;", "", NULL},
    {"ports do not stand behind an address", INVENTORY_CSV,
     HEADER "a.example,a.example,192.0.2.1:8080\na.example,a.example,[2001:db8::1]:8080\n", "",
     "2 address '192.0.2.1:8080': no address; ports stand in the columns http_port and https_port;"
     "3 address '[2001:db8::1]:8080': no address; ports stand in the columns http_port and https_port;",
     NULL},
    {"an origin by name", INVENTORY_CSV, HEADER "a.example,a.example,LB.example.net\n",
     "2 a.example a.example lb.example.net 80/443 flexible;", "", NULL},
    {"too few fields, and too many", INVENTORY_CSV, HEADER "a.example,a.example\na.example,a.example,192.0.2.1,x\n", "",
     "2 2 fields, but the header names 3 columns;3 4 fields, but the header names 3 columns;", NULL},
    {"a hostname outside its zone", INVENTORY_CSV, HEADER "a.example,b.example,192.0.2.1\n", "",
     "2 hostname b.example does not lie in the zone a.example;", NULL},
    {"a public suffix is nobody's zone", INVENTORY_CSV, HEADER "co.uk,www.co.uk,192.0.2.1\n", "",
     "2 zone 'co.uk': it is a public suffix, under which anybody may register;", NULL},
    {"the address is missing", INVENTORY_CSV, HEADER "a.example,a.example,\n", "", "2 address is missing;", NULL},
    {"a port that is none, and a mode that is none", INVENTORY_CSV,
     "zone,hostname,address,http_port,mode\na.example,a.example,192.0.2.1,65536,\na.example,a.example,192.0.2.1,,"
     "origin_"
     "pull\n",
     "",
     "2 http_port '65536': a port is a number from 1 to 65535;"
     "3 mode 'origin_pull': a mode is off, flexible, full, full_strict or strict;",
     NULL},
    {"an unknown column is named", INVENTORY_CSV, "zone,hostname,address,colour\n", "", "",
     "line 1: unknown column 'colour'"},
    {"a column that must be there", INVENTORY_CSV, "zone,hostname\n", "", "",
     "line 1: the column 'address' is missing"},
    {"a column twice", INVENTORY_CSV, "zone,zone,hostname,address\n", "", "",
     "line 1: the column 'zone' is there twice"},
    {"nothing at all", INVENTORY_CSV, "", "", "",
     "the inventory is empty: not even a header with the names of the columns"},
    {"a quote in the middle of a field", INVENTORY_CSV, HEADER "a.exa\"mple,a.example,192.0.2.1\n", "",
     "2 a quote stands where none may, or is not closed;", NULL},
    {"one object a line, numbers and booleans as JSON has them", INVENTORY_NDJSON,
     "{\"zone\":\"a.example\",\"hostname\":\"www.a.example\",\"address\":\"192.0.2.1\",\"https_port\":8443,"
     "\"always_https\":true,\"mode\":null}\n",
     "1 a.example www.a.example 192.0.2.1 80/8443 flexible;", "", NULL},
    {"what is no object, has an unknown key, a key twice or a list", INVENTORY_NDJSON,
     "[1]\n{\"colour\":1}\n{\"zone\":\"a\",\"zone\":\"b\"}\n{\"zone\":[]}\n{\n", "",
     "1 no JSON object;2 unknown key 'colour';3 no JSON: duplicate object key near '\"zone\"' (column 18);"
     "4 zone is no text, whole number or boolean;5 no JSON: string or '}' expected near end of file (column 1);",
     NULL},
    {"a zone file: apex, relative names, the owner before, comments, other types", INVENTORY_BIND,
     "$TTL 3600\n@ IN SOA ns1 hostmaster ( 1 ; serial\n 7200 3600 1209600 300 )\n  IN NS ns1\n@ 300 IN A 192.0.2.1\n"
     "www IN AAAA 2001:db8::1 ; six\n    A 192.0.2.2\n_dmarc TXT \"v=DMARC1; p=none\"\n_acme A 192.0.2.9\n* A "
     "192.0.2.8\n",
     "5 example.com example.com 192.0.2.1 80/443 flexible;6 example.com www.example.com 2001:db8::1 80/443 flexible;"
     "7 example.com www.example.com 192.0.2.2 80/443 flexible;",
     "", NULL},
    {"CNAMEs within the zone, out of it, into nothing and in a circle", INVENTORY_BIND,
     "www CNAME web\nweb A 192.0.2.1\ncdn CNAME edge.example.net.\ngone CNAME nowhere\nx CNAME y\ny CNAME x\n",
     "3 example.com cdn.example.com edge.example.net 80/443 flexible;"
     "2 example.com web.example.com 192.0.2.1 80/443 flexible;1 example.com www.example.com 192.0.2.1 80/443 flexible;",
     "4 the CNAME leads to a name of the zone that has no address;"
     "5 the CNAME leads round in a circle, or over too many names;"
     "6 the CNAME leads round in a circle, or over too many names;",
     NULL},
    {"class and time to live in either order, units, lower case, and classes of other networks", INVENTORY_BIND,
     "$ttl 1h30m\n@ IN 300 A 192.0.2.1\nwww 1h in a 192.0.2.2\nchaos CH A 192.0.2.3\nb A 192.0.2.4\n\tIN AAAA "
     "2001:db8::4\n",
     "5 example.com b.example.com 192.0.2.4 80/443 flexible;6 example.com b.example.com 2001:db8::4 80/443 flexible;"
     "2 example.com example.com 192.0.2.1 80/443 flexible;3 example.com www.example.com 192.0.2.2 80/443 flexible;",
     "", NULL},
    {"a start of authority over many lines, with parentheses and semicolons within texts", INVENTORY_BIND,
     "example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. (\n\t2026112301 ; serial (of today)\n\t7200\n"
     "\t3600 )\nexample.com. IN TXT \"a ( b ; c\"\nx 60 IN A (\n 192.0.2.9\n )\n*.wild A 192.0.2.1\n",
     "6 example.com x.example.com 192.0.2.9 80/443 flexible;", "", NULL},
    {"relative names below a relative $ORIGIN, and back to an absolute one", INVENTORY_BIND,
     "$ORIGIN eu\n@ A 192.0.2.1\nwww CNAME @\n$ORIGIN example.com.\nwww CNAME www.eu\n",
     "2 example.com eu.example.com 192.0.2.1 80/443 flexible;3 example.com www.eu.example.com 192.0.2.1 80/443 "
     "flexible;"
     "5 example.com www.example.com 192.0.2.1 80/443 flexible;",
     "", NULL},
    {"$GENERATE, a record without data or type, an origin that is no name and what is relative to it", INVENTORY_BIND,
     "$GENERATE 1-9 h$ A 192.0.2.$\nwww A\nwww\n A 192.0.2.1\n$ORIGIN a..b.\nx A 192.0.2.2\ny.example.com. A "
     "192.0.2.3\n",
     "4 example.com www.example.com 192.0.2.1 80/443 flexible;7 example.com y.example.com 192.0.2.3 80/443 flexible;",
     "1 this directive is not known here: only $ORIGIN and $TTL are;2 the record has no data;"
     "3 no resource record: a name, a type and its data;5 it has a label that is empty or longer than 63 bytes;"
     "6 the name does not lie in the zone;",
     NULL},
    {"$ORIGIN moves, $INCLUDE is refused, a stranger's name is named", INVENTORY_BIND,
     "$ORIGIN sub.example.com.\na A 192.0.2.1\n$INCLUDE /etc/passwd\nb.example.net. A 192.0.2.1\nc A 2001:db8::1\n",
     "2 example.com a.sub.example.com 192.0.2.1 80/443 flexible;",
     "3 this directive is not known here: only $ORIGIN and $TTL are;4 the name does not lie in the zone;"
     "5 the record holds no address of its family;",
     NULL},
};

struct result {
    struct buf rows, faults;
    struct inventory_row_texts texts;
};

static int on_bad(void *context, uint64_t line, const char *reason, struct err *err)
{
    struct result *result = context;
    (void)err;
    return buf_printf(&result->faults, "%u %s;", (unsigned)line, reason);
}

static int on_row(void *context, const struct inventory_fields *fields, uint64_t line, struct err *err)
{
    struct result *result = context;
    struct fleet_row row = {.line = line};
    bool listed_only = false;
    const char *fault = inventory_row_parse(fields, &result->texts, &row, &listed_only);
    assert_int_equal(row.line, line);
    if (fault != NULL) {
        return on_bad(context, line, fault, err);
    }
    return buf_printf(&result->rows, "%u %s %s %s %d/%d %s;", (unsigned)line, row.zone, row.hostname, row.address,
                      row.http_port, row.https_port, mode_name(row.mode));
}

static int read_all(const struct row *row, size_t piece, struct result *result, struct err *err)
{
    const struct inventory_sink sink = {result, on_row, on_bad};
    *result = (struct result){.rows = {.data = NULL}};
    struct inventory_reader *reader = inventory_reader_new(row->format, "example.com", &sink, err);
    assert_non_null(reader);
    int failed = 0;
    struct slice rest = slice_of(row->text);
    while (rest.len > 0 && failed == 0) {
        size_t len = rest.len < piece ? rest.len : piece;
        failed = inventory_reader_feed(reader, slice_make(rest.ptr, len), err);
        rest = slice_from(rest, len);
    }
    failed = failed == 0 ? inventory_reader_end(reader, err) : failed;
    inventory_reader_free(reader);
    return failed;
}

static void every_row(void **state)
{
    static const size_t pieces[] = {1, 7, 100000};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table * 3; i++) {
        const struct row *row = &table[i / 3];
        struct result result;
        struct err err = ERR_INIT;
        int failed = read_all(row, pieces[i % 3], &result, &err);
        if (strcmp(buf_text(&result.rows), row->rows) != 0 || strcmp(buf_text(&result.faults), row->faults) != 0) {
            print_error("%s:\n%s\n%s\n", row->sentence, buf_text(&result.rows), buf_text(&result.faults));
        }
        assert_string_equal(buf_text(&result.rows), row->rows);
        assert_string_equal(buf_text(&result.faults), row->faults);
        assert_int_equal(failed != 0, row->failure != NULL);
        assert_string_equal(err.message, row->failure != NULL ? row->failure : "");
        buf_release(&result.rows);
        buf_release(&result.faults);
    }
}

/* A line of 200 MB costs no memory and one bad row; so does a quote that is never closed. */
static void endless_lines(void **state)
{
    static const struct {
        enum inventory_format format;
        const char *before, *faults;
        bool lines;
    } cases[] = {
        {INVENTORY_CSV, HEADER "a", "2 longer than 65536 bytes;", false},
        {INVENTORY_CSV, HEADER "\"a", "2 a quote is never closed, or the row is longer than 65536 bytes;", false},
        {INVENTORY_NDJSON, "{", "1 longer than 65536 bytes;", false},
        {INVENTORY_BIND, "www (", "1 longer than 65536 bytes;", false},
    };
    (void)state;
    char *chunk = malloc(1 << 20);
    memset(chunk, 'x', 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result result = {.rows = {.data = NULL}};
        const struct inventory_sink sink = {&result, on_row, on_bad};
        struct err err = ERR_INIT;
        struct inventory_reader *reader = inventory_reader_new(cases[i].format, "example.com", &sink, &err);
        assert_int_equal(inventory_reader_feed(reader, slice_of(cases[i].before), &err), 0);
        for (int piece = 0; piece < 200; piece++) {
            assert_int_equal(inventory_reader_feed(reader, slice_make(chunk, 1 << 20), &err), 0);
        }
        const char *after = cases[i].format == INVENTORY_NDJSON
                                ? "\n{\"zone\":\"b.example\",\"hostname\":\"b.example\",\"address\":\"192.0.2.2\"}\n"
                            : cases[i].format == INVENTORY_BIND ? "\nb A 192.0.2.2\n"
                                                                : "\nb.example,b.example,192.0.2.2\n";
        assert_int_equal(inventory_reader_feed(reader, slice_of(after), &err), 0);
        assert_int_equal(inventory_reader_end(reader, &err), 0);
        assert_string_equal(buf_text(&result.faults), cases[i].faults);
        assert_non_null(strstr(buf_text(&result.rows), "192.0.2.2"));
        inventory_reader_free(reader);
        buf_release(&result.rows);
        buf_release(&result.faults);
    }
    free(chunk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(endless_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

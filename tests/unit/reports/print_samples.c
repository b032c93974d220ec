/* Every sample in every kind of JSON report, one a line behind the name of its schema: for the validator. */
#include "reports/report.h"
#include "tests/support/sample_record.h"

#include <stdio.h>

typedef void make_sample(struct scan_record *record);

static void print_line(const char *schema, struct buf *out)
{
    printf("%s\t%s", schema, buf_text(out));
    buf_reset(out);
}

int main(void)
{
    make_sample *const samples[] = {sample_upgrade, sample_mixed, sample_hostile};
    const struct report_writer *writer = report_writer_find("ndjson");
    const struct report_style style = {0};
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct scan_record record;
        samples[i](&record);
        writer->scan(&record, &style, &out);
        print_line("scan", &out);
        writer->explain(&record, &style, &out);
        print_line("explain", &out);
        scan_record_release(&record);
    }
    bool failed = out.failed;
    buf_release(&out);
    return failed || ferror(stdout) ? 1 : 0;
}

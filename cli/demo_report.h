/* What the demonstration prints of each zone, and whether it is what the lab's table expects. */
#ifndef ORIGINTLS_CLI_DEMO_REPORT_H
#define ORIGINTLS_CLI_DEMO_REPORT_H

#include "base/json_writer.h"
#include "cli/format.h"
#include "recommend/record.h"
#include "tests/lab/lab.h"

struct demo_report {
    const struct lab *lab;
    enum format format;
    bool color;
    struct buf *out;
    struct json_writer json;
    size_t zones, as_expected;
    uint64_t requests;
};

void demo_report_begin(struct demo_report *report);
void demo_report_zone(struct demo_report *report, const struct scan_record *record);
void demo_report_end(struct demo_report *report, double seconds);

#endif

/* The functions behind the rows of the table in report.c. */
#ifndef ORIGINTLS_REPORTS_WRITERS_H
#define ORIGINTLS_REPORTS_WRITERS_H

#include "reports/report.h"

void scan_json_write(const struct scan_record *record, const struct report_style *style, struct buf *out);
void scan_ndjson_write(const struct scan_record *record, const struct report_style *style, struct buf *out);
void scan_text_write(const struct scan_record *record, const struct report_style *style, struct buf *out);

void explain_json_write(const struct scan_record *record, const struct report_style *style, struct buf *out);
void explain_ndjson_write(const struct scan_record *record, const struct report_style *style, struct buf *out);
void explain_text_write(const struct scan_record *record, const struct report_style *style, struct buf *out);

/* One array of the objects that scan_json_write writes. */
void list_json_begin(struct report_list *list);
void list_json_add(struct report_list *list, const struct scan_record *record);
void list_json_end(struct report_list *list);
/* One such object a line. */
void list_ndjson_begin(struct report_list *list);
void list_ndjson_add(struct report_list *list, const struct scan_record *record);
void list_ndjson_end(struct report_list *list);
/* One row a hostname, and the totals. */
void list_text_begin(struct report_list *list);
void list_text_add(struct report_list *list, const struct scan_record *record);
void list_text_end(struct report_list *list);
/* RFC 4180, one line a hostname. */
void list_csv_begin(struct report_list *list);
void list_csv_add(struct report_list *list, const struct scan_record *record);
void list_csv_end(struct report_list *list);
/* A table as GitHub and most others read it, one row a hostname, and the totals. */
void list_markdown_begin(struct report_list *list);
void list_markdown_add(struct report_list *list, const struct scan_record *record);
void list_markdown_end(struct report_list *list);
/* One page that needs nothing else; the data stands in it as text, and a script of its own shows it. */
void list_html_begin(struct report_list *list);
void list_html_add(struct report_list *list, const struct scan_record *record);
void list_html_end(struct report_list *list);
/* One test suite a zone, one test case a hostname. */
void list_junit_begin(struct report_list *list);
void list_junit_add(struct report_list *list, const struct scan_record *record);
void list_junit_end(struct report_list *list);
/* The totals in the text format of Prometheus, for the node exporter's textfile collector. */
void list_prometheus_begin(struct report_list *list);
void list_prometheus_add(struct report_list *list, const struct scan_record *record);
void list_prometheus_end(struct report_list *list);

#endif

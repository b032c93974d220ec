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

#endif

/* Finished scans made up for the tests of everything that keeps or prints them. */
#ifndef ORIGINTLS_TESTS_SUPPORT_SAMPLE_RECORD_H
#define ORIGINTLS_TESTS_SUPPORT_SAMPLE_RECORD_H

#include "recommend/record.h"

/* example.com, complete: one hostname on one origin, 60 pairs without a difference, a valid certificate: an upgrade. */
void sample_upgrade(struct scan_record *record);
/* example.org, partial: a hostname with two origins of different strength, one that is blocked, one whose mode of today
 * is broken, one that is held. Every kind of value has an example somewhere. */
void sample_mixed(struct scan_record *record);
/* A zone whose every text is an attack: terminal escapes, markup, bidirectional controls, bytes that are not UTF-8,
 * NUL-free noise, names of 10,000 characters. */
void sample_hostile(struct scan_record *record);
/* zone-000042.example and the like: `pairs` pairs, every tenth of them different. */
void sample_numbered(struct scan_record *record, unsigned number, size_t pairs);

#endif

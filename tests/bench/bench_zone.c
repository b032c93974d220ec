/* CPU per zone: one whole scan of 20 pairs of 14 kB pages against the lab, which serves from another process. */
#include "crawler/trust.h"
#include "scan/scan.h"
#include "tests/bench/figure.h"
#include "tests/lab/expectation.h"

#include <stdio.h>

#define SCANS 15
#define PAIRS 20

static int scan_once(const struct lab *lab, const struct trust *trust, const char *zone_name, double *cpu_s,
                     struct scan_record *record)
{
    struct inventory_zone zone;
    struct scan_options options;
    struct err err = ERR_INIT;
    int result = lab_inventory(lab, zone_name, &zone, &err);
    scan_options_init(&options);
    options.inventory = &zone;
    options.trust = trust;
    options.pairs = PAIRS;
    options.rate = 100000; /* what is measured is CPU, not patience */
    double before_s = figure_process_cpu_s();
    if (result == 0) {
        result = scan_zone(&options, NULL, NULL, record, &err);
    }
    *cpu_s = figure_process_cpu_s() - before_s;
    inventory_zone_release(&zone);
    if (result != 0) {
        fprintf(stderr, "%s\n", err.message);
    }
    return result;
}

static bool measure(const struct lab *lab, const struct trust *trust, const char *name, const char *zone, double bound)
{
    double cpu_ms[SCANS];
    double handshakes[SCANS];
    double requests = 0;
    for (size_t i = 0; i < SCANS; i++) {
        struct scan_record record = {0};
        if (scan_once(lab, trust, zone, &cpu_ms[i], &record) != 0 || record.recommended_mode != MODE_FULL_STRICT) {
            fprintf(stderr, "%s was not judged as it should be\n", zone);
            scan_record_release(&record);
            return false;
        }
        cpu_ms[i] *= 1000;
        handshakes[i] = (double)record.cost.handshakes;
        requests = (double)record.cost.requests;
        scan_record_release(&record);
    }
    figure_for_information("zone", name, requests, "requests");
    bool few = figure_at_most("zone", name, figure_median(handshakes, SCANS), "handshakes", 5);
    return figure_at_most("zone", name, figure_median(cpu_ms, SCANS), "ms CPU per zone of 20 pairs", bound) && few;
}

int main(void)
{
    struct err err = ERR_INIT;
    struct lab_options lab_options = {.only = "uniform,noisy", .seed = 1};
    struct lab *lab = lab_start(&lab_options, &err);
    struct trust *trust = NULL;
    bool ok = false;
    if (lab != NULL) {
        struct trust_options trust_options = {.system = true, .origin_ca = true, .ca_file = lab_ca_file(lab)};
        trust = trust_new(&trust_options, &err);
    }
    if (trust != NULL) {
        ok = measure(lab, trust, "equal pages", "uniform.lab.test", 12);
        ok = measure(lab, trust, "pages that differ in noise", "noisy.lab.test", 24) && ok;
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    trust_free(trust);
    lab_stop(lab);
    return ok ? 0 : 1;
}

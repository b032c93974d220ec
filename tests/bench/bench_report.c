/* What a report of a million zones costs in each format: seconds and memory, from the database to a file. Measured over
 * fewer zones and scaled: reading and writing hold one zone at a time. bench_report_million takes a million. */
#include "tests/bench/report_case.h"

int main(void)
{
    return report_case("report", 60000) ? 0 : 1;
}

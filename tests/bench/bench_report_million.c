/* A report of a real million of zones in each format: seconds and memory, from the database to a file. Takes some minutes
 * and up to 8 GB in /tmp, which are removed again. */
#include "tests/bench/report_case.h"

int main(void)
{
    return report_case("report_million", 1000000) ? 0 : 1;
}

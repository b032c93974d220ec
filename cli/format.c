#include "cli/format.h"

#include <stddef.h>

const char *const format_choices[] = {"text", "json", NULL};
const char *const format_choices_with_ndjson[] = {"text", "json", "ndjson", NULL};

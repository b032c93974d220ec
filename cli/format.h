/* --format, as far as most commands know it. */
#ifndef ORIGINTLS_CLI_FORMAT_H
#define ORIGINTLS_CLI_FORMAT_H

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON };

/* "text", "json"; and with "ndjson" behind. End with NULL; the position is the enum's value. */
extern const char *const format_choices[];
extern const char *const format_choices_with_ndjson[];

/* The row of an option table. `arguments` is the struct that has the member `format`. */
#define FORMAT_OPTION(arguments)                                                                                       \
    {                                                                                                                  \
        .name = "format", .type = OPTION_CHOICE, .offset = offsetof(struct arguments, format),                         \
        .choices = format_choices, .help = "what to print", .initial = "text"                                          \
    }

#endif

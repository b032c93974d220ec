#include "cli/report_arguments.h"

#include "base/limits.h"
#include "cli/scan_arguments.h"
#include "crawler/hostname.h"
#include "reports/report.h"

#include <string.h>

#define AT(member)  offsetof(struct report_arguments, member)
#define DAYS_MAX    36500.0
#define NO_AGE      "-1"
#define DAY_SECONDS 86400.0

static const char *const decision_choices[] = {
    [FILTER_NONE] = "none",
    [FILTER_HOLD] = "hold",
    [FILTER_UPGRADE] = "upgrade",
    [FILTER_NO_VERDICT] = "no_verdict",
    NULL,
};

/* Filters stand on the command line alone: a --mode that is set for scans would hide everything else here. */
static const struct option rows[] = {
    {.name = "zone",
     .type = OPTION_LIST,
     .offset = AT(zones),
     .placeholder = "ZONE",
     .help = "this zone only",
     .initial_text = "every zone",
     .command_line_only = true},
    {.name = "hostname",
     .type = OPTION_LIST,
     .offset = AT(hostnames),
     .placeholder = "PATTERN",
     .help = "hostnames that fit: '*' stands for any characters",
     .initial_text = "every hostname",
     .command_line_only = true},
    {.name = "address",
     .type = OPTION_LIST,
     .offset = AT(addresses),
     .placeholder = "ADDRESS",
     .help = "hostnames with an origin at this address, or in this range such as 192.0.2.0/24",
     .command_line_only = true},
    {.name = "mode",
     .type = OPTION_CHOICES,
     .offset = AT(modes),
     .placeholder = "LIST",
     .choices = mode_choices,
     .help = "hostnames that use one of these modes today",
     .command_line_only = true},
    {.name = "recommended",
     .type = OPTION_CHOICES,
     .offset = AT(recommended),
     .placeholder = "LIST",
     .choices = mode_choices,
     .help = "hostnames for which one of these modes is recommended",
     .command_line_only = true},
    {.name = "decision",
     .type = OPTION_CHOICES,
     .offset = AT(decisions),
     .placeholder = "LIST",
     .choices = decision_choices,
     .help = "hostnames with one of these decisions",
     .command_line_only = true},
    {.name = "blocker",
     .type = OPTION_LIST,
     .offset = AT(blockers),
     .placeholder = "CODE",
     .help = "hostnames with this blocker or reason for no verdict, such as https_refused",
     .command_line_only = true},
    {.name = "max-age",
     .type = OPTION_NUMBER,
     .offset = AT(max_age_days),
     .placeholder = "DAYS",
     .help = "zones whose scan is no older than this",
     .initial = NO_AGE,
     .initial_text = "any age",
     .min = -1,
     .max = DAYS_MAX,
     .command_line_only = true},
    {.name = "min-age",
     .type = OPTION_NUMBER,
     .offset = AT(min_age_days),
     .placeholder = "DAYS",
     .help = "zones whose scan is at least this old",
     .initial = NO_AGE,
     .initial_text = "any age",
     .min = -1,
     .max = DAYS_MAX,
     .command_line_only = true},
    {.name = "since",
     .type = OPTION_TIME,
     .offset = AT(since_s),
     .placeholder = "TIME",
     .help = "only what has changed since this RFC 3339 time, as a digest: text, markdown, json or ndjson",
     .command_line_only = true},
    {.name = "expires-within",
     .type = OPTION_NUMBER,
     .offset = AT(expires_within_days),
     .placeholder = "DAYS",
     .help = "with --since: certificates that end so soon are told",
     .initial = "14",
     .min = 0,
     .max = DAYS_MAX},
    {.name = "require",
     .type = OPTION_CHOICE,
     .offset = AT(require),
     .placeholder = "MODE",
     .choices = mode_choices,
     .help = "exit 4 if the recommended mode of some hostname is below MODE"},
    {.name = "at",
     .type = OPTION_TIME,
     .offset = AT(at_s),
     .placeholder = "TIME",
     .help = "count ages and days left from this RFC 3339 time",
     .initial_text = "now"},
    {.name = "output",
     .type = OPTION_FILE,
     .offset = AT(output),
     .placeholder = "FILE",
     .help = "write to this file, which is replaced when the report is whole",
     .initial_text = "standard output"},
    {.name = "page-hostnames",
     .type = OPTION_SIZE,
     .offset = AT(page_hostnames),
     .placeholder = "N",
     .help = "html: hostnames in the table, up to the zone that reaches so many; the figures count all",
     .initial = "50000",
     .min = 1,
     .max = LIMIT_PAGE_HOSTNAMES},
    {.name = "format",
     .type = OPTION_CHOICE,
     .offset = AT(format),
     .choices = report_list_formats,
     .help = "what to print",
     .initial = "text"},
};
const struct option_table report_option_table = OPTION_TABLE(rows);

static int add_address(struct report_filter *filter, struct address_range *ranges, const char **names, const char *text,
                       struct arena *arena, struct err *err)
{
    if (address_range_parse(slice_of(text), &ranges[filter->range_count]) == 0) {
        filter->range_count++;
        return 0;
    }
    char name[HOSTNAME_BYTES];
    if (hostname_normalise(slice_of(text), name) != HOSTNAME_OK) {
        return err_set(err, ERR_USAGE, "--address '%s' is no address, range or name", text);
    }
    names[filter->address_count] = arena_text(arena, name);
    return names[filter->address_count++] != NULL ? 0 : err_memory(err);
}

static int add_addresses(const struct option_list *list, struct arena *arena, struct report_filter *filter,
                         struct err *err)
{
    struct address_range *ranges = arena_alloc(arena, (list->count + 1) * sizeof *ranges);
    const char **names = arena_alloc(arena, (list->count + 1) * sizeof *names);
    if (ranges == NULL || names == NULL) {
        return err_memory(err);
    }
    filter->ranges = ranges;
    filter->addresses = names;
    for (size_t i = 0; i < list->count; i++) {
        if (add_address(filter, ranges, names, list->items[i], arena, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_codes(const struct option_list *list, struct report_filter *filter, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        enum code code = code_parse(slice_of(list->items[i]));
        if (code == CODE_NONE) {
            return err_set(err, ERR_USAGE, "--blocker '%s' is no code; 'origintls report' names those that were seen",
                           list->items[i]);
        }
        filter->codes[code] = true;
        filter->by_code = true;
    }
    return 0;
}

/* Names are kept in lower case; so the patterns are. */
static int add_hostnames(const struct option_list *list, struct arena *arena, struct report_filter *filter,
                         struct err *err)
{
    const char **patterns = arena_alloc(arena, (list->count + 1) * sizeof *patterns);
    if (patterns == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < list->count; i++) {
        char *pattern = arena_text(arena, list->items[i]);
        if (pattern == NULL) {
            return err_memory(err);
        }
        for (char *c = pattern; *c != '\0'; c++) {
            *c = ascii_lower(*c);
        }
        patterns[i] = pattern;
    }
    filter->hostnames = patterns;
    filter->hostname_count = list->count;
    return 0;
}

int report_arguments_filter(const struct report_arguments *arguments, int64_t now_s, struct arena *arena,
                            struct report_filter *filter, struct err *err)
{
    *filter = (struct report_filter){.current = arguments->modes,
                                     .recommended = arguments->recommended,
                                     .decisions = arguments->decisions,
                                     .not_before_s = -1,
                                     .not_after_s = -1};
    if (arguments->max_age_days >= 0) {
        filter->not_before_s = now_s - (int64_t)(arguments->max_age_days * DAY_SECONDS);
    }
    if (arguments->min_age_days >= 0) {
        filter->not_after_s = now_s - (int64_t)(arguments->min_age_days * DAY_SECONDS);
    }
    return add_hostnames(&arguments->hostnames, arena, filter, err) != 0 ||
                   add_addresses(&arguments->addresses, arena, filter, err) != 0
               ? -1
               : add_codes(&arguments->blockers, filter, err);
}

int report_arguments_scope(const struct command_line *line, struct arena *arena, const char **scope, struct err *err)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < line->given_count; i++) {
        const struct given_option *given = &line->given[i];
        if (given->option >= rows && given->option < rows + report_option_table.count &&
            given->option->command_line_only) {
            buf_printf(&text, "%s--%s %s", text.len > 0 ? " " : "", given->option->name, given->value);
        }
    }
    *scope = text.len > 0 ? arena_text(arena, buf_text(&text)) : NULL;
    int result = text.failed || (text.len > 0 && *scope == NULL) ? err_memory(err) : 0;
    buf_release(&text);
    return result;
}

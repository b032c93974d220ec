#include "tests/unit/recommend/prose.h"

static const char *shown(enum mode mode)
{
    return mode == MODE_NONE ? "none" : mode_name(mode);
}

void prose_modes(struct buf *out, mode_set set)
{
    const char *separator = "";

    if (set == 0)
        buf_append_text(out, "none");
    for (int i = 0; i < MODE_COUNT; i++) {
        if (!mode_set_has(set, (enum mode)i))
            continue;
        buf_printf(out, "%s%s", separator, mode_name((enum mode)i));
        separator = ", ";
    }
}

static void say_findings(struct buf *out, const struct origin_record *origin)
{
    for (size_t i = 0; i < origin->blocker_count; i++) {
        const struct blocker *blocker = &origin->blockers[i];
        buf_printf(out, " %s%s%s rules out ", code_name(blocker->code), blocker->url == NULL ? "" : " at ",
                   blocker->url == NULL ? "" : blocker->url);
        prose_modes(out, blocker->rules_out);
        buf_printf(out, " (%s)", blocker->detail);
        buf_append_text(out, i + 1 < origin->blocker_count ? ";" : ".");
    }
    for (size_t i = 0; i < origin->warning_count; i++)
        buf_printf(out, " Warning %s: %s", code_name(origin->warnings[i].code), origin->warnings[i].detail);
}

static void say_decision(struct buf *out, const struct decision *decision)
{
    buf_printf(out, " Decision: %s", decision_action_name(decision->action));
    if (decision->action != ACTION_NONE)
        buf_printf(out, " from %s to %s", shown(decision->from), shown(decision->to));
    if (decision->percent > 0)
        buf_printf(out, " at %d %%", decision->percent);
    buf_printf(out, " by %s. %s\n", rule_name(decision->rule), decision->reason);
}

void prose_hostname(struct buf *out, const char *title, const struct hostname_record *hostname)
{
    const struct origin_record *origin = &hostname->origins[0];

    buf_printf(out, "%s (%s today, up to %s): %s", title, mode_name(hostname->current_mode),
               mode_name(hostname->ceiling), scan_status_name(hostname->status));
    if (hostname->status == STATUS_COMPLETE) {
        buf_append_text(out, ", safe ");
        prose_modes(out, hostname->safe_modes);
        buf_printf(out, "; recommended %s.", shown(hostname->recommended_mode));
    } else {
        buf_printf(out, ", %s: %s", code_name(hostname->incomplete_reason), origin->incomplete_detail);
    }
    say_findings(out, origin);
    say_decision(out, &hostname->decision);
}

void prose_zone(struct buf *out, const char *title, const struct scan_record *record)
{
    buf_printf(out, "%s: %s%s%s; %s today, supported %s, recommended %s.", title, scan_status_name(record->status),
               record->incomplete_reason == CODE_NONE ? "" : " by ",
               record->incomplete_reason == CODE_NONE ? "" : code_name(record->incomplete_reason),
               shown(record->current_mode), shown(record->supported_mode), shown(record->recommended_mode));
    say_decision(out, &record->decision);
}

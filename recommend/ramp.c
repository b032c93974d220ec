#include "recommend/ramp.h"

const char *rollout_state_name(enum rollout_state state)
{
    switch (state) {
    case ROLLOUT_PROPOSED:
        return "proposed";
    case ROLLOUT_WAITING:
        return "waiting";
    case ROLLOUT_RAMPING:
        return "ramping";
    case ROLLOUT_HOLDING:
        return "holding";
    case ROLLOUT_COMMITTED:
        return "committed";
    case ROLLOUT_ROLLED_BACK:
        return "rolled_back";
    case ROLLOUT_CANCELLED:
        return "cancelled";
    }
    return NULL;
}

int rollout_state_parse(struct slice name, enum rollout_state *state)
{
    for (int i = 0; i < ROLLOUT_STATE_COUNT; i++) {
        if (slice_equal(name, slice_of(rollout_state_name((enum rollout_state)i)))) {
            *state = (enum rollout_state)i;
            return 0;
        }
    }
    return -1;
}

const char *rollout_event_name(enum rollout_event event)
{
    switch (event) {
    case EVENT_APPROVE:
        return "approve";
    case EVENT_START:
        return "start";
    case EVENT_ADVANCE:
        return "advance";
    case EVENT_HOLD:
        return "hold";
    case EVENT_COMMIT:
        return "commit";
    case EVENT_ROLL_BACK:
        return "roll_back";
    case EVENT_CANCEL:
        return "cancel";
    }
    return NULL;
}

const char *rollout_event_phrase(enum rollout_event event)
{
    switch (event) {
    case EVENT_APPROVE:
        return "approved";
    case EVENT_START:
        return "started";
    case EVENT_ADVANCE:
        return "advanced";
    case EVENT_HOLD:
        return "held";
    case EVENT_COMMIT:
        return "committed";
    case EVENT_ROLL_BACK:
        return "taken back";
    case EVENT_CANCEL:
        return "cancelled";
    }
    return NULL;
}

int rollout_event_parse(struct slice name, enum rollout_event *event)
{
    for (int i = 0; i < ROLLOUT_EVENT_COUNT; i++) {
        if (slice_equal(name, slice_of(rollout_event_name((enum rollout_event)i)))) {
            *event = (enum rollout_event)i;
            return 0;
        }
    }
    return -1;
}

static const struct {
    enum rollout_state from;
    enum rollout_event event;
    enum rollout_state to;
} transitions[] = {
    {ROLLOUT_PROPOSED, EVENT_APPROVE, ROLLOUT_WAITING},      {ROLLOUT_PROPOSED, EVENT_CANCEL, ROLLOUT_CANCELLED},
    {ROLLOUT_WAITING, EVENT_START, ROLLOUT_RAMPING},         {ROLLOUT_WAITING, EVENT_HOLD, ROLLOUT_PROPOSED},
    {ROLLOUT_WAITING, EVENT_CANCEL, ROLLOUT_CANCELLED},      {ROLLOUT_RAMPING, EVENT_ADVANCE, ROLLOUT_RAMPING},
    {ROLLOUT_RAMPING, EVENT_HOLD, ROLLOUT_HOLDING},          {ROLLOUT_RAMPING, EVENT_COMMIT, ROLLOUT_COMMITTED},
    {ROLLOUT_RAMPING, EVENT_ROLL_BACK, ROLLOUT_ROLLED_BACK}, {ROLLOUT_HOLDING, EVENT_APPROVE, ROLLOUT_RAMPING},
    {ROLLOUT_HOLDING, EVENT_ROLL_BACK, ROLLOUT_ROLLED_BACK}, {ROLLOUT_COMMITTED, EVENT_ROLL_BACK, ROLLOUT_ROLLED_BACK},
};

bool rollout_transition(enum rollout_state from, enum rollout_event event, enum rollout_state *to)
{
    for (size_t i = 0; i < sizeof transitions / sizeof *transitions; i++) {
        if (transitions[i].from == from && transitions[i].event == event) {
            *to = transitions[i].to;
            return true;
        }
    }
    return false;
}

bool rollout_is_open(enum rollout_state state)
{
    return state <= ROLLOUT_HOLDING;
}

static const int percents[RAMP_STEPS] = {1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

int ramp_percent(size_t step)
{
    return percents[step < RAMP_STEPS ? step : RAMP_STEPS - 1];
}

size_t ramp_step_of(int percent)
{
    for (size_t i = 0; i < RAMP_STEPS; i++) {
        if (percents[i] == percent) {
            return i;
        }
    }
    return RAMP_STEPS;
}

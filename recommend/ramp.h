/* The states of a rollout and the steps of its ramp: who may go where, and nothing else.
 *
 *   proposed ──approve──► waiting ──start──► ramping ──advance──► ramping ... ──commit──► committed
 *      ▲                     │                │  ▲
 *      └────────hold─────────┘              hold approve
 *   proposed, waiting: cancel ► cancelled     ▼  │
 *                                           holding          ramping, holding: roll_back ► rolled_back
 *   committed: roll_back ► rolled_back, which nobody but a person does
 *
 * committed, rolled_back and cancelled are ends: a later upgrade is a new rollout.
 */
#ifndef ORIGINTLS_RECOMMEND_RAMP_H
#define ORIGINTLS_RECOMMEND_RAMP_H

#include "base/slice.h"

/* In the database by name. Only in ramping and holding do some visitors get the new mode, in committed all. */
enum rollout_state {
    ROLLOUT_PROPOSED,    /* waits for somebody's approval */
    ROLLOUT_WAITING,     /* will start by itself when the policy allows */
    ROLLOUT_RAMPING,     /* a share of visitors gets the new mode */
    ROLLOUT_HOLDING,     /* the same, and the share stays until somebody approves */
    ROLLOUT_COMMITTED,   /* every visitor gets the new mode, until somebody takes it back by hand */
    ROLLOUT_ROLLED_BACK, /* every visitor gets the old mode again */
    ROLLOUT_CANCELLED    /* ended before any visitor got the new mode */
};
#define ROLLOUT_STATE_COUNT 7

enum rollout_event {
    EVENT_APPROVE,
    EVENT_START,
    EVENT_ADVANCE,
    EVENT_HOLD,
    EVENT_COMMIT,
    EVENT_ROLL_BACK,
    EVENT_CANCEL
};
#define ROLLOUT_EVENT_COUNT 7

const char *rollout_state_name(enum rollout_state state); /* "rolled_back" */
int rollout_state_parse(struct slice name, enum rollout_state *state);
const char *rollout_event_name(enum rollout_event event);   /* "roll_back" */
const char *rollout_event_phrase(enum rollout_event event); /* "taken back": for people */
int rollout_event_parse(struct slice name, enum rollout_event *event);

/* True with *to set where the event is legal in this state. */
bool rollout_transition(enum rollout_state from, enum rollout_event event, enum rollout_state *to);
/* None of committed, rolled_back, cancelled. */
bool rollout_is_open(enum rollout_state state);

/* 1, 10, 20 ... 100 % of visitors. */
#define RAMP_STEPS 11
/* Of step 0 .. RAMP_STEPS-1. */
int ramp_percent(size_t step);
/* The step with this percentage, or RAMP_STEPS. */
size_t ramp_step_of(int percent);

#endif

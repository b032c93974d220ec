-- Rollouts: the gradual way of one hostname from one mode to a stronger one.
CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY,
    hostname INTEGER NOT NULL REFERENCES hostnames (id),
    scan TEXT NOT NULL, -- scan_id of the scan that opened it
    from_mode TEXT NOT NULL,
    to_mode TEXT NOT NULL,
    changes_scheme INTEGER NOT NULL CHECK (changes_scheme IN (0, 1)),
    state TEXT NOT NULL,
    rule TEXT NOT NULL,   -- that decided last
    reason TEXT NOT NULL, -- in words
    weight INTEGER NOT NULL, -- requests a day; 0: not known
    power REAL,
    opened_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
-- At most one open rollout a hostname, whatever two processes do at once.
CREATE UNIQUE INDEX rollouts_open ON rollouts (hostname)
    WHERE state IN ('proposed', 'waiting', 'ramping', 'holding');
-- Who waits for nothing but a turn, heaviest first.
CREATE INDEX rollouts_in_line ON rollouts (weight DESC, id) WHERE state = 'waiting' AND rule <> 'not_agreed';
CREATE INDEX rollouts_of_hostname ON rollouts (hostname, id);

CREATE TABLE rollout_steps (
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    position INTEGER NOT NULL,
    percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
    since_at INTEGER NOT NULL,
    until_at INTEGER, -- NULL: still in force
    PRIMARY KEY (rollout, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_steps_by_start ON rollout_steps (since_at) WHERE position = 0;

-- What the edge saw. An interval is counted once.
CREATE TABLE observations (
    id INTEGER PRIMARY KEY,
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL CHECK (end_at > start_at),
    percent INTEGER NOT NULL,
    candidate_requests INTEGER NOT NULL CHECK (candidate_requests >= 0),
    candidate_tls INTEGER,
    candidate_connect INTEGER,
    candidate_5xx INTEGER,
    candidate_3xx INTEGER,
    candidate_4xx INTEGER,
    control_requests INTEGER NOT NULL CHECK (control_requests >= 0),
    control_tls INTEGER,
    control_connect INTEGER,
    control_5xx INTEGER,
    control_3xx INTEGER,
    control_4xx INTEGER,
    UNIQUE (rollout, start_at, end_at)
) STRICT;

-- Everything that was recommended, decided, approved and done, in order; each row carries the digest of the one before.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, -- 1, 2, 3 ... without a gap
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    zone TEXT,
    hostname TEXT,
    body TEXT NOT NULL,   -- JSON
    policy TEXT,          -- JSON; NULL where none took part
    program_version TEXT NOT NULL,
    evidence TEXT,        -- SHA-256 of what it was decided on; NULL where nothing was
    previous TEXT NOT NULL, -- digest of the row before; of the first: 64 zeros
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_of_zone ON ledger (zone, id);

-- How long the ledger is and how it ends, so that rows cut off at its end are missed too.
CREATE TABLE ledger_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    count INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
INSERT INTO ledger_head (one, count, digest) VALUES (1, 0, printf('%064d', 0));

CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;

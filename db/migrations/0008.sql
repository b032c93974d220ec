-- What came from other databases by merging. Their ledgers cannot be put into this one's: each row carries the digest of
-- the row before. So each stays a chain of its own, which is verified and replayed beside this database's.
CREATE TABLE ledger_chains (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,     -- digest of its first row; two chains have the same where one file was copied and both went on
    count INTEGER NOT NULL, -- how long it is and how it ends, as in ledger_head
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_chains_by_name ON ledger_chains (name);

CREATE TABLE merged_ledger (
    chain INTEGER NOT NULL REFERENCES ledger_chains (id),
    id INTEGER NOT NULL, -- this and what follows as in ledger
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    zone TEXT,
    hostname TEXT,
    body TEXT NOT NULL,
    policy INTEGER REFERENCES texts (id),
    program_version TEXT NOT NULL,
    evidence BLOB,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (chain, id)
) STRICT;
CREATE INDEX merged_ledger_of_zone ON merged_ledger (zone, chain, id);

CREATE TRIGGER merged_ledger_is_not_changed BEFORE UPDATE ON merged_ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER merged_ledger_is_not_shortened BEFORE DELETE ON merged_ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;

-- The rows of a chain speak of rollouts and observations by the numbers that these had where the chain was written.
CREATE TABLE merged_rollouts (
    chain INTEGER NOT NULL REFERENCES ledger_chains (id),
    source INTEGER NOT NULL,
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    PRIMARY KEY (chain, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE merged_observations (
    chain INTEGER NOT NULL REFERENCES ledger_chains (id),
    observation INTEGER NOT NULL REFERENCES observations (id),
    source INTEGER NOT NULL,
    PRIMARY KEY (chain, observation)
) STRICT, WITHOUT ROWID;

-- What a fleet writes for every zone takes less room: texts that many rows say stand once, and digests as the 32 bytes
-- that they are.
CREATE TABLE texts ( -- a row is never changed or removed
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO texts (text) SELECT policy FROM ledger WHERE policy IS NOT NULL
    UNION SELECT reason FROM decisions WHERE reason IS NOT NULL;

CREATE TABLE packed_decisions (
    scan INTEGER NOT NULL,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    from_mode TEXT,
    to_mode TEXT,
    percent INTEGER NOT NULL,
    reason INTEGER REFERENCES texts (id),
    PRIMARY KEY (scan, position),
    FOREIGN KEY (scan, position) REFERENCES recommendations (scan, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO packed_decisions SELECT d.scan, d.position, d.action, d.from_mode, d.to_mode, d.percent, t.id
    FROM decisions d LEFT JOIN texts t ON t.text = d.reason;
DROP TABLE decisions;
ALTER TABLE packed_decisions RENAME TO decisions;

CREATE TABLE packed_ledger (
    id INTEGER PRIMARY KEY, -- 1, 2, 3 ... without a gap
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    zone TEXT,
    hostname TEXT,
    body TEXT NOT NULL,                   -- JSON
    policy INTEGER REFERENCES texts (id), -- JSON; NULL where none took part
    program_version TEXT NOT NULL,
    evidence BLOB,          -- SHA-256 of what it was decided on; NULL where nothing was
    previous BLOB NOT NULL, -- digest of the row before; of the first: 32 zero bytes
    digest BLOB NOT NULL    -- of all of it, with the text of the policy
) STRICT;
INSERT INTO packed_ledger SELECT l.id, l.at, l.kind, l.zone, l.hostname, l.body, p.id, l.program_version,
    digest_bytes(l.evidence), digest_bytes(l.previous), digest_bytes(l.digest)
    FROM ledger l LEFT JOIN texts p ON p.text = l.policy ORDER BY l.id;
DROP TABLE ledger; -- and its index and triggers
ALTER TABLE packed_ledger RENAME TO ledger;
CREATE INDEX ledger_of_zone ON ledger (zone, id);
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger
BEGIN
    SELECT raise(ABORT, 'the ledger is append-only');
END;

-- Nothing asks for it, and every recorded scan changed it somewhere.
DROP INDEX fleet_by_due;

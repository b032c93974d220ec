-- Runs share the bounds on rate and connections: what each of them allows itself.
ALTER TABLE runs ADD COLUMN connections INTEGER NOT NULL DEFAULT 0; -- per address, as its options have it; 0: not told
ALTER TABLE runs ADD COLUMN parts INTEGER NOT NULL DEFAULT 0; -- it keeps to one of so many equal parts; 0: it has none

-- What is known of origin addresses, over all zones: only of those that something is the matter with.
CREATE TABLE addresses (
    address TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL, -- it has asked to be left alone until then (Retry-After); 0: it has not
    failures INTEGER NOT NULL,   -- scans in a row, of whatever zones, in which nothing answered there
    open_until INTEGER NOT NULL, -- no zone of it is scanned before, after too many of them; 0: never happened
    probing INTEGER NOT NULL CHECK (probing IN (0, 1)), -- one zone is tried, to see whether it is back
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The fleet: which zones are scanned again and again, when each is due, and who is at it.

CREATE TABLE fleet (
    zone INTEGER PRIMARY KEY REFERENCES zones (id),
    fingerprint INTEGER NOT NULL,    -- of the zone's inventory; a zone is due at once when it changes
    weight INTEGER NOT NULL,         -- requests a day, over all hostnames
    origins INTEGER NOT NULL,        -- 0: the zone is listed, but nobody told us where it is
    address_hash INTEGER NOT NULL,   -- stable, of the lowest origin address: 0 .. 2^32 - 1
    imported_at INTEGER NOT NULL,    -- the last inventory that named it
    removed_at INTEGER,              -- an inventory no longer named it
    due_at INTEGER NOT NULL,
    failures INTEGER NOT NULL,       -- scans in a row without a verdict
    scans INTEGER NOT NULL,          -- that were recorded
    status TEXT,                     -- of the last scan
    reason TEXT,                     -- why that gave no verdict
    finished_at INTEGER,
    deferred TEXT,                   -- why the due time was put off without a scan
    run INTEGER,                     -- the run that has it now
    leased_until INTEGER             -- ... up to this time
) STRICT;
CREATE INDEX fleet_by_weight ON fleet (weight DESC, due_at, zone);
CREATE INDEX fleet_by_address ON fleet (address_hash, due_at);
CREATE INDEX fleet_by_due ON fleet (due_at);
CREATE INDEX fleet_leases ON fleet (run) WHERE run IS NOT NULL;

-- Processes that scan this fleet at the moment: they share the budget of every address.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host TEXT,
    process INTEGER,
    shard TEXT,
    started_at INTEGER NOT NULL,
    alive_until INTEGER NOT NULL
) STRICT;

-- What every table here has in common: names of modes, codes, verdicts and the like are those of the JSON; a set of
-- modes is a bit mask by rank (off = 1, flexible = 2, full = 4, full_strict = 8, strict = 16); times are seconds since
-- 1970 in UTC; NULL is "not known"; a list of texts is one blob in which a zero byte ends each.

CREATE TABLE zones (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    latest_scan INTEGER REFERENCES scans (id) -- so that the latest result is found at once
) STRICT;

CREATE TABLE hostnames (
    id INTEGER PRIMARY KEY,
    zone INTEGER NOT NULL REFERENCES zones (id),
    name TEXT NOT NULL,
    UNIQUE (zone, name)
) STRICT;

-- An origin may serve many hostnames, of many zones.
CREATE TABLE origins (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL, -- a literal, or a name that is resolved at each scan
    http_port INTEGER NOT NULL CHECK (http_port BETWEEN 0 AND 65535),
    https_port INTEGER NOT NULL CHECK (https_port BETWEEN 0 AND 65535),
    UNIQUE (address, http_port, https_port)
) STRICT;

-- What the operator told us: one row for each hostname of the inventory ...
CREATE TABLE inventory (
    hostname INTEGER PRIMARY KEY REFERENCES hostnames (id),
    position INTEGER NOT NULL, -- within the zone
    mode TEXT NOT NULL,
    ceiling TEXT NOT NULL,
    setting TEXT NOT NULL,
    always_https INTEGER NOT NULL CHECK (always_https IN (0, 1)),
    host_header TEXT,
    sni TEXT,
    weight INTEGER NOT NULL -- requests a day; 0: not known
) STRICT;

-- ... and one for each of its origins.
CREATE TABLE inventory_origins (
    hostname INTEGER NOT NULL REFERENCES inventory (hostname) ON DELETE CASCADE,
    position INTEGER NOT NULL, -- within the hostname
    origin INTEGER NOT NULL REFERENCES origins (id),
    is_name INTEGER NOT NULL CHECK (is_name IN (0, 1)),
    source TEXT NOT NULL,
    PRIMARY KEY (hostname, position)
) STRICT, WITHOUT ROWID;

-- One finished scan of a zone: the run itself. What it found stands in the tables below.
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    zone INTEGER NOT NULL REFERENCES zones (id),
    scan_id TEXT NOT NULL UNIQUE,
    program_version TEXT,
    started_at INTEGER,
    finished_at INTEGER,
    next_scan_at INTEGER,
    seed INTEGER NOT NULL, -- 64 bits without a sign, kept as the signed number of the same bits
    trust BLOB NOT NULL,   -- a list of texts
    ceiling TEXT,
    requests INTEGER NOT NULL,
    connections INTEGER NOT NULL,
    handshakes INTEGER NOT NULL,
    hellos INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    seconds REAL NOT NULL
) STRICT;
CREATE INDEX scans_of_zone ON scans (zone, id);

-- What a scan recommends: one row for the zone (position -1, no hostname) and one for each hostname.
CREATE TABLE recommendations (
    scan INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    hostname INTEGER REFERENCES hostnames (id),
    status TEXT NOT NULL,
    incomplete_reason TEXT,
    current_mode TEXT,
    supported_mode TEXT,
    recommended_mode TEXT,
    ceiling TEXT,
    setting TEXT,
    always_https INTEGER NOT NULL,
    safe_modes INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    against INTEGER NOT NULL,
    upper_bound REAL,
    level REAL NOT NULL,
    request_coverage REAL,
    candidates BLOB NOT NULL, -- a list of texts: hostnames of the zone that pages link to and nobody told us of
    PRIMARY KEY (scan, position),
    CHECK ((position = -1) = (hostname IS NULL))
) STRICT, WITHOUT ROWID;

-- What is done about it, in the same order.
CREATE TABLE decisions (
    scan INTEGER NOT NULL,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    from_mode TEXT,
    to_mode TEXT,
    percent INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (scan, position),
    FOREIGN KEY (scan, position) REFERENCES recommendations (scan, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Certificates and what a handshake agreed on: the same content is kept once. The hash finds candidates; the whole row
-- is compared before it is shared.
CREATE TABLE certificates (
    id INTEGER PRIMARY KEY,
    content_hash INTEGER NOT NULL,
    subject TEXT,
    issuer TEXT,
    serial TEXT,
    key TEXT,
    signature TEXT,
    spki_sha256 TEXT,
    not_before INTEGER,
    not_after INTEGER,
    names BLOB NOT NULL -- a list of texts
) STRICT;
CREATE INDEX certificates_by_content ON certificates (content_hash);

CREATE TABLE tls_facts (
    id INTEGER PRIMARY KEY,
    content_hash INTEGER NOT NULL,
    versions BLOB NOT NULL, -- a list of texts, weakest first
    version TEXT,
    cipher TEXT,
    key_group TEXT,
    signature TEXT,
    alpn TEXT,
    client_certificate TEXT,
    resumption INTEGER,
    chain_length INTEGER NOT NULL
) STRICT;
CREATE INDEX tls_facts_by_content ON tls_facts (content_hash);

-- What one scan learnt about one hostname on one origin.
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    scan INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
    hostname_position INTEGER NOT NULL, -- that of the hostname's row in recommendations
    position INTEGER NOT NULL,          -- among the origins of the hostname
    hostname INTEGER NOT NULL REFERENCES hostnames (id),
    origin INTEGER NOT NULL REFERENCES origins (id),
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    incomplete_reason TEXT,
    incomplete_detail TEXT,
    supported_mode TEXT,
    safe_modes INTEGER NOT NULL,
    same INTEGER NOT NULL,
    equivalent INTEGER NOT NULL,
    improved INTEGER NOT NULL,
    weak INTEGER NOT NULL,
    different INTEGER NOT NULL,
    unavailable INTEGER NOT NULL,
    interference INTEGER NOT NULL,
    unstable INTEGER NOT NULL,
    unusable INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    against INTEGER NOT NULL,
    upper_bound REAL,
    level REAL NOT NULL,
    request_coverage REAL,
    certificate INTEGER REFERENCES certificates (id), -- NULL: none was seen
    certificate_verdict TEXT,                         -- NULL: valid
    certificate_trust TEXT,
    certificate_detail TEXT,
    tls INTEGER REFERENCES tls_facts (id),            -- NULL: no handshake completed
    UNIQUE (scan, hostname_position, position)
) STRICT;
CREATE INDEX evidence_of_origin ON evidence (hostname, origin, id);

CREATE TABLE blockers (
    evidence INTEGER NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    rules_out INTEGER NOT NULL,
    url TEXT,
    detail TEXT,
    first_seen_at INTEGER NOT NULL,
    PRIMARY KEY (evidence, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX blockers_by_url ON blockers (evidence, code, url);

CREATE TABLE warnings (
    evidence INTEGER NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    url TEXT,
    detail TEXT,
    PRIMARY KEY (evidence, position)
) STRICT, WITHOUT ROWID;

-- Every pair of the evidence, in one blob: its format is described in db/pair_blob.h.
CREATE TABLE pairs (
    evidence INTEGER PRIMARY KEY REFERENCES evidence (id) ON DELETE CASCADE,
    compared BLOB NOT NULL
) STRICT;

-- The few pairs that somebody will want to look at, in full: different, unavailable, interference, unstable.
CREATE TABLE pairs_in_full (
    evidence INTEGER NOT NULL REFERENCES evidence (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, -- within the blob
    path TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (evidence, position)
) STRICT, WITHOUT ROWID;

-- Who must not be scanned.
CREATE TABLE opt_outs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('zone', 'host', 'range')),
    value TEXT NOT NULL,
    reason TEXT,
    source TEXT,
    expires_at INTEGER,
    UNIQUE (kind, value)
) STRICT;

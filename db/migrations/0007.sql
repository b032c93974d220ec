-- What hellos found out about an origin's TLS: 1 yes, 0 no, NULL not known. Only completed handshakes were kept before.
ALTER TABLE tls_facts ADD COLUMN completed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tls_facts ADD COLUMN detail TEXT;
ALTER TABLE tls_facts ADD COLUMN client_certificate_accepted INTEGER;
ALTER TABLE tls_facts ADD COLUMN resumption_session_id INTEGER;
ALTER TABLE tls_facts ADD COLUMN resumption_ticket INTEGER;
ALTER TABLE tls_facts ADD COLUMN resumption_psk INTEGER;
ALTER TABLE tls_facts ADD COLUMN round_trips INTEGER;
ALTER TABLE tls_facts ADD COLUMN group_x25519 INTEGER;
ALTER TABLE tls_facts ADD COLUMN group_p256 INTEGER;
ALTER TABLE tls_facts ADD COLUMN group_p384 INTEGER;
ALTER TABLE tls_facts ADD COLUMN group_p521 INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_ssl3 INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_tls10 INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_tls11 INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_static_rsa INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_3des INTEGER;
ALTER TABLE tls_facts ADD COLUMN legacy_rc4 INTEGER;
ALTER TABLE tls_facts ADD COLUMN fault_split_client_hello INTEGER;
ALTER TABLE tls_facts ADD COLUMN fault_broken_hello_retry_request INTEGER;
ALTER TABLE tls_facts ADD COLUMN fault_unknown_key_share INTEGER;
-- Three texts for each: what was asked, how it was refused, the alert.
ALTER TABLE tls_facts ADD COLUMN refusals BLOB NOT NULL DEFAULT x'';

-- Differ from handshake to handshake, so they stand beside what many share.
ALTER TABLE evidence ADD COLUMN handshake_bytes_read INTEGER;
ALTER TABLE evidence ADD COLUMN handshake_bytes_written INTEGER;

-- What a scan asks of an origin's TLS beside its content.
ALTER TABLE tls_facts ADD COLUMN post_quantum TEXT;
ALTER TABLE tls_facts ADD COLUMN sni TEXT;
ALTER TABLE tls_facts ADD COLUMN ocsp_stapled INTEGER;

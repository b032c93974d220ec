-- Which addresses want to be left alone is asked every few seconds; most of those that are kept only do not answer.
CREATE INDEX addresses_by_rest ON addresses (not_before) WHERE not_before > 0;

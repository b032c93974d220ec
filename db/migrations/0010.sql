-- By which rule a decision was made: its name, the numbers of its sentence, and what was asked of the policy. NULL in
-- decisions of older versions; texts are JSON, names and values.
ALTER TABLE decisions ADD COLUMN rule TEXT;
ALTER TABLE decisions ADD COLUMN numbers INTEGER REFERENCES texts (id);
ALTER TABLE decisions ADD COLUMN policy INTEGER REFERENCES texts (id);

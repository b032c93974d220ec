-- The queue of the fleet: heaviest first, then by due time, so that a walk can go on behind the row where it stopped.
ALTER TABLE fleet ADD COLUMN rank INTEGER AS (-weight) VIRTUAL;
DROP INDEX fleet_by_weight;
CREATE INDEX fleet_by_rank ON fleet (rank, due_at, zone);

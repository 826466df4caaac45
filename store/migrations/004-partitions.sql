-- How long points are kept, and in what state partitions are.

-- When it was made: how fast it was filled is known by it. Of those that are there, nobody wrote it down.
ALTER TABLE overseer.partitions ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
UPDATE overseer.partitions SET created_at = to_timestamp(from_s);
-- Since when it has its index by series and time.
ALTER TABLE overseer.partitions ADD COLUMN sealed_at timestamptz;
-- It is being taken apart: its rows are not to be written or read any more, its range is not free yet.
ALTER TABLE overseer.partitions ADD COLUMN removing boolean NOT NULL DEFAULT false;

-- How long points of a database (measurement_id is null) or of a measurement are kept; for ever when keep_ms is null. Who has no row
-- takes that of the database, or the setting.
CREATE TABLE overseer.retention (
  database_id    int NOT NULL REFERENCES overseer.databases ON DELETE CASCADE,
  measurement_id int REFERENCES overseer.measurements ON DELETE CASCADE,
  keep_ms        bigint CHECK (keep_ms > 0),
  UNIQUE NULLS NOT DISTINCT (database_id, measurement_id)
);

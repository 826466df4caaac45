-- What was written to each measurement: counted in the row that every transaction raises anyway.

ALTER TABLE overseer.newest ADD COLUMN rows bigint NOT NULL DEFAULT 0;
-- Of them, those that were merged: not newer than what was known of their series.
ALTER TABLE overseer.newest ADD COLUMN merged bigint NOT NULL DEFAULT 0;
-- Rows from before are not among them.
ALTER TABLE overseer.newest ADD COLUMN counted_since timestamptz NOT NULL DEFAULT now();
ALTER TABLE overseer.newest ADD COLUMN first_written_at timestamptz;

-- Of measurements that are there, nobody wrote down when they began; their oldest series began with a point.
UPDATE overseer.newest n SET first_written_at = s.created_at
FROM (SELECT measurement_id, min(created_at) AS created_at FROM overseer.series GROUP BY measurement_id) s
WHERE s.measurement_id = n.measurement_id;

-- Transactions that owners of the partition have committed. A position alone does not tell that one was missed which did not move it.
ALTER TABLE overseer.progress ADD COLUMN commits bigint NOT NULL DEFAULT 0;

-- Of the measurements with the most rows of a partition, the series with the most, in a stretch of time that has ended.
CREATE TABLE overseer.busiest (
  partition      int NOT NULL,
  measurement_id int NOT NULL,
  from_at        timestamptz NOT NULL,
  to_at          timestamptz NOT NULL,
  -- Most rows first.
  series         bigint[] NOT NULL,
  rows           bigint[] NOT NULL,
  PRIMARY KEY (partition, measurement_id)
);

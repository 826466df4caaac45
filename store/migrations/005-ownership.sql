-- Which stores are there, with or without partitions: each takes its share of the partitions among them.
CREATE TABLE overseer.stores (
  owner text PRIMARY KEY,
  until timestamptz NOT NULL,
  lasts interval NOT NULL,
  -- The newest version of the batch format that it reads.
  batch_version int NOT NULL DEFAULT 1
);

ALTER TABLE overseer.leases ADD COLUMN lasts interval NOT NULL DEFAULT '3 seconds';

-- Whether a lease is nobody's any more. One that ends later than any could was given before the clock was set back.
CREATE FUNCTION overseer.lapsed(until timestamptz, lasts interval) RETURNS boolean
  LANGUAGE sql STABLE RETURN until < now() OR until > now() + 2 * lasts;

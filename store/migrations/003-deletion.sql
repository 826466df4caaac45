-- What was dropped, and which of it the others must still learn.

-- Number of the newest drop that the position takes into account; who moves it must know that one.
ALTER TABLE overseer.progress ADD COLUMN generation bigint NOT NULL DEFAULT 0;

-- A database (measurement is null) or a measurement that was dropped, or series of one that were deleted (series_of). Kept until nobody
-- can still send blocks from before it.
CREATE TABLE overseer.dropped (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database     text NOT NULL,
  measurement  text,
  series_of    int,
  -- Messages of the stream up to upto are from before.
  stream       text NOT NULL,
  upto         bigint NOT NULL,
  -- Keys of the schema bucket up to this revision are from before.
  schema_upto  bigint NOT NULL,
  -- The keys in the bucket are gone.
  told         boolean NOT NULL DEFAULT false,
  -- Messages up to here may be from an ingress that had not heard of it yet; null: not known yet.
  settled_upto bigint,
  -- What the schema of a database was renamed to; null: there is none any more.
  schema_name  text,
  dropped_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE overseer.dropped_tables (
  measurement_id int PRIMARY KEY,
  dropped_id     bigint NOT NULL REFERENCES overseer.dropped ON DELETE CASCADE,
  -- Of the view, in the schema of its database; null: it is gone already.
  view_name      text,
  -- Whether the table is gone.
  removed        boolean NOT NULL DEFAULT false
);

-- Series that were deleted, and are nobody's: minus the number in overseer.dropped.
CREATE INDEX series_deleted ON overseer.series (measurement_id) WHERE measurement_id < 0;

-- Number of the newest drop that is off the record again.
ALTER TABLE overseer.catalogue_version ADD COLUMN drops_forgotten bigint NOT NULL DEFAULT 0;

-- Blocks that are stored and have no rows yet: their table lacks a column, and somebody reads it. What comes behind them of their
-- measurement and partition is parked too.
CREATE TABLE overseer.parked (
  -- The order in which they are to be stored.
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partition   int NOT NULL,
  -- How many partitions there were.
  partitions  int NOT NULL,
  -- Where the block came from.
  stream      text NOT NULL,
  sequence    bigint NOT NULL,
  block       int NOT NULL,
  database    text NOT NULL,
  measurement text NOT NULL,
  -- Of a block that was a dead letter before: how often storing it failed, and when first.
  tries       int,
  first_seen  text,
  -- A batch of this one block. What is packed already is not compressed again.
  payload     bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE overseer.parked ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX parked_place ON overseer.parked (partition, database, measurement, id);

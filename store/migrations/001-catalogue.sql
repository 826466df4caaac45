CREATE SCHEMA points;

-- One row: what makes the series ids of this installation.
CREATE TABLE overseer.installation (
  only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  id         text NOT NULL,
  seed       bytea NOT NULL CHECK (octet_length(seed) = 16),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE overseer.databases (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL UNIQUE,
  schema_name text NOT NULL UNIQUE
);

CREATE TABLE overseer.measurements (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  database_id int NOT NULL REFERENCES overseer.databases,
  name        text NOT NULL,
  view_name   text NOT NULL,
  has_ns      boolean NOT NULL DEFAULT false,
  UNIQUE (database_id, name),
  UNIQUE (database_id, view_name)
);

CREATE TABLE overseer.fields (
  id             int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  measurement_id int NOT NULL REFERENCES overseer.measurements,
  name           text NOT NULL,
  type           smallint NOT NULL CHECK (type BETWEEN 1 AND 5),
  view_column    text NOT NULL,
  UNIQUE (measurement_id, name),
  UNIQUE (measurement_id, view_column)
);

-- No foreign key: series are registered by the hundred thousand, and their measurement is made before.
CREATE TABLE overseer.series (
  id             bigint PRIMARY KEY,
  "check"        bigint NOT NULL,
  measurement_id int NOT NULL,
  tags           jsonb NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now()
);

-- Which key lost its id to another one; its points are in the dead letters.
CREATE TABLE overseer.collisions (
  id             bigint NOT NULL,
  "check"        bigint NOT NULL,
  measurement_id int NOT NULL,
  tags           jsonb NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, "check")
);

CREATE TABLE overseer.progress (
  partition int PRIMARY KEY,
  stream    text NOT NULL,
  seq       bigint NOT NULL,
  epoch     bigint NOT NULL
);

CREATE TABLE overseer.leases (
  partition int PRIMARY KEY,
  owner     text NOT NULL,
  epoch     bigint NOT NULL,
  until     timestamptz NOT NULL
);

-- No series of the partition has a row of the measurement newer than this: what a restarted store starts from.
CREATE TABLE overseer.newest (
  partition      int NOT NULL,
  measurement_id int NOT NULL,
  time_max_ns    bigint NOT NULL,
  PRIMARY KEY (partition, measurement_id)
);

CREATE TABLE overseer.partitions (
  measurement_id int NOT NULL REFERENCES overseer.measurements,
  name           text NOT NULL UNIQUE,
  from_s         bigint NOT NULL,
  to_s           bigint NOT NULL CHECK (to_s > from_s),
  PRIMARY KEY (measurement_id, from_s)
);

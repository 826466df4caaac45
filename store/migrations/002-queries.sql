-- In which transaction a series was registered: who reads the table again finds by it what may have become visible since. Rows from
-- before have 0: whoever reads from the start has read them.
ALTER TABLE overseer.series ADD COLUMN registered_in bigint NOT NULL DEFAULT 0;
ALTER TABLE overseer.series ALTER COLUMN registered_in SET DEFAULT (pg_current_xact_id()::text::bigint);
-- Not BRIN: both cost a tenth of the registration of 200,000 series, but what BRIN has not summarised yet is scanned by every reader
-- (30 ms after such a burst, until a vacuum comes by; 0.3 ms with this one).
CREATE INDEX series_registered_in ON overseer.series (registered_in);

-- When the last transaction with rows of the measurement was committed. Room in the page keeps its updates off the index.
ALTER TABLE overseer.newest ADD COLUMN written_at timestamptz;
ALTER TABLE overseer.newest SET (fillfactor = 50);

-- One row: counts the changes of databases, measurements and fields, so that a reader knows when to read them again.
CREATE TABLE overseer.catalogue_version (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  version  bigint NOT NULL
);
INSERT INTO overseer.catalogue_version (version) VALUES (1);

-- What people may read besides the views of points, and how a condition on tags finds its series.

-- The views join series by their measurement too. Those that were deleted have a negative one.
CREATE INDEX series_of_measurement ON overseer.series (measurement_id);
DROP INDEX overseer.series_deleted;

CREATE VIEW overseer.measurement_views AS
SELECT d.name AS database, m.name AS measurement, format('%I.%I', d.schema_name, m.view_name) AS view,
  n.rows AS rows_written, n.counted_since, n.first_written_at, n.written_at AS last_written_at
FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
LEFT JOIN (
  SELECT measurement_id, sum(rows)::bigint AS rows, min(counted_since) AS counted_since,
    min(first_written_at) AS first_written_at, max(written_at) AS written_at
  FROM overseer.newest GROUP BY measurement_id
) n ON n.measurement_id = m.id;

CREATE VIEW overseer.field_columns AS
SELECT d.name AS database, m.name AS measurement, f.name AS field,
  (ARRAY['float', 'integer', 'unsigned', 'boolean', 'string'])[f.type] AS type,
  format('%I.%I', d.schema_name, m.view_name) AS view, quote_ident(f.view_column) AS "column"
FROM overseer.fields f JOIN overseer.measurements m ON m.id = f.measurement_id
JOIN overseer.databases d ON d.id = m.database_id;

-- Also series of which all points have expired.
CREATE VIEW overseer.series_tags AS
SELECT d.name AS database, m.name AS measurement, s.tags, s.created_at
FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
JOIN overseer.series s ON s.measurement_id = m.id;

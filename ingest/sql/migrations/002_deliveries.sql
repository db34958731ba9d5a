-- Where a delivery came from, how it was read, and where its raw file is kept.
ALTER TABLE deliveries ADD COLUMN source VARCHAR DEFAULT 'ingest';  -- name of the source; ingest: by hand
ALTER TABLE deliveries ADD COLUMN bytes BIGINT DEFAULT 0;           -- size of the file as delivered
ALTER TABLE deliveries ADD COLUMN how VARCHAR DEFAULT '{}';         -- JSON: profile table, zone, delay
ALTER TABLE deliveries ADD COLUMN archived VARCHAR;                 -- its copy, below DATA/archive; NULL: none is kept

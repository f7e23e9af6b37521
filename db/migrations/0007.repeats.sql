-- What tells a load that a file brings nothing new: the same bytes, read the same way, into a table that has not changed since.

ALTER TABLE ops.load_file
ADD COLUMN IF NOT EXISTS reading text COLLATE "C",
ADD COLUMN IF NOT EXISTS fingerprint bigint;
COMMENT ON COLUMN ops.load_file.reading IS
'Digest of what the meaning of the bytes depends on: settings and options of the load; NULL: another file''s content, too.';
COMMENT ON COLUMN ops.load_file.fingerprint IS
'staging.fingerprint() after the load, if the table then held the rows of this file and no others.';
CREATE INDEX IF NOT EXISTS load_file_sha256_idx ON ops.load_file (sha256);

-- How the files of a load were read, so that its refused rows can be written out in the same form.

ALTER TABLE ops.load ADD COLUMN IF NOT EXISTS encoding text COLLATE "C" NOT NULL DEFAULT 'utf-8';
ALTER TABLE ops.load ADD COLUMN IF NOT EXISTS mapping text;
COMMENT ON COLUMN ops.load.encoding IS 'Encoding of the files, as the loader was told.';
COMMENT ON COLUMN ops.load.mapping IS
'Mapping by which they were read: the name of a shipped one, or the path of a TOML file on the loader''s machine. NULL: none.';

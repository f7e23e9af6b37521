CREATE OR REPLACE FUNCTION ops.pseudonym_key()
RETURNS bytea
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    -- Returns the key that pseudonyms are made with, the same always in this database. With its owner's rights, because nobody else
    -- reads ops.salt; it tells neither that nor the hashes that stand for masked addresses, which begin with the salt.
    SELECT sha256(convert_to('the key of pseudonyms ' || s.salt, 'UTF8'))
    FROM ops.salt AS s
$$;

REVOKE ALL ON FUNCTION ops.pseudonym_key() FROM public;

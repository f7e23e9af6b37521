-- The index by which a pair is found in all days holds what is added up, so that the table is not read. Equal entries are kept
-- once: it is hardly larger.
DROP INDEX IF EXISTS rollup.pair_days_pair_hash_idx;
CREATE INDEX pair_days_pair_hash_idx ON rollup.pair_days (pair_hash, product_id, other_product_id, completed_orders);

-- Customers whose ids are addresses get others when they are forgotten; the planner keeps no raw rows.

ALTER TABLE ops.forgotten_customer ADD COLUMN IF NOT EXISTS new_id text COLLATE "C";
COMMENT ON COLUMN ops.forgotten_customer.new_id IS
'What stands for the customer_id now, where that was an e-mail address; NULL: the id is as it was.';

-- A row of a file passes here before it is known whose it is, and nothing is planned by what it says.
ALTER TABLE landing.unproven_row ALTER COLUMN raw_text SET STATISTICS 0;
ALTER TABLE landing.unproven_row ALTER COLUMN fault SET STATISTICS 0;
ALTER TABLE landing.unproven_row ALTER COLUMN field_values SET STATISTICS 0;

CREATE VIEW ops.sight AS
SELECT
    s.salt,
    coalesce(
        (
            SELECT pg_has_role(r.oid, 'USAGE') FROM pg_catalog.pg_roles AS r
            WHERE r.rolname = 'pipeline_pii'
        ), false
    ) AS is_clear
FROM ops.salt AS s;

COMMENT ON VIEW ops.sight IS 'One row: whether the user who reads now may see personal data, and what to hash it with when not.';
COMMENT ON COLUMN ops.sight.is_clear IS
'Of current_user, which in a view is who reads it, or the role that was taken by SET ROLE. Without pipeline_pii: false.';

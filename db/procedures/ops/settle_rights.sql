CREATE OR REPLACE PROCEDURE ops.settle_rights()
LANGUAGE plpgsql
AS $$
DECLARE
    v_statement text;
    v_done text[] := ARRAY[]::text[];
    v_owner_id oid := (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'pipeline_owner');
BEGIN
    -- Gives every object of the pipeline to pipeline_owner, and to each role the rights that ops.access_rule says; takes what is
    -- more from those roles and from PUBLIC. The installer calls it when everything is in place, so that a new object needs no
    -- registration. Roles that are not there are passed over; without pipeline_owner, or when the user may not act for it, the
    -- objects stay with whoever made them. The statements are gathered first: a table cannot be altered while it is read. Each that
    -- was run is a row of ops.audit.
    IF pg_has_role(v_owner_id, 'USAGE') AND pg_has_role(v_owner_id, 'MEMBER') THEN
        IF NOT has_schema_privilege(v_owner_id, 'public', 'CREATE') THEN
            GRANT USAGE, CREATE ON SCHEMA public TO pipeline_owner;
            v_done := ARRAY['GRANT USAGE, CREATE ON SCHEMA public TO pipeline_owner'];
        END IF;
        FOREACH v_statement IN ARRAY ARRAY(
            SELECT format(
                'ALTER %s %s OWNER TO pipeline_owner',
                CASE o.kind WHEN 'VIEW' THEN 'TABLE' ELSE o.kind END, o.object_text
            )
            FROM ops.own_object AS o
            LEFT JOIN pg_catalog.pg_depend AS d
                ON d.classid = 'pg_class'::regclass AND o.object_id = d.objid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            WHERE o.owner_id <> v_owner_id AND (o.kind <> 'SEQUENCE' OR d.objid IS NULL)
            ORDER BY o.kind <> 'SCHEMA', o.object_text
        ) LOOP
            EXECUTE v_statement;
            v_done := v_done || v_statement;
        END LOOP;
    END IF;

    FOREACH v_statement IN ARRAY ARRAY(
        SELECT r.statement
        FROM ops.right_due AS r
        ORDER BY r.verb DESC, r.object_text, r.privilege, r.role_name
    ) LOOP
        EXECUTE v_statement;
        v_done := v_done || v_statement;
    END LOOP;

    INSERT INTO ops.audit (kind, object_name, action, statement)
    SELECT
        'role',
        substring(d.statement FROM '\S+$'),
        split_part(d.statement, ' ', 1),
        d.statement
    FROM unnest(v_done) WITH ORDINALITY AS d (statement, turn)
    ORDER BY d.turn;
END
$$;

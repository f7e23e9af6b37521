CREATE OR REPLACE PROCEDURE ops.refresh_if_overdue()
LANGUAGE plpgsql
AS $$
BEGIN
    -- Refreshes when none ran in the present slot: after the server was down, or where nothing else starts refreshes. Call it every
    -- ten minutes, from wherever; a slot has one run, because refresh_analytics() asks again when it holds the lock "run".
    -- Otherwise looks for causes of alerts. COMMITs, so it must be called outside a transaction block.
    IF ops.is_due() THEN
        CALL public.refresh_analytics(p_if_due => true);
    ELSE
        CALL ops.update_alerts();
    END IF;
END
$$;

COMMENT ON PROCEDURE ops.refresh_if_overdue () IS 'Refreshes the analytics unless a run served the present slot.';

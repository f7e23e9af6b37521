-- What needs attention
-- What should I look at first? Ranked by the money at stake; evidence_view and evidence_filter prove each.
-- table
SELECT
    i.insight_rank,
    i.sentence,
    i.amount,
    i.evidence_view,
    i.evidence_filter
FROM bi.business_insights AS i
ORDER BY i.insight_rank;

-- One row per thing that needs attention, the weightiest first, with the query that proves it.
SELECT
    i.area,
    i.sentence,
    i.amount,
    i.proof,
    format('SELECT %s FROM bi.%I WHERE %s', i.evidence_figure, i.evidence_view, i.evidence_filter) AS evidence
FROM bi.business_insights AS i
ORDER BY i.insight_rank
LIMIT 12;

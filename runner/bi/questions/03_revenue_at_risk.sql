-- Revenue at risk
-- What did the customers bring so far who are about to be lost?
-- number: revenue_at_risk
SELECT k.at_risk_revenue AS revenue_at_risk
FROM bi.kpi_summary AS k;

CREATE MATERIALIZED VIEW analytics.demand_methods AS
SELECT
    d.demand_class,
    d.method,
    d.rmsse::numeric(18, 4) AS rmsse,
    (100 * (d.units_expected / nullif(d.units_came, 0) - 1))::numeric(18, 4) AS bias,
    (100 * d.lasted)::numeric(7, 4) AS lasted_share,
    d.observations,
    d.origins,
    d.is_plain,
    d.is_chosen
FROM predict.demand_method AS d
INNER JOIN predict.model AS m ON m.model_name = 'product_demand' AND m.is_usable;

CREATE UNIQUE INDEX demand_methods_demand_class_method_key ON analytics.demand_methods (demand_class, method);

COMMENT ON MATERIALIZED VIEW analytics.demand_methods IS
'One row per kind of demand and method: how far it erred on the shop''s own past, four weeks ahead from up to six origins four '
'weeks apart, knowing the weeks up to the origin alone. Empty while there is not enough data.';
COMMENT ON COLUMN analytics.demand_methods.demand_class IS
'Key. Smooth; Erratic: units vary much; Intermittent: weeks with a sale are far apart; Lumpy: both (limits in config.demand).';
COMMENT ON COLUMN analytics.demand_methods.method IS
'Key. Mean of 12 weeks (the plain rule) or of 4; Smoothing, Croston, SBA or TSB, with their smoothing constant.';
COMMENT ON COLUMN analytics.demand_methods.rmsse IS
'Root mean squared scaled error: root of the mean of (units of four weeks − expected)² / (4 × mean squared difference of one '
'week from the next).';
COMMENT ON COLUMN analytics.demand_methods.bias IS
'Bias in percent: 100 × (units expected / units that came − 1), all products and origins together; NULL when none came.';
COMMENT ON COLUMN analytics.demand_methods.lasted_share IS
'Share of the four weeks that stock for the service level of config.inventory would have lasted, in percent; NULL: not chosen.';
COMMENT ON COLUMN analytics.demand_methods.observations IS 'Products and origins that were forecast.';
COMMENT ON COLUMN analytics.demand_methods.origins IS 'Days from which they were forecast.';
COMMENT ON COLUMN analytics.demand_methods.is_plain IS 'Is it the plain rule that a method must beat?';
COMMENT ON COLUMN analytics.demand_methods.is_chosen IS
'Are products of this kind forecast by it? It has the lowest rmsse; among equals the plain rule.';

CREATE OR REPLACE FUNCTION predict.want_refit()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Has a model fitted again at the next refresh, because settings that it depends on changed. The trigger names the
    -- model; none: all of them.
    UPDATE predict.model AS m SET is_refit_wanted = true WHERE tg_nargs = 0 OR m.model_name = tg_argv[0];
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION predict.want_refit() FROM public;

CREATE OR REPLACE TRIGGER want_refit AFTER UPDATE ON config.recommendation
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit('product_recommendations');

CREATE OR REPLACE TRIGGER want_refit AFTER UPDATE ON config.pricing
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit('price_elasticity');

CREATE OR REPLACE TRIGGER want_refit AFTER UPDATE ON config.demand
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit('product_demand');

CREATE OR REPLACE TRIGGER want_refit AFTER UPDATE ON config.inventory
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit('product_demand');

CREATE OR REPLACE TRIGGER want_refit AFTER UPDATE ON config.service_level
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit('product_demand');

CREATE OR REPLACE TRIGGER want_refit AFTER INSERT OR DELETE OR UPDATE OF is_revenue ON config.order_status
FOR EACH STATEMENT EXECUTE FUNCTION predict.want_refit();

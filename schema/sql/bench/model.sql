-- The model that generated predictions refer to.
INSERT INTO ml_models (model_name, version, model_type, framework, model_path, metrics)
VALUES ('bench', '1', 'classification', 'xgboost', 'file:///nowhere', '{}')
ON CONFLICT DO NOTHING

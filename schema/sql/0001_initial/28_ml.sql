-- Models and what they predicted.

CREATE TABLE ml_models (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    model_name VARCHAR(100) NOT NULL,
    version VARCHAR(50) NOT NULL,
    model_type VARCHAR(50) NOT NULL
        CHECK (model_type IN ('classification', 'regression', 'clustering', 'detection')),
    framework VARCHAR(50) NOT NULL,
    framework_version VARCHAR(50),
    model_path TEXT NOT NULL,
    model_size_mb FLOAT,
    mlflow_run_id VARCHAR(100),
    mlflow_experiment_id VARCHAR(100),
    mlflow_model_uri TEXT,
    metrics JSONB NOT NULL,
    hyperparameters JSONB,
    training_dataset_path TEXT,
    training_dataset_size INTEGER,
    validation_dataset_path TEXT,
    test_dataset_path TEXT,
    feature_names TEXT[],
    feature_importance JSONB,
    is_active BOOLEAN NOT NULL DEFAULT FALSE,
    deployed_at TIMESTAMPTZ,
    deployed_by UUID REFERENCES users(id) ON DELETE SET NULL,
    deployment_environment VARCHAR(50),
    prediction_count BIGINT NOT NULL DEFAULT 0,
    avg_prediction_time_ms FLOAT,
    last_prediction_at TIMESTAMPTZ,
    data_drift_detected BOOLEAN NOT NULL DEFAULT FALSE,
    concept_drift_detected BOOLEAN NOT NULL DEFAULT FALSE,
    drift_check_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    trained_by UUID REFERENCES users(id) ON DELETE SET NULL,
    description TEXT,
    training_notes TEXT,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,

    UNIQUE(model_name, version)
);

CREATE INDEX idx_ml_models_name ON ml_models(model_name);
CREATE INDEX idx_ml_models_active ON ml_models(model_name, is_active) WHERE is_active = TRUE;
CREATE INDEX idx_ml_models_created ON ml_models(created_at DESC);
CREATE INDEX idx_ml_models_framework ON ml_models(framework);

CREATE UNIQUE INDEX idx_ml_models_one_active
    ON ml_models(model_name)
    WHERE is_active = TRUE;

CREATE TABLE ml_predictions (
    id BIGSERIAL,
    model_id UUID NOT NULL REFERENCES ml_models(id) ON DELETE RESTRICT,
    infraction_id UUID REFERENCES infractions(id) ON DELETE RESTRICT,
    driver_dni VARCHAR(20) REFERENCES drivers(dni) ON DELETE SET NULL,
    prediction_type VARCHAR(50) NOT NULL,
    prediction_value FLOAT NOT NULL,
    prediction_class VARCHAR(50),
    prediction_confidence FLOAT,
    features JSONB NOT NULL,
    actual_value FLOAT,
    actual_class VARCHAR(50),
    prediction_time_ms FLOAT,
    predicted_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata JSONB,
    PRIMARY KEY (id, predicted_at)
) /*native PARTITION BY RANGE (predicted_at)*/;

CREATE INDEX idx_ml_predictions_model ON ml_predictions(model_id, predicted_at DESC);
CREATE INDEX idx_ml_predictions_infraction ON ml_predictions(infraction_id);
CREATE INDEX idx_ml_predictions_driver ON ml_predictions(driver_dni, predicted_at DESC);
CREATE INDEX idx_ml_predictions_type ON ml_predictions(prediction_type);

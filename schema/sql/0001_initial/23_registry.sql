-- Vehicles and drivers, as registries know them.

CREATE TABLE vehicles (
    plate VARCHAR(20) PRIMARY KEY,
    brand VARCHAR(100),
    model VARCHAR(100),
    year INTEGER CHECK (year > 1900 AND year <= EXTRACT(YEAR FROM CURRENT_DATE) + 1),
    color VARCHAR(50),
    vehicle_type VARCHAR(50),
    owner_name VARCHAR(255),
    owner_dni VARCHAR(20),
    owner_address TEXT,
    owner_phone VARCHAR(20),
    registration_date DATE,
    registration_status VARCHAR(50),
    sunarp_last_check TIMESTAMPTZ,
    sunarp_data JSONB,
    sunarp_cache_expires TIMESTAMPTZ,
    total_infractions INTEGER NOT NULL DEFAULT 0,
    last_infraction_date TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE INDEX idx_vehicles_owner_dni ON vehicles(owner_dni);
CREATE INDEX idx_vehicles_brand_model ON vehicles(brand, model);
CREATE INDEX idx_vehicles_type ON vehicles(vehicle_type);
CREATE INDEX idx_vehicles_total_infractions ON vehicles(total_infractions DESC);
CREATE INDEX idx_vehicles_sunarp_cache ON vehicles(sunarp_cache_expires);

CREATE INDEX idx_vehicles_sunarp_data ON vehicles USING GIN(sunarp_data);

CREATE TABLE drivers (
    dni VARCHAR(20) PRIMARY KEY,
    full_name VARCHAR(255) NOT NULL,
    license_number VARCHAR(50),
    license_category VARCHAR(20),
    license_expiry DATE,
    license_issued_date DATE,
    license_issuing_authority VARCHAR(100),
    birth_date DATE,
    gender VARCHAR(20),
    address TEXT,
    phone VARCHAR(20),
    email VARCHAR(255),
    driving_experience_years INTEGER,
    total_infractions INTEGER NOT NULL DEFAULT 0,
    serious_infractions INTEGER NOT NULL DEFAULT 0,
    last_infraction_date TIMESTAMPTZ,
    risk_score FLOAT NOT NULL DEFAULT 0.0 CHECK (risk_score >= 0 AND risk_score <= 1),
    risk_category VARCHAR(20) NOT NULL DEFAULT 'low'
        CHECK (risk_category IN ('low', 'medium', 'high', 'critical')),
    risk_updated_at TIMESTAMPTZ,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_blacklisted BOOLEAN NOT NULL DEFAULT FALSE,
    blacklist_reason TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at TIMESTAMPTZ,
    metadata JSONB
);

CREATE INDEX idx_drivers_full_name ON drivers(full_name);
CREATE INDEX idx_drivers_license ON drivers(license_number);
CREATE INDEX idx_drivers_risk_score ON drivers(risk_score DESC);
CREATE INDEX idx_drivers_risk_category ON drivers(risk_category);
CREATE INDEX idx_drivers_total_infractions ON drivers(total_infractions DESC);
CREATE INDEX idx_drivers_age ON drivers(birth_date);

ALTER TABLE drivers ADD CONSTRAINT drivers_min_age
    CHECK (birth_date <= CURRENT_DATE - INTERVAL '18 years');

-- An age is true only on the day it is asked; the data model's stored column would go stale.
CREATE VIEW drivers_with_age AS
SELECT
    dni,
    full_name,
    birth_date,
    EXTRACT(YEAR FROM AGE((CURRENT_TIMESTAMP AT TIME ZONE 'America/Lima')::DATE, birth_date))::INTEGER AS age
FROM drivers;

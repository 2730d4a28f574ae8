-- Where: zones with their limit, lanes and shape.

CREATE TABLE zones (
    id VARCHAR(50) PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    speed_limit INTEGER CHECK (speed_limit > 0 AND speed_limit <= 200),  -- NULL: not established
    lane_count INTEGER DEFAULT 2,
    has_traffic_light BOOLEAN NOT NULL DEFAULT FALSE,
    geometry GEOGRAPHY(POLYGON, 4326),
    center_point GEOGRAPHY(POINT, 4326),
    lane_config JSONB,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    municipality VARCHAR(100),
    district VARCHAR(100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    limit_source TEXT,
    timezone VARCHAR(64) NOT NULL DEFAULT 'America/Lima',
    deleted_at TIMESTAMPTZ,
    created_by UUID REFERENCES users(id) ON DELETE SET NULL
);

CREATE INDEX idx_zones_geometry ON zones USING GIST(geometry);
CREATE INDEX idx_zones_center ON zones USING GIST(center_point);
CREATE INDEX idx_zones_active ON zones(is_active) WHERE is_active = TRUE;
CREATE INDEX idx_zones_municipality ON zones(municipality);

ALTER TABLE zones ADD CONSTRAINT zones_geometry_valid
    CHECK (ST_IsValid(geometry::geometry));

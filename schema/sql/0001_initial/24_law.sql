-- Numbers of the law, as rows by date. `verified` says whether a person read the source.
-- valid_from and valid_to are the first and the last day; NULL where open or unknown.

CREATE TABLE uit_values (
    year INTEGER PRIMARY KEY CHECK (year >= 1992),
    amount_soles DECIMAL(10, 2) NOT NULL CHECK (amount_soles > 0),
    source TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE law_catalogue (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code VARCHAR(50) NOT NULL,  -- article of the code: M20, G28
    infraction_type VARCHAR(50) NOT NULL
        CHECK (infraction_type IN ('SPEED_VIOLATION', 'LANE_INVASION', 'RED_LIGHT', 'NO_SEATBELT',
                                   'PHONE_USAGE', 'OTHER')),
    description TEXT NOT NULL,
    severity VARCHAR(20) NOT NULL CHECK (severity IN ('leve', 'grave', 'muy_grave')),
    -- Graduated articles: excess in (excess_over_kmh, excess_up_to_kmh]; both NULL where not graduated.
    excess_over_kmh DECIMAL(6, 2),
    excess_up_to_kmh DECIMAL(6, 2),
    uit_percent DECIMAL(6, 3) CHECK (uit_percent > 0),
    points INTEGER CHECK (points >= 0),
    tolerance_kmh DECIMAL(5, 2),
    prompt_payment_discount BOOLEAN NOT NULL DEFAULT TRUE,
    valid_from DATE,
    valid_to DATE,
    source TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    note TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK (valid_to >= valid_from),
    CHECK (excess_up_to_kmh > excess_over_kmh),
    UNIQUE NULLS NOT DISTINCT (code, excess_over_kmh, valid_from)
);

CREATE INDEX idx_law_catalogue_type_date ON law_catalogue(infraction_type, valid_from DESC);

CREATE TABLE speed_limits (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    road_class VARCHAR(50) NOT NULL,  -- calle_jiron, avenida, zona_escolar_hospital, via_expresa
    limit_kmh INTEGER NOT NULL CHECK (limit_kmh > 0 AND limit_kmh <= 200),
    valid_from DATE NOT NULL,
    valid_to DATE,
    source TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK (valid_to >= valid_from),
    UNIQUE (road_class, valid_from)
);

CREATE TABLE plate_grammars (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pattern VARCHAR(20) NOT NULL CHECK (pattern ~ '^[LNA-]+$'),  -- L letter, N digit, A either
    vehicle_classes TEXT[] NOT NULL,  -- car, bus, truck, motorcycle
    letters VARCHAR(26) NOT NULL DEFAULT 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    line_count INTEGER CHECK (line_count IN (1, 2)),  -- NULL where both exist
    valid_from DATE,
    valid_to DATE,
    source TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK (valid_to >= valid_from),
    UNIQUE NULLS NOT DISTINCT (pattern, vehicle_classes, valid_from)
);

CREATE TABLE fine_discounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    discount_percent DECIMAL(5, 2) NOT NULL CHECK (discount_percent > 0 AND discount_percent <= 100),
    within_working_days INTEGER CHECK (within_working_days > 0),  -- NULL: until the resolution
    excluded_codes TEXT[] NOT NULL DEFAULT '{}',
    valid_from DATE NOT NULL,
    valid_to DATE,
    source TEXT NOT NULL,
    verified BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK (valid_to >= valid_from),
    UNIQUE (name, valid_from)
);

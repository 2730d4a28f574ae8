-- Zones, cameras, vehicles and drivers that generated rows refer to: $(cameras) cameras in a tenth as many zones.
INSERT INTO zones (id, name, speed_limit)
SELECT 'BZ' || n, 'Zona de medición ' || n, 60 FROM generate_series(0, GREATEST(%(cameras)s::INT / 10, 1) - 1) AS n
ON CONFLICT DO NOTHING;

INSERT INTO devices (id, zone_id, name, rtsp_url, total_detections)
SELECT 'BC' || n, 'BZ' || n / 10 %% GREATEST(%(cameras)s::INT / 10, 1), 'Cámara de medición ' || n,
    'rtsp://192.0.2.1/' || n, 1000000
FROM generate_series(0, %(cameras)s::INT - 1) AS n
ON CONFLICT DO NOTHING;

INSERT INTO vehicles (plate, brand, model, owner_name, vehicle_type)
SELECT 'B' || LPAD(n::TEXT, 7, '0'), 'Marca ' || n %% 40, 'Modelo ' || n %% 300, 'Propietario ' || n, 'car'
FROM generate_series(0, %(people)s::INT - 1) AS n
ON CONFLICT DO NOTHING;

INSERT INTO drivers (dni, full_name, license_number, birth_date, risk_score)
SELECT LPAD(n::TEXT, 8, '0'), 'Conductor ' || n, 'Q' || n, DATE '1960-01-01' + (n %% 14000)::INT,
    -- Distinct for each driver, so that an order by it is one order.
    n::FLOAT / %(people)s::INT
FROM generate_series(0, %(people)s::INT - 1) AS n
ON CONFLICT DO NOTHING;

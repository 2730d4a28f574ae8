-- The law as it is known, row by row; `verified` is true only where the source itself was read.
-- A row that is not verified is shown as such wherever it is used.

INSERT INTO uit_values (year, amount_soles, source, verified) VALUES
    (2023, 4950.00, 'Decreto supremo del MEF que fija la UIT de 2023', TRUE),
    (2024, 5150.00, 'Decreto supremo del MEF que fija la UIT de 2024', TRUE),
    (2025, 5350.00, 'Decreto supremo del MEF que fija la UIT de 2025', TRUE),
    (2026, 5500.00, 'Decreto supremo del MEF que fija la UIT de 2026', TRUE)
ON CONFLICT DO NOTHING;

INSERT INTO law_catalogue
    (code, infraction_type, description, severity, excess_over_kmh, excess_up_to_kmh, uit_percent,
     points, tolerance_kmh, prompt_payment_discount, valid_from, source, verified, note)
VALUES
    ('M20', 'SPEED_VIOLATION', 'Exceso de velocidad hasta 10 km/h', 'muy_grave', 0, 10, 18, 50, 5,
     FALSE, '2022-07-18', 'DS 025-2021-MTC', TRUE, 'Se sanciona solo por encima de límite + 5 km/h'),
    ('M20', 'SPEED_VIOLATION', 'Exceso de velocidad de más de 10 y hasta 30 km/h', 'muy_grave', 10, 30, 24,
     60, 5, FALSE, '2022-07-18', 'DS 025-2021-MTC', TRUE, NULL),
    ('M20', 'SPEED_VIOLATION', 'Exceso de velocidad de más de 30 km/h', 'muy_grave', 30, NULL, 50, 70, 5,
     FALSE, '2022-07-18', 'DS 025-2021-MTC', FALSE,
     'Puntos de fuente secundaria; existe una cuarta clase cuyo texto no se ha visto'),
    ('M17', 'RED_LIGHT', 'Cruzar con luz roja', 'muy_grave', NULL, NULL, 12, 50, NULL,
     TRUE, NULL, 'Reglamento Nacional de Tránsito', FALSE, 'Las fuentes discrepan: 50 u 80 puntos'),
    ('G28', 'NO_SEATBELT', 'No usar el cinturón de seguridad', 'grave', NULL, NULL, 8, 25, NULL,
     TRUE, NULL, 'Reglamento Nacional de Tránsito', FALSE, NULL),
    ('POR-VERIFICAR-CELULAR', 'PHONE_USAGE', 'Usar el teléfono al conducir', 'grave', NULL, NULL, 8, NULL, NULL,
     TRUE, NULL, 'Reglamento Nacional de Tránsito', FALSE, 'Código, clase y puntos por verificar'),
    ('POR-VERIFICAR-CARRIL', 'LANE_INVASION', 'Circular por un carril exclusivo', 'grave', NULL, NULL, 8, NULL,
     NULL, TRUE, NULL, 'Reglamento Nacional de Tránsito', FALSE, 'Código, clase y puntos por verificar')
ON CONFLICT DO NOTHING;

INSERT INTO speed_limits (road_class, limit_kmh, valid_from, source, verified) VALUES
    ('calle_jiron', 30, '2022-07-18', 'DS 025-2021-MTC', TRUE),
    ('avenida', 50, '2022-07-18', 'DS 025-2021-MTC', TRUE),
    ('zona_escolar_hospital', 30, '2022-07-18', 'DS 025-2021-MTC', TRUE),
    ('via_expresa', 80, '2022-07-18', 'De memoria', FALSE)
ON CONFLICT DO NOTHING;

INSERT INTO plate_grammars (pattern, vehicle_classes, line_count, valid_from, source, verified) VALUES
    ('LLL-NNN', '{car,bus,truck}', NULL, NULL, 'six characters as issued since 2010; from memory', FALSE),
    ('LNL-NNN', '{car,bus,truck}', NULL, NULL, 'six characters, a digit in second place; from memory', FALSE),
    ('NNNN-NL', '{motorcycle}', NULL, NULL,
     'motorcycles before 17 December 2025, still in use; from memory', FALSE),
    ('LLL-NNNN', '{motorcycle}', 2, '2025-12-17', 'DS 021-2024-MTC: two lines, 17x20 cm', TRUE),
    ('LLL-NNN', '{motorcycle}', 2, '2026-02-01',
     'exceptional six-character white plates, February 2026; layout from memory', FALSE)
ON CONFLICT DO NOTHING;

INSERT INTO fine_discounts (name, discount_percent, within_working_days, excluded_codes, source, valid_from)
VALUES
    ('Pronto pago', 83, 5, '{M01,M02,M03,M04,M20}', 'Fuente secundaria', '2022-07-18'),
    ('Hasta la resolución', 67, NULL, '{M01,M02,M03,M04,M20}', 'Fuente secundaria', '2022-07-18')
ON CONFLICT DO NOTHING;

-- For rows that come with their code, severity and counters; hours of zones are counted once at the end. Ends with the transaction that woke them again.
ALTER TABLE infractions DISABLE TRIGGER set_infraction_code, DISABLE TRIGGER set_infraction_severity_on_insert,
    DISABLE TRIGGER update_vehicle_infraction_count, DISABLE TRIGGER update_driver_infraction_count,
    DISABLE TRIGGER update_zone_hours_on_insert

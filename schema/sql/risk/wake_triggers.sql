-- The other half of quiet_triggers.sql, in the same transaction.
ALTER TABLE infractions ENABLE TRIGGER set_infraction_code, ENABLE TRIGGER set_infraction_severity_on_insert,
    ENABLE TRIGGER update_vehicle_infraction_count, ENABLE TRIGGER update_driver_infraction_count,
    ENABLE TRIGGER update_zone_hours_on_insert;

SELECT count_all_zone_hours()

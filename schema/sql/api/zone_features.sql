-- Zones that stand, each a GeoJSON feature; a zone whose shape nobody drew has its centre, or nothing.
SELECT jsonb_build_object(
    'type', 'Feature',
    'id', z.id,
    'geometry', ST_AsGeoJSON(COALESCE(z.geometry, z.center_point))::JSONB,
    'properties', jsonb_build_object(
        'id', z.id, 'name', z.name, 'description', z.description, 'speed_limit', z.speed_limit,
        'limit_source', z.limit_source, 'lane_count', z.lane_count, 'has_traffic_light', z.has_traffic_light,
        'municipality', z.municipality, 'district', z.district, 'timezone', z.timezone,
        'is_active', z.is_active, 'version', z.version,
        'center', ST_AsGeoJSON(z.center_point)::JSONB)) AS feature
FROM zones AS z
WHERE z.deleted_at IS NULL /*where*/
ORDER BY z.name, z.id

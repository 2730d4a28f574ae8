-- What must be in a restored database up to an instant: rows and a sum over their ids, table by table.
SELECT 'users', count(*), COALESCE(sum(hashtextextended(id::TEXT, 0)), 0)::TEXT FROM users WHERE created_at <= %(at)s
UNION ALL
SELECT 'devices', count(*), COALESCE(sum(hashtextextended(id, 0)), 0)::TEXT FROM devices WHERE created_at <= %(at)s
UNION ALL
SELECT 'vehicles', count(*), COALESCE(sum(hashtextextended(plate, 0)), 0)::TEXT FROM vehicles WHERE created_at <= %(at)s
UNION ALL
SELECT 'drivers', count(*), COALESCE(sum(hashtextextended(dni, 0)), 0)::TEXT FROM drivers WHERE created_at <= %(at)s
UNION ALL
SELECT 'infractions', count(*), COALESCE(sum(hashtextextended(id::TEXT, 0)), 0)::TEXT FROM infractions
WHERE created_at <= %(at)s
UNION ALL
SELECT 'infraction_transitions', count(*), COALESCE(sum(hashtextextended(id::TEXT, 0)), 0)::TEXT
FROM infraction_transitions WHERE created_at <= %(at)s
UNION ALL
SELECT 'evidence', count(*), COALESCE(sum(hashtextextended(manifest_digest, 0)), 0)::TEXT FROM evidence
WHERE created_at <= %(at)s
UNION ALL
SELECT 'audit_logs', count(*), COALESCE(sum(hashtextextended(COALESCE(chain_digest, id::TEXT), 0)), 0)::TEXT
FROM audit_logs WHERE timestamp <= %(at)s
UNION ALL
SELECT 'archives', count(*), COALESCE(sum(hashtextextended(content_digest, 0)), 0)::TEXT FROM archives
WHERE archived_at <= %(at)s

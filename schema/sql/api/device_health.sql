-- A camera's latest reports, newest first.
SELECT
    timestamp, status, cpu_usage, memory_usage, temperature, network_latency_ms, packet_loss, bandwidth_mbps,
    fps, bitrate_kbps, dropped_frames, error_count, error_messages
FROM device_health_logs
WHERE device_id = $1
ORDER BY timestamp DESC
LIMIT $2

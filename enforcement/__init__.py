"""The pure heart: what the road and the law say; no Ray, database, pixels, clock, environment."""

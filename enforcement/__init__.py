"""The pure heart: what the road and the law say. No Ray, database, pixels library, clock or environment."""

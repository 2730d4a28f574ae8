"""One file per infraction type, each a pure function of a pass, a scene and signal history."""

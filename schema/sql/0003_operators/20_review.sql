-- How an infraction came to its status, what its fine rests on, and who looked a second time.

-- The fine as computed at validation: percentage, UIT, points, discounts, sources, verified. Kept, so that
-- a later correction of the catalogue does not rewrite what was decided.
ALTER TABLE infractions ADD COLUMN fine_details JSONB;

CREATE TABLE infraction_transitions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    infraction_id UUID NOT NULL REFERENCES infractions(id) ON DELETE RESTRICT,
    from_status VARCHAR(50) NOT NULL,
    to_status VARCHAR(50) NOT NULL,
    reason TEXT,
    user_id UUID REFERENCES users(id) ON DELETE RESTRICT,
    username VARCHAR(150),
    version INTEGER NOT NULL,  -- of the infraction, after it
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (infraction_id, version)
);

CREATE INDEX idx_infraction_transitions_user ON infraction_transitions(user_id, created_at DESC);
CREATE INDEX idx_infraction_transitions_time ON infraction_transitions(created_at DESC);

-- A share of verdicts is judged again by another person, who is not shown the first verdict.
CREATE TABLE second_reviews (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    infraction_id UUID NOT NULL REFERENCES infractions(id) ON DELETE RESTRICT,
    transition_id BIGINT UNIQUE NOT NULL REFERENCES infraction_transitions(id) ON DELETE RESTRICT,
    first_verdict VARCHAR(50) NOT NULL CHECK (first_verdict IN ('validated', 'rejected')),
    first_user_id UUID REFERENCES users(id) ON DELETE RESTRICT,
    verdict VARCHAR(50) CHECK (verdict IN ('validated', 'rejected')),
    user_id UUID REFERENCES users(id) ON DELETE RESTRICT,
    reason TEXT,
    decided_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK (user_id IS DISTINCT FROM first_user_id OR user_id IS NULL),
    CHECK ((verdict IS NULL) = (decided_at IS NULL))
);

CREATE INDEX idx_second_reviews_open ON second_reviews(created_at) WHERE verdict IS NULL;
CREATE INDEX idx_second_reviews_infraction ON second_reviews(infraction_id);

-- Lists page by key: the last row's sort value and id. These hold both, newest or surest first.
CREATE INDEX idx_infractions_queue ON infractions(status, detected_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX idx_infractions_newest ON infractions(detected_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX idx_infractions_queue_surest ON infractions(status, confidence_score DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX idx_infractions_surest ON infractions(confidence_score DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX idx_infractions_plate_date ON infractions(plate, detected_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX idx_infractions_fined ON infractions(detected_at DESC, id DESC)
    WHERE deleted_at IS NULL AND status IN ('validated', 'appealed', 'paid', 'cancelled');

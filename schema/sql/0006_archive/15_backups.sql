-- Written with each shipping of the log: what a restored database finds here says how much was lost.
CREATE TABLE backup_marks (
    at TIMESTAMPTZ PRIMARY KEY DEFAULT clock_timestamp()
);

"""What the risk commands share: their record, their lock and audit, their models in the store."""

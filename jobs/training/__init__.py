"""Steps of `jobs.train_detector`: merging sets, running the trainer, exporting, describing the result."""

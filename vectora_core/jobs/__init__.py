"""AWS Batch jobs: one truthful row per job, whatever the order and the number of the events."""

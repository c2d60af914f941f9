"""Moving an old table, with a row per state, into the job table: `vectora_core.jobs.migrate` puts it together."""

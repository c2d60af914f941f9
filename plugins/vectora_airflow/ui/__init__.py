"""The pages inside Airflow's UI, and the same for programs: clients, runs, jobs. They change nothing; Airflow's API does."""

"""The page of one run, and the tabs on Airflow's own pages."""

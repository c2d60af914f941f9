"""Everything of Vectora that knows Airflow; `defaults` at parse time, `wiring` at run time."""

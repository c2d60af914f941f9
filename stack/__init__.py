"""The local stack: an embedded AWS, a small web site and a real Airflow, for the demo, for development and for tests."""

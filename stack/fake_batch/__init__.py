"""A strict fake of AWS Batch over HTTP, written from botocore's service model, for the tests and the local stack."""

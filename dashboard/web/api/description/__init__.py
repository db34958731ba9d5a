"""The description of the API (OpenAPI 3.1) as data: one file per subject, as the routes are."""

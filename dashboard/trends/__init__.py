"""Complaint-rate trends: one source of numbers for page, wall, API and command line."""

"""Bursts: batch complaints, found by a prospective space-time scan over tickets as they arrive."""

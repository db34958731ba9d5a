"""Counters of network elements: measured in performance files, turned into KPIs by formulas."""

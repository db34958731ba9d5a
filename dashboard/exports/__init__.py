"""Files to take away: CSV and XLSX of any table, named after what they hold; no web, no Dash."""

"""The ops database: what people and jobs did; small transactions from several processes."""

"""Hours of KPIs as strays from the cell's own normal: kept, and made where they are not."""

"""What the pages show, as plain values: no Dash, no Plotly, no clock."""

"""KPI formulas: a catalogue of expressions over counters, parsed and never evaluated as code."""

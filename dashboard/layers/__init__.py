"""Map layers of an inventory: immutable sets of vector tiles under `DATA/layers/`, by hash."""

from dashboard.layers.ensure import LayerSet, ensure_layers
from dashboard.layers.files import layers_dir, prune_layers

__all__ = ["LayerSet", "ensure_layers", "layers_dir", "prune_layers"]

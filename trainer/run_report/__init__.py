"""Per-epoch metrics, figures and the HTML page of a run."""

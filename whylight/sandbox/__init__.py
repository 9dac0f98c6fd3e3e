"""Child processes that handle strangers' data: how they are started and confined."""

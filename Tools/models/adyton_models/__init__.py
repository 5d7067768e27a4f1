"""Makes Adyton's model packs: draws, trains, exports, checks and writes them."""

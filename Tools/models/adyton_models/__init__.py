"""Makes Adyton's model packs: draws, trains, exports, checks and writes them."""

import os

# ONNX Runtime's wheel would otherwise keep a usage database in the home folder, and has an address to send it to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

// The shim's body.

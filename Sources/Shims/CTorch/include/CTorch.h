/// The bridge to libtorch, a shared library of its own; `CTorchInterface.h` says what it offers.
#pragma once

/// The bridge to libtorch, a separate shared library; `CTorchInterface.h` declares its interface.
#pragma once

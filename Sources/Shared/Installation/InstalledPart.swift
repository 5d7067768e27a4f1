/// A file or folder of the distribution that a program needs at run time, and where an installation or a build has it.
package struct InstalledPart: Equatable, Sendable {
    /// What errors call it.
    package let name: String
    /// Its path below an installation's folder, such as `/usr/lib/adyton`.
    package let path: String
    /// Its path below the project's folder, after a build.
    package let pathInProject: String
    /// How to get it or name another one, for error messages.
    package let remedy: String

    /// - Parameters:
    ///   - name: What errors call it.
    ///   - path: Its path below an installation's folder.
    ///   - pathInProject: Its path below the project's folder.
    ///   - remedy: How to get it.
    package init(name: String, path: String, pathInProject: String, remedy: String) {
        self.name = name
        self.path = path
        self.pathInProject = pathInProject
        self.remedy = remedy
    }
}

extension InstalledPart {
    /// The project's own kernel, a bzImage, which machines on hardware need.
    package static let sealedKernel = InstalledPart(
        name: "the sealed kernel",
        path: "guest/sealed-kernel/vmlinuz",
        pathInProject: ".deps/sealed-kernel/vmlinuz",
        remedy: "make kernel, or --kernel FILE"
    )
    /// The project's own kernel with a console, for debug packages.
    package static let sealedDebugKernel = InstalledPart(
        name: "the sealed kernel with a console",
        path: "guest/sealed-kernel/vmlinuz-debug",
        pathInProject: ".deps/sealed-kernel/vmlinuz-debug",
        remedy: "Scripts/build-kernel.sh debug, or --kernel FILE"
    )
    /// A distribution's kernel, a bzImage, for machines without hardware secrecy.
    package static let kernel = InstalledPart(
        name: "the kernel",
        path: "guest/vmlinuz",
        pathInProject: ".deps/kernel/vmlinuz",
        remedy: "Scripts/setup.sh run, or --kernel FILE"
    )
    /// The kernel's modules, a folder.
    package static let kernelModules = InstalledPart(
        name: "the kernel's modules",
        path: "guest/modules",
        pathInProject: ".deps/kernel/modules",
        remedy: "Scripts/setup.sh run, or --modules FOLDER"
    )
    /// Process 1 of sealed machines.
    ///
    /// Only the stripped program counts: it is the one whose measurement everybody gets.
    package static let initProgram = InstalledPart(
        name: "process 1",
        path: "guest/adyton-init",
        pathInProject: ".build/guest/init",
        remedy: "Scripts/build-guest.sh, or --init FILE"
    )
    /// The gateway that a package puts before an application.
    package static let gateway = InstalledPart(
        name: "the gateway",
        path: "guest/adyton-gateway",
        pathInProject: ".build/guest/gateway",
        remedy: "Scripts/build-guest.sh gateway, or --gateway FILE"
    )
    /// The server as machines measure it: stripped.
    package static let server = InstalledPart(
        name: "the server",
        path: "../../bin/adyton-server",
        pathInProject: ".build/guest/adyton-server",
        remedy: "Scripts/build-guest.sh all"
    )
    /// The bridge to libtorch as machines measure it: stripped.
    package static let measuredTorchBridge = InstalledPart(
        name: "PyTorch",
        path: "libAdytonTorch.so",
        pathInProject: ".build/guest/libAdytonTorch.so",
        remedy: "Scripts/build-guest.sh all"
    )
    /// ONNX Runtime's shared library.
    package static let onnxRuntime = InstalledPart(
        name: "ONNX Runtime",
        path: "libonnxruntime.so.1",
        pathInProject: ".deps/onnxruntime/lib/libonnxruntime.so.1",
        remedy: "Scripts/setup.sh run, or its path in ADYTON_ONNXRUNTIME"
    )
    /// The bridge to libtorch, which a build puts beside its programs.
    package static let torchBridge = InstalledPart(
        name: "PyTorch",
        path: "libAdytonTorch.so",
        pathInProject: ".build/release/libAdytonTorch.so",
        remedy: "libtorch, whose folder ADYTON_LIBTORCH names, and this build's bridge to it (ADYTON_TORCH)"
    )
    /// libtorch itself, which no package of ours contains.
    package static let libtorch = InstalledPart(
        name: "libtorch",
        path: "torch/lib/libtorch_cpu.so",
        pathInProject: ".deps/torch/lib/libtorch_cpu.so",
        remedy: "the folder torch/lib of PyTorch's wheel in ADYTON_LIBTORCH"
    )
}

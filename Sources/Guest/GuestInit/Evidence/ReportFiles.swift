import Glibc

/// Access to the kernel's report directory; tests use another implementation.
protocol ReportFiles {
    func makeFolder(_ path: String) -> Result<Int32, SystemCall.Failure>
    func remove(_ path: String)
    func read(_ path: String) -> Result<[UInt8], SystemCall.Failure>
    func write(_ bytes: [UInt8], to path: String) -> Result<Int, SystemCall.Failure>
}

/// The kernel's own configfs files.
struct KernelReportFiles: ReportFiles {
    /// The folder of configfs that the paths lead through; open as long as this value.
    var configuration: SystemFile?

    func makeFolder(_ path: String) -> Result<Int32, SystemCall.Failure> {
        SystemCall.makeFolder(path)
    }

    func remove(_ path: String) {
        _ = SystemCall.removeFolder(path)
    }

    func read(_ path: String) -> Result<[UInt8], SystemCall.Failure> {
        SystemCall.contents(of: path)
    }

    func write(_ bytes: [UInt8], to path: String) -> Result<Int, SystemCall.Failure> {
        // The kernel takes a binary configfs attribute as one value when the file is closed.
        SystemFile.open(path, O_WRONLY).flatMap { $0.write(bytes) }
    }
}

import Glibc

/// The kernel's folder of reports, as far as evidence needs it; another in tests.
protocol ReportFiles {
    func makeFolder(_ path: String) -> Result<Int32, SystemCall.Failure>
    func remove(_ path: String)
    func read(_ path: String) -> Result<[UInt8], SystemCall.Failure>
    func write(_ bytes: [UInt8], to path: String) -> Result<Int, SystemCall.Failure>
}

/// The files themselves.
struct KernelReportFiles: ReportFiles {
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
        // The kernel takes such a file in one piece, when it is closed.
        SystemFile.open(path, O_WRONLY).flatMap { $0.write(bytes) }
    }
}

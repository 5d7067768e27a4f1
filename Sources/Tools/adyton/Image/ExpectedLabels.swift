import ArgumentParser
import Diagnostics
import Foundation
import StrictJSON

/// Which label each image should get.
struct ExpectedLabels: Sendable {
    private let path: String
    private let labels: [String: String]

    /// Reads a JSON object of file names and labels.
    ///
    /// - Throws: Exit status 66 where the file is missing, 65 where it is of another form.
    init(reading path: String) throws {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandFailure(.noInput, "--expect \(path): the file cannot be read")
        }
        guard let labels = try? JSONText.decode([String: String].self, from: Array(data)) else {
            throw CommandFailure(.dataError, "--expect \(path): expected a JSON object of file names and labels")
        }
        self.path = path
        self.labels = labels
    }

    /// The label of a file by its last path component.
    func label(of file: URL) -> String? {
        labels[file.lastPathComponent]
    }

    /// Fails where a file has no label: a check that checks nothing must not pass.
    func check(covers files: [URL]) throws {
        for file in files where label(of: file) == nil {
            throw CommandFailure(.dataError, "--expect \(path): it has no label for \(file.lastPathComponent)")
        }
    }
}

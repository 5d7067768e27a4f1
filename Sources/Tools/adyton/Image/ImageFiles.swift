import ArgumentParser
import Diagnostics
import Foundation

/// The image files that a user's arguments stand for.
struct ImageFiles {
    private static let endings: Set<String> = ["jpg", "jpeg", "png"]

    /// The files, a folder's in the order of their paths.
    let files: [URL]

    /// - Parameter arguments: Files are taken as they are; folders stand for what has an image's ending below them.
    /// - Throws: Exit status 66 where one is missing, or a folder has no image.
    init(_ arguments: [String]) throws {
        let manager = FileManager.default
        var files: [URL] = []
        for argument in arguments {
            let type = (try? manager.attributesOfItem(atPath: URL(filePath: argument).resolvingSymlinksInPath().path))?[
                .type
            ]
            guard let type = type as? FileAttributeType else {
                throw CommandFailure(.noInput, "\(argument): there is no such file or folder")
            }
            guard type == .typeDirectory else {
                files.append(URL(filePath: argument))
                continue
            }
            let names = (manager.enumerator(atPath: argument)?.compactMap { $0 as? String } ?? [])
                .filter { Self.endings.contains(URL(filePath: $0).pathExtension.lowercased()) }
            guard !names.isEmpty else {
                throw CommandFailure(.noInput, "\(argument): the folder has no .jpg, .jpeg or .png file")
            }
            files += names.sorted().map { URL(filePath: argument).appending(path: $0) }
        }
        self.files = files
    }
}

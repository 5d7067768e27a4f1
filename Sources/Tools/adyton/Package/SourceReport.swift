import EnclavePackage
import MachineLaunch
import ProgramComparison

/// How programs compare with a clean build of the sources, for a person or a program.
struct SourceReport: Encodable {
    /// One program.
    struct Program: Encodable {
        let name: String
        let sha256: String
        let rebuilt: String
        let same: Bool
        let difference: Difference?
    }

    /// The first difference.
    struct Difference: Encodable {
        let section: String?
        let offset: Int
        let address: UInt64?
        let symbol: String?
        let given: String
        let rebuilt: String
        let sections: [String]
    }

    let commit: String
    let same: Bool
    let programs: [Program]
    private let places: [String?]

    private enum CodingKeys: String, CodingKey {
        case commit, same, programs
    }

    init(_ comparison: SourceComparison, of build: SourceBuild) {
        commit = build.commit
        same = comparison.isSame
        programs = comparison.programs.map { program in
            Program(
                name: program.program.title,
                sha256: program.given,
                rebuilt: program.rebuilt,
                same: program.difference == nil,
                difference: program.difference.map(Difference.init)
            )
        }
        places = comparison.programs.map { $0.difference?.text }
    }

    /// A line a program; below one that differs, the place and the bytes there.
    var text: String {
        var text = "built from commit \(commit)\n"
        for (program, place) in zip(programs, places) {
            guard let place, let difference = program.difference else {
                text += "\(program.name) is the same, SHA-256 \(program.sha256)\n"
                continue
            }
            text += "\(program.name) differs at \(place)\n"
            text += "  given    \(difference.given)\n  rebuilt  \(difference.rebuilt)\n"
        }
        return text
    }
}

extension SourceReport.Difference {
    fileprivate init(_ difference: ProgramDifference) {
        section = difference.section
        offset = difference.offset
        address = difference.address
        symbol = difference.symbol
        given = difference.first
        rebuilt = difference.second
        sections = difference.sections
    }
}

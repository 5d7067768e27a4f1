import Diagnostics
import Foundation
import LaunchMeasurement

/// The result of `adyton measure` as a person or a program reads it.
struct MeasureReport: Encodable {
    /// An event of a register.
    struct Event: Encodable {
        let name: String
        let decidedByHost: Bool
        let sha256: String?
        let sha384: String?
    }

    /// A register that a platform reports.
    struct Register: Encodable {
        let name: String
        /// The value in a platform's banks; none where the host has a part in it.
        let sha256: String?
        let sha384: String?
        let events: [Event]
        /// Why there is no value.
        let because: String?
    }

    let platform: String
    let registers: [Register]
    /// The digest of the firmware's pages, for `--snp-ovmf-hash`.
    let snpOvmfHash: String?

    init(_ measurement: VtpmMeasurement) {
        platform = MeasuredPlatform.vtpm.rawValue
        snpOvmfHash = nil
        registers = VtpmMeasurement.registerNumbers.compactMap { number in
            measurement.registers[number].map { Register("pcr\(number)", $0, banks: [.sha256, .sha384]) }
        }
    }

    init(_ digest: SnpLaunchDigest, firmwareDigest: [UInt8]) {
        platform = MeasuredPlatform.snp.rawValue
        snpOvmfHash = Hexadecimal.text(firmwareDigest)
        registers = [Register("measurement", sha384: digest.bytes)]
    }

    init(_ measurement: TdxMeasurement) {
        platform = MeasuredPlatform.tdx.rawValue
        snpOvmfHash = nil
        registers =
            [Register("mrtd", sha384: measurement.buildDigest)]
            + measurement.runtimeRegisters.enumerated().map { Register("rtmr\($0)", $1, banks: [.sha384]) }
    }

    /// One JSON document, ended by a line break.
    func json() throws -> String {
        try JSONReport.of(self)
    }

    /// A line a register, in the bank that the platform reports.
    var text: String {
        registers.map { register in
            let value = register.sha256 ?? register.sha384
            var lines =
                "\(register.name.padding(toLength: 12, withPad: " ", startingAt: 0))\(value ?? "not predicted")\n"
            if let because = register.because {
                lines += "            \(because)\n"
                for event in register.events {
                    lines += "            - \(event.name): \(event.sha384 ?? "the host decides")\n"
                }
            }
            return lines
        }.joined()
    }
}

extension MeasureReport.Register {
    fileprivate init(_ name: String, sha384: [UInt8]) {
        self.init(name: name, sha256: nil, sha384: Hexadecimal.text(sha384), events: [], because: nil)
    }

    fileprivate init(_ name: String, _ prediction: RegisterPrediction, banks: [HashBank]) {
        func value(_ bank: HashBank) -> String? {
            banks.contains(bank) ? prediction.value(in: bank).map { Hexadecimal.text($0) } : nil
        }
        let (events, because): ([MeasureReport.Event], String?) =
            switch prediction {
            case .determined(let register): (register.events.map { .init($0, banks: banks) }, nil)
            case .partly(let events, let reason): (events.map { .init($0, banks: banks) }, reason)
            case .recorded(let reason): ([], reason)
            }
        self.init(name: name, sha256: value(.sha256), sha384: value(.sha384), events: events, because: because)
    }
}

extension MeasureReport.Event {
    fileprivate init(_ event: RegisterPrediction.Event, banks: [HashBank]) {
        switch event {
        case .determined(let event): self.init(event, banks: banks)
        case .decidedByHost(let name): self.init(name: name, decidedByHost: true, sha256: nil, sha384: nil)
        }
    }

    fileprivate init(_ event: MeasuredEvent, banks: [HashBank]) {
        func value(_ bank: HashBank) -> String? {
            banks.contains(bank) ? Hexadecimal.text(event.digests[bank]) : nil
        }
        self.init(name: event.name, decidedByHost: false, sha256: value(.sha256), sha384: value(.sha384))
    }
}

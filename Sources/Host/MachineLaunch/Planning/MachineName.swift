/// Generates names for machines.
package enum MachineName {
    /// A unique name that contains the subject's name.
    ///
    /// - Parameters:
    ///   - subject: A package's name or a program's path; the last component's ASCII letters and digits are used.
    ///   - number: A number that makes the name unique.
    /// - Returns: At most 33 letters, digits and a dash.
    package static func new(for subject: String, number: UInt32 = .random(in: .min ... .max)) -> String {
        let word = subject.split(separator: "/").last.map(String.init) ?? ""
        let plain = String(word.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(24))
        return (plain.isEmpty ? "machine" : plain) + "-" + String(number, radix: 16)
    }
}

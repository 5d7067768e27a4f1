/// The checks that bind evidence to a connection and to a package.
public enum ConnectionCheck: String, Check {
    case evidenceMissing = "connection.evidence-missing"
    case documentInvalid = "connection.document-invalid"
    case challengeSpent = "connection.challenge-spent"
    case manifestInvalid = "connection.manifest-invalid"
    case manifestMismatch = "connection.manifest-mismatch"
    case modelsUnvouched = "connection.models-unvouched"
    case toleranceEnded = "connection.tolerance-ended"

    /// What the check requires, who has to act where it fails, and what to do.
    public var explanation: Explanation {
        switch self {
        case .evidenceMissing:
            Explanation(
                "The server must answer a challenge with evidence on the connection that is to be used.",
                .hostOperator,
                "Start the server so that it serves attested connections, or ask the address where it does."
            )
        case .documentInvalid:
            Explanation(
                "The answer to a challenge must be a document as Docs/formats/attested-connection.md describes it.",
                .sender,
                "Ask a server of this version; if it is one, something between changed its answer."
            )
        case .challengeSpent:
            Explanation(
                "An answer counts only for a challenge that was given out shortly before and was not answered yet.",
                .relyingParty,
                "Ask again with a fresh challenge; if it recurs, something between delays or repeats answers."
            )
        case .manifestInvalid:
            Explanation(
                "The manifest that a machine states must be one, and its signature true.",
                .publisher,
                "Run the package as it was signed; if it is, its file was changed on its way."
            )
        case .manifestMismatch:
            Explanation(
                "The machine must measure to what the manifest that it states says of its platform.",
                .hostOperator,
                "Run the package that belongs to the manifest, on the firmware for which it was measured."
            )
        case .modelsUnvouched:
            Explanation(
                "A policy that names models must name the package's digest or signer too.",
                .relyingParty,
                "Name digests or signers of packages in the policy: nobody else vouches for which models are in one."
            )
        case .toleranceEnded:
            Explanation(
                "A policy that tolerates missing revocation or TCB information must name a day that is not past.",
                .relyingParty,
                "Take the line out of `tolerate`: a client fetches these documents itself. Or decide anew, until a near day."
            )
        }
    }
}

import RapportSignaling

/// What two people have in common from session to session, each with a link of its own: the server, the part, and the
/// names they gave.
struct PairIdentity {
    /// For a keyed hash only: it holds names.
    let text: String

    /// Nil where it would be anybody: a clinician whose client gave no name.
    init?(_ link: InvitationLink, part: Part, own: String?, other: DisplayName?) {
        if part == .clinician, other == nil { return nil }
        let words = [link.host.lowercased(), "\(link.port)", part.rawValue, own ?? "", other?.text ?? ""]
        // Lengths before the words: no two pairs are spelt alike.
        text = "pair" + words.map { "\n\($0.utf8.count) \($0)" }.joined()
    }
}

import Foundation
#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
import RapportSignaling

/// A link out of `session create`: where the server is, and the secret that lets one person in.
struct InvitationLink: Sendable {
    let scheme: String
    let host: String
    let port: Int
    private let secret: String

    var usesTLS: Bool { scheme == "https" }

    /// The same for the same link, however it is spelt. Holds the secret: for a keyed hash only.
    var identity: String { "\(host.lowercased()):\(port)/\(secret)" }

    /// Nil for anything but `http(s)://HOST[:PORT]/j/SECRET`.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.path.hasPrefix("/j/")
        else { return nil }
        let secret = String(parts.path.dropFirst(3))
        guard !secret.isEmpty, !secret.contains("/") else { return nil }
        self.scheme = scheme
        self.host = host
        self.secret = secret
        port = parts.port ?? (scheme == "https" ? 443 : 80)
    }

    struct Grant: Decodable, Sendable {
        var grant: String
        var part: Part
    }

    /// Exchanges the link for a grant that opens one connection.
    func grant() async throws(JoinError) -> Grant {
        guard let url = URL(string: "\(scheme)://\(host):\(port)/api/v1/grants"),
            let body = try? JSONEncoder().encode(["invitation": secret])
        else { throw .invalidLink }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body
        guard let (data, response) = try? await URLSession.shared.data(for: request) else { throw .serverUnreachable }
        guard let status = (response as? HTTPURLResponse)?.statusCode else { throw .serverUnreachable }
        guard status == 201, let grant = try? JSONDecoder().decode(Grant.self, from: data) else {
            throw .linkRefused(status: status)
        }
        return grant
    }
}

/// Why a session could not be joined, or ended badly.
enum JoinError: Error, Hashable {
    case invalidLink
    case serverUnreachable
    case linkRefused(status: Int)
    case refused(code: String)
    case declined
    case noMedia
    case connectionFailed

    var status: ExitStatus {
        switch self {
        case .invalidLink: .usage
        case .linkRefused: .notAllowed
        case .refused: .failed
        case .declined: .declined
        case .serverUnreachable, .connectionFailed: .noNetworkPath
        case .noMedia: .failed
        }
    }

    var sentence: String {
        switch self {
        case .invalidLink: "This is no link to a session: it should look like https://HOST/j/…"
        case .serverUnreachable: "The session server does not answer."
        case .linkRefused: "The server does not take this link: it may be too early, too late, or revoked."
        case .refused(let code): "The server refused (\(code))."
        case .declined: "You were not let in."
        case .noMedia: "No sound or picture came through."
        case .connectionFailed: "No way through the network to the other person was found."
        }
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RapportSignaling

/// The HTTP side: the page, the exchange of links for grants, and the administration's slice of REST.
struct Routes: Sendable {
    let configuration: ServerConfiguration
    let directory: SessionDirectory
    let store: SessionStore
    let lobby: Lobby
    let limiter: RateLimiter

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: SecurityHeaders(configuration: configuration))
        router.add(middleware: ProblemMiddleware())
        // Links are opened by scanners and previews too: a GET changes nothing, and says nothing of the link.
        router.get("/j/{invitation}") { _, _ in PageFiles.response(PageFiles.page) }
        router.get("/j") { _, _ in PageFiles.response(PageFiles.page) }
        router.get("/assets/{file}") { _, context in
            guard let file = PageFiles.assets[context.parameters.get("file") ?? ""] else { throw Problem.of(.notFound) }
            return PageFiles.response(file)
        }
        router.get("/healthz") { _, _ in try await health() }
        router.get("/ws") { _, _ -> Response in throw Problem.upgradeRequired }
        router.post("/api/v1/grants") { request, context in try await grant(request, context) }
        router.post("/api/v1/sessions") { request, context in try await createSession(request, context) }
        return router
    }

    private func health() async throws -> Response {
        try await store.check()
        return try json(.ok, ["status": "ok"])
    }

    // MARK: Links to grants

    private struct GrantRequest: Decodable { var invitation: String }

    private struct GrantReply: Encodable {
        var grant: String
        var expiresIn: Int
        var part: Part
    }

    private func grant(_ request: Request, _ context: Context) async throws -> Response {
        guard limiter.admit(AddressKey.of(context.remoteAddress)) else { throw Problem.tooManyRequests }
        let origin = request.headers[.origin]
        guard OriginRule(configuration: configuration).admits(origin: origin, host: request.head.authority) else {
            throw Problem.wrongOrigin
        }
        let asked: GrantRequest = try await body(of: request, context)
        guard asked.invitation.utf8.count <= SignalingLimits.token else { throw Problem.linkNotValid }
        guard let grant = try await lobby.exchange(link: asked.invitation) else { throw Problem.linkNotValid }
        return try json(.created, GrantReply(grant: grant.secret, expiresIn: grant.lifetime, part: grant.part))
    }

    // MARK: Administration

    private struct SessionRequest: Decodable {
        var policy: SessionPolicy?
        var opensAt: Date?
        var closesAt: Date?
    }

    private struct SessionReply: Encodable {
        var id: String
        var opensAt: Date
        var closesAt: Date
        var links: [String: String]
    }

    private func createSession(_ request: Request, _ context: Context) async throws -> Response {
        try checkAdministrator(request, context)
        let asked: SessionRequest = try await body(of: request, context)
        let links: SessionLinks
        do {
            links = try await directory.createSession(
                policy: asked.policy ?? SessionPolicy(), opensAt: asked.opensAt.map(Self.milliseconds),
                closesAt: asked.closesAt.map(Self.milliseconds))
        } catch ServerError.windowInvalid {
            throw Problem.windowInvalid
        }
        return try json(
            .created,
            SessionReply(
                id: links.sessionID, opensAt: Self.date(links.opensAt), closesAt: Self.date(links.closesAt),
                links: [Part.clinician.rawValue: links.clinician, Part.client.rawValue: links.client]))
    }

    private func checkAdministrator(_ request: Request, _ context: Context) throws {
        guard let token = configuration.adminToken else { throw Problem.administrationOff }
        guard limiter.admit("admin " + AddressKey.of(context.remoteAddress)) else { throw Problem.tooManyRequests }
        let given = request.headers[.authorization] ?? ""
        guard Secret.matches(given, "Bearer " + token) else { throw Problem.unauthorized }
    }

    // MARK: Bodies

    /// A JSON body of at most 16 KiB. The content type keeps forms of foreign pages out.
    private func body<T: Decodable>(of request: Request, _ context: Context) async throws -> T {
        let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
        guard type.lowercased() == "application/json" else { throw Problem.wrongContentType }
        let buffer = try await request.body.collect(upTo: context.maxUploadSize)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(T.self, from: Data(buffer.readableBytesView))
        } catch {
            throw Problem.malformed
        }
    }

    private func json(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }

    private static func milliseconds(_ date: Date) -> Int64 { Int64(clamping: Int(date.timeIntervalSince1970) * 1000) }
    private static func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}

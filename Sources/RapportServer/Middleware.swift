import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// A request with the address it came from, for the limits.
struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    var maxUploadSize: Int { 16 * 1024 }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Turns every error into a problem document and logs the route's name: never a path, which may hold a secret.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await next(request, context)
        } catch let problem as Problem {
            response = try problem.response(from: request, context: context)
        } catch let error as any HTTPResponseError {
            response = try Problem.of(error.status).response(from: request, context: context)
        } catch is ServerError {
            response = try Problem.unavailable.response(from: request, context: context)
        }
        let route = context.coreContext.endpointPath.value ?? "none"
        context.logger.debug("request", metadata: ["route": "\(route)", "status": "\(response.status.code)"])
        return response
    }
}

/// What every answer says to browsers: no third party, no inline code, no referrer, no framing.
struct SecurityHeaders: RouterMiddleware {
    let configuration: ServerConfiguration

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = policy(host: request.head.authority)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[Self.referrerPolicy] = "no-referrer"
        response.headers[Self.permissionsPolicy] =
            "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()"
        response.headers[Self.openerPolicy] = "same-origin"
        response.headers[Self.resourcePolicy] = "same-origin"
        if configuration.tls != nil { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }

    private func policy(host: String?) -> String {
        let webSocket = webSocketOrigin(host: host).map { " " + $0 } ?? ""
        return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'\(webSocket); "
            + "img-src 'self' blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    }

    /// Not every browser takes 'self' for the WebSocket scheme.
    private func webSocketOrigin(host: String?) -> String? {
        if let publicURL = configuration.publicURL {
            return OriginRule.origin(of: publicURL).replacing(/^http/, with: "ws")
        }
        // The host is the client's own word: only what can be a host and port goes into the header.
        guard let host, host.wholeMatch(of: /[A-Za-z0-9.:\[\]-]{1,255}/) != nil else { return nil }
        return (configuration.tls == nil ? "ws://" : "wss://") + host
    }

    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    private static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    private static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}

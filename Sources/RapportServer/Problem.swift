import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as `application/problem+json`. RFC 9457 section 3; `kind` is stable.
struct Problem: HTTPResponseError {
    let status: HTTPResponse.Status
    let kind: String
    let title: String
    var headers: HTTPFields = [:]

    func response(from request: Request, context: some RequestContext) throws -> Response {
        // Answers that mean the same are the same, byte for byte.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Body(type: "urn:rapport:problem:" + kind, title: title, status: status.code)
        return Response(
            status: status, headers: headers.with(.contentType, "application/problem+json"),
            body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(body))))
    }

    private struct Body: Encodable {
        var type: String
        var title: String
        var status: Int
    }

    /// The one answer for links that open nothing: unknown, expired, revoked and ended look alike.
    static let linkNotValid = Problem(status: .notFound, kind: "link-not-valid", title: "This link is not valid now.")
    static let tooManyRequests = Problem(
        status: .tooManyRequests, kind: "too-many-requests", title: "Too many requests. Please wait a moment.",
        headers: [.retryAfter: "10"])
    static let malformed = Problem(
        status: .badRequest, kind: "malformed", title: "The request body could not be read.")
    static let wrongContentType = Problem(
        status: .unsupportedMediaType, kind: "content-type", title: "The body has to be application/json.")
    static let wrongOrigin = Problem(status: .forbidden, kind: "origin", title: "This page may not ask that.")
    static let unauthorized = Problem(
        status: .unauthorized, kind: "unauthorized", title: "A bearer token is needed.",
        headers: [.wwwAuthenticate: "Bearer"])
    static let administrationOff = Problem(
        status: .forbidden, kind: "administration-off", title: "This server has no administration token.")
    static let windowInvalid = Problem(
        status: .unprocessableContent, kind: "window", title: "The session has to close after it opens.")
    static let upgradeRequired = Problem(
        status: .upgradeRequired, kind: "upgrade-required",
        title: "This address speaks WebSocket, protocol rapport.v1.",
        headers: [.upgrade: "websocket"])
    static let unavailable = Problem(
        status: .serviceUnavailable, kind: "unavailable", title: "The server cannot answer at the moment.")

    /// For errors that the framework throws, such as an unknown path or a body over the limit.
    static func of(_ status: HTTPResponse.Status) -> Problem {
        Problem(status: status, kind: "http-\(status.code)", title: status.reasonPhrase)
    }
}

extension HTTPFields {
    func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}

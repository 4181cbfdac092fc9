import HTTPTypes
import Hummingbird
import NIOCore

/// The page's files, compiled in: what the server serves is its source, with no build step between.
enum PageFiles {
    struct File: Sendable {
        var type: String
        var bytes: [UInt8]
    }

    static let page = File(type: "text/html; charset=utf-8", bytes: PackageResources.index_html)

    static let assets: [String: File] = [
        "style.css": File(type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        "app.js": File(type: script, bytes: PackageResources.app_js),
        "signaling.js": File(type: script, bytes: PackageResources.signaling_js),
        "peer.js": File(type: script, bytes: PackageResources.peer_js),
        "devices.js": File(type: script, bytes: PackageResources.devices_js),
        "icon.svg": File(type: "image/svg+xml", bytes: PackageResources.icon_svg),
    ]

    private static let script = "text/javascript; charset=utf-8"

    static func response(_ file: File) -> Response {
        Response(
            status: .ok, headers: [.contentType: file.type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}

// swift-tools-version: 6.2
import PackageDescription

// RAPPORT_ENGINE_ONLY=1 leaves out the session server and its dependencies, so that the engine,
// its tools and its tests build in a minute on a machine that never fetches a web framework.
let engineOnly = Context.environment["RAPPORT_ENGINE_ONLY"] == "1"

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

var products: [Product] = [
    .library(name: "Rapport", targets: ["Rapport"]),
    .library(name: "RapportDevices", targets: ["RapportDevices"]),
    .executable(name: "rapport-peer", targets: ["RapportPeer"]),
    .executable(name: "rapport-audio", targets: ["RapportAudioFile"]),
    // The engine's rooms for what measures and tests them from packages of their own (Benchmarks/). No public API:
    // programs import `Rapport`.
    .library(
        name: "RapportRooms",
        targets: [
            "RapportBase", "RapportSDP", "RapportRTP", "RapportSRTP", "RapportDTLS", "RapportICE", "RapportCodecs",
            "RapportMedia", "RapportNegotiation", "RapportSession", "RapportSimulator",
        ]),
]
var dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
]
// Lowest room first; imports only point downwards. docs/architecture.md holds the table that HouseTests checks.
var targets: [Target] = [
    .systemLibrary(
        name: "CNice", pkgConfig: "gobject-2.0", providers: [.apt(["libnice-dev"])]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSRTP", providers: [.apt(["libsrtp2-dev"])]),
    .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
    .systemLibrary(name: "CVPX", providers: [.apt(["libvpx-dev"])]),
    .systemLibrary(name: "CYUV", providers: [.apt(["libyuv-dev"])]),
    .systemLibrary(name: "CPulse", providers: [.apt(["libpulse-dev"])]),

    room("RapportBase"),
    room("RapportSDP", ["RapportBase"]),
    room("RapportRTP", ["RapportBase"]),
    room("RapportSRTP", ["RapportBase", "CSRTP"]),
    room("RapportDTLS", ["RapportBase", "COpenSSL"]),
    room("RapportICE", ["RapportBase", "CNice"]),
    room("RapportCodecs", ["RapportBase", "COpus", "CVPX", "CYUV"]),
    room("RapportTestMedia", ["RapportBase", "RapportCodecs"]),
    room("RapportAudio", ["RapportBase"]),
    room("RapportMedia", ["RapportBase", "RapportRTP"]),
    room("RapportNegotiation", ["RapportBase", "RapportSDP", "RapportRTP"]),
    room(
        "RapportSession",
        ["RapportBase", "RapportSDP", "RapportRTP", "RapportMedia", "RapportNegotiation", "RapportSRTP", "RapportDTLS"]),
    room(
        "RapportSimulator",
        [
            "RapportBase", "RapportSDP", "RapportRTP", "RapportMedia", "RapportNegotiation", "RapportDTLS",
            "RapportSession",
        ]),
    room(
        "Rapport",
        [
            "RapportBase", "RapportSDP", "RapportRTP", "RapportMedia", "RapportNegotiation", "RapportDTLS",
            "RapportSession", "RapportICE", "RapportCodecs", "RapportAudio", "RapportTestMedia",
        ]),
    room(
        "RapportDevices", ["RapportBase", "RapportICE", "RapportAudio", "RapportMedia", "Rapport", "CPulse"]),
    room("RapportSignaling", ["RapportBase"]),
    .executableTarget(
        name: "RapportPeer",
        dependencies: [
            "RapportBase", "RapportSDP", "RapportICE", "RapportCodecs", "RapportTestMedia", "Rapport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: settings),
    .executableTarget(
        name: "RapportAudioFile", dependencies: ["RapportAudio"], swiftSettings: settings),

    tests("HouseTests", []),
    tests("RapportBaseTests", ["RapportBase"]),
    tests("RapportSDPTests", ["RapportSDP"]),
    tests("RapportRTPTests", ["RapportRTP"]),
    tests("RapportSRTPTests", ["RapportSRTP"]),
    tests("RapportDTLSTests", ["RapportDTLS", "RapportSRTP"]),
    tests("RapportICETests", ["RapportICE"]),
    tests("RapportCodecsTests", ["RapportCodecs"]),
    tests("RapportTestMediaTests", ["RapportTestMedia", "RapportCodecs"]),
    tests("RapportAudioTests", ["RapportAudio"]),
    tests("RapportMediaTests", ["RapportMedia", "RapportRTP"]),
    tests("RapportSimulatorTests", ["RapportSimulator", "RapportSession", "RapportMedia", "RapportBase"]),
    tests("RapportNegotiationTests", ["RapportNegotiation", "RapportSDP"]),
    tests("RapportSessionTests", ["RapportSession", "RapportMedia", "RapportNegotiation"]),
    tests("RapportTests", ["Rapport", "RapportBase", "RapportICE", "RapportNegotiation", "RapportTestMedia"]),
    tests(
        "RapportDevicesTests",
        ["RapportDevices", "Rapport", "RapportAudio", "RapportICE", "RapportTestMedia", "RapportBase", "CPulse"]),
    tests("RapportSignalingTests", ["RapportSignaling", "RapportBase"]),
]

if !engineOnly {
    products.append(.executable(name: "rapport", targets: ["RapportCLI"]))
    dependencies += [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ]
    targets += [
        .target(
            name: "RapportServer",
            dependencies: [
                "RapportBase", "RapportSignaling", "Rapport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            resources: [.embedInCode("Page")],
            swiftSettings: settings),
        .executableTarget(
            name: "RapportCLI",
            dependencies: [
                "RapportBase", "RapportSDP", "RapportICE", "RapportCodecs", "RapportTestMedia", "RapportMedia",
                "Rapport", "RapportAudio", "RapportDevices", "RapportSignaling", "RapportServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        tests(
            "RapportServerTests",
            [
                "RapportServer", "RapportSignaling", "RapportBase",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("RapportCLITests", ["RapportCLI"]),
    ]
}

// RAPPORT_SOUND_ONLY=1 leaves the tests of signal processing and devices, which are run optimised, and what they need.
if Context.environment["RAPPORT_SOUND_ONLY"] == "1" {
    let kept: Set<String> = ["RapportAudioTests", "RapportDevicesTests"]
    targets.removeAll { $0.type == .test && !kept.contains($0.name) || $0.type == .executable }
    targets.removeAll { ["RapportSimulator", "RapportSignaling", "RapportServer"].contains($0.name) }
    products.removeAll { $0.name != "Rapport" && $0.name != "RapportDevices" }
    dependencies = []
}

let package = Package(
    name: "rapport",
    platforms: [.macOS(.v15)],
    products: products,
    dependencies: dependencies,
    targets: targets
)

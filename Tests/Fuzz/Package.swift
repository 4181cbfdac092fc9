// swift-tools-version: 6.2
import PackageDescription

// A package of its own: it is built with the fuzzer's instrumentation and linked by the script `run` beside this file.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "rapport", path: "../..")],
    targets: [
        .target(
            name: "Fuzz", dependencies: [.product(name: "Rapport", package: "rapport")],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)

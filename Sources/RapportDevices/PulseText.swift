import CPulse

/// libpulse's strings and numbers in Swift.
enum PulseText {
    static func error(_ code: Int32) -> String { string(pa_strerror(code)) ?? "error \(code)" }

    static func string(_ text: UnsafePointer<CChar>?) -> String? { text.map { String(cString: $0) } }

    static func isOn(_ flags: UInt32, _ flag: UInt32) -> Bool { flags & flag != 0 }
}

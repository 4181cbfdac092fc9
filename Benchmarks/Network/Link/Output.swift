import Glibc

/// Standard output, a line at a time and past its buffer.
enum Output {
    static func show(_ text: String) { show(Array(text.utf8)) }

    static func show(_ text: [UInt8]) {
        let line = text + [0x0A]
        _ = write(1, line, line.count)
    }
}

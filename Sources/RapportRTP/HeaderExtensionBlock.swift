import RapportBase

/// Writes one extension block of a packet. RFC 8285 sections 4.2 and 4.3.
struct HeaderExtensionBlock {
    private let map: HeaderExtensionMap
    private let start: Int
    private var usesTwoByteForm = false
    private(set) var transportSequenceOffset: Int?
    private(set) var absoluteSendTimeOffset: Int?

    /// - Parameter start: where in the arena the block begins.
    init(map: HeaderExtensionMap, _ start: Int) {
        self.map = map
        self.start = start
    }

    /// Finds out which form all elements fit.
    mutating func measure(_ values: HeaderExtensionValues, _ mid: [UInt8]?, _ rid: [UInt8]?, _ repairedRID: [UInt8]?) {
        consider(.mid, mid?.count)
        consider(.rid, rid?.count)
        consider(.repairedRID, repairedRID?.count)
        consider(.transportSequenceNumber, values.transportSequenceNumber == nil ? nil : 2)
        consider(.absoluteSendTime, values.absoluteSendTime == nil ? nil : 3)
        consider(.audioLevel, values.audioLevel == nil ? nil : 1)
        consider(.absoluteCaptureTime, values.absoluteCaptureTime == nil ? nil : 8)
        consider(.playoutDelay, values.playoutDelay == nil ? nil : 3)
        consider(.videoOrientation, values.videoOrientation == nil ? nil : 1)
    }

    private mutating func consider(_ name: HeaderExtension, _ length: Int?) {
        guard let length, (1...255).contains(length), let id = map[name] else { return }
        if id > HeaderExtensionMap.largestOneByteID || length > 16 { usesTwoByteForm = true }
    }

    /// Writes the head; its length is filled in by `close`.
    func open(_ bytes: inout [UInt8]) {
        bytes.append(
            uint16: usesTwoByteForm ? HeaderExtensionCursor.twoByteProfile : HeaderExtensionCursor.oneByteProfile)
        bytes.append(uint16: 0)
    }

    mutating func append(
        _ values: HeaderExtensionValues, _ mid: [UInt8]?, _ rid: [UInt8]?, _ repairedRID: [UInt8]?,
        to bytes: inout [UInt8]
    ) {
        if let number = values.transportSequenceNumber, begin(.transportSequenceNumber, 2, &bytes) {
            transportSequenceOffset = bytes.count
            bytes.append(uint16: number.rawValue)
        }
        if let time = values.absoluteSendTime, begin(.absoluteSendTime, 3, &bytes) {
            absoluteSendTimeOffset = bytes.count
            bytes.append(uint24: time)
        }
        if let level = values.audioLevel, begin(.audioLevel, 1, &bytes) { bytes.append(level.wire) }
        appendCaptureTime(values, &bytes)
        if let delay = values.playoutDelay, begin(.playoutDelay, 3, &bytes) { bytes.append(uint24: delay.wire) }
        if let orientation = values.videoOrientation, begin(.videoOrientation, 1, &bytes) {
            bytes.append(orientation.wire)
        }
        append(.mid, mid, &bytes)
        append(.rid, rid, &bytes)
        append(.repairedRID, repairedRID, &bytes)
    }

    private func appendCaptureTime(_ values: HeaderExtensionValues, _ bytes: inout [UInt8]) {
        guard let time = values.absoluteCaptureTime,
            begin(.absoluteCaptureTime, values.captureClockOffset == nil ? 8 : 16, &bytes)
        else { return }
        bytes.append(uint64: time.rawValue)
        if let offset = values.captureClockOffset { bytes.append(uint64: UInt64(bitPattern: offset)) }
    }

    private func append(_ name: HeaderExtension, _ identifier: [UInt8]?, _ bytes: inout [UInt8]) {
        guard let identifier, (1...255).contains(identifier.count), begin(name, identifier.count, &bytes)
        else { return }
        bytes.append(contentsOf: identifier)
    }

    /// Writes the head of one element; false when the extension has no id.
    private func begin(_ name: HeaderExtension, _ length: Int, _ bytes: inout [UInt8]) -> Bool {
        guard let id = map[name] else { return false }
        if usesTwoByteForm {
            bytes.append(id)
            bytes.append(UInt8(length))
        } else {
            bytes.append(id << 4 | UInt8(length - 1))
        }
        return true
    }

    /// Pads to four bytes and writes the length; takes the head back and says false when there was no element.
    func close(_ bytes: inout [UInt8]) -> Bool {
        if bytes.count == start + 4 {
            bytes.removeLast(4)
            return false
        }
        while (bytes.count - start) % 4 != 0 { bytes.append(0) }
        // At most 9 elements of at most 257 bytes: the count of words always fits 16 bits.
        bytes.replace(uint16: UInt16((bytes.count - start - 4) / 4), at: start + 2)
        return true
    }
}

internal import RapportBase

extension SRTPContext {
    /// As `protectRTP(_:count:)` for a packet that fills its array, which grows by the tag.
    public mutating func protectRTP(_ packet: inout [UInt8]) throws(SRTPError) {
        let count = packet.count
        packet.append(contentsOf: repeatElement(0, count: profile.rtpOverhead))
        let length = try packet.withUnsafeMutableBufferPointer { bytes throws(SRTPError) in
            try protectRTP(UnsafeMutableRawBufferPointer(bytes), count: count)
        }
        packet.removeLast(packet.count - length)
    }

    /// As `protectRTCP(_:count:)` for a packet that fills its array, which grows by index and tag.
    public mutating func protectRTCP(_ packet: inout [UInt8]) throws(SRTPError) {
        let count = packet.count
        packet.append(contentsOf: repeatElement(0, count: profile.rtcpOverhead))
        let length = try packet.withUnsafeMutableBufferPointer { bytes throws(SRTPError) in
            try protectRTCP(UnsafeMutableRawBufferPointer(bytes), count: count)
        }
        packet.removeLast(packet.count - length)
    }

    /// As `unprotectRTP(_:)` for a packet that fills its array, which shrinks to the plain packet.
    public mutating func unprotectRTP(_ packet: inout [UInt8]) throws(SRTPError) {
        let length = try packet.withUnsafeMutableBufferPointer { bytes throws(SRTPError) in
            try unprotectRTP(UnsafeMutableRawBufferPointer(bytes))
        }
        packet.removeLast(packet.count - length)
    }

    /// As `unprotectRTCP(_:)` for a packet that fills its array, which shrinks to the plain packet.
    public mutating func unprotectRTCP(_ packet: inout [UInt8]) throws(SRTPError) {
        let length = try packet.withUnsafeMutableBufferPointer { bytes throws(SRTPError) in
            try unprotectRTCP(UnsafeMutableRawBufferPointer(bytes))
        }
        packet.removeLast(packet.count - length)
    }
}

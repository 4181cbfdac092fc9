/// How the receiver has to turn a picture before showing it. 3GPP TS 26.114 section 7.4.5.
///
/// ```
///  0                   1
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  ID   | len=0 |0 0 0 0 C F R1 R0|
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
public struct VideoOrientation: Sendable, Hashable {
    /// The clockwise turn that makes the picture upright.
    public enum Rotation: UInt8, Sendable, CaseIterable {
        case upright = 0
        case quarter = 1
        case half = 2
        case threeQuarters = 3

        /// 0, 90, 180 or 270.
        public var degrees: Int { Int(rawValue) * 90 }
    }

    public var rotation: Rotation
    /// The picture has to be mirrored horizontally.
    public var isFlipped: Bool
    /// Taken by the camera on the back of the device.
    public var isBackCamera: Bool

    public init(rotation: Rotation, isFlipped: Bool = false, isBackCamera: Bool = false) {
        self.rotation = rotation
        self.isFlipped = isFlipped
        self.isBackCamera = isBackCamera
    }

    /// From the byte on the wire; the four reserved bits are not looked at.
    public init(wire: UInt8) {
        let rotation: Rotation =
            switch wire & 0x03 {
            case 1: .quarter
            case 2: .half
            case 3: .threeQuarters
            default: .upright
            }
        self.init(rotation: rotation, isFlipped: wire & 0x04 != 0, isBackCamera: wire & 0x08 != 0)
    }

    /// The byte on the wire.
    public var wire: UInt8 { rotation.rawValue | (isFlipped ? 0x04 : 0) | (isBackCamera ? 0x08 : 0) }
}

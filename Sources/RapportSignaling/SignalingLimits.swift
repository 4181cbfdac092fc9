/// Bounds of the protocol `rapport.v1`; the server enforces them, clients keep to them.
public enum SignalingLimits {
    /// Longest message, in bytes of UTF-8. A description of an audio and a video section is about 6 kB.
    public static let message = 64 * 1024
    /// Longest session description, in bytes of UTF-8.
    public static let description = 48 * 1024
    /// Longest candidate line, in bytes of UTF-8; the longest seen from browsers is under 300.
    public static let candidate = 1024
    /// Candidates one participant may send after each description.
    public static let candidatesPerDescription = 256
    /// Longest display name, in characters.
    public static let name = 64
    /// Longest grant, resume secret, client kind or other token, in bytes.
    public static let token = 128
    /// Connections that one session holds before newcomers are refused, admitted or not.
    public static let presencesPerSession = 8
}

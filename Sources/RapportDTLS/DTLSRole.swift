/// Who opens the association. `a=setup:active` makes the client. RFC 5763 section 5.
public enum DTLSRole: Sendable {
    case client
    case server
}

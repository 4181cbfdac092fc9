/// Why the server cannot do what its owner asked.
public enum ServerError: Error, Hashable, Sendable {
    /// The database cannot be opened, read or written; carries SQLite's result code.
    case database(code: Int32)
    case certificateUnreadable
    case publicURLInvalid
    case cannotBind
    case alreadyStarted
    /// `closesAt` is not later than `opensAt` or has passed.
    case windowInvalid
}

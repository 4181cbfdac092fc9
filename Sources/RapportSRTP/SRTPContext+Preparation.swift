extension SRTPContext {
    /// Does what the first context of a process otherwise does: libsrtp2 starts its cryptographic library, which takes
    /// tens of milliseconds. In the middle of a handshake packets would wait for it, and their arrival times with them.
    ///
    /// - Throws: `library` when it does not start; so does every context then.
    public static func prepareLibrary() throws(SRTPError) { try SRTPLibrary.initialize() }
}

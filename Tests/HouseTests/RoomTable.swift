/// The table of rooms in docs/architecture.md.
struct RoomTable {
    enum Kind: String { case library, core, edge, program }

    struct Room {
        var name: String
        var kind: Kind
        var mayImport: Set<String>
    }

    struct Malformed: Error { var row: String }

    var rooms: [String: Room] = [:]

    /// Reads rows of the form "| `Name` | kind | purpose | `Other` `Another` |"; other rows are passed over.
    init(markdown: String) throws {
        for line in markdown.split(whereSeparator: \.isNewline) where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 6, let name = Self.quoted(cells[1]).first,
                let kind = Kind(rawValue: cells[2].filter { !$0.isWhitespace })
            else { throw Malformed(row: String(line)) }
            rooms[name] = Room(name: name, kind: kind, mayImport: Set(Self.quoted(cells[4])))
        }
    }

    static func read() throws -> RoomTable { try RoomTable(markdown: Checkout.text("docs/architecture.md")) }

    /// The words between backticks.
    private static func quoted(_ cell: String) -> [String] {
        let parts = cell.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
}

/// Columns of text, each as wide as its widest cell.
struct TextTable {
    /// A heading and the cells below it.
    struct Column {
        let title: String
        let cells: [String]

        fileprivate var width: Int {
            ([title] + cells).map(\.count).max() ?? 0
        }
    }

    private let columns: [Column]

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// The lines of the table, each indented by two and ended by a line break.
    var text: String {
        let count = columns.map(\.cells.count).max() ?? 0
        let rows =
            [columns.map(\.title)]
            + (0..<count).map { row in
                columns.map { row < $0.cells.count ? $0.cells[row] : "" }
            }
        return rows.map { row in
            var line = "  "
            for (cell, column) in zip(row, columns) {
                line += cell + String(repeating: " ", count: column.width - cell.count + 3)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

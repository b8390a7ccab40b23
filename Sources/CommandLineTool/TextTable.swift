/// Rows of text under headings, as aligned plain text or as a Markdown table.
public struct TextTable: Sendable {
  /// Where a column's text stands.
  public enum Alignment: Sendable {
    /// At the column's left edge.
    case left
    /// At the column's right edge, as numbers do.
    case right
  }

  /// A heading and where the text under it stands.
  public struct Column: Sendable {
    /// The heading.
    public let title: String
    /// Where the text stands.
    public let alignment: Alignment

    /// Describes a column.
    public init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns in order.
  public let columns: [Column]
  /// The rows in order, one text a column.
  public private(set) var rows: [[String]] = []

  /// A table without rows.
  public init(columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row at the end.
  ///
  /// - Precondition: There is one text a column.
  public mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "a row has as many texts as the table has columns")
    rows.append(row)
  }

  /// The table with two spaces between columns and no spaces at the ends of lines.
  public func plainText() -> String {
    let widths = self.widths(of: rows)
    return ([columns.map(\.title)] + rows)
      .map { row in
        let line = cells(row, widths).joined(separator: "  ")
        return String(line.reversed().drop(while: { $0 == " " }).reversed()) + "\n"
      }
      .joined()
  }

  /// The table as GitHub's Markdown has it.
  public func markdown() -> String {
    let escaped = rows.map { $0.map { $0.replacing("|", with: "\\|") } }
    let widths = self.widths(of: escaped)
    let rule = zip(columns, widths).map { column, width in
      let dashes = String(repeating: "-", count: max(width, 3) - 1)
      return column.alignment == .left ? dashes + "-" : dashes + ":"
    }
    let lines =
      [cells(columns.map(\.title), widths), rule] + escaped.map { cells($0, widths) }
    return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }

  private func widths(of rows: [[String]]) -> [Int] {
    columns.indices.map { index in
      rows.reduce(columns[index].title.count) { max($0, $1[index].count) }
    }
  }

  private func cells(_ row: [String], _ widths: [Int]) -> [String] {
    columns.indices.map { index in
      let padding = String(repeating: " ", count: max(widths[index] - row[index].count, 0))
      return columns[index].alignment == .left ? row[index] + padding : padding + row[index]
    }
  }
}

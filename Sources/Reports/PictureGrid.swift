import Foundation
import GraftImages
import GraftTensor

/// Rows of pictures with captions, such as the input, the mask and the errors of two networks for several photographs.
///
/// ```swift
/// let grid = PictureGrid(
///   title: "Figure 5.7", caption: "Best, median and worst picture.",
///   rows: [
///     .init("best: IoU 0.94", [
///       .init(photo, caption: "input", alternativeText: "A face from the front"),
///       .init(mask, caption: "truth", alternativeText: "Its mask"),
///       .errors(of: prediction, against: mask, on: photo, caption: "control", alternativeText: "Errors at the chin"),
///     ])
///   ])
/// ```
public struct PictureGrid: Sendable, Equatable {
  /// A picture and what is said about it.
  public struct Cell: Sendable, Equatable {
    /// Shown as wide as its neighbours.
    public let picture: Picture
    /// Below it; may be empty.
    public let caption: String
    /// What a person who does not see the picture should know of it.
    public let alternativeText: String
    let showsErrors: Bool

    /// Creates a cell.
    public init(_ picture: Picture, caption: String, alternativeText: String) {
      self.init(picture, caption: caption, alternativeText: alternativeText, showsErrors: false)
    }

    private init(_ picture: Picture, caption: String, alternativeText: String, showsErrors: Bool) {
      self.picture = picture
      self.caption = caption
      self.alternativeText = alternativeText
      self.showsErrors = showsErrors
    }

    /// A photograph with the mistakes of a segmentation laid over it: false positives in green stripes, false negatives
    /// in plain red, hits unmarked; the page explains them.
    ///
    /// - Parameters:
    ///   - prediction: grey, of the photograph's size; foreground where it is not 0.
    ///   - truth: likewise.
    ///   - photo: what was segmented.
    ///   - caption: below it.
    ///   - alternativeText: such as where the mistakes are.
    public static func errors(
      of prediction: Picture, against truth: Picture, on photo: Picture, caption: String,
      alternativeText: String
    ) -> Cell {
      let picture = photo.overlaid(withErrorsOf: prediction, against: truth, opacity: 0.6, isStriped: true)
      return Cell(picture, caption: caption, alternativeText: alternativeText, showsErrors: true)
    }
  }

  /// Pictures that belong together.
  public struct Row: Sendable, Equatable {
    /// Above the pictures; may be empty.
    public let label: String
    /// From the left.
    public let cells: [Cell]

    /// Creates a row.
    public init(_ label: String = "", _ cells: [Cell]) {
      self.label = label
      self.cells = cells
    }
  }

  /// What a colour in the pictures stands for.
  public struct Key: Sendable, Equatable {
    /// As it is written beside the colour.
    public let name: String
    /// As it is painted.
    public let color: Picture.Color

    /// Creates a key.
    public init(_ name: String, color: Picture.Color) {
      (self.name, self.color) = (name, color)
    }
  }

  /// A short name, such as "Figure 5.7"; may be empty.
  public var title: String
  /// What the pictures show, in a sentence or two; may be empty.
  public var caption: String
  /// What colours stand for, but those of errors, which the page explains by itself.
  public var keys: [Key]
  /// From the top.
  public var rows: [Row]

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - title: a short name.
  ///   - caption: what the pictures show.
  ///   - keys: what colours stand for.
  ///   - rows: from the top.
  public init(title: String = "", caption: String = "", keys: [Key] = [], rows: [Row]) {
    self.title = title
    self.caption = caption
    self.keys = keys
    self.rows = rows
  }
}

// MARK: One picture

extension PictureGrid {
  /// All pictures on a white sheet, row by row as they are, without their texts: for a PNG file. One white pixel if there
  /// are none.
  public var contactSheet: Picture {
    let gap = 4
    let cells = rows.map { $0.cells.map(\.picture.rgb) }
    let width = cells.flatMap(\.self).map(\.width).max() ?? 1
    let heights = cells.map { $0.map(\.height).max() ?? 0 }
    let columnCount = max(cells.map(\.count).max() ?? 1, 1)
    let sheetWidth = columnCount * (width + gap) - gap
    let sheetHeight = max(heights.reduce(0) { $0 + $1 + gap } - gap, 1)
    var pixels = [UInt8](repeating: 255, count: 3 * sheetWidth * sheetHeight)
    var top = 0
    for (row, height) in zip(cells, heights) {
      for (column, picture) in row.enumerated() {
        for line in 0..<picture.height {
          let source = 3 * line * picture.width
          let target = 3 * ((top + line) * sheetWidth + column * (width + gap))
          let count = 3 * picture.width
          pixels.replaceSubrange(target..<target + count, with: picture.pixels[source..<source + count])
        }
      }
      top += height + gap
    }
    return Picture(width: sheetWidth, height: sheetHeight, channels: 3, pixels: pixels)
  }
}

// MARK: Page

extension PictureGrid {
  /// The grid as part of a page, with its pictures in it.
  ///
  /// - Throws: `PictureError` if there is not enough memory.
  func markup() throws -> Markup {
    let columnCount = rows.map(\.cells.count).max() ?? 1
    let hasErrors = rows.contains { $0.cells.contains(where: \.showsErrors) }
    return """
      <figure>
      <figcaption>\(titled(title, caption))\(Markup.when(!keys.isEmpty, "\n\(keys.map(\.markup).lines)"))\(Markup.when(hasErrors, Self.errorLegend))</figcaption>
      \(try rows.map { try $0.markup(columnCount: columnCount) }.lines)</figure>
      """
  }

  private static let errorLegend: Markup = """

    <span class="key"><i class="swatch positive"></i> false positive (striped)</span>
    <span class="key"><i class="swatch negative"></i> false negative (plain)</span>
    """
}

extension PictureGrid.Key {
  fileprivate var markup: Markup {
    let (red, green, blue) = (Int(color.red), Int(color.green), Int(color.blue))
    return """
      <span class="key"><i class="swatch" style="background: rgb(\(red), \(green), \(blue))"></i> \(name)</span>
      """
  }
}

extension PictureGrid.Row {
  fileprivate func markup(columnCount: Int) throws -> Markup {
    """
    <div class="row">
    \(Markup.when(!label.isEmpty, "<p class=\"row-label\">\(label)</p>\n"))<div class="pictures" style="--columns: \(max(columnCount, 1))">
    \(try cells.map { try $0.markup() }.lines)</div>
    </div>
    """
  }
}

extension PictureGrid.Cell {
  fileprivate func markup() throws -> Markup {
    let source = "data:image/png;base64," + Data(try picture.encodedPNG()).base64EncodedString()
    let text = Markup.when(!caption.isEmpty, "<figcaption>\(caption)</figcaption>")
    return """
      <figure><img src="\(source)" width="\(picture.width)" height="\(picture.height)" alt="\(alternativeText)"/>\(text)</figure>
      """
  }
}

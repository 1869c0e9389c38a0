import GraftImages
import GraftReports
import Testing

struct PictureGridTests {
  private func cell(_ picture: Picture) -> PictureGrid.Cell {
    .init(picture, caption: "", alternativeText: "")
  }

  @Test func theSheetHoldsEachPictureAtItsPlace() {
    let dark = Picture(width: 2, height: 1, channels: 1, pixels: [1, 2])
    let red = Picture(width: 1, height: 2, channels: 3, pixels: [200, 0, 0, 100, 0, 0])
    let sheet = PictureGrid(rows: [.init("first", [cell(dark), cell(red)]), .init("second", [cell(red)])])
      .contactSheet
    // Columns of 2 and rows of 2 pixels, 4 between them.
    #expect(sheet.width == 8 && sheet.height == 8)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(sheet.pixels[3 * (y * 8 + x)..<3 * (y * 8 + x + 1)])
    }
    #expect(pixel(0, 0) == [1, 1, 1] && pixel(1, 0) == [2, 2, 2] && pixel(0, 1) == [255, 255, 255])
    #expect(pixel(6, 0) == [200, 0, 0] && pixel(6, 1) == [100, 0, 0])
    #expect(pixel(0, 6) == [200, 0, 0] && pixel(0, 7) == [100, 0, 0])
    let painted = stride(from: 0, to: sheet.pixels.count, by: 3).filter { sheet.pixels[$0 + 1] != 255 }
    #expect(painted.count == 6)
  }

  @Test func noPicturesMakeOneWhitePixel() {
    #expect(PictureGrid(rows: []).contactSheet.pixels == [255, 255, 255])
    #expect(PictureGrid(rows: [.init("", [])]).contactSheet.pixels == [255, 255, 255])
  }

  @Test func errorsAreMarkedAndHitsAreNot() {
    let photo = Picture(width: 8, height: 8, channels: 1, pixels: .init(repeating: 100, count: 64))
    let left = Picture(width: 8, height: 8, channels: 1, pixels: (0..<64).map { $0 % 8 < 4 ? 1 : 0 })
    let top = Picture(width: 8, height: 8, channels: 1, pixels: (0..<64).map { $0 < 32 ? 1 : 0 })
    let errors = PictureGrid.Cell.errors(of: left, against: top, on: photo, caption: "", alternativeText: "")
    func colors(_ x: Range<Int>, _ y: Range<Int>) -> Set<[UInt8]> {
      Set(
        y.flatMap { y in x.map { x in Array(errors.picture.pixels[3 * (8 * y + x)..<3 * (8 * y + x + 1)]) } })
    }
    #expect(colors(0..<4, 0..<4) == [[100, 100, 100]])
    #expect(colors(4..<8, 4..<8) == [[100, 100, 100]])
    #expect(colors(4..<8, 0..<4) == [[193, 40, 40]])
    #expect(colors(0..<4, 4..<8) == [[40, 193, 40], [100, 100, 100]])  // stripes
  }
}

import GraftImages
import Testing

struct OverlayTests {
  private let photo = Picture(
    width: 2, height: 2, channels: 3, pixels: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])

  private func mask(_ pixels: [UInt8]) -> Picture {
    Picture(width: 2, height: 2, channels: 1, pixels: pixels)
  }

  @Test func aMaskColoursItsForegroundAlone() {
    let overlaid = photo.overlaid(with: mask([0, 1, 0, 255]), color: .blue, opacity: 0.5)
    #expect(overlaid[0, 0] == [10, 20, 30] && overlaid[0, 1] == [70, 80, 90])
    #expect(overlaid[1, 0] == [20, 25, 158] && overlaid[1, 1] == [50, 55, 188])
  }

  @Test func opacityGoesFromNothingToTheColour() {
    let everywhere = mask([1, 1, 1, 1])
    #expect(photo.overlaid(with: everywhere, color: .red, opacity: 0) == photo)
    let full = photo.overlaid(with: everywhere, color: .init(red: 1, green: 2, blue: 3), opacity: 1)
    #expect(full.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
  }

  @Test func falsePositivesAreGreenAndFalseNegativesRed() {
    let errors = photo.overlaid(
      withErrorsOf: mask([0, 1, 0, 1]), against: mask([0, 0, 255, 255]), opacity: 1)
    #expect(errors[0, 0] == [10, 20, 30])
    #expect(errors[1, 0] == [0, 255, 0])
    #expect(errors[0, 1] == [255, 0, 0])
    #expect(errors[1, 1] == [100, 110, 120])
  }

  @Test func stripesTellFalsePositivesFromFalseNegativesWithoutColours() {
    let photo = Picture(width: 8, height: 8, channels: 1, pixels: .init(repeating: 9, count: 64))
    let (none, all) = (
      Picture(width: 8, height: 8, channels: 1, pixels: .init(repeating: 0, count: 64)),
      Picture(width: 8, height: 8, channels: 1, pixels: .init(repeating: 1, count: 64))
    )
    let positives = photo.overlaid(withErrorsOf: all, against: none, opacity: 1, isStriped: true)
    let row = (0..<8).map { positives[3, $0] == [0, 255, 0] }
    #expect(row == [true, false, false, true, true, false, false, true])
    let negatives = photo.overlaid(withErrorsOf: none, against: all, opacity: 1, isStriped: true)
    #expect(negatives.pixels == (0..<64).flatMap { _ in [UInt8(255), 0, 0] })
  }

  @Test func overlaysOfGreyPicturesAreColoured() {
    let grey = mask([7, 8, 9, 10])
    let overlaid = grey.overlaid(with: mask([1, 0, 0, 0]), color: .green, opacity: 1)
    #expect(overlaid.channels == 3)
    #expect(overlaid[0, 0] == [0, 255, 0] && overlaid[1, 1] == [10, 10, 10])
  }

  @Test func classesHaveColoursOfTheirOwnAndBackgroundNone() {
    let grey = Picture(width: 3, height: 1, channels: 1, pixels: [40, 40, 40])
    let classes = Picture(width: 3, height: 1, channels: 1, pixels: [0, 1, 2])
    let own = grey.overlaid(withClasses: classes, opacity: 1)
    #expect(own[0, 0] == [40, 40, 40] && own[1, 0] == [230, 159, 0] && own[2, 0] == [86, 180, 233])
    let given = grey.overlaid(withClasses: classes, colors: [.red], opacity: 0.5)
    #expect(given[1, 0] == [148, 20, 20] && given[2, 0] == [63, 110, 137])
    #expect(
      Set((0..<16).map(Picture.classColor)).count == 16 && Picture.classColor(16) == Picture.classColor(0))
  }
}

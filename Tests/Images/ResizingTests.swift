import GraftImages
import GraftTensor
import GraftWeights
import TestSupport
import Testing

struct ResizingTests {
  private static let pictures = ["image0", "image1", "image2", "mask"]

  @Test(
    arguments: pictures, [("bilinear", ResizeFilter.bilinear), ("bicubic", .bicubic), ("nearest", .nearest)])
  func squaresAreThoseOfPillow(name: String, filter: (name: String, filter: ResizeFilter)) throws {
    let file = try Golden.npz("resize")
    let input = try file.picture(named: "\(name)/input")
    for size in [32, 224] {
      let expected = try file.picture(named: "\(name)/\(filter.name)_\(size)")
      let resized = input.resized(width: size, height: size, filter: filter.filter)
      #expect(resized.difference(from: expected).largest == 0, "to \(size)")
    }
  }

  @Test(arguments: pictures.dropLast())
  func widthAndHeightAreNotMixedUp(name: String) throws {
    let file = try Golden.npz("resize")
    let expected = try file.picture(named: "\(name)/bilinear_height50_width120")
    let resized = try file.picture(named: "\(name)/input").resized(width: 120, height: 50)
    // Pillow 13, which made these, takes columns first here; Pillow 12 rows first, as we do.
    #expect(resized.difference(from: expected).largest <= 1)
  }

  /// The pixels that Pillow 11, 12 and 13 take where a centre falls exactly between two, and exact arithmetic would take
  /// the next one each time.
  @Test(
    arguments: [
      (from: 512, to: 224, picks: [3: 7, 10: 23, 17: 39, 24: 55]),
      (640, 224, [17: 49, 24: 69, 101: 289, 108: 309]),
      (192, 224, [45: 38, 52: 44, 59: 50, 66: 56]), (70, 85, [8: 6, 59: 48]), (12, 75, [12: 1]),
    ] as [(from: Int, to: Int, picks: [Int: Int])])
  func nearestDecidesBetweenTwoPixelsAsPillowDoes(from source: Int, to target: Int, picks: [Int: Int]) {
    // The position of each pixel, in two bytes.
    for shift in [0, 8] {
      let positions = (0..<source).map { UInt8(truncatingIfNeeded: $0 >> shift) }
      let row = Picture(width: source, height: 1, channels: 1, pixels: positions)
      let column = Picture(width: 1, height: source, channels: 1, pixels: positions)
      let across = row.resized(width: target, height: 1, filter: .nearest)
      let down = column.resized(width: 1, height: target, filter: .nearest)
      #expect(across.pixels == down.pixels)
      for (index, pick) in picks {
        #expect(across.pixels[index] == UInt8(truncatingIfNeeded: pick >> shift), "pixel \(index)")
      }
    }
  }

  @Test(arguments: [(1, 1), (3, 50), (224, 218), (178, 7), (500, 333)])
  func bilinearWithoutAntialiasingIsTheMeanOfNeighbours(width: Int, height: Int) throws {
    let input = try Self.random(width: 31, height: 47, channels: 3)
    let resized = input.resized(width: width, height: height, filter: .bilinearWithoutAntialiasing)
    func neighbours(_ index: Int, _ source: Int, _ target: Int) -> (Int, Int, Double) {
      let place = max((Double(index) + 0.5) * Double(source) / Double(target) - 0.5, 0)
      let low = min(Int(place), source - 1)
      return (low, min(low + 1, source - 1), place - Double(low))
    }
    for y in 0..<height {
      let (top, bottom, down) = neighbours(y, input.height, height)
      for x in 0..<width {
        let (left, right, across) = neighbours(x, input.width, width)
        for channel in 0..<3 {
          func value(_ x: Int, _ y: Int) -> Double { Double(input[x, y][channel]) }
          let upper = value(left, top) * (1 - across) + value(right, top) * across
          let lower = value(left, bottom) * (1 - across) + value(right, bottom) * across
          let exact = upper * (1 - down) + lower * down
          // Half a level for each of the two roundings.
          #expect(abs(Double(resized[x, y][channel]) - exact) <= 1)
        }
      }
    }
  }

  @Test func bilinearFiltersAgreeWhenEnlarging() throws {
    let input = try Self.random(width: 19, height: 23, channels: 3)
    let smooth = input.resized(width: 224, height: 224, filter: .bilinear)
    #expect(smooth == input.resized(width: 224, height: 224, filter: .bilinearWithoutAntialiasing))
  }

  @Test(arguments: ResizeFilter.allCases, [1, 3])
  func onePixelAndPlainPicturesStayWhatTheyAre(filter: ResizeFilter, channels: Int) {
    for (width, height) in [(1, 1), (2, 1), (1, 40), (63, 65), (300, 2)] {
      let plain = Picture(
        width: width, height: height, channels: channels,
        pixels: [UInt8](repeating: 201, count: width * height * channels))
      for (newWidth, newHeight) in [(1, 1), (17, 5), (width, 90), (129, height)] {
        let resized = plain.resized(width: newWidth, height: newHeight, filter: filter)
        #expect(resized.width == newWidth && resized.height == newHeight && resized.channels == channels)
        #expect(resized.pixels.allSatisfy { $0 == 201 })
      }
    }
  }

  @Test(arguments: ResizeFilter.allCases)
  func greyAndItsRGBAreResizedAlike(filter: ResizeFilter) throws {
    let grey = try Self.random(width: 37, height: 53, channels: 1)
    let sizes = [(20, 90), (64, 64), (100, 10)]
    for (width, height) in sizes {
      #expect(
        grey.resized(width: width, height: height, filter: filter).rgb
          == grey.rgb.resized(width: width, height: height, filter: filter))
    }
  }

  static func random(width: Int, height: Int, channels: Int) throws -> Picture {
    var random = RandomStream(seed: 5)
    let pixels = (0..<width * height * channels).map { _ in UInt8(random.integer(below: 256)) }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }
}

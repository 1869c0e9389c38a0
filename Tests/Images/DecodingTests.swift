import Foundation
import GraftFiles
import GraftImages
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Pictures drawn by Tests/Golden/generators/images.py.
struct DecodingTests {
  private static func files(_ path: String) -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: Golden.folder.appendingPathComponent(path).path))
      ?? []
    return names.filter { $0.contains(".") && !$0.hasSuffix(".npz") }.sorted()
  }

  @Test func everyExpectedPictureIsThere() throws {
    let expected = try Golden.npz("images/expected")
    #expect(Set(expected.names) == Set(Self.files("images")))
    #expect(expected.names.count > 50)
    #expect(Self.files("images/broken").count > 20)
  }

  @Test(arguments: files("images"))
  func soundPicturesGiveTheirPixels(name: String) throws {
    let expected = try Golden.npz("images/expected").picture(named: name)
    let picture = try Picture(contentsOf: drawn("\(name)"))
    let difference = picture.difference(from: expected)
    // Versions of the JPEG library may round differently in single pixels; what is lossless is exact.
    let isLossy = name.hasSuffix(".jpg") && name != "png_named.jpg"
    #expect(
      difference.largest <= (isLossy ? 2 : 0),
      "\(name): \(picture.width)×\(picture.height)×\(picture.channels)")
    #expect(difference.mean <= 0.02)
  }

  @Test(arguments: ["baseline_444.jpg", "progressive.jpg", "grey.jpg"], [2, 4, 8])
  func reducedJPEGsAreThoseOfPillow(name: String, divisor: Int) throws {
    let expected = try Golden.npz("jpeg_reduced").picture(named: "\(name)/\(divisor)")
    let picture = try Picture(
      contentsOf: drawn(name), reducedToAtLeast: (width: expected.width, height: expected.height))
    let difference = picture.difference(from: expected)
    #expect(difference.largest <= 2 && difference.mean <= 0.02, "\(name) by \(divisor)")
  }

  @Test func reducedPicturesAreNeverSmallerThanWanted() throws {
    let turned = try Picture(contentsOf: drawn("orientation6.jpg"), reducedToAtLeast: (width: 17, height: 20))
    #expect(turned.width == 18 && turned.height == 23)
    let whole = try Picture(contentsOf: drawn("baseline_444.jpg"))
    #expect(
      try Picture(contentsOf: drawn("baseline_444.jpg"), reducedToAtLeast: (width: 224, height: 224)) == whole
    )
    let portable = try Picture(contentsOf: drawn("rgb8.png"), reducedToAtLeast: (width: 2, height: 2))
    #expect(try portable == Picture(contentsOf: drawn("rgb8.png")))
  }

  @Test(arguments: files("images/broken"))
  func brokenPicturesAreRefusedWithTheirNameAndARemedy(name: String) throws {
    let error = try #require(pictureError { _ = try Picture(contentsOf: drawn("broken/\(name)")) })
    #expect("\(error)".contains(name))
    #expect(!error.reason.isEmpty && error.remedy.hasSuffix("."))
    let kind: PictureError.Kind =
      name == "page.jpg" ? .unsupported : name.hasPrefix("huge.png") ? .tooLarge : .damaged
    #expect(error.kind == kind, "\(error)")
  }

  @Test(arguments: ["rgb8.png", "progressive.jpg", "cmyk_adobe.jpg", "p6.ppm", "p3.ppm"])
  func morePixelsThanAllowedAreRefused(name: String) throws {
    let file = drawn("\(name)")
    #expect(pictureError { _ = try Picture(contentsOf: file, pixelLimit: 45 * 35 - 1) }?.kind == .tooLarge)
    #expect(try Picture(contentsOf: file, pixelLimit: 45 * 35).width == 45)
  }

  @Test(arguments: ["huge.png", "huge.ppm", "promises_much.ppm", "header_only.pgm"])
  func liftingTheLimitDoesNotLetHeadersLie(name: String) {
    #expect(pictureError { _ = try Picture(contentsOf: drawn("broken/\(name)"), pixelLimit: .max) } != nil)
  }

  @Test(arguments: [
    ("GIF", "GIF89a\u{1}"), ("BMP", "BM123"), ("WebP", "RIFF1234WEBPVP8"), ("TIFF", "II*\0"),
    ("TIFF", "MM\0*"),
    ("HEIF", "\0\0\0\u{18}ftypheic"), ("PAM", "P7\nWIDTH 1"),
  ])
  func foreignFormatsAreCalledByTheirNames(format: String, start: String) throws {
    let bytes = Bytes(Array(start.utf8), file: URL(fileURLWithPath: "holiday.jpg"))
    let error = try #require(pictureError { _ = try Picture(decoding: bytes) })
    #expect(error.kind == .unsupported && error.reason.contains(format) && error.remedy.contains("Convert"))
  }

  @Test func missingFilesAreAnErrorOfTheFile() {
    #expect(throws: FileError.self) { try Picture(contentsOf: drawn("no-such.png")) }
  }

  /// Whatever happens to a file, it ends in a picture or in a sentence.
  @Test(arguments: [
    "baseline_420.jpg", "progressive.jpg", "cmyk_adobe.jpg", "orientation6.jpg", "rgb8_interlaced.png",
    "palette8_alpha.png",
    "grey2.png", "p3.ppm", "p4.pbm", "p6_comments.ppm",
  ])
  func damageByChanceEndsInAPictureOrAnError(name: String) throws {
    let sound = try Bytes(contentsOf: drawn("\(name)"))
    var random = RandomStream(seed: 1)
    for _ in 0..<300 {
      var damaged = sound.array
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      if Bool.random(using: &random) {
        damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random))
      }
      do {
        let picture = try Picture(decoding: Bytes(damaged, file: sound.file), pixelLimit: 1_000_000)
        #expect(picture.pixels.count == picture.width * picture.height * picture.channels)
      } catch {
        #expect(error is PictureError, "\(error)")
      }
    }
  }
}

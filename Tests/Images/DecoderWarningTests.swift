import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

/// Each warning that libjpeg-turbo has of a file (`JWRN_…` in jerror.h): a picture where all pixels are there, an error where
/// some would be guessed. It has two more that no file can cause here: one about profiles, which are not asked for, and one
/// about a caller that takes too many rows.
@Suite struct DecoderWarningTests {
  private let baseline = "baseline_444.jpg"

  private func refusal(_ bytes: [UInt8]) -> String {
    pictureError { _ = try decoded(bytes) }.map { "\($0.kind): \($0.reason)" } ?? "none"
  }

  // MARK: Nothing is missing

  /// JWRN_NOT_SEQUENTIAL
  @Test(arguments: [[63, 63, 0], [0, 0, 0], [0, 62, 0], [0, 63, 0x10], [1, 5, 2]] as [[UInt8]])
  func aScanHeaderWithAnotherRangeIsRead(range: [UInt8]) throws {
    var pieces = try JPEGPieces(baseline)
    let last = pieces.scans[0].segments.count - 1
    let end = pieces.scans[0].segments[last].count
    pieces.scans[0].segments[last].replaceSubrange(end - 3..<end, with: range)
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn(baseline)))
  }

  /// JWRN_EXTRANEOUS_DATA
  @Test func bytesBetweenSegmentsAreSkipped() throws {
    let expected = try Picture(contentsOf: drawn(baseline))
    var pieces = try JPEGPieces(baseline)
    pieces.ending = [0x12, 0x34] + pieces.ending
    #expect(try decoded(pieces.bytes) == expected)
    pieces.ending = [UInt8](repeating: 0, count: 1000) + [0xFF, 0xD9]
    #expect(try decoded(pieces.bytes) == expected)
    pieces = try JPEGPieces(baseline)
    let tables = try #require(pieces.segment(0xDB))
    pieces.header[tables] = [0, 0] + pieces.header[tables]
    #expect(try decoded(pieces.bytes) == expected)

    var restarts = try JPEGPieces("restarts.jpg")
    let data = restarts.scans[0].data
    restarts.scans[0].data = data.indices.flatMap { index in
      let isMarker = data[index] == 0xFF && index + 1 < data.count && (0xD0...0xD7).contains(data[index + 1])
      return (isMarker ? [0x12, 0x34] : []) + [data[index]]
    }
    #expect(restarts.scans[0].data.count > data.count)
    #expect(try decoded(restarts.bytes) == Picture(contentsOf: drawn("restarts.jpg")))
  }

  /// JWRN_JFIF_MAJOR
  @Test(arguments: [0, 2, 9] as [UInt8]) func anUnusualVersionOfJFIFIsRead(version: UInt8) throws {
    var pieces = try JPEGPieces(baseline)
    let segment = try #require(pieces.segment(0xE0))
    pieces.header[segment][9] = version
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn(baseline)))
  }

  /// JWRN_ADOBE_XFORM
  @Test func anUnknownTransformOfAdobesCountsAsTheUsualOne() throws {
    var pieces = try JPEGPieces(baseline)
    let segment = try #require(pieces.segment(0xE0))
    pieces.header[segment] = JPEGPieces.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 7])
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn(baseline)))
  }

  /// JWRN_JPEG_EOF
  @Test(arguments: ["baseline_444.jpg", "baseline_420.jpg", "progressive.jpg", "grey.jpg", "restarts.jpg"])
  func theMarkOfTheEndMayBeMissing(name: String) throws {
    var pieces = try JPEGPieces(name)
    pieces.ending = []
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn(name)))
    pieces.ending = [0xFF]
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn(name)))
  }

  /// JWRN_BOGUS_PROGRESSION
  @Test func scansOfFineDetailMayComeBeforeTheCoarseOne() throws {
    var pieces = try JPEGPieces("progressive.jpg")
    pieces.scans.swapAt(0, 1)
    #expect(try decoded(pieces.bytes) == Picture(contentsOf: drawn("progressive.jpg")))
  }

  // MARK: Pixels would be guessed

  /// JWRN_HIT_MARKER, and JWRN_JPEG_EOF
  @Test(
    arguments: ["baseline_444.jpg", "progressive.jpg", "restarts.jpg"], [[0xFF, 0xD9], []] as [[UInt8]])
  func aScanThatIsCutOffIsRefused(name: String, ending: [UInt8]) throws {
    var pieces = try JPEGPieces(name)
    pieces.ending = ending
    let last = pieces.scans.count - 1
    for share in [0.2, 0.5, 0.9] {
      var cut = pieces
      cut.scans[last].data = Array(
        pieces.scans[last].data.prefix(Int(Double(pieces.scans[last].data.count) * share)))
      #expect(refusal(cut.bytes).hasPrefix("damaged: "), "\(share)")
    }
  }

  /// JWRN_JPEG_EOF
  @Test func scansThatAreMissingAtTheEndAreNoticed() throws {
    let whole = try JPEGPieces("progressive.jpg")
    #expect(whole.scans.count > 5)
    for count in 1..<whole.scans.count {
      var cut = whole
      cut.scans = Array(whole.scans.prefix(count))
      cut.ending = []
      #expect(refusal(cut.bytes).contains("ends too early"), "\(count) scans")
    }
  }

  /// JWRN_HUFF_BAD_CODE
  @Test func aCodeThatIsNoneIsRefused() throws {
    var pieces = try JPEGPieces(baseline)
    let middle = pieces.scans[0].data.count / 2
    pieces.scans[0].data.replaceSubrange(
      middle..<middle + 12, with: [0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0])
    #expect(refusal(pieces.bytes).contains("Huffman"))
  }

  /// JWRN_MUST_RESYNC
  @Test func aPieceOfAScanThatIsMissingIsRefused() throws {
    var pieces = try JPEGPieces("restarts.jpg")
    let marker = try #require(
      zip(pieces.scans[0].data, pieces.scans[0].data.dropFirst()).enumerated().first {
        $0.element.0 == 0xFF && (0xD0...0xD7).contains($0.element.1)
      }?.offset)
    pieces.scans[0].data[marker + 1] = 0xD3
    #expect(refusal(pieces.bytes).contains("instead of RST"))
  }

  /// JWRN_BOGUS_PROGRESSION
  @Test func aScanThatIsMissingInTheMiddleIsRefused() throws {
    let whole = try JPEGPieces("progressive.jpg")
    var refused = 0
    for missing in whole.scans.indices.dropLast() {
      var cut = whole
      cut.scans.remove(at: missing)
      if refusal(cut.bytes) != "none" { refused += 1 }
      // What is read all the same has lost only what a file may lack.
      if missing == 0 { #expect(refusal(cut.bytes).contains("damaged")) }
    }
    #expect(refused >= 3)
  }

  /// JWRN_ARITH_BAD_CODE, and JWRN_JPEG_EOF where nobody can say whether data are missing
  @Test func arithmeticCodingIsReadWholeOrRefused() throws {
    let file = Golden.folder.appendingPathComponent("jpeg_arithmetic.jpg")
    let whole = try Picture(contentsOf: file)
    let expected = try Picture(contentsOf: drawn("baseline_444.jpg"))
    #expect(whole == expected)
    var pieces = JPEGPieces(try Bytes(contentsOf: file).array)
    pieces.ending = []
    #expect(refusal(pieces.bytes).contains("ends too early"))
    var reasons: Set<String> = []
    let data = JPEGPieces(try Bytes(contentsOf: file).array).scans[0].data
    for place in stride(from: 4, to: data.count - 4, by: 7) {
      var damaged = JPEGPieces(try Bytes(contentsOf: file).array)
      damaged.scans[0].data.replaceSubrange(place..<place + 3, with: [0x7F, 0x01, 0x55])
      reasons.insert(refusal(damaged.bytes))
    }
    #expect(reasons.contains { $0.contains("arithmetic code") }, "\(reasons)")
  }

  @Test func moreScansThanAnyPictureNeedsAreRefused() throws {
    var pieces = try JPEGPieces("progressive.jpg")
    let last = try #require(pieces.scans.last)
    pieces.scans += Array(repeating: last, count: 600)
    #expect(refusal(pieces.bytes).contains("scans") || refusal(pieces.bytes).contains("progression"))
  }
}

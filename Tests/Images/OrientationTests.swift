import Foundation
import GraftFiles
import GraftImages
import TestSupport
import Testing

/// The orientation of a picture, wherever and however a file says it (tag 274 of EXIF).
@Suite struct OrientationTests {
  private func entry(_ number: UInt8, type: Int, isBigEndian: Bool, count: Int = 1) -> (
    Int, Int, Int, [UInt8]
  ) {
    let value: [UInt8] =
      switch type {
      case 4: isBigEndian ? [0, 0, 0, number] : [number, 0, 0, 0]
      case 1: [number, 0, 0, 0]
      default: isBigEndian ? [0, number, 0, 0] : [number, 0, 0, 0]
      }
    return (274, type, count, value)
  }

  private func jpeg(_ exif: [UInt8]) throws -> Picture {
    var pieces = try JPEGPieces("baseline_444.jpg")
    pieces.header.insert(JPEGPieces.segment(0xE1, Array("Exif\0\0".utf8) + exif), at: 0)
    return try decoded(pieces.bytes)
  }

  private func png(_ exif: [UInt8]) throws -> Picture {
    try decoded(pngFile("rgb8.png", before: pngChunk("eXIf", exif)))
  }

  @Test(arguments: 1...8 as ClosedRange<UInt8>)
  func allFormsTurnBothFormats(number: UInt8) throws {
    let expected = try Picture(contentsOf: drawn("orientation\(number).jpg"))
    let upright = try decoded(pngFile("rgb8.png"))
    for isBigEndian in [false, true] {
      for type in [1, 3, 4] {
        let exif = tiff(
          isBigEndian: isBigEndian,
          [(271, 2, 4, Array("abc\0".utf8)), entry(number, type: type, isBigEndian: isBigEndian)])
        #expect(try jpeg(exif) == expected, "type \(type)")
        let turned = try png(exif)
        // Both were drawn as the same picture, of which the JPEG has lost a little.
        #expect(turned.difference(from: expected).mean < 6, "type \(type)")
        #expect((turned == upright) == (number == 1))
        #expect(
          try decoded(pngFile("rgb8.png", after: pngChunk("eXIf", exif))) == turned,
          "after the pixels")
        #expect(
          try decoded(
            pngFile("rgb8_interlaced.png", before: pngChunk("eXIf", exif))) == turned)
      }
    }
  }

  @Test func onlyTheFirstDirectoryIsThePictures() throws {
    for isBigEndian in [false, true] {
      let own = entry(6, type: 3, isBigEndian: isBigEndian)
      let thumbnail = tiff(isBigEndian: isBigEndian, [(271, 2, 4, Array("abc\0".utf8))], second: [own])
      #expect(try jpeg(thumbnail) == Picture(contentsOf: drawn("orientation1.jpg")))
      #expect(try png(thumbnail) == Picture(contentsOf: drawn("rgb8.png")))
      let both = tiff(
        isBigEndian: isBigEndian, [own], second: [entry(3, type: 3, isBigEndian: isBigEndian)])
      #expect(try jpeg(both) == Picture(contentsOf: drawn("orientation6.jpg")))
    }
  }

  @Test func whatIsNoSingleNumberFrom1To8SaysNothing() throws {
    let upright = try decoded(pngFile("rgb8.png"))
    for own in [
      entry(9, type: 4, isBigEndian: false), entry(0, type: 4, isBigEndian: false),
      entry(6, type: 4, isBigEndian: false, count: 2), entry(6, type: 5, isBigEndian: false),
    ] {
      #expect(try png(tiff(isBigEndian: false, [own])) == upright)
    }
    // A checksum that is wrong, a structure that is none.
    let sound = pngChunk("eXIf", tiff(isBigEndian: false, [entry(6, type: 3, isBigEndian: false)]))
    let damaged = sound.dropLast() + [sound[sound.count - 1] ^ 1]
    #expect(try decoded(pngFile("rgb8.png", before: Array(damaged))) == upright)
    for nonsense in [[], [0x49], Array("II".utf8), Array("Exif\0\0".utf8)] as [[UInt8]] {
      #expect(try png(nonsense) == upright)
    }
  }

  @Test func storedRowsCanBeAskedFor() throws {
    let stored = try Picture(contentsOf: drawn("orientation6.jpg"), reading: .asStored)
    #expect(try stored == Picture(contentsOf: drawn("baseline_444.jpg")))
    let exif = tiff(isBigEndian: true, [entry(3, type: 3, isBigEndian: true)])
    let file = try pngFile("rgb8.png", before: pngChunk("eXIf", exif))
    #expect(try decoded(file, reading: .asStored) == decoded(pngFile("rgb8.png")))
    let reduced = try Picture(
      contentsOf: drawn("orientation6.jpg"), reducedToAtLeast: (width: 20, height: 10), reading: .asStored)
    #expect(reduced.width > reduced.height)
  }

  @Test func ofLabelsTheHighByteIsTaken() throws {
    // A row of four pixels, stored as it is (RFC 1950 and 1951).
    let row: [UInt8] = [0, 0x00, 0xFF, 0xFF, 0x00, 0x7F, 0xFF, 0x80, 0x00]
    let (low, high) = row.reduce((1, 0)) { ($0.0 + Int($1), $0.1 + $0.0 + Int($1)) }
    let checksum = [high >> 8, high & 255, low >> 8, low & 255].map { UInt8($0) }
    let file =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + pngChunk("IHDR", [0, 0, 0, 4, 0, 0, 0, 1, 16, 0, 0, 0, 0])
      + pngChunk("IDAT", [0x78, 1, 1, 9, 0, 0xF6, 0xFF] + row + checksum) + pngChunk("IEND", [])
    #expect(try decoded(file).pixels == [1, 254, 127, 128])
    #expect(try decoded(file, reading: .label).pixels == [0, 255, 127, 128])
  }
}

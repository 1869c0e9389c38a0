import Foundation
import GraftFiles
import GraftTensor
import Testing

@testable import GraftWeights

/// What each broken file is refused for, by a part of the sentence that says so.
private let reasons: [(file: String, reason: String)] = [
  ("truncated", "byte 5: field 2 claims 455 bytes, and only 405 are left"),
  ("html_page", "this is a web page"),
  ("shape_mismatch", "conv1/0: its shape is 4×3×3×4, and 108 numbers are there"),
  ("shape_overflow", "conv1/0: its shape is 2147483648×2147483648×4×1, and Caffe has none like that"),
  ("negative_dimension", "conv1/0: its shape is -4×-27×1×1, and Caffe has none like that"),
  ("length_past_end", "byte 5: field 2 claims 1152921504606846976 bytes"),
  ("varint_without_end", "byte 1: a number has more than ten bytes"),
  ("ragged_floats", "conv1/0: its 7 bytes are no whole count of numbers of 4 bytes"),
  ("wire_type_7", "byte 44: field 1 has wire type 7, which does not exist"),
  ("duplicate_layer", "byte 51: a second layer is called conv1 and has weights, too"),
  ("deep_messages", "there are no weights in this file, which has 1 layers"),
]

@Test(arguments: reasons)
func brokenCaffeModelsAreRefusedWithTheReason(_ file: String, _ reason: String) throws {
  let text = message { _ = try openWeightFile(at: golden("broken/\(file).caffemodel")) }
  #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  #expect(text?.contains("\(file).caffemodel") == true, "The message names the file.")
}

@Test func everyBrokenCaffeModelIsTested() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  #expect(Set(files.filter { $0.hasSuffix(".caffemodel") }) == Set(reasons.map { $0.file + ".caffemodel" }))
}

// MARK: Made here

/// Writes fields of Protocol Buffers.
private enum Wire {
  static func variable(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + variable(value >> 7)
  }

  static func bytes(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    variable(number << 3 | 2) + variable(UInt64(content.count)) + content
  }

  /// A file with one layer that has one blob.
  static func file(layer: String = "a", blob: [UInt8]) -> [UInt8] {
    bytes(100, bytes(1, Array(layer.utf8)) + bytes(7, blob))
  }
}

private func open(_ bytes: [UInt8]) throws -> CaffeModelFile {
  try CaffeModelFile(Bytes(bytes, file: URL(fileURLWithPath: "/made-here.caffemodel")))
}

private let hostileFiles: [(name: String, bytes: [UInt8], reason: String)] = [
  (
    "product of lengths overflows",
    Wire.file(
      blob: Wire.bytes(
        7, Wire.bytes(1, Array(repeating: [0xff, 0xff, 0xff, 0xff, 7], count: 9).flatMap { $0 }))),
    "and 0 numbers are there"
  ),
  (
    "a length of zero among large ones",
    Wire.file(blob: Wire.bytes(7, [8, 0, 8, 0xff, 0xff, 0xff, 0xff, 7])), "a/0: its shape is 0×2147483647"
  ),
  (
    "forty axes",
    Wire.file(
      blob: Wire.bytes(7, Wire.bytes(1, Array(repeating: 1, count: 40))) + Wire.bytes(5, [0, 0, 0, 0])),
    "its shape has 40 axes"
  ),
  ("no numbers and no shape", Wire.file(blob: []), "a/0: its shape is none, and 0 numbers are there"),
  (
    "a long name", Wire.file(layer: String(repeating: "n", count: 257), blob: Wire.bytes(5, [0, 0, 0, 0])),
    "a layer's name has 257 bytes, and 256 is the most"
  ),
  (
    "a name that is no text",
    Wire.bytes(100, Wire.bytes(1, [0xff]) + Wire.bytes(7, Wire.bytes(5, [0, 0, 0, 0]))),
    "a layer's name is not UTF-8"
  ),
  (
    "many blobs",
    Wire.bytes(
      100, Wire.bytes(1, [0x61]) + (0..<33).flatMap { _ in Wire.bytes(7, Wire.bytes(5, [0, 0, 0, 0])) }),
    "the layer a has 33 blobs"
  ),
  ("field number zero", Wire.bytes(100, [0, 0]), "a field has the number 0"),
  (
    "a field number of 30 bits", Wire.bytes(100, Wire.variable(1 << 32) + [0]),
    "a field has the number 536870912"
  ),
  ("a group", Wire.bytes(100, [0x0b, 0x0c]), "field 1 is a group"),
]

@Test(arguments: hostileFiles.indices)
func hostileCaffeModelsAreRefused(_ index: Int) {
  let text = message { _ = try open(hostileFiles[index].bytes) }
  #expect(
    text?.contains(hostileFiles[index].reason) == true, "\(hostileFiles[index].name): \(text ?? "accepted")")
}

@Test func manyThousandsOfEmptyLayersArePassedOver() throws {
  let layers: [UInt8] = (0..<400_000).map { $0 % 2 == 0 ? 0x12 : 0 }
  let text = message { _ = try open(layers) }
  #expect(text?.contains("no weights in this file, which has 200000 layers") == true, "\(text ?? "accepted")")
}

// MARK: Damage by chance

private func readAll(_ bytes: [UInt8]) throws {
  let file = try open(bytes)
  for name in file.names { _ = try file.tensor(named: name).scalars }
}

/// Whether reading succeeds; records every error that is none of ours.
private func isReadable(_ read: () throws -> Void) -> Bool {
  do {
    try read()
    return true
  } catch {
    #expect(error is WeightFileError, "\(error)")
    return false
  }
}

@Test(arguments: files)
private func aCaffeModelCutAnywhereIsReadOrRefused(_ name: String) throws {
  let sound = [UInt8](try Data(contentsOf: golden(name)))
  let readable = sound.indices.filter { count in isReadable { try read(name, Array(sound[..<count])) } }
  // A network that is cut between two layers is a smaller network.
  #expect((1..<12).contains(readable.count))
}

@Test(arguments: files)
private func aDamagedCaffeFileIsReadOrRefused(_ name: String) throws {
  let sound = [UInt8](try Data(contentsOf: golden(name)))
  var random = RandomStream(seed: 6).child(name)
  let readable = (0..<2000).count { _ in
    let bytes = damaged(sound, &random)
    return isReadable { try read(name, bytes) }
  }
  // Both ends occur, or this would test nothing.
  #expect(readable > 0 && readable < 2000)
}

private let files = [
  "caffe/v1.caffemodel", "caffe/shapes.caffemodel", "caffe/mixed.caffemodel", "caffe/mean.binaryproto",
]

private func read(_ name: String, _ bytes: [UInt8]) throws {
  guard name.hasSuffix("binaryproto") else { return try readAll(bytes) }
  _ = try CaffeMean(Bytes(bytes, file: URL(fileURLWithPath: "/mean.binaryproto"))).channelMeans
}

/// A sound file with a few bytes changed, added or taken away.
private func damaged(_ sound: [UInt8], _ random: inout RandomStream) -> [UInt8] {
  var bytes = sound
  for _ in 0...random.integer(below: 4) {
    let place = random.integer(below: bytes.count)
    switch random.integer(below: 5) {
    case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
    case 1: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][random.integer(below: 5)]
    case 2: bytes.insert(contentsOf: Wire.variable(random.next()), at: place)
    case 3: bytes.remove(at: place)
    default: bytes.insert(contentsOf: bytes[place...].prefix(random.integer(below: 40)), at: place)
    }
  }
  return bytes
}

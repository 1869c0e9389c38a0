import Foundation
import GraftFiles
import GraftTensor
import Testing

@testable import GraftWeights

/// Reads damaged files, and counts how that ends.
private struct Damage {
  private(set) var readable = 0
  private(set) var refused = 0

  /// Reads everything of a file, which must end in tensors that are no more than a file of this size can hold, or in an
  /// error of the reader's.
  mutating func read(_ bytes: [UInt8]) {
    do {
      // Checksums would end most of it before anything is read.
      let file = try KerasHDF5File(
        Bytes(bytes, file: URL(fileURLWithPath: "/damaged.h5")), verifiesChecksums: false)
      var scalarCount = 0
      for name in file.names { scalarCount += try file.tensor(named: name).scalars.count }
      // A byte becomes at most one float32; 64 times its size may come out of chunks, and its size from elsewhere.
      #expect(scalarCount <= 65 * bytes.count)
      readable += 1
    } catch {
      #expect(error is WeightFileError, "\(error)")
      refused += 1
    }
  }
}

/// The bytes of a file whose end the superblock states at `end`, counted from the first byte.
private struct Sound {
  let bytes: [UInt8]
  private let superblock: Int

  init(_ name: String) throws {
    bytes = [UInt8](try Data(contentsOf: golden(name)))
    superblock = bytes.starts(with: [0x89]) ? 0 : 512
  }

  /// The first bytes, of which the superblock says that they are all.
  func prefix(_ count: Int) -> [UInt8] {
    var prefix = [UInt8](bytes.prefix(count))
    let end = superblock + (bytes[superblock + 8] < 2 ? 40 : 28)
    for index in 0..<8 where end + index < count {
      prefix[end + index] = UInt8(truncatingIfNeeded: count >> (8 * index))
    }
    return prefix
  }

  /// Where structures begin: at their letters, and, in old forms, at all multiples of eight bytes near them.
  var boundaries: [Int] {
    let signatures = [
      "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB",
      "TREE",
      "SNOD", "HEAP", "GCOL",
    ].map { Array($0.utf8) }
    let starts = bytes.indices.dropLast(4).filter { place in
      signatures.contains { $0.elementsEqual(bytes[place..<(place + 4)]) }
    }
    return Set(starts.flatMap { start in (-2...5).map { start + 8 * $0 } + [start + 4] })
      .filter { bytes.indices.contains($0) }.sorted()
  }
}

private let files = [
  "broken/link_cycle.h5", "keras/cnn_batch_norm.h5", "keras/variants.h5", "keras/cnn_batch_norm.weights.h5",
  "keras/storage_earliest.h5", "keras/storage_v18.h5", "keras/storage_v110.h5", "keras/storage_v200.h5",
]

@Test(arguments: files)
func aDamagedHDF5FileEndsInTensorsOrInAnError(_ name: String) throws {
  let sound = try Sound(name)
  var random = RandomStream(seed: 5).child(name)
  var damage = Damage()
  for _ in 0..<500 {
    var bytes = sound.bytes
    if random.integer(below: 4) == 0 { bytes = sound.prefix(48 + random.integer(below: bytes.count - 48)) }
    for _ in 0...random.integer(below: 8) {
      let place = random.integer(below: bytes.count)
      let bit = UInt8(1) << UInt8(random.integer(below: 8))
      let values = [0, 1, 2, 0xff, UInt8(random.integer(below: 256)), bytes[place] ^ bit]
      bytes[place] = values[random.integer(below: values.count)]
    }
    damage.read(bytes)
  }
  // Both ends occur, or this would test nothing.
  #expect(damage.readable > 0 && damage.refused > 0)
}

@Test(arguments: files)
func anHDF5FileThatEndsAtTheBoundaryOfAnyStructureIsRefused(_ name: String) throws {
  let sound = try Sound(name)
  var damage = Damage()
  let boundaries = sound.boundaries
  #expect(boundaries.count > 30)
  for boundary in boundaries.prefix(600) { damage.read(sound.prefix(boundary)) }
  #expect(damage.refused > 0)
  // A shorter file than the superblock promises is always one that is cut off.
  for boundary in boundaries.prefix(100) {
    let before = damage.refused
    damage.read([UInt8](sound.bytes.prefix(boundary)))
    #expect(damage.refused == before + 1)
  }
}

@Test(arguments: files)
func absurdSizesAndAddressesEndInTensorsOrInAnError(_ name: String) throws {
  let sound = try Sound(name)
  let absurd: [UInt64] = [0, .max, .max - 1, 1 << 63 - 1, 1 << 40, 1 << 32 - 1, UInt64(sound.bytes.count)]
  var damage = Damage()
  for (index, place) in sound.boundaries.prefix(700).enumerated() where place + 8 <= sound.bytes.count {
    var bytes = sound.bytes
    let value = absurd[index % absurd.count]
    // Some fields have four bytes, and lie where others of eight end.
    for offset in 0..<(index % 2 == 0 ? 8 : 4) {
      bytes[place + offset] = UInt8(truncatingIfNeeded: value >> (8 * offset))
    }
    damage.read(bytes)
  }
  #expect(damage.readable + damage.refused > 30)
}

@Test
func everyAddressMayLeadToEveryStructureWithoutEndlessReading() throws {
  // Addresses of one structure where another's should be: circles, and parts read as something else.
  let sound = try Sound("keras/storage_v110.h5")
  let structures = sound.boundaries.filter { $0 + 4 <= sound.bytes.count }.filter { place in
    (0..<4).allSatisfy { (65...90).contains(sound.bytes[place + $0]) }
  }
  var random = RandomStream(seed: 6)
  let known = Set(structures)
  let places = sound.bytes.indices.dropLast(8).filter { place in
    let address = (0..<8).reduce(0) { $0 | UInt64(sound.bytes[place + $1]) << UInt64(8 * $1) }
    return address > 0 && address < UInt64(Int.max) && known.contains(Int(address))
  }
  #expect(places.count > 20)
  var damage = Damage()
  for _ in 0..<1000 {
    var bytes = sound.bytes
    for _ in 0...random.integer(below: 3) {
      let target = structures[random.integer(below: structures.count)]
      let place = places[random.integer(below: places.count)]
      for offset in 0..<8 { bytes[place + offset] = UInt8(truncatingIfNeeded: target >> (8 * offset)) }
    }
    damage.read(bytes)
  }
  #expect(damage.refused > 0)
}

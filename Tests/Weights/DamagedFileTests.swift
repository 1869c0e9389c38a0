import Foundation
import GraftFiles
import GraftTensor
import Testing

@testable import GraftWeights

/// Sound files, and the readers that are shown what becomes of them.
private let subjects: [(file: String, open: @Sendable (Bytes) throws -> any WeightFile)] = [
  ("pytorch/types_old.pth", { try PyTorchFile($0) }), ("pytorch/protocol4_old.pth", { try PyTorchFile($0) }),
  ("pytorch/views.pth", { try PyTorchFile($0) }), ("pytorch/several.pth", { try PyTorchFile($0) }),
  ("pytorch/without_checksums.pth", { try PyTorchFile($0) }), ("npz/objects.npy", { try NPYFile($0) }),
  ("npz/objects_python2.npy", { try NPYFile($0) }), ("npz/version1.npy", { try NPYFile($0) }),
  ("npz/objects.npz", { try NPZFile($0) }), ("npz/half.npz", { try NPZFile($0) }),
  ("safetensors/mixed.safetensors", { try SafetensorsFile($0) }),
  ("safetensors/padded_unordered.safetensors", { try SafetensorsFile($0) }),
]

private func sound(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: golden(name))) }

/// Reads all that a file has.
///
/// - Returns: whether it could be read.
private func isReadable(_ bytes: [UInt8], _ open: (Bytes) throws -> any WeightFile) -> Bool {
  do {
    let file = try open(Bytes(bytes, file: URL(fileURLWithPath: "/damaged")))
    for name in file.names {
      _ = (file.shape(of: name), file.storedType(of: name))
      _ = try file.tensor(named: name).scalars
      _ = try file.doubles(named: name)
    }
    return true
  } catch {
    #expect(error is WeightFileError, "\(error)")
    return false
  }
}

@Test(arguments: subjects.indices)
func everyBeginningOfAFileIsRefused(_ index: Int) throws {
  let (name, open) = subjects[index]
  let whole = try sound(name)
  #expect(isReadable(whole, open))
  for count in 0..<whole.count { #expect(!isReadable(Array(whole.prefix(count)), open), "\(count) bytes") }
}

@Test(arguments: subjects.indices)
func aDamagedFileEndsInTensorsOrInAnError(_ index: Int) throws {
  let (name, open) = subjects[index]
  let whole = try sound(name)
  var random = RandomStream(seed: 7).child(name)
  var (readable, refused) = (0, 0)
  for _ in 0..<3000 {
    if isReadable(damaged(whole, &random), open) { readable += 1 } else { refused += 1 }
  }
  // Both ends occur, or this would test nothing.
  #expect(readable > 0 && refused > 0, "\(readable) readable, \(refused) refused")
}

/// Some bytes changed, or a number of two, four or eight bytes replaced by one that sizes and places stumble over.
private func damaged(_ whole: [UInt8], _ random: inout RandomStream) -> [UInt8] {
  var bytes = whole
  for _ in 0...random.integer(below: 3) {
    let place = random.integer(below: bytes.count)
    if random.integer(below: 2) == 0 {
      bytes[place] ^= 1 << UInt8(random.integer(below: 8))
      continue
    }
    let numbers: [UInt64] = [
      0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0xffff_ffff, .max, .max >> 1, 1 << 62, 1 << 63,
    ]
    let number = numbers[random.integer(below: numbers.count)]
    let count = [1, 2, 4, 8][random.integer(below: 4)]
    for offset in 0..<count where place + offset < bytes.count {
      bytes[place + offset] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(offset)))
    }
  }
  return bytes
}

// MARK: Zip files

/// Where a member's local header begins.
private func localHeader(of name: String, in bytes: [UInt8]) throws -> Int {
  let data = Data(bytes)
  let pattern = try #require(data.range(of: Data(name.utf8)))
  #expect(bytes[pattern.lowerBound - 30..<pattern.lowerBound - 26].elementsEqual(ZipArchive.magic))
  return pattern.lowerBound - 30
}

/// Changes to the local header of a member: the offset in it, and the new byte.
@Test(
  arguments: [
    ("name", 30, UInt8(ascii: "H")), ("method", 8, 8), ("size", 18, 3), ("length of the name", 26, 3),
  ])
func aLocalHeaderThatContradictsTheDirectoryIsRefused(_ what: String, _ offset: Int, _ value: UInt8) throws {
  var bytes = try sound("npz/half.npz")
  let header = try localHeader(of: "half.npy", in: bytes)
  #expect(bytes[header + offset] != value)
  bytes[header + offset] = value
  let text = message {
    _ = try NPZFile(Bytes(bytes, file: URL(fileURLWithPath: "/made.npz"))).tensor(named: "half")
  }
  #expect(
    text?.contains("half.npy: its local header says other things than the directory") == true,
    "\(text ?? what)")
}

@Test func aMemberThatLiesInAnotherIsRefused() throws {
  var bytes = try sound("npz/half.npz")
  // The directory's entry of the second member is led to the place of the first.
  let directory = try #require(Data(bytes).range(of: Data([0x50, 0x4b, 1, 2]), options: .backwards))
  for index in 0..<4 { bytes[directory.lowerBound + 42 + index] = 0 }
  let text = message { _ = try NPZFile(Bytes(bytes, file: URL(fileURLWithPath: "/made.npz"))) }
  #expect(text?.contains("shares its bytes with") == true, "\(text ?? "it was accepted")")
}

// MARK: Headers of many entries

@Test
func aHeaderOfHundredsOfThousandsOfTensorsIsRead() throws {
  let entries = (0..<200_000).map { #""\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
  let header = Array("{\(entries.joined(separator: ","))}".utf8)
  let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
  let file = try SafetensorsFile(Bytes(length + header, file: URL(fileURLWithPath: "/many.safetensors")))
  #expect(file.names.count == 200_000)
  #expect(file.shape(of: "199999") == [0])
}

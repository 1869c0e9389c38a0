import Foundation
import GraftFiles
import GraftTensor
import TestSupport
import Testing

@testable import GraftWeights

/// Files of the oldest and the newest forms of HDF5, and how many tensors each has
/// (Tests/Golden/generators/hdf5_storage.py): chunks of all indexes, filters, types and byte orders; links and attributes
/// in headers and in heaps; a block of the user's before the superblock.
private let forms = ["earliest": 10, "v18": 5, "v110": 8, "v200": 40]

@Test(arguments: forms)
func everyFormOfStorageHoldsTheTensorsThatH5pyWrote(_ form: String, _ count: Int) throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/storage_\(form).h5"))
  #expect(file.names.count == count)
  for name in file.names {
    let tensor = try file.tensor(named: name)
    #expect(tensor.shape == file.shape(of: name))
    let expected = (0..<tensor.scalarCount).map { Float($0 * 7 % 101) }
    #expect(tensor.scalars == expected, "\(name)")
  }
}

@Test func theNewestFormHasEveryIndexOfChunksAndTwoKindsOfHeapBlocks() throws {
  // Or the test above would not test them.
  let bytes = try Data(contentsOf: golden("keras/storage_v200.h5"))
  let signatures = ["FADB", "EAIB", "EASB", "EADB", "BTLF", "OCHK"]
  for signature in signatures { #expect(bytes.range(of: Data(signature.utf8)) != nil, "\(signature)") }
  let old = try Data(contentsOf: golden("keras/storage_earliest.h5"))
  #expect(old.range(of: Data("TREE".utf8)) != nil && old.range(of: Data("OHDR".utf8)) == nil)
}

@Test func aBlockBeforeTheSuperblockMayAlsoBePutThereAfterwards() throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("block.h5")
    let sound = golden("keras/storage_v110.h5")
    try (Data(count: 1024) + Data(contentsOf: sound)).write(to: url)
    let (file, original) = (try KerasHDF5File(contentsOf: url), try KerasHDF5File(contentsOf: sound))
    #expect(file.names == original.names)
    for name in file.names {
      #expect(try file.tensor(named: name).scalars == original.tensor(named: name).scalars)
    }
  }
}

@Test func aByteThatChangedIsFoundByTheChecksumsOfTheNewerForms() throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("changed.h5")
    let sound = [UInt8](try Data(contentsOf: golden("keras/storage_v200.h5")))
    // The superblock, and the first of each structure that ends in its checksum, behind the signature and the version.
    let signatures = [
      "OHDR", "BTHD", "BTLF", "FRHP", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB",
    ]
    let places = signatures.compactMap { Data(sound).range(of: Data($0.utf8))?.lowerBound }
    #expect(places.count == signatures.count)
    for place in [512 + 6] + places {
      var bytes = sound
      bytes[place + 6] ^= 0x40
      try Data(bytes).write(to: url)
      let text = message { _ = try KerasHDF5File(contentsOf: url) }
      #expect(text?.contains("does not match: bytes have changed") == true, "\(place): \(text ?? "accepted")")
    }
  }
}

// MARK: Checksums

private func bytes(_ text: String) -> Bytes { Bytes(Array(text.utf8), file: URL(fileURLWithPath: "/text")) }

@Test func lookup3GivesTheHashesThatItsAuthorPublished() {
  // From the comments of the public-domain source, lookup3.c.
  #expect(HDF5File.Checksum.lookup3(bytes("")) == 0xdead_beef)
  #expect(HDF5File.Checksum.lookup3(bytes("Four score and seven years ago")) == 0x1777_0551)
}

@Test func fletcher32GivesTheSumsOfItsDefinition() {
  // Words with the first byte uppermost: 6162 + 6364 + 6500, and the sum of their partial sums, modulo 65535.
  let (first, second) = [0x6162, 0x6364, 0x6500].reduce((0, 0)) { ($0.0 + $1, $0.1 + $0.0 + $1) }
  let expected = UInt32(second % 65535) << 16 | UInt32(first % 65535)
  #expect(HDF5File.Checksum.fletcher32(bytes("abcde")) == expected)
  let long = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 31) }
  var (sum, sumOfSums) = (0, 0)
  for word in stride(from: 0, to: long.count, by: 2) {
    sum += Int(long[word]) << 8 | Int(long[word + 1])
    sumOfSums += sum
  }
  #expect(
    HDF5File.Checksum.fletcher32(Bytes(long, file: URL(fileURLWithPath: "/long")))
      == UInt32(sumOfSums % 65535) << 16 | UInt32(sum % 65535))
}

import Foundation
import GraftFiles
import GraftImages
import GraftTensor

@testable import GraftDatasets
@testable import GraftWeights

/// Reads one input to its end, or throws.
typealias Reader = @Sendable ([UInt8]) throws -> Void

/// The readers that can be put under the fuzzer, by the names that scripts/fuzz takes.
let readers: [String: Reader] = [
  "binaryproto": { _ = try CaffeMean(bytes($0)).channelMeans },
  "celeba": { input in
    let text = try TextFile(bytes(input))
    // Any text is an attribute table and a partition; of both, lines are told apart.
    let table = try CelebA.AttributeTable(text)
    _ = try CelebA.numbers(in: text, for: table)
  },
  "caffemodel": { try readAll(CaffeModelFile(bytes($0))) },
  // Random changes hardly ever come with the right checksums.
  "hdf5": { try readAll(KerasHDF5File(bytes($0), verifiesChecksums: false)) },
  "keras": { try readAll(KerasArchiveFile(bytes($0), verifiesChecksums: false)) },
  "npy": { try readAll(NPYFile(bytes($0))) },
  "npz": { try readAll(NPZFile(bytes($0))) },
  "pickle": { input in
    let pickle = try PickleReader.pickle(bytes(input), part: "pickle")
    _ = try StateDictionary(pickle)
  },
  "picture": { input in
    for reading in [Picture.Reading.upright, .label] {
      let picture = try Picture(decoding: bytes(input), pixelLimit: 4_000_000, reading: reading)
      precondition(picture.pixels.count == picture.width * picture.height * picture.channels)
    }
    _ = try Picture(decoding: bytes(input), pixelLimit: 4_000_000, reducedToAtLeast: (width: 20, height: 20))
    _ = Picture.software(ofPNG: bytes(input))
  },
  "prototxt": { _ = try CaffeNetwork(bytes($0)) },
  "pytorch": { try readAll(PyTorchFile(bytes($0))) },
  "safetensors": { try readAll(SafetensorsFile(bytes($0))) },
]

private func bytes(_ input: [UInt8]) -> Bytes { Bytes(input, file: URL(fileURLWithPath: "/input")) }

/// Asks for all that a weight file can tell; one unreadable tensor does not spare the others.
private func readAll(_ file: some WeightFile) throws {
  var failure: (any Error)?
  for name in file.names {
    do {
      _ = file.storedType(of: name)
      let shape = file.shape(of: name)
      let tensor = try file.tensor(named: name)
      let doubles = try file.doubles(named: name)
      precondition(
        tensor.shape == shape && doubles.count == tensor.scalarCount, "The shapes of \(name) differ.")
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
}

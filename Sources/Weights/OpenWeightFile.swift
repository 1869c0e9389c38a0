import Foundation
import GraftFiles

/// Opens a weight file of any format that Graft reads, told by its content: its name does not matter. A network of
/// Graft's whose encoder lies in another file beside it (``ModelCard/encoderFile``) is read whole.
///
/// - Throws: `FileError` if it cannot be read; ``WeightFileError`` if it is damaged, or of a format that Graft does not
///   read, with the name of that format and what to do.
public func openWeightFile(at file: URL) throws -> any WeightFile {
  let signature = FileSignature(try Bytes(contentsOf: file))
  switch signature {
  // A zip file whose directory is damaged has an error of its own.
  case .npz, .zip: return try NPZFile(contentsOf: file)
  case .kerasArchive: return try KerasArchiveFile(contentsOf: file)
  case .hdf5: return try KerasHDF5File(contentsOf: file)
  case .safetensors:
    let own = try SafetensorsFile(contentsOf: file)
    return try ModelCard(metadata: own.metadata).encoderFile.map {
      try LinkedWeightFile(own, encoderFile: $0)
    } ?? own
  case .npy: return try NPYFile(contentsOf: file)
  case .pyTorch: return try PyTorchFile(contentsOf: file)
  case .caffe: return try CaffeModelFile(contentsOf: file)
  case .caffeMean: return try CaffeMean(contentsOf: file)
  case .caffeDescription:
    // One that is damaged has an error of its own.
    _ = try CaffeNetwork(contentsOf: file)
    throw signature.error(file, wanted: "a weight file")
  // The format has no magic number, and its own reader says more about a damaged file.
  case .unknown where file.pathExtension == "caffemodel": return try CaffeModelFile(contentsOf: file)
  default:
    let formats = "Keras HDF5 or .keras, PyTorch, Caffe, safetensors, npz or npy"
    throw signature.error(file, wanted: "a weight file that Graft reads (\(formats))")
  }
}
